//! [`Operations`] for [`Autodiff`]: the autodiff nodes of the fused operations.
//!
//! Burn's autodiff builds a graph of nodes. A backend with native kernels gets one node per layer: the forward pass runs
//! the inner backend's fused kernel and saves its operands, the backward pass calls the inner backend's `*_backward`.
//! A backend without native kernels gets the default's operations instead, of which Burn tracks each by itself.
//!
//! ```text
//! forward   Autodiff<B>::conv ── record_conv ──▶ B::conv ──▶ output + node { saved operands }
//! backward  gradient of output ──▶ node ──▶ B::conv_backward ──▶ gradients of input, weights, bias
//! ```
//!
//! A node has a fixed number of parents. Where an optional parent such as a bias is missing, a constant takes its place,
//! which requests no gradient.

mod batch_norm;
mod channel_scale;
mod conv;
mod conv_lstm;
mod gradients;
mod gru;
mod linear;
mod lstm;
mod squared_error;

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::tensor::backend::AutodiffBackend;
use burn::tensor::ops::FloatTensor;
use oddframe_kernels::{Activation, Window};

use crate::fallback;
use crate::kernels::{Kernels, Operations};
use crate::saved::{AdamStep, BatchNormOutput, KernelTrace, RecurrentTensors};

impl<B: Kernels, C: CheckpointStrategy> Operations for Autodiff<B, C> {
    fn has_native_kernels(tensor: &FloatTensor<Self>) -> bool {
        B::has_native_kernels(&tensor.primitive)
    }

    fn conv(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: Option<FloatTensor<Self>>,
        window: &Window,
        activation: Activation,
    ) -> FloatTensor<Self> {
        if Self::has_native_kernels(&input) {
            conv::record_conv::<B, C>(input, weight, bias, window, activation)
        } else {
            fallback::conv::<Self>(input, weight, bias, window, activation)
        }
    }

    fn dense(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: Option<FloatTensor<Self>>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        if Self::has_native_kernels(&input) {
            linear::record_linear::<B, C>(input, weight, bias, activation)
        } else {
            fallback::linear::<Self>(input, weight, bias, activation)
        }
    }

    fn batch_norm(
        input: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
        activation: Activation,
    ) -> BatchNormOutput<Self> {
        if Self::has_native_kernels(&input) {
            batch_norm::record_batch_norm::<B, C>(input, gamma, beta, epsilon, activation)
        } else {
            fallback::batch_norm::<Self>(input, gamma, beta, epsilon, activation)
        }
    }

    fn scale_channels(input: FloatTensor<Self>, factors: FloatTensor<Self>) -> FloatTensor<Self> {
        if Self::has_native_kernels(&input) {
            channel_scale::record_scale_channels::<B, C>(input, factors.primitive)
        } else {
            fallback::scale_channels::<Self>(input, factors)
        }
    }

    fn squared_error(output: FloatTensor<Self>, target: FloatTensor<Self>) -> FloatTensor<Self> {
        if Self::has_native_kernels(&output) {
            squared_error::record_squared_error::<B, C>(output, target)
        } else {
            fallback::squared_error::<Self>(output, target)
        }
    }

    fn lstm(
        input: FloatTensor<Self>,
        weights: RecurrentTensors<Self>,
        start: [FloatTensor<Self>; 2],
        steps: usize,
        _keep: bool,
    ) -> (FloatTensor<Self>, Option<KernelTrace>) {
        if Self::has_native_kernels(&input) {
            (
                lstm::record_lstm::<B, C>(input, weights, start, steps),
                None,
            )
        } else {
            (fallback::lstm::<Self>(input, weights, start, steps), None)
        }
    }

    fn gru(
        input: FloatTensor<Self>,
        weights: RecurrentTensors<Self>,
        start: FloatTensor<Self>,
        steps: usize,
        _keep: bool,
    ) -> (FloatTensor<Self>, Option<KernelTrace>) {
        if Self::has_native_kernels(&input) {
            (gru::record_gru::<B, C>(input, weights, start, steps), None)
        } else {
            (fallback::gru::<Self>(input, weights, start, steps), None)
        }
    }

    fn conv_lstm(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: Option<FloatTensor<Self>>,
        start: [FloatTensor<Self>; 2],
        _keep: bool,
    ) -> (FloatTensor<Self>, Option<KernelTrace>) {
        if Self::has_native_kernels(&input) {
            (
                conv_lstm::record_conv_lstm::<B, C>(input, weight, bias, start),
                None,
            )
        } else {
            (
                fallback::conv_lstm::<Self>(Self::conv, input, &weight, bias.as_ref(), start),
                None,
            )
        }
    }

    /// An optimizer's update is not part of the graph: its results are new leaves.
    fn adam(
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        moments: Option<[FloatTensor<Self>; 2]>,
        step: &AdamStep,
    ) -> (FloatTensor<Self>, [FloatTensor<Self>; 2]) {
        // Only values are updated: the inner tensors are taken out of the graph, and the results enter it as new
        // leaves.
        let moments = moments.map(|moments| moments.map(|moment| moment.primitive));
        let (weight, moments) = B::adam(weight.primitive, gradient.primitive, moments, step);
        (Self::from_inner(weight), moments.map(Self::from_inner))
    }
}
