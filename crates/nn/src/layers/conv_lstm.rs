use burn::config::Config;
use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::activation::sigmoid;
use burn::tensor::backend::Backend;

use super::parts::{flat, primitive, wrap};
use super::{Conv2d, Conv2dConfig};
use crate::error::in_range;
use crate::{Activation, Error, Kernels, Window};

/// Parameters of a [`ConvLstm`].
#[derive(Config, Debug)]
pub struct ConvLstmConfig {
    /// Channels of the input and of the hidden state.
    pub channels: [usize; 2],
    /// Height and width of the kernel: odd, so that the state keeps its size.
    pub kernel_size: [usize; 2],
}

/// A layer of an LSTM whose gates are one convolution over input and hidden state, in the order input, forget,
/// output, cell.
#[derive(Module, Debug)]
pub struct ConvLstm<B: Backend> {
    /// From `input + hidden` channels to `4 * hidden`.
    pub conv: Conv2d<B>,
}

/// What a [`ConvLstm`] remembers.
#[derive(Debug, Clone)]
pub struct ConvLstmState<B: Backend> {
    /// `[batch, hidden, height, width]`.
    pub hidden: Tensor<B, 4>,
    /// `[batch, hidden, height, width]`.
    pub cell: Tensor<B, 4>,
}

impl ConvLstmConfig {
    /// A cell with PyTorch's default weights.
    ///
    /// # Errors
    /// A size of zero, an even kernel.
    pub fn init<B: Backend>(&self, device: &B::Device) -> Result<ConvLstm<B>, Error> {
        for size in self.kernel_size {
            in_range("ConvLstm", "the kernel's size", size as f64, size % 2 == 1, "odd")?;
        }
        let [input, hidden] = self.channels;
        let channels = if input == 0 || hidden == 0 { [0, 0] } else { [input + hidden, 4 * hidden] };
        let conv = Conv2dConfig::new(channels, self.kernel_size)
            .with_padding(self.kernel_size.map(|size| size / 2))
            .init(device)?;
        Ok(ConvLstm { conv })
    }
}

impl<B: Kernels> ConvLstm<B> {
    /// One step; without a state it starts from zeros.
    ///
    /// # Shapes
    /// `[batch, input, height, width]`.
    ///
    /// # Panics
    /// When the input has other channels, the state does not fit it, or [`ConvLstm::conv`] has no input channels besides
    /// the hidden ones.
    pub fn step(&self, input: Tensor<B, 4>, state: Option<ConvLstmState<B>>) -> ConvLstmState<B> {
        let [batch, _, height, width] = input.dims();
        let [_, hidden] = self.checked_channels();
        let state = state.unwrap_or_else(|| {
            let zeros = zeros([batch, hidden, height, width], &input);
            ConvLstmState { hidden: zeros.clone(), cell: zeros }
        });
        let gates = self.conv.forward(Tensor::cat(vec![input, state.hidden], 1));
        let [i, f, o, g] = [0, 1, 2, 3].map(|gate| {
            let channels = gate * hidden..(gate + 1) * hidden;
            gates.clone().slice([0..batch, channels, 0..height, 0..width])
        });
        let cell = sigmoid(f) * state.cell + sigmoid(i) * g.tanh();
        ConvLstmState { hidden: sigmoid(o) * cell.clone().tanh(), cell }
    }

    /// Runs over a sequence; without a state it starts from zeros. Gives the hidden state of every step, and the last
    /// state.
    ///
    /// # Shapes
    /// `[batch, time, input, height, width]` to `[batch, time, hidden, height, width]`.
    ///
    /// # Panics
    /// When the input has other channels or no step, the state does not fit it, or [`ConvLstm::conv`] has no input
    /// channels besides the hidden ones.
    pub fn forward(
        &self,
        input: Tensor<B, 5>,
        state: Option<ConvLstmState<B>>,
    ) -> (Tensor<B, 5>, ConvLstmState<B>) {
        let weight = self.conv.weight.val();
        let [batch, steps, channels, height, width] = input.dims();
        let [expected, hidden] = self.checked_channels();
        assert!(
            channels == expected && !input.dims().contains(&0),
            "ConvLstm: the input is {:?}, the layer takes [batch, time, {expected}, height, width]",
            input.dims()
        );
        let state = state.unwrap_or_else(|| {
            let zeros = zeros([batch, hidden, height, width], &input);
            ConvLstmState { hidden: zeros.clone(), cell: zeros }
        });
        for part in [&state.hidden, &state.cell] {
            let (found, expected) = (part.dims(), [batch, hidden, height, width]);
            assert!(found == expected, "ConvLstm: a state is {found:?}, the input asks for {expected:?}");
        }
        if !self.has_kernel() {
            return self.steps(&input, state);
        }
        let bias = self.conv.bias.as_ref().map(|bias| primitive(bias.val()));
        let start = [primitive(state.hidden), primitive(state.cell)];
        let images: Tensor<B, 5> =
            wrap(B::conv_lstm(primitive(input), primitive(weight), bias, start, false).0);
        let state = ConvLstmState { hidden: image(&images, steps - 1), cell: image(&images, steps) };
        (images.slice([0..batch, 0..steps, 0..hidden, 0..height, 0..width]), state)
    }

    /// Channels of the input and of the hidden state, where the convolution, which anyone can replace, has such.
    pub(crate) fn channels(&self) -> Option<[usize; 2]> {
        let shape = self.conv.weight.val().dims();
        let (gates, seen) = (shape[0], self.conv.window().in_channels(&shape));
        let input = seen.checked_sub(gates / 4).filter(|input| *input > 0)?;
        (gates > 0 && gates % 4 == 0).then_some([input, gates / 4])
    }

    fn checked_channels(&self) -> [usize; 2] {
        let channels = self.channels();
        assert!(
            channels.is_some(),
            "ConvLstm: the convolution's weights are {:?}; they must be [4 * hidden, input + hidden, height, width]",
            self.conv.weight.val().dims()
        );
        channels.unwrap_or_default()
    }

    /// Whether the convolution is one that [`Kernels::conv_lstm`] takes: square, and with the window that
    /// [`ConvLstmConfig`] gives it.
    pub(crate) fn has_kernel(&self) -> bool {
        let [_, _, height, width] = self.conv.weight.val().dims();
        let kernel = flat([height, width], 1);
        let window = Window { padding: kernel.map(|size| size / 2), ..Window::volume(kernel) };
        height == width && *self.conv.window() == window && self.conv.activation() == Activation::Identity
    }

    fn steps(&self, input: &Tensor<B, 5>, mut state: ConvLstmState<B>) -> (Tensor<B, 5>, ConvLstmState<B>) {
        let steps = input.dims()[1];
        let mut images = Vec::with_capacity(steps);
        for at in 0..steps {
            state = self.step(image(input, at), Some(state));
            images.push(state.hidden.clone());
        }
        (Tensor::stack(images, 1), state)
    }
}

/// A state of zeros for this input.
fn zeros<B: Backend, const D: usize>(shape: [usize; 4], input: &Tensor<B, D>) -> Tensor<B, 4> {
    Tensor::zeros(shape, (&input.device(), input.dtype()))
}

/// One step of `[batch, time, channels, height, width]`.
fn image<B: Backend>(sequence: &Tensor<B, 5>, step: usize) -> Tensor<B, 4> {
    let [batch, _, channels, height, width] = sequence.dims();
    let one = sequence.clone().slice([0..batch, step..step + 1, 0..channels, 0..height, 0..width]);
    one.squeeze_dim(1)
}
