use burn::config::Config;
use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::activation::sigmoid;
use burn::tensor::backend::Backend;
use oddframe_kernels::{Activation, Window};

use super::conv2d::{Conv2d, Conv2dConfig};
use super::parts::as_volume;
use crate::error::{Error, check_range};
use crate::kernels::Kernels;
use crate::tensors::{from_primitive, to_primitive};

/// Parameters of a [`ConvLstm`].
#[derive(Config, Debug)]
pub struct ConvLstmConfig {
    /// The numbers of channels of the input and of the hidden state.
    pub channels: [usize; 2],
    /// Height and width of the kernel, both odd, so that padding can keep the size of the state.
    pub kernel_size: [usize; 2],
}

/// A convolutional LSTM of one layer: one convolution over the joined input and hidden state computes its gates, in the
/// order input, forget, output, cell.
///
/// ```
/// use burn::backend::Flex;
/// use burn::tensor::Tensor;
/// use oddframe_nn::ConvLstmConfig;
///
/// let device = Default::default();
/// let layer = ConvLstmConfig::new([3, 8], [3, 3]).init::<Flex>(&device)?;
/// let (states, last) = layer.forward(Tensor::ones([1, 4, 3, 16, 16], &device), None);
/// assert_eq!((states.dims(), last.hidden.dims()), ([1, 4, 8, 16, 16], [1, 8, 16, 16]));
/// # Ok::<(), oddframe_nn::Error>(())
/// ```
#[derive(Module, Debug)]
pub struct ConvLstm<B: Backend> {
    /// From `input + hidden` channels to `4 * hidden`.
    pub conv: Conv2d<B>,
}

/// The state of a [`ConvLstm`] between two steps.
#[derive(Debug, Clone)]
pub struct ConvLstmState<B: Backend> {
    /// `[batch, hidden, height, width]`.
    pub hidden: Tensor<B, 4>,
    /// `[batch, hidden, height, width]`.
    pub cell: Tensor<B, 4>,
}

impl ConvLstmConfig {
    /// Builds a layer with PyTorch's default initial weights.
    ///
    /// # Errors
    /// When a size is zero, there are more than 2^30 weights, or the kernel is even.
    pub fn init<B: Backend>(&self, device: &B::Device) -> Result<ConvLstm<B>, Error> {
        for size in self.kernel_size {
            check_range(
                "ConvLstm",
                "the kernel's size",
                size as f64,
                size % 2 == 1,
                "odd",
            )?;
        }
        let [input, hidden] = self.channels;
        // Zero sizes go on as zero channels, which the convolution refuses with its own message.
        let channels = if input == 0 || hidden == 0 {
            [0, 0]
        } else {
            [input.saturating_add(hidden), hidden.saturating_mul(4)]
        };
        let conv = Conv2dConfig::new(channels, self.kernel_size)
            .with_padding(self.kernel_size.map(|size| size / 2))
            .init(device)?;
        Ok(ConvLstm { conv })
    }
}

impl<B: Kernels> ConvLstm<B> {
    /// Runs one step, from `state` or from zeros.
    ///
    /// # Shapes
    /// `[batch, input, height, width]`.
    ///
    /// # Panics
    /// When the input has another number of channels, the state does not fit it, or [`ConvLstm::conv`] has no input
    /// channels in addition to the hidden ones.
    pub fn step(&self, input: Tensor<B, 4>, state: Option<ConvLstmState<B>>) -> ConvLstmState<B> {
        let [batch, _, height, width] = input.dims();
        let [_, hidden] = self.check_channels();
        let state = state.unwrap_or_else(|| {
            let zeros = zero_state([batch, hidden, height, width], &input);
            ConvLstmState {
                hidden: zeros.clone(),
                cell: zeros,
            }
        });
        // One convolution over [x, h] computes the sums of all four gates, a quarter of its output channels each.
        let gates = self.conv.forward(Tensor::cat(vec![input, state.hidden], 1));
        // c' = σ(f) c + σ(i) tanh(g), h' = σ(o) tanh(c').
        let [i, f, o, g] = [0, 1, 2, 3].map(|gate| {
            let channels = gate * hidden..(gate + 1) * hidden;
            gates
                .clone()
                .slice([0..batch, channels, 0..height, 0..width])
        });
        let cell = sigmoid(f) * state.cell + sigmoid(i) * g.tanh();
        ConvLstmState {
            hidden: sigmoid(o) * cell.clone().tanh(),
            cell,
        }
    }

