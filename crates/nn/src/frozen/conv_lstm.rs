use burn::module::Param;

#[cfg(feature = "flex")]
use super::plain_conv_lstm::PlainConvLstm;
use super::stage::{bias_values, values};
use super::{check, tensor};
use crate::{Conv2dConfig, ConvLstm, Error, Kernels, Window};

/// Its name in errors.
const LAYER: &str = "FrozenConvLstm";

/// A [`ConvLstm`] that only scores images of one size, from a state of zeros. It keeps no last state: only
/// [`FrozenLstm`](crate::FrozenLstm) has one.
///
/// Where the backend has our kernels (for a square kernel), weights are packed once and buffers are kept from call to
/// call: after the first call with a batch and a number of steps, running allocates nothing. Elsewhere it is Burn's
/// operations.
///
/// Weights are copied: what is trained later does not reach it.
#[derive(Debug)]
pub struct FrozenConvLstm<B: Kernels> {
    size: [usize; 2],
    channels: [usize; 2],
    plan: Plan<B>,
}

#[derive(Debug)]
enum Plan<B: Kernels> {
    #[cfg(feature = "flex")]
    Plain(Box<PlainConvLstm>),
    Tensors {
        layer: Box<ConvLstm<B>>,
        device: B::Device,
    },
}

impl<B: Kernels> FrozenConvLstm<B> {
    /// The frozen form of a layer for images of `[height, width]`, on this device.
    ///
    /// # Errors
    /// When a size is zero or too large for the kernels, the layer's convolution has no input channels besides the hidden
    /// ones, or the weights cannot be read.
    pub fn new<A: Kernels>(layer: &ConvLstm<A>, size: [usize; 2], device: &B::Device) -> Result<Self, Error> {
        crate::error::at_least_one(LAYER, &[("the height", size[0]), ("the width", size[1])])?;
        let weight = layer.conv.weight.val();
        let shape = weight.dims();
        let [gates, _, height, width] = shape;
        let window = *layer.conv.window();
        let seen = window.in_channels(&shape);
        let channels = layer.channels().ok_or(Error::Parameter {
            layer: LAYER,
            name: "the number of the convolution's output channels",
            value: gates as f64,
            must: "4 for each hidden channel, of which there must be fewer than input channels",
        })?;
        let weight = values("the weights", weight)?;
        let bias = bias_values(layer.conv.bias.as_ref())?;
        #[cfg(feature = "flex")]
        if super::fused::<B>(device) && layer.has_kernel() {
            let plain = PlainConvLstm::new(size, channels, height, &weight, bias.as_deref())?;
            return Ok(Self { size, channels, plan: Plan::Plain(Box::new(plain)) });
        }
        let mut conv = Conv2dConfig::new([seen, gates], [height, width])
            .with_stride(Window::image(window.stride))
            .with_padding(Window::image(window.padding))
            .with_dilation(Window::image(window.dilation))
            .with_groups(window.groups)
            .with_activation(layer.conv.activation())
            .init::<B>(device)?;
        conv.weight = Param::from_tensor(tensor(weight, shape, device));
        conv.bias = bias.map(|bias| Param::from_tensor(tensor(bias, [gates], device)));
        let plan = Plan::Tensors { layer: Box::new(ConvLstm { conv }), device: device.clone() };
        Ok(Self { size, channels, plan })
    }

    /// Channels of the input and of the hidden state.
    pub fn channels(&self) -> [usize; 2] {
        self.channels
    }

    /// Height and width of the images.
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// Writes the hidden state of every step.
    ///
    /// # Shapes
    /// `[batch, steps, input, height, width]` to `[batch, steps, hidden, height, width]`.
    ///
    /// # Errors
    /// When a slice is not as long as its shape says, or there is no item or no step.
    pub fn run(
        &mut self,
        input: &[f32],
        batch: usize,
        steps: usize,
        output: &mut [f32],
    ) -> Result<(), Error> {
        let [height, width] = self.size;
        let axes = [("the batch", batch), ("the number of steps", steps)];
        check(LAYER, "the input", input.len(), &axes, self.channels[0] * height * width)?;
        check(LAYER, "the output", output.len(), &axes, self.channels[1] * height * width)?;
        match &mut self.plan {
            #[cfg(feature = "flex")]
            Plan::Plain(plain) => plain.run(input, [batch, steps], output),
            Plan::Tensors { layer, device } => {
                let shape = [batch, steps, self.channels[0], height, width];
                let (images, _) = layer.forward(tensor(input.to_vec(), shape, device), None);
                output.copy_from_slice(&values("the output", images)?);
                Ok(())
            }
        }
    }
}
