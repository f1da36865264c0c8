//! The backward steps of the operations, for backends with kernels of their own.
//!
//! Each operation has a node with a fixed number of parents; where an optional one is left out, a constant
//! stands in for it, which asks for no gradient.

mod batch_norm;
mod conv;
mod conv_lstm;
mod linear;
mod lstm;

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::tensor::TensorMetadata;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::ops::FloatTensor;

use crate::kernels::{AdamStep, Kernels, LstmWeights, Normalised, Trace};
use crate::{Activation, Window, fallback};

impl<B: Kernels, C: CheckpointStrategy> Kernels for Autodiff<B, C> {
    fn fused(tensor: &FloatTensor<Self>) -> bool {
        B::fused(&tensor.primitive)
    }

    fn conv(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: Option<FloatTensor<Self>>,
        window: &Window,
        activation: Activation,
    ) -> FloatTensor<Self> {
        if Self::fused(&input) {
            conv::tracked::<B, C>(input, weight, bias, window, activation)
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
        if Self::fused(&input) {
            linear::tracked::<B, C>(input, weight, bias, activation)
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
    ) -> Normalised<Self> {
        if Self::fused(&input) {
            batch_norm::tracked::<B, C>(input, gamma, beta, epsilon, activation)
        } else {
            fallback::batch_norm::<Self>(input, gamma, beta, epsilon, activation)
        }
    }

    fn lstm(
        input: FloatTensor<Self>,
        weights: LstmWeights<Self>,
        start: [FloatTensor<Self>; 2],
        steps: usize,
        _keep: bool,
    ) -> (FloatTensor<Self>, Option<Trace>) {
        if Self::fused(&input) {
            (lstm::tracked::<B, C>(input, weights, start, steps), None)
        } else {
            (fallback::lstm::<Self>(input, weights, start, steps), None)
        }
    }

    fn conv_lstm(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: Option<FloatTensor<Self>>,
        start: [FloatTensor<Self>; 2],
        _keep: bool,
    ) -> (FloatTensor<Self>, Option<Trace>) {
        if Self::fused(&input) {
            (conv_lstm::tracked::<B, C>(input, weight, bias, start), None)
        } else {
            (fallback::conv_lstm::<Self>(input, &weight, bias.as_ref(), start), None)
        }
    }

    /// An update is no part of the graph: its results are new leaves.
    fn adam(
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        moments: Option<[FloatTensor<Self>; 2]>,
        step: &AdamStep,
    ) -> (FloatTensor<Self>, [FloatTensor<Self>; 2]) {
        let moments = moments.map(|moments| moments.map(|moment| moment.primitive));
        let (weight, moments) = B::adam(weight.primitive, gradient.primitive, moments, step);
        (Self::from_inner(weight), moments.map(Self::from_inner))
    }
}

/// What stands in for a parent that was left out.
fn nothing<B: Backend, C: CheckpointStrategy>(
    like: &FloatTensor<Autodiff<B, C>>,
) -> FloatTensor<Autodiff<B, C>> {
    let inner = &like.primitive;
    Autodiff::<B, C>::from_inner(B::float_zeros([1].into(), &B::float_device(inner), inner.dtype().into()))
}
