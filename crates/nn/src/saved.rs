//! What the operations of [`Kernels`](crate::Kernels) take and return besides tensors.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;

use oddframe_kernels::Activation;

/// What a convolution or linear layer saves for its backward pass.
#[derive(Debug, Clone)]
pub struct SavedLayer<B: Backend> {
    /// The layer's input.
    pub input: FloatTensor<B>,
    /// The layer's weights.
    pub weight: FloatTensor<B>,
    /// The layer's output, where the activation's gradient is computed from it.
    pub output: Option<FloatTensor<B>>,
    /// The activation.
    pub activation: Activation,
}

/// The gradients of input, weights and bias: `None` for each that was not requested.
pub type LayerGradients<B> = [Option<FloatTensor<B>>; 3];

/// What batch normalisation returns in training.
#[derive(Debug, Clone)]
pub struct BatchNormOutput<B: Backend> {
    /// The activated output, of the input's shape.
    pub output: FloatTensor<B>,
    /// The mean of each channel over the batch.
    pub mean: FloatTensor<B>,
    /// The biased variance of each channel over the batch.
    pub variance: FloatTensor<B>,
}

/// What batch normalisation saves for its backward pass.
#[derive(Debug, Clone)]
pub struct SavedBatchNorm<B: Backend> {
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
    /// Added to the variance.
    pub epsilon: f64,
    /// The activation.
    pub activation: Activation,
}

/// The weights of an LSTM, with the gates in PyTorch's order: input, forget, cell, output.
#[derive(Debug, Clone)]
pub struct LstmWeights<B: Backend> {
    /// From the input, `[4 * hidden, input]`.
    pub input: FloatTensor<B>,
    /// From the previous hidden state, `[4 * hidden, hidden]`.
    pub hidden: FloatTensor<B>,
    /// `[4 * hidden]`.
    pub input_bias: FloatTensor<B>,
    /// `[4 * hidden]`.
    pub hidden_bias: FloatTensor<B>,
}

/// What a backend's native recurrent kernel saves between forward and backward pass, in a form known to it alone.
#[derive(Clone)]
pub struct KernelTrace(pub Arc<dyn Any + Send + Sync>);

impl fmt::Debug for KernelTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KernelTrace")
    }
}

/// What an LSTM saves for its backward pass.
#[derive(Debug, Clone)]
pub struct SavedLstm<B: Backend> {
    /// `[batch, time, input]`, or `[batch, input]` where all steps share one input.
    pub input: FloatTensor<B>,
    /// The weights.
    pub weights: LstmWeights<B>,
    /// Hidden and cell state before the first step, `[batch, hidden]` each.
    pub start: [FloatTensor<B>; 2],
    /// What [`Kernels::lstm`](crate::Kernels::lstm) returned.
    pub output: FloatTensor<B>,
    /// The trace that [`Kernels::lstm`](crate::Kernels::lstm) returned with it.
    pub trace: Option<KernelTrace>,
}

/// What a convolutional LSTM saves for its backward pass.
#[derive(Debug, Clone)]
pub struct SavedConvLstm<B: Backend> {
    /// `[batch, steps, input, height, width]`.
    pub input: FloatTensor<B>,
    /// The weights of the four gates, `[4 * hidden, input + hidden, kernel height, kernel width]`.
    pub weight: FloatTensor<B>,
    /// `[4 * hidden]`.
    pub bias: Option<FloatTensor<B>>,
    /// Hidden and cell state before the first step, `[batch, hidden, height, width]` each.
    pub start: [FloatTensor<B>; 2],
    /// The trace that [`Kernels::conv_lstm`](crate::Kernels::conv_lstm) returned.
    pub trace: Option<KernelTrace>,
}

/// One step of Adam as `torch.optim.Adam` makes it, with weight decay as an L2 penalty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamStep {
    /// The learning rate.
    pub rate: f64,
    /// The decay rate of the mean of the gradients.
    pub beta_1: f64,
    /// The decay rate of the mean of their squares.
    pub beta_2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// The multiple of the weights that is added to their gradient.
    pub weight_decay: f64,
    /// The number of this step, from 1.
    pub time: usize,
}
