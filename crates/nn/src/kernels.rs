use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use oddframe_kernels::{Activation, Window};

use crate::fallback;
use crate::saved::{
    AdamStep, BatchNormOutput, KernelTrace, LayerGradients, RecurrentTensors, SavedBatchNorm,
    SavedConvLstm, SavedGru, SavedLayer, SavedLstm, SavedSquaredError,
};
use crate::tensors::to_primitive;

/// A backend that the layers run on: Burn's `Backend` with fused operations for whole layers.
///
/// Burn's flex, ndarray, cuda and wgpu backends implement it, each behind a Cargo feature of its name, and so does
/// [`Autodiff`](burn::backend::Autodiff) of each of them. The operations are private and change with the kernels, so
/// the trait cannot be implemented elsewhere; a network needs it only as the bound `B: Kernels`:
///
/// ```
/// use burn::backend::Flex;
/// use burn::tensor::Tensor;
/// use oddframe_nn::{Conv2d, Conv2dConfig, Kernels};
///
/// fn edges<B: Kernels>(layer: &Conv2d<B>, images: Tensor<B, 4>) -> Tensor<B, 4> {
///     layer.forward(images).abs()
/// }
///
/// let device = Default::default();
/// let layer = Conv2dConfig::new([1, 2], [3, 3]).init::<Flex>(&device)?;
/// assert_eq!(edges(&layer, Tensor::ones([1, 1, 5, 5], &device)).dims(), [1, 2, 3, 3]);
/// # Ok::<(), oddframe_nn::Error>(())
/// ```
#[expect(private_bounds, reason = "seals the trait")]
pub trait Kernels: Backend + Operations {}

impl<B: Operations> Kernels for B {}

/// The operations that the layers are made of.
///
/// Every method has a default that composes Burn's own operations, so that `impl Operations for ABackend {}` is a
/// complete implementation. A backend with native kernels overrides the methods it has kernels for, and
/// [`has_native_kernels`](Self::has_native_kernels).
///
/// Under [`Autodiff`](burn::backend::Autodiff) an operation of a backend with native kernels becomes one node of the
/// graph, whose backward pass is the `*_backward` method. For any other backend Burn derives the gradient from the
/// default's operations.
pub(crate) trait Operations: Backend {
    /// Whether the backend runs its own kernels on tensors like this one.
    fn has_native_kernels(_tensor: &FloatTensor<Self>) -> bool {
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

    /// The gradients of [`Operations::conv`] that are `wanted`: of input, weights and bias.
    fn conv_backward(
        saved: SavedLayer<Self>,
        window: &Window,
        gradient: FloatTensor<Self>,
        wanted: [bool; 3],
    ) -> LayerGradients<Self> {
        fallback::conv_backward::<Self>(saved, window, gradient, wanted)
    }

    /// A linear layer: `input * weight + bias`, activated.
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

    /// The gradients of [`Operations::dense`] that are `wanted`: of input, weights and bias.
    fn dense_backward(
        saved: SavedLayer<Self>,
        gradient: FloatTensor<Self>,
        wanted: [bool; 3],
    ) -> LayerGradients<Self> {
        fallback::linear_backward::<Self>(saved, gradient, wanted)
    }

    /// Batch normalisation in training, activated. No gradient flows through the returned statistics.
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
    ) -> BatchNormOutput<Self> {
        fallback::batch_norm::<Self>(input, gamma, beta, epsilon, activation)
    }

    /// The gradients of [`Operations::batch_norm`]: of input, gamma and beta.
    fn batch_norm_backward(
        saved: SavedBatchNorm<Self>,
        gradient: FloatTensor<Self>,
    ) -> [FloatTensor<Self>; 3] {
        fallback::batch_norm_backward::<Self>(saved, gradient)
    }

    /// Batch normalisation with given mean and variance (`statistics`), activated.
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

    /// Multiplies every channel of every item of a batch by a factor of its own, as channel dropout does. No gradient
    /// flows to the factors. The gradient is the same product.
    ///
    /// # Shapes
    /// - input: `[batch, channels, ...]`, factors: `[batch, channels]`
    ///
    /// # Panics
    /// When the shapes do not fit each other.
    fn scale_channels(input: FloatTensor<Self>, factors: FloatTensor<Self>) -> FloatTensor<Self> {
        fallback::scale_channels::<Self>(input, factors)
    }

    /// The mean of the squared differences between two tensors of one shape, as a tensor of one value.
    ///
    /// # Panics
    /// When the shapes differ.
    fn squared_error(output: FloatTensor<Self>, target: FloatTensor<Self>) -> FloatTensor<Self> {
        fallback::squared_error::<Self>(output, target)
    }

    /// The gradients of [`Operations::squared_error`] that are `wanted`: of output and target.
    fn squared_error_backward(
        saved: SavedSquaredError<Self>,
        gradient: FloatTensor<Self>,
        wanted: [bool; 2],
    ) -> [Option<FloatTensor<Self>>; 2] {
        fallback::squared_error_backward::<Self>(saved, gradient, wanted)
    }

