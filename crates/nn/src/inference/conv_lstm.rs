use burn::module::Param;

use super::arithmetic::Arithmetic;
#[cfg(feature = "flex")]
use super::kernel_conv_lstm::KernelConvLstm;
use super::stage::read_bias;
use crate::error::{Error, at_least_one, check_length};
use crate::kernels::Kernels;
use crate::layers::{Conv2dConfig, ConvLstm};
use crate::tensors::{read_values, tensor_from_values};

/// The layer's name in errors.
const LAYER: &str = "ConvLstmInference";

/// The inference form of a [`ConvLstm`] for images of one size, which starts each run from a state of zeros.
///
/// It does not return its last state, which only [`LstmInference`](crate::LstmInference) does.
///
/// On a backend with native kernels (and with a square kernel), weights are packed once and buffers are kept from call
/// to call: after the first call with a batch and a number of steps, running allocates nothing. Otherwise it runs Burn's
/// operations.
///
/// Weights are copied: later training does not change them.
///
/// ```
/// use burn::backend::Flex;
/// use oddframe_nn::{ConvLstmConfig, ConvLstmInference};
///
/// let device = Default::default();
/// let layer = ConvLstmConfig::new([1, 4], [3, 3]).init::<Flex>(&device)?;
/// let mut cell = ConvLstmInference::<Flex>::new(&layer, [8, 8], &device)?;
///
/// let (batch, steps) = (1, 5);
/// let mut states = vec![0.0; batch * steps * 4 * 64];
/// cell.run(&vec![0.5; batch * steps * 64], batch, steps, &mut states)?;
/// # Ok::<(), oddframe_nn::Error>(())
/// ```
#[derive(Debug)]
pub struct ConvLstmInference<B: Kernels> {
    size: [usize; 2],
    channels: [usize; 2],
    path: Path<B>,
}

#[derive(Debug)]
enum Path<B: Kernels> {
    #[cfg(feature = "flex")]
    Kernel(Box<KernelConvLstm>),
    Backend {
        layer: Box<ConvLstm<B>>,
        device: B::Device,
    },
}

impl<B: Kernels> ConvLstmInference<B> {
    /// The inference form of a layer for images of `[height, width]` on this device, in 32-bit floats.
    ///
    /// # Errors
    /// When a size is zero or too large for the kernels, the layer's convolution has no input channels in addition to the
    /// hidden ones, or the weights cannot be read.
    pub fn new<A: Kernels>(
        layer: &ConvLstm<A>,
        size: [usize; 2],
        device: &B::Device,
    ) -> Result<Self, Error> {
        Self::with_arithmetic(layer, size, device, &Arithmetic::Floats)
    }

    /// The inference form of a layer for images of `[height, width]` on this device, to calculate in this arithmetic: in floats
    /// whatever it says, with weights in 16 bits for [`Arithmetic::Bf16`].
    ///
    /// # Errors
    /// Those of [`new`](Self::new); for weights in 16 bits, when it would not run on native kernels.
    pub fn with_arithmetic<A: Kernels>(
        layer: &ConvLstm<A>,
        size: [usize; 2],
        device: &B::Device,
        arithmetic: &Arithmetic,
    ) -> Result<Self, Error> {
        at_least_one(LAYER, &[("the height", size[0]), ("the width", size[1])])?;
        let weight = layer.conv.weight.val();
        let shape = weight.dims();
        let [gates, _, height, width] = shape;
        let window = *layer.conv.window();
        let joined = window.input_channels(&shape);
        let channels = layer.channels().ok_or(Error::Parameter {
            layer: LAYER,
            name: "the number of the convolution's output channels",
            value: gates as f64,
            must: "4 times the number of hidden channels, which must be below the number of input channels",
        })?;
        let weight = read_values("the weights", weight)?;
        let bias = read_bias(layer.conv.bias.as_ref())?;
        #[cfg(feature = "flex")]
        if crate::kernels::device_has_native_kernels::<B>(device) && layer.fits_native_kernel() {
            let mut kernel = KernelConvLstm::new(size, channels, height, &weight, bias.as_deref())?;
            if arithmetic.has_bf16_weights() {
                kernel = kernel.with_bf16_weights();
            }
            return Ok(Self {
                size,
                channels,
                path: Path::Kernel(Box::new(kernel)),
            });
        }
        if arithmetic.has_bf16_weights() {
            return Err(Error::NoNativeKernels);
        }
        // The window has three axes; an image layer's parameters leave out the depth.
        let [stride, padding, dilation] = [window.stride, window.padding, window.dilation]
            .map(|[_, height, width]| [height, width]);
        let mut conv = Conv2dConfig::new([joined, gates], [height, width])
            .with_stride(stride)
            .with_padding(padding)
            .with_dilation(dilation)
            .with_groups(window.groups)
            .with_activation(layer.conv.activation())
            .init::<B>(device)?;
        conv.weight = Param::from_tensor(tensor_from_values(weight, shape, device));
        conv.bias = bias.map(|bias| Param::from_tensor(tensor_from_values(bias, [gates], device)));
        let path = Path::Backend {
            layer: Box::new(ConvLstm { conv }),
            device: device.clone(),
        };
        Ok(Self {
            size,
            channels,
            path,
        })
    }

    /// The numbers of channels of the input and of the hidden state.
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
    /// When the length of a slice is not that of its shape, or `batch` or `steps` is zero.
    pub fn run(
        &mut self,
        input: &[f32],
        batch: usize,
        steps: usize,
        output: &mut [f32],
    ) -> Result<(), Error> {
        let [height, width] = self.size;
        let axes = [("the batch", batch), ("the number of steps", steps)];
        check_length(
            LAYER,
            "the input",
            input.len(),
            &axes,
            self.channels[0] * height * width,
        )?;
        check_length(
            LAYER,
            "the output",
            output.len(),
            &axes,
            self.channels[1] * height * width,
        )?;
        match &mut self.path {
            #[cfg(feature = "flex")]
            Path::Kernel(path) => path.run(input, [batch, steps], output),
            Path::Backend { layer, device } => {
                let shape = [batch, steps, self.channels[0], height, width];
                let (images, _) =
                    layer.forward(tensor_from_values(input.to_vec(), shape, device), None);
                output.copy_from_slice(&read_values("the output", images)?);
                Ok(())
            }
        }
    }
}
