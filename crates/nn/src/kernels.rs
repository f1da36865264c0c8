use std::any::Any;
use std::fmt;
use std::sync::Arc;

use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;

use crate::{Activation, Window, fallback};

/// What a convolution or linear layer keeps for its backward pass.
#[derive(Debug, Clone)]
pub struct Saved<B: Backend> {
    /// The layer's input.
    pub input: FloatTensor<B>,
    /// The layer's weights.
    pub weight: FloatTensor<B>,
    /// The layer's output, where the activation needs it.
    pub output: Option<FloatTensor<B>>,
    /// The activation.
    pub activation: Activation,
}

/// The gradients of input, weights and bias, as far as they were wanted.
pub type Gradients<B> = [Option<FloatTensor<B>>; 3];

/// What batch normalisation gives in training.
#[derive(Debug, Clone)]
pub struct Normalised<B: Backend> {
    /// The activated output, of the input's shape.
    pub output: FloatTensor<B>,
    /// The mean of each channel over the batch.
    pub mean: FloatTensor<B>,
    /// The biased variance of each channel over the batch.
    pub variance: FloatTensor<B>,
}

/// What batch normalisation keeps for its backward pass.
#[derive(Debug, Clone)]
pub struct NormSaved<B: Backend> {
    /// The layer's input.
    pub input: FloatTensor<B>,
    /// The mean of each channel.
    pub mean: FloatTensor<B>,
    /// The biased variance of each channel.
    pub variance: FloatTensor<B>,
    /// The scale of each channel.
    pub gamma: FloatTensor<B>,
    /// The shift of each channel.
    pub beta: FloatTensor<B>,
    /// What is added to the variance.
    pub epsilon: f64,
    /// The activation.
    pub activation: Activation,
}

/// The weights of an LSTM; gates lie in PyTorch's order: input, forget, cell, output.
#[derive(Debug, Clone)]
pub struct LstmWeights<B: Backend> {
    /// From the input, `[4 * hidden, input]`.
    pub input: FloatTensor<B>,
    /// From the last hidden state, `[4 * hidden, hidden]`.
    pub hidden: FloatTensor<B>,
    /// `[4 * hidden]`.
    pub input_bias: FloatTensor<B>,
    /// `[4 * hidden]`.
    pub hidden_bias: FloatTensor<B>,
}

/// What a backend's own kernel keeps between the passes, in a form that only it knows.
#[derive(Clone)]
pub struct Trace(pub Arc<dyn Any + Send + Sync>);

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trace")
    }
}

/// What an LSTM keeps for its backward pass.
#[derive(Debug, Clone)]
pub struct LstmSaved<B: Backend> {
    /// `[batch, time, input]`, or `[batch, input]` where all steps have the same.
    pub input: FloatTensor<B>,
    /// The weights.
    pub weights: LstmWeights<B>,
    /// Hidden and cell state before the first step, `[batch, hidden]` each.
    pub start: [FloatTensor<B>; 2],
    /// What [`Kernels::lstm`] gave.
    pub output: FloatTensor<B>,
    /// What [`Kernels::lstm`] kept besides.
    pub trace: Option<Trace>,
}

/// What a convolutional LSTM keeps for its backward pass.
#[derive(Debug, Clone)]
pub struct ConvLstmSaved<B: Backend> {
    /// `[batch, steps, input, height, width]`.
    pub input: FloatTensor<B>,
    /// `[4 * hidden, input + hidden, kernel height, kernel width]`.
    pub weight: FloatTensor<B>,
    /// `[4 * hidden]`.
    pub bias: Option<FloatTensor<B>>,
    /// Hidden and cell state before the first step, `[batch, hidden, height, width]` each.
    pub start: [FloatTensor<B>; 2],
    /// What [`Kernels::conv_lstm`] kept besides its output.
    pub trace: Option<Trace>,
}

/// One step of Adam: what `torch.optim.Adam` does, weight decay as an L2 penalty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamStep {
    /// Learning rate.
    pub rate: f64,
    /// Decay of the mean of the gradients.
    pub beta_1: f64,
    /// Decay of the mean of their squares.
    pub beta_2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// The weights' share that is added to their gradient.
    pub weight_decay: f64,
    /// Which step this is, from 1.
    pub time: usize,
}

/// The operations that the layers are made of.
///
/// Every method has a default made of Burn's own operations, so that `impl Kernels for MyBackend {}` is a
/// complete implementation. A backend with kernels of its own overrides what it has. Under
/// [`Autodiff`](burn::backend::Autodiff) an operation of a fused backend becomes one node of the graph, whose
/// backward pass is the backend's `*_backward` method; of any other backend Burn derives the gradient.
pub trait Kernels: Backend {
    /// Whether tensors like this one go through kernels of the backend's own.
    fn fused(_tensor: &FloatTensor<Self>) -> bool {
        false
    }

    /// Convolution, plain or transposed, of images or volumes, with bias and activation.
    ///
    /// # Shapes
    /// - input: `[batch, in, height, width]` or `[batch, in, depth, height, width]`
    /// - weight: `[out, in / groups, kernel...]`, transposed `[in, out / groups, kernel...]`
    /// - bias: `[out]`
    ///
    /// # Panics
    /// When the shapes do not fit each other.
    fn conv(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: Option<FloatTensor<Self>>,
        window: &Window,
        activation: Activation,
    ) -> FloatTensor<Self> {
        fallback::conv::<Self>(input, weight, bias, window, activation)
    }

