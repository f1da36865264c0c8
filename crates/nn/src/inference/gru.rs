use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::arithmetic::Arithmetic;
#[cfg(feature = "flex")]
use super::kernel_gru::KernelGru;
use super::recurrent::RecurrentValues;
use crate::error::{Error, check_length};
use crate::kernels::Kernels;
use crate::layers::Gru;
use crate::tensors::{read_values, tensor_from_values};

/// The layer's name in errors.
const LAYER: &str = "GruInference";

/// The inference form of a [`Gru`], which starts each run from a state of zeros.
///
/// On a backend with native kernels, weights are packed once and buffers are kept from call to call: after the first
/// call with a batch and a number of steps, running allocates nothing. On any other backend it runs Burn's operations.
///
/// Weights are copied: later training does not change them.
///
/// ```
/// use burn::backend::Flex;
/// use oddframe_nn::{GruConfig, GruInference};
///
/// let device = Default::default();
/// let layer = GruConfig::new(6, 4).init::<Flex>(&device)?;
/// let mut gru = GruInference::<Flex>::new(&layer, &device)?;
///
/// // One sequence of three steps; the last step's row is also the last hidden state.
/// let mut states = [0.0; 3 * 4];
/// gru.run(&[0.5; 3 * 6], 1, 3, &mut states)?;
/// assert_eq!(gru.last_hidden(), &states[2 * 4..]);
/// # Ok::<(), oddframe_nn::Error>(())
/// ```
#[derive(Debug)]
pub struct GruInference<B: Kernels> {
    inputs: usize,
    hidden: usize,
    path: Path<B>,
}

#[derive(Debug)]
enum Path<B: Kernels> {
    #[cfg(feature = "flex")]
    Kernel(Box<KernelGru>),
    Backend {
        layer: Box<Gru<B>>,
        device: B::Device,
        state: Vec<f32>,
    },
}

impl<B: Kernels> GruInference<B> {
    /// The inference form of a layer on this device, in 32-bit floats.
    ///
    /// # Errors
    /// When the weights cannot be read, or are too large for the kernels.
    pub fn new<A: Backend>(layer: &Gru<A>, device: &B::Device) -> Result<Self, Error> {
        Self::with_arithmetic(layer, device, &Arithmetic::Floats)
    }

    /// The inference form of a layer on this device, to calculate in this arithmetic: in floats whatever it says, with weights
    /// in 16 bits for [`Arithmetic::Bf16`].
    ///
    /// # Errors
    /// Those of [`new`](Self::new); for weights in 16 bits, when the device has no native kernels.
    pub fn with_arithmetic<A: Backend>(
        layer: &Gru<A>,
        device: &B::Device,
        arithmetic: &Arithmetic,
    ) -> Result<Self, Error> {
        let values = RecurrentValues::read(layer.tensors())?;
        let [inputs, hidden] = values.sizes;
        #[cfg(feature = "flex")]
        if crate::kernels::device_has_native_kernels::<B>(device) {
            let path = Path::Kernel(Box::new(KernelGru::new(&values, arithmetic)?));
            return Ok(Self {
                inputs,
                hidden,
                path,
            });
        }
        if arithmetic.has_bf16_weights() {
            return Err(Error::NoNativeKernels);
        }
        let path = Path::Backend {
            layer: Box::new(Gru::from_parameters(values.into_parameters(device))),
            device: device.clone(),
            state: Vec::new(),
        };
        Ok(Self {
            inputs,
            hidden,
            path,
        })
    }

    /// The number of features of the input.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// The number of features of the hidden state.
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// Writes the hidden state of every step.
    ///
    /// # Shapes
    /// `[batch, steps, input]` to `[batch, steps, hidden]`.
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
        let axes = [("the batch", batch), ("the number of steps", steps)];
        check_length(LAYER, "the output", output.len(), &axes, self.hidden)?;
        check_length(LAYER, "the input", input.len(), &axes, self.inputs)?;
        match &mut self.path {
            #[cfg(feature = "flex")]
            Path::Kernel(path) => path.run(input, [batch, steps], output),
            Path::Backend {
                layer,
                device,
                state,
            } => {
                let shape = [batch, steps, self.inputs];
                let input: Tensor<B, 3> = tensor_from_values(input.to_vec(), shape, device);
                let (rows, last) = layer.forward(input, None);
                output.copy_from_slice(&read_values("the output", rows)?);
                *state = read_values("the hidden state", last)?;
                Ok(())
            }
        }
    }

    /// The hidden state after the last run, `[batch, hidden]`; empty before the first.
    pub fn last_hidden(&self) -> &[f32] {
        match &self.path {
            #[cfg(feature = "flex")]
            Path::Kernel(path) => path.last_hidden(),
            Path::Backend { state, .. } => state,
        }
    }
}
