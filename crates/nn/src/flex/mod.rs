//! [`Operations`] for Burn's flex backend, on the native kernels of `oddframe-kernels`.
//!
//! Each operation reads slices out of its tensors, channels last ([`layout`]), runs a kernel into memory of the buffer
//! [`pool`], and makes that a tensor without a copy. Tensors of other float types than `f32`, and all tensors where the
//! [`switch`] is off, take the defaults.

mod activation;
mod adam;
#[cfg(test)]
mod backward_tests;
mod batch_norm;
mod channel_scale;
mod conv;
mod conv_lstm;
mod gru;
mod kernel;
mod layout;
mod linear;
mod lstm;
#[cfg(test)]
mod non_finite_tests;
mod pool;
mod squared_error;
mod switch;

use burn::backend::Flex;
use burn::tensor::DType;
use burn_flex::FlexTensor;
use oddframe_kernels::{Activation, CellTrace, GruTrace, Window};

use crate::fallback;
use crate::kernels::Operations;
use crate::saved::{
    AdamStep, BatchNormOutput, KernelTrace, LayerGradients, RecurrentTensors, SavedBatchNorm,
    SavedConvLstm, SavedGru, SavedLayer, SavedLstm, SavedSquaredError,
};

pub use switch::without_kernels;

/// 32-bit floats run on the native kernels, unless `ODDFRAME_KERNELS=burn` is set.
impl Operations for Flex {
    fn has_native_kernels(tensor: &FlexTensor) -> bool {
        tensor.dtype() == DType::F32 && switch::kernels_enabled()
    }

    fn conv(
        input: FlexTensor,
        weight: FlexTensor,
        bias: Option<FlexTensor>,
        window: &Window,
        activation: Activation,
    ) -> FlexTensor {
        if Self::has_native_kernels(&input) {
            conv::conv(input, weight, bias, window, activation)
        } else {
            fallback::conv::<Self>(input, weight, bias, window, activation)
        }
    }

    fn conv_backward(
        saved: SavedLayer<Self>,
        window: &Window,
        gradient: FlexTensor,
        wanted: [bool; 3],
    ) -> LayerGradients<Self> {
        if Self::has_native_kernels(&gradient) {
            conv::conv_backward(saved, window, gradient, wanted)
        } else {
            fallback::conv_backward::<Self>(saved, window, gradient, wanted)
        }
    }

    fn dense(
        input: FlexTensor,
        weight: FlexTensor,
        bias: Option<FlexTensor>,
        activation: Activation,
    ) -> FlexTensor {
        if Self::has_native_kernels(&input) {
            linear::linear(input, weight, bias, activation)
        } else {
            fallback::linear::<Self>(input, weight, bias, activation)
        }
    }

    fn dense_backward(
        saved: SavedLayer<Self>,
        gradient: FlexTensor,
        wanted: [bool; 3],
    ) -> LayerGradients<Self> {
        if Self::has_native_kernels(&gradient) {
            linear::linear_backward(saved, gradient, wanted)
        } else {
            fallback::linear_backward::<Self>(saved, gradient, wanted)
        }
    }

    fn batch_norm(
        input: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        epsilon: f64,
        activation: Activation,
    ) -> BatchNormOutput<Self> {
        if Self::has_native_kernels(&input) {
            batch_norm::batch_norm(input, gamma, beta, epsilon, activation)
        } else {
            fallback::batch_norm::<Self>(input, gamma, beta, epsilon, activation)
        }
    }

    fn batch_norm_backward(saved: SavedBatchNorm<Self>, gradient: FlexTensor) -> [FlexTensor; 3] {
        if Self::has_native_kernels(&gradient) {
            batch_norm::batch_norm_backward(saved, gradient)
        } else {
            fallback::batch_norm_backward::<Self>(saved, gradient)
        }
    }

    fn batch_norm_inference(
        input: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        statistics: [FlexTensor; 2],
        epsilon: f64,
        activation: Activation,
    ) -> FlexTensor {
        if Self::has_native_kernels(&input) {
            batch_norm::batch_norm_inference(input, gamma, beta, statistics, epsilon, activation)
        } else {
            fallback::batch_norm_inference::<Self>(
                input, gamma, beta, statistics, epsilon, activation,
            )
        }
    }

    fn scale_channels(input: FlexTensor, factors: FlexTensor) -> FlexTensor {
        if Self::has_native_kernels(&input) {
            channel_scale::scale_channels(input, factors)
        } else {
            fallback::scale_channels::<Self>(input, factors)
        }
    }