    /// The gradients of [`Kernels::conv`] that are wanted.
    fn conv_backward(
        saved: Saved<Self>,
        window: &Window,
        gradient: FloatTensor<Self>,
        wanted: [bool; 3],
    ) -> Gradients<Self> {
        fallback::conv_backward::<Self>(saved, window, gradient, wanted)
    }

    /// `input * weight + bias`, activated.
    ///
    /// # Shapes
    /// - input: `[..., in]`, weight: `[in, out]` (Burn's order), bias: `[out]`
    ///
    /// # Panics
    /// When the shapes do not fit each other.
    fn dense(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: Option<FloatTensor<Self>>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        fallback::linear::<Self>(input, weight, bias, activation)
    }

    /// The gradients of [`Kernels::dense`] that are wanted.
    fn dense_backward(saved: Saved<Self>, gradient: FloatTensor<Self>, wanted: [bool; 3]) -> Gradients<Self> {
        fallback::linear_backward::<Self>(saved, gradient, wanted)
    }

    /// Batch normalisation in training, activated. The statistics carry no gradient.
    ///
    /// # Shapes
    /// - input: `[batch, channels, ...]`, gamma and beta: `[channels]`
    ///
    /// # Panics
    /// When the shapes do not fit each other.
    fn batch_norm(
        input: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
        activation: Activation,
    ) -> Normalised<Self> {
        fallback::batch_norm::<Self>(input, gamma, beta, epsilon, activation)
    }

    /// The gradients of [`Kernels::batch_norm`]: of input, gamma and beta.
    fn batch_norm_backward(saved: NormSaved<Self>, gradient: FloatTensor<Self>) -> [FloatTensor<Self>; 3] {
        fallback::batch_norm_backward::<Self>(saved, gradient)
    }

    /// Batch normalisation by given statistics, activated.
    ///
    /// # Shapes
    /// - input: `[batch, channels, ...]`, the rest: `[channels]`
    ///
    /// # Panics
    /// When the shapes do not fit each other.
    fn batch_norm_inference(
        input: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        statistics: [FloatTensor<Self>; 2],
        epsilon: f64,
        activation: Activation,
    ) -> FloatTensor<Self> {
        fallback::batch_norm_inference::<Self>(input, gamma, beta, statistics, epsilon, activation)
    }

    /// An LSTM over a sequence of `steps`. Where a backward pass follows (`keep`), it may give, besides the
    /// output, what that would have to compute again.
    ///
    /// # Shapes
    /// - input: `[batch, steps, input]`, or `[batch, input]` where all steps have the same
    /// - start: hidden and cell state, `[batch, hidden]` each
    /// - output: `[batch, steps + 1, hidden]`, the hidden state of each step and, last, the final cell state
    ///
    /// # Panics
    /// When the shapes do not fit each other.
    fn lstm(
        input: FloatTensor<Self>,
        weights: LstmWeights<Self>,
        start: [FloatTensor<Self>; 2],
        steps: usize,
        _keep: bool,
    ) -> (FloatTensor<Self>, Option<Trace>) {
        (fallback::lstm::<Self>(input, weights, start, steps), None)
    }

    /// The gradients of [`Kernels::lstm`]: of the input where it is wanted, of the four weights in their order,
    /// and of the two states.
    fn lstm_backward(
        saved: LstmSaved<Self>,
        gradient: FloatTensor<Self>,
        wants_input: bool,
    ) -> (Option<FloatTensor<Self>>, [FloatTensor<Self>; 6]) {
        fallback::lstm_backward::<Self>(saved, gradient, wants_input)
    }

    /// A convolutional LSTM over a sequence: one convolution over input and hidden state, the input's channels first,
    /// gives the gates, in the order input, forget, output, cell. Zeros around the images keep their size. Where a
    /// backward pass follows (`keep`), it may give, besides the output, what that would have to compute again.
    ///
    /// # Shapes
    /// - input: `[batch, steps, input, height, width]`
    /// - weight: `[4 * hidden, input + hidden, kernel height, kernel width]`, both odd
    /// - bias: `[4 * hidden]`
    /// - start: hidden and cell state, `[batch, hidden, height, width]` each
    /// - output: `[batch, steps + 1, hidden, height, width]`, the hidden state of each step and, last, the final cell
    ///   state
    ///
    /// # Panics
    /// When the shapes do not fit each other.
    fn conv_lstm(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: Option<FloatTensor<Self>>,
        start: [FloatTensor<Self>; 2],
        _keep: bool,
    ) -> (FloatTensor<Self>, Option<Trace>) {
        (fallback::conv_lstm::<Self>(input, &weight, bias.as_ref(), start), None)
    }

    /// The gradients of [`Kernels::conv_lstm`]: of the input where it is wanted, of weights and bias, and of the two
    /// states.
    fn conv_lstm_backward(
        saved: ConvLstmSaved<Self>,
        gradient: FloatTensor<Self>,
        wants_input: bool,
    ) -> (Option<FloatTensor<Self>>, [FloatTensor<Self>; 4]) {
        fallback::conv_lstm_backward::<Self>(saved, gradient, wants_input)
    }

    /// Adam's update of weights and of its two moments.
    ///
    /// # Panics
    /// When the shapes differ; with kernels also when the learning rate is below zero or not finite.
    fn adam(
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        moments: Option<[FloatTensor<Self>; 2]>,
        step: &AdamStep,
    ) -> (FloatTensor<Self>, [FloatTensor<Self>; 2]) {
        fallback::adam::<Self>(weight, gradient, moments, step)
    }
}