    /// Runs over a sequence, from `state` or from zeros, and returns the hidden state of every step and the last state.
    ///
    /// # Shapes
    /// `[batch, time, input, height, width]` to `[batch, time, hidden, height, width]`.
    ///
    /// # Panics
    /// When the input has another number of channels or no steps, the state does not fit it, or [`ConvLstm::conv`] has no
    /// input channels in addition to the hidden ones.
    pub fn forward(
        &self,
        input: Tensor<B, 5>,
        state: Option<ConvLstmState<B>>,
    ) -> (Tensor<B, 5>, ConvLstmState<B>) {
        let weight = self.conv.weight.val();
        let [batch, steps, channels, height, width] = input.dims();
        let [expected, hidden] = self.check_channels();
        assert!(
            channels == expected && !input.dims().contains(&0),
            "ConvLstm: the input is {:?}, the layer takes [batch, time, {expected}, height, width]",
            input.dims()
        );
        let state = state.unwrap_or_else(|| {
            let zeros = zero_state([batch, hidden, height, width], &input);
            ConvLstmState {
                hidden: zeros.clone(),
                cell: zeros,
            }
        });
        for part in [&state.hidden, &state.cell] {
            let (found, expected) = (part.dims(), [batch, hidden, height, width]);
            assert!(
                found == expected,
                "ConvLstm: a state is {found:?}, the input asks for {expected:?}"
            );
        }
        // `conv` is a public field: a convolution other than the built one runs step by step.
        if !self.fits_native_kernel() {
            return self.run_steps(&input, state);
        }
        let bias = self.conv.bias.as_ref().map(|bias| to_primitive(bias.val()));
        let start = [to_primitive(state.hidden), to_primitive(state.cell)];
        let images: Tensor<B, 5> = from_primitive(
            B::conv_lstm(
                to_primitive(input),
                to_primitive(weight),
                bias,
                start,
                false,
            )
            .0,
        );
        // The operation returns the hidden states of all steps and, as a last image, the final cell state.
        let state = ConvLstmState {
            hidden: select_step(&images, steps - 1),
            cell: select_step(&images, steps),
        };
        (
            images.slice([0..batch, 0..steps, 0..hidden, 0..height, 0..width]),
            state,
        )
    }

    /// The numbers of channels of the input and of the hidden state. `None` if the convolution, a public field that can
    /// be replaced, does not have 4 output channels per hidden channel and at least one input channel.
    pub(crate) fn channels(&self) -> Option<[usize; 2]> {
        let shape = self.conv.weight.val().dims();
        let (gates, joined) = (shape[0], self.conv.window().input_channels(&shape));
        let input = joined.checked_sub(gates / 4).filter(|input| *input > 0)?;
        (gates > 0 && gates % 4 == 0).then_some([input, gates / 4])
    }

    fn check_channels(&self) -> [usize; 2] {
        let channels = self.channels();
        assert!(
            channels.is_some(),
            "ConvLstm: the convolution's weights are {:?}; they must be [4 * hidden, input + hidden, height, width]",
            self.conv.weight.val().dims()
        );
        channels.unwrap_or_default()
    }

    /// Whether the operation `conv_lstm` can run the convolution: it must be square and have the window that
    /// [`ConvLstmConfig`] builds.
    pub(crate) fn fits_native_kernel(&self) -> bool {
        let [_, _, height, width] = self.conv.weight.val().dims();
        let kernel = as_volume([height, width], 1);
        let window = Window::volume(kernel).with_padding(kernel.map(|size| size / 2));
        height == width
            && *self.conv.window() == window
            && self.conv.activation() == Activation::Identity
    }

    /// The recurrence step by step, for a convolution that the fused operation does not take.
    fn run_steps(
        &self,
        input: &Tensor<B, 5>,
        mut state: ConvLstmState<B>,
    ) -> (Tensor<B, 5>, ConvLstmState<B>) {
        let steps = input.dims()[1];
        let mut images = Vec::with_capacity(steps);
        for at in 0..steps {
            state = self.step(select_step(input, at), Some(state));
            images.push(state.hidden.clone());
        }
        (Tensor::stack(images, 1), state)
    }
}

/// A state of zeros, on the device and in the float type of the input.
fn zero_state<B: Backend, const D: usize>(shape: [usize; 4], input: &Tensor<B, D>) -> Tensor<B, 4> {
    Tensor::zeros(shape, (&input.device(), input.dtype()))
}

/// One step of `[batch, time, channels, height, width]`.
fn select_step<B: Backend>(sequence: &Tensor<B, 5>, step: usize) -> Tensor<B, 4> {
    let [batch, _, channels, height, width] = sequence.dims();
    let one = sequence
        .clone()
        .slice([0..batch, step..step + 1, 0..channels, 0..height, 0..width]);
    one.squeeze_dim(1)
}
