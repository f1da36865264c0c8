//! Burn's flex backend on our kernels.

mod activation;
mod adam;
mod batch_norm;
mod conv;
mod conv_lstm;
mod dense;
mod linear;
mod lstm;
mod pool;
mod switch;

use burn::backend::Flex;
use burn::tensor::DType;
use burn_flex::FlexTensor;
use oddframe_kernels::CellTrace;

use crate::kernels::{
    AdamStep, ConvLstmSaved, Gradients, Kernels, LstmSaved, LstmWeights, NormSaved, Normalised, Saved, Trace,
};
use crate::{Activation, Window, fallback};

pub(crate) use conv::{Layer, either, kernel_activation};
pub use switch::without_kernels;

/// 32-bit floats go through our kernels, unless `ODDFRAME_KERNELS=burn` is set.
impl Kernels for Flex {
    fn fused(tensor: &FlexTensor) -> bool {
        tensor.dtype() == DType::F32 && switch::on()
    }

    fn conv(
        input: FlexTensor,
        weight: FlexTensor,
        bias: Option<FlexTensor>,
        window: &Window,
        activation: Activation,
    ) -> FlexTensor {
        if Self::fused(&input) {
            conv::conv(input, weight, bias, window, activation)
        } else {
            fallback::conv::<Self>(input, weight, bias, window, activation)
        }
    }

    fn conv_backward(
        saved: Saved<Self>,
        window: &Window,
        gradient: FlexTensor,
        wanted: [bool; 3],
    ) -> Gradients<Self> {
        if Self::fused(&gradient) {
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
        if Self::fused(&input) {
            linear::linear(input, weight, bias, activation)
        } else {
            fallback::linear::<Self>(input, weight, bias, activation)
        }
    }

    fn dense_backward(saved: Saved<Self>, gradient: FlexTensor, wanted: [bool; 3]) -> Gradients<Self> {
        if Self::fused(&gradient) {
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
    ) -> Normalised<Self> {
        if Self::fused(&input) {
            batch_norm::batch_norm(input, gamma, beta, epsilon, activation)
        } else {
            fallback::batch_norm::<Self>(input, gamma, beta, epsilon, activation)
        }
    }

    fn batch_norm_backward(saved: NormSaved<Self>, gradient: FlexTensor) -> [FlexTensor; 3] {
        if Self::fused(&gradient) {
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
        if Self::fused(&input) {
            batch_norm::batch_norm_inference(input, gamma, beta, statistics, epsilon, activation)
        } else {
            fallback::batch_norm_inference::<Self>(input, gamma, beta, statistics, epsilon, activation)
        }
    }

    fn lstm(
        input: FlexTensor,
        weights: LstmWeights<Self>,
        start: [FlexTensor; 2],
        steps: usize,
        keep: bool,
    ) -> (FlexTensor, Option<Trace>) {
        if Self::fused(&input) {
            lstm::lstm(input, weights, start, steps, keep)
        } else {
            (fallback::lstm::<Self>(input, weights, start, steps), None)
        }
    }

    fn lstm_backward(
        mut saved: LstmSaved<Self>,
        gradient: FlexTensor,
        wants_input: bool,
    ) -> (Option<FlexTensor>, [FlexTensor; 6]) {
        let trace = saved.trace.take();
        match trace.as_ref().and_then(|trace| trace.0.downcast_ref::<CellTrace>()) {
            Some(trace) => lstm::lstm_backward(saved, trace, gradient, wants_input),
            None => fallback::lstm_backward::<Self>(saved, gradient, wants_input),
        }
    }

    fn conv_lstm(
        input: FlexTensor,
        weight: FlexTensor,
        bias: Option<FlexTensor>,
        start: [FlexTensor; 2],
        keep: bool,
    ) -> (FlexTensor, Option<Trace>) {
        if Self::fused(&input) && conv_lstm::takes(&weight) {
            conv_lstm::conv_lstm(input, weight, bias, start, keep)
        } else {
            (fallback::conv_lstm::<Self>(input, &weight, bias.as_ref(), start), None)
        }
    }

    fn conv_lstm_backward(
        mut saved: ConvLstmSaved<Self>,
        gradient: FlexTensor,
        wants_input: bool,
    ) -> (Option<FlexTensor>, [FlexTensor; 4]) {
        let trace = saved.trace.take();
        match trace.as_ref().and_then(|trace| trace.0.downcast_ref::<CellTrace>()) {
            Some(trace) => conv_lstm::conv_lstm_backward(saved, trace, gradient, wants_input),
            None => fallback::conv_lstm_backward::<Self>(saved, gradient, wants_input),
        }
    }

    fn adam(
        weight: FlexTensor,
        gradient: FlexTensor,
        moments: Option<[FlexTensor; 2]>,
        step: &AdamStep,
    ) -> (FlexTensor, [FlexTensor; 2]) {
        if Self::fused(&weight) {
            adam::adam(weight, gradient, moments, step)
        } else {
            fallback::adam::<Self>(weight, gradient, moments, step)
        }
    }
}