    fn squared_error(output: FlexTensor, target: FlexTensor) -> FlexTensor {
        if Self::has_native_kernels(&output) {
            squared_error::squared_error(output, target)
        } else {
            fallback::squared_error::<Self>(output, target)
        }
    }

    fn squared_error_backward(
        saved: SavedSquaredError<Self>,
        gradient: FlexTensor,
        wanted: [bool; 2],
    ) -> [Option<FlexTensor>; 2] {
        if Self::has_native_kernels(&gradient) {
            squared_error::squared_error_backward(saved, gradient, wanted)
        } else {
            fallback::squared_error_backward::<Self>(saved, gradient, wanted)
        }
    }

    fn lstm(
        input: FlexTensor,
        weights: RecurrentTensors<Self>,
        start: [FlexTensor; 2],
        steps: usize,
        keep: bool,
    ) -> (FlexTensor, Option<KernelTrace>) {
        if Self::has_native_kernels(&input) {
            lstm::lstm(input, weights, start, steps, keep)
        } else {
            (fallback::lstm::<Self>(input, weights, start, steps), None)
        }
    }

    fn lstm_backward(
        mut saved: SavedLstm<Self>,
        gradient: FlexTensor,
        wants_input: bool,
    ) -> (Option<FlexTensor>, [FlexTensor; 6]) {
        let trace = saved.trace.take();
        match trace
            .as_ref()
            .and_then(|trace| trace.0.downcast_ref::<CellTrace>())
        {
            Some(trace) => lstm::lstm_backward(saved, trace, gradient, wants_input),
            None => fallback::lstm_backward::<Self>(saved, gradient, wants_input),
        }
    }

    fn gru(
        input: FlexTensor,
        weights: RecurrentTensors<Self>,
        start: FlexTensor,
        steps: usize,
        keep: bool,
    ) -> (FlexTensor, Option<KernelTrace>) {
        if Self::has_native_kernels(&input) {
            gru::gru(input, weights, start, steps, keep)
        } else {
            (fallback::gru::<Self>(input, weights, start, steps), None)
        }
    }

    fn gru_backward(
        mut saved: SavedGru<Self>,
        gradient: FlexTensor,
        wants_input: bool,
    ) -> (Option<FlexTensor>, [FlexTensor; 5]) {
        let trace = saved.trace.take();
        match trace
            .as_ref()
            .and_then(|trace| trace.0.downcast_ref::<GruTrace>())
        {
            Some(trace) => gru::gru_backward(saved, trace, gradient, wants_input),
            None => fallback::gru_backward::<Self>(saved, gradient, wants_input),
        }
    }

    fn conv_lstm(
        input: FlexTensor,
        weight: FlexTensor,
        bias: Option<FlexTensor>,
        start: [FlexTensor; 2],
        keep: bool,
    ) -> (FlexTensor, Option<KernelTrace>) {
        if Self::has_native_kernels(&input) && conv_lstm::is_supported(&weight) {
            conv_lstm::conv_lstm(input, weight, bias, start, keep)
        } else {
            (
                fallback::conv_lstm::<Self>(Self::conv, input, &weight, bias.as_ref(), start),
                None,
            )
        }
    }

    fn conv_lstm_backward(
        mut saved: SavedConvLstm<Self>,
        gradient: FlexTensor,
        wants_input: bool,
    ) -> (Option<FlexTensor>, [FlexTensor; 4]) {
        let trace = saved.trace.take();
        if let Some(trace) = trace
            .as_ref()
            .and_then(|trace| trace.0.downcast_ref::<CellTrace>())
        {
            return conv_lstm::conv_lstm_backward(saved, trace, gradient, wants_input);
        }
        // No native kernel ran forward, for example because the window is not square.
        let conv = fallback::Convolution {
            forward: Self::conv,
            backward: Self::conv_backward,
        };
        fallback::conv_lstm_backward::<Self>(&conv, saved, gradient, wants_input)
    }

    fn adam(
        weight: FlexTensor,
        gradient: FlexTensor,
        moments: Option<[FlexTensor; 2]>,
        step: &AdamStep,
    ) -> (FlexTensor, [FlexTensor; 2]) {
        if Self::has_native_kernels(&weight) {
            adam::adam(weight, gradient, moments, step)
        } else {
            fallback::adam::<Self>(weight, gradient, moments, step)
        }
    }
}
