//! What [`Operations`](crate::kernels::Operations) take and return besides tensors.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;

use oddframe_kernels::Activation;

/// What a convolution or linear layer saves for its backward pass.
#[derive(Debug, Clone)]
pub(crate) struct SavedLayer<B: Backend> {
    /// The layer's input.
    pub(crate) input: FloatTensor<B>,
    /// The layer's weights.
    pub(crate) weight: FloatTensor<B>,
    /// The layer's output, where the activation's gradient is computed from it.
    pub(crate) output: Option<FloatTensor<B>>,
    /// The activation.
    pub(crate) activation: Activation,
}

/// The gradients of input, weights and bias: `None` for each that was not requested.
pub(crate) type LayerGradients<B> = [Option<FloatTensor<B>>; 3];

/// What batch normalisation returns in training.
#[derive(Debug, Clone)]
pub(crate) struct BatchNormOutput<B: Backend> {
    /// The activated output, of the input's shape.
    pub(crate) output: FloatTensor<B>,
    /// The mean of each channel over the batch.
    pub(crate) mean: FloatTensor<B>,
    /// The biased variance of each channel over the batch.
    pub(crate) variance: FloatTensor<B>,
}

/// What batch normalisation saves for its backward pass.
#[derive(Debug, Clone)]
pub(crate) struct SavedBatchNorm<B: Backend> {
    /// The layer's input.
    pub(crate) input: FloatTensor<B>,
    /// The mean of each channel.
    pub(crate) mean: FloatTensor<B>,
    /// The biased variance of each channel.
    pub(crate) variance: FloatTensor<B>,
    /// The scale of each channel.
    pub(crate) gamma: FloatTensor<B>,
    /// The shift of each channel.
    pub(crate) beta: FloatTensor<B>,
    /// Added to the variance.
    pub(crate) epsilon: f64,
    /// The activation.
    pub(crate) activation: Activation,
}

/// What the mean squared error saves for its backward pass.
#[derive(Debug, Clone)]
pub(crate) struct SavedSquaredError<B: Backend> {
    /// The network's output.
    pub(crate) output: FloatTensor<B>,
    /// What it should be.
    pub(crate) target: FloatTensor<B>,
}

/// The weights of an LSTM or a GRU as a backend's tensors, with the gates in PyTorch's order: input, forget, cell, output, or reset, update, new.
#[derive(Debug, Clone)]
pub(crate) struct RecurrentTensors<B: Backend> {
    /// From the input, `[gates * hidden, input]`.
    pub(crate) input: FloatTensor<B>,
    /// From the previous hidden state, `[gates * hidden, hidden]`.
    pub(crate) hidden: FloatTensor<B>,
    /// `[gates * hidden]`.
    pub(crate) input_bias: FloatTensor<B>,
    /// `[gates * hidden]`.
    pub(crate) hidden_bias: FloatTensor<B>,
}

impl<B: Backend> RecurrentTensors<B> {
    /// The tensors in the order of the fields.
    pub(crate) fn into_array(self) -> [FloatTensor<B>; 4] {
        [self.input, self.hidden, self.input_bias, self.hidden_bias]
    }

    /// The inverse of [`into_array`](Self::into_array).
    pub(crate) fn from_array(
        [input, hidden, input_bias, hidden_bias]: [FloatTensor<B>; 4],
    ) -> Self {
        Self {
            input,
            hidden,
            input_bias,
            hidden_bias,
        }
    }
}

/// What a backend's native recurrent kernel saves between forward and backward pass, in a form known to it alone.
#[derive(Clone)]
#[cfg_attr(
    not(feature = "flex"),
    expect(dead_code, reason = "only native kernels read it")
)]
pub(crate) struct KernelTrace(pub(crate) Arc<dyn Any + Send + Sync>);

impl fmt::Debug for KernelTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KernelTrace")
    }
}

/// What an LSTM saves for its backward pass.
#[derive(Debug, Clone)]
#[cfg_attr(
    not(feature = "flex"),
    expect(dead_code, reason = "only native kernels read it")
)]
pub(crate) struct SavedLstm<B: Backend> {
    /// `[batch, time, input]`, or `[batch, input]` where all steps share one input.
    pub(crate) input: FloatTensor<B>,
    /// The weights.
    pub(crate) weights: RecurrentTensors<B>,
    /// Hidden and cell state before the first step, `[batch, hidden]` each.
    pub(crate) start: [FloatTensor<B>; 2],
    /// The trace that [`Operations::lstm`](crate::kernels::Operations::lstm) returned.
    pub(crate) trace: Option<KernelTrace>,
}

/// What a GRU saves for its backward pass.
#[derive(Debug, Clone)]
#[cfg_attr(
    not(feature = "flex"),
    expect(dead_code, reason = "only native kernels read it")
)]
pub(crate) struct SavedGru<B: Backend> {
    /// `[batch, time, input]`.
    pub(crate) input: FloatTensor<B>,
    /// The weights.
    pub(crate) weights: RecurrentTensors<B>,
    /// Hidden state before the first step, `[batch, hidden]`.
    pub(crate) start: FloatTensor<B>,
    /// The trace that [`Operations::gru`](crate::kernels::Operations::gru) returned.
    pub(crate) trace: Option<KernelTrace>,
}

/// What a convolutional LSTM saves for its backward pass.
#[derive(Debug, Clone)]
#[cfg_attr(
    not(feature = "flex"),
    expect(dead_code, reason = "only native kernels read it")
)]
pub(crate) struct SavedConvLstm<B: Backend> {
    /// `[batch, steps, input, height, width]`.
    pub(crate) input: FloatTensor<B>,
    /// The weights of the four gates, `[4 * hidden, input + hidden, kernel height, kernel width]`.
    pub(crate) weight: FloatTensor<B>,
    /// `[4 * hidden]`.
    pub(crate) bias: Option<FloatTensor<B>>,
    /// Hidden and cell state before the first step, `[batch, hidden, height, width]` each.
    pub(crate) start: [FloatTensor<B>; 2],
    /// The trace that [`Operations::conv_lstm`](crate::kernels::Operations::conv_lstm) returned.
    pub(crate) trace: Option<KernelTrace>,
}

/// One step of Adam as `torch.optim.Adam` makes it, with weight decay as an L2 penalty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct AdamStep {
    /// The learning rate.
    pub(crate) rate: f64,
    /// The decay rate of the mean of the gradients.
    pub(crate) beta_1: f64,
    /// The decay rate of the mean of their squares.
    pub(crate) beta_2: f64,
    /// Added to the root of the second moment.
    pub(crate) epsilon: f64,
    /// The multiple of the weights that is added to their gradient.
    pub(crate) weight_decay: f64,
    /// The number of this step, from 1.
    pub(crate) time: usize,
}