    /// An LSTM over a sequence of `steps`, with the gates in PyTorch's order: input, forget, cell, output.
    ///
    /// Where a backward pass follows (`keep`), a native kernel may also return a trace of its intermediate values,
    /// which saves the backward pass from computing them again.
    ///
    /// # Shapes
    /// - input: `[batch, steps, input]`, or `[batch, input]` where all steps share one input
    /// - start: hidden and cell state, `[batch, hidden]` each
    /// - output: `[batch, steps + 1, hidden]`, the hidden state of each step followed by the final cell state
    ///
    /// # Panics
    /// When the shapes do not fit each other.
    fn lstm(
        input: FloatTensor<Self>,
        weights: RecurrentTensors<Self>,
        start: [FloatTensor<Self>; 2],
        steps: usize,
        _keep: bool,
    ) -> (FloatTensor<Self>, Option<KernelTrace>) {
        (fallback::lstm::<Self>(input, weights, start, steps), None)
    }

    /// The gradients of [`Operations::lstm`]: of the input if it is wanted, of the four weights in their order, and of
    /// the two initial states.
    fn lstm_backward(
        saved: SavedLstm<Self>,
        gradient: FloatTensor<Self>,
        wants_input: bool,
    ) -> (Option<FloatTensor<Self>>, [FloatTensor<Self>; 6]) {
        fallback::lstm_backward::<Self>(saved, gradient, wants_input)
    }

    /// A GRU over a sequence of `steps`, with the gates in PyTorch's order: reset, update, new. `keep` is as in
    /// [`Operations::lstm`].
    ///
    /// # Shapes
    /// - input: `[batch, steps, input]`
    /// - start: hidden state, `[batch, hidden]`
    /// - output: `[batch, steps, hidden]`, the hidden state of each step
    ///
    /// # Panics
    /// When the shapes do not fit each other.
    fn gru(
        input: FloatTensor<Self>,
        weights: RecurrentTensors<Self>,
        start: FloatTensor<Self>,
        steps: usize,
        _keep: bool,
    ) -> (FloatTensor<Self>, Option<KernelTrace>) {
        (fallback::gru::<Self>(input, weights, start, steps), None)
    }

    /// The gradients of [`Operations::gru`]: of the input if it is wanted, of the four weights in their order, and of the
    /// initial state.
    fn gru_backward(
        saved: SavedGru<Self>,
        gradient: FloatTensor<Self>,
        wants_input: bool,
    ) -> (Option<FloatTensor<Self>>, [FloatTensor<Self>; 5]) {
        fallback::gru_backward::<Self>(saved, gradient, wants_input)
    }

    /// A convolutional LSTM over a sequence, with the gates in the order input, forget, output, cell.
    ///
    /// One convolution over the concatenated input and hidden state, the input's channels first, computes all four
    /// gates; zero padding keeps the size of the images. `keep` is as in [`Operations::lstm`].
    ///
    /// # Shapes
    /// - input: `[batch, steps, input, height, width]`
    /// - weight: `[4 * hidden, input + hidden, kernel height, kernel width]`, with an odd kernel; bias: `[4 * hidden]`
    /// - start: hidden and cell state, `[batch, hidden, height, width]` each
    /// - output: `[batch, steps + 1, hidden, height, width]`, the hidden state of each step followed by the final cell
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
    ) -> (FloatTensor<Self>, Option<KernelTrace>) {
        (
            fallback::conv_lstm::<Self>(Self::conv, input, &weight, bias.as_ref(), start),
            None,
        )
    }

    /// The gradients of [`Operations::conv_lstm`]: of the input if it is wanted, of weights and bias, and of the two
    /// initial states.
    fn conv_lstm_backward(
        saved: SavedConvLstm<Self>,
        gradient: FloatTensor<Self>,
        wants_input: bool,
    ) -> (Option<FloatTensor<Self>>, [FloatTensor<Self>; 4]) {
        let convolution = fallback::Convolution {
            forward: Self::conv,
            backward: Self::conv_backward,
        };
        fallback::conv_lstm_backward::<Self>(&convolution, saved, gradient, wants_input)
    }

    /// Adam's update of weights and of its two moments, which are zero before the first step (`None`).
    ///
    /// # Panics
    /// When the shapes differ; with native kernels also when the learning rate is negative or not finite.
    fn adam(
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        moments: Option<[FloatTensor<Self>; 2]>,
        step: &AdamStep,
    ) -> (FloatTensor<Self>, [FloatTensor<Self>; 2]) {
        fallback::adam::<Self>(weight, gradient, moments, step)
    }
}

/// Whether the backend runs its own kernels on 32-bit floats of this device.
pub fn device_has_native_kernels<B: Kernels>(device: &B::Device) -> bool {
    B::has_native_kernels(&to_primitive(Tensor::<B, 1>::zeros([1], device)))
}

// The backends that run Burn's own operations.

#[cfg(feature = "ndarray-kernels")]
// Nothing to override: the defaults are complete.
impl Operations for burn::backend::NdArray {}

#[cfg(feature = "cuda")]
impl Operations for burn::backend::Cuda {}

#[cfg(feature = "wgpu")]
impl Operations for burn::backend::Wgpu {}
