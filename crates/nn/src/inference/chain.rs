use burn::tensor::{Tensor, TensorData};

use super::arithmetic::Arithmetic;
use super::backend_path::BackendPath;
#[cfg(feature = "flex")]
use super::int8_path::Int8Path;
#[cfg(feature = "flex")]
use super::kernel_path::KernelPath;
use super::stage::Stage;
use crate::error::{Error, check_length};
use crate::kernels::Kernels;

/// The chain's name in errors.
const LAYER: &str = "the inference chain";

/// A chain of layers for inference: batch normalisation is folded into the weights, activations are fused.
///
/// On a backend with native kernels, weights are packed once and buffers are kept from call to call: after the first
/// call with a batch of some size, [`Inference::run`] allocates nothing. On any other backend the chain runs Burn's
/// operations.
///
/// An [`InferenceBuilder`](crate::InferenceBuilder) makes one from trained layers.
///
/// ```
/// use burn::backend::Flex;
/// use oddframe_nn::{Activation, Inference, InferenceBuilder, LinearConfig};
///
/// let device = Default::default();
/// let layer = LinearConfig::new(8, 2).with_activation(Activation::Sigmoid).init::<Flex>(&device)?;
/// let mut chain: Inference<Flex> = InferenceBuilder::new(&[8]).linear(&layer)?.build(&device)?;
///
/// let mut output = [0.0; 3 * 2];
/// chain.run(&[0.5; 3 * 8], 3, &mut output)?;
/// assert!(output.iter().all(|value| (0.0..=1.0).contains(value)));
/// # Ok::<(), oddframe_nn::Error>(())
/// ```
#[derive(Debug)]
pub struct Inference<B: Kernels> {
    input: Vec<usize>,
    output: Vec<usize>,
    path: Path<B>,
}

#[derive(Debug)]
enum Path<B: Kernels> {
    #[cfg(feature = "flex")]
    Kernel(Box<KernelPath>),
    #[cfg(feature = "flex")]
    Int8(Box<Int8Path>),
    Backend(BackendPath<B>),
}

impl<B: Kernels> Inference<B> {
    pub(super) fn new(
        input: Vec<usize>,
        stages: Vec<Stage>,
        flat: bool,
        device: &B::Device,
        arithmetic: &Arithmetic,
    ) -> Result<Self, Error> {
        let mut output = stages
            .last()
            .map_or_else(|| input.clone(), |last| last.to.clone());
        if flat {
            output = vec![output.iter().product()];
        }
        // The path is chosen once: every call then runs the same kernels on the same packed weights.
        let path = Self::choose_path(stages, device, arithmetic)?;
        Ok(Self {
            input,
            output,
            path,
        })
    }

    #[cfg(feature = "flex")]
    fn choose_path(
        stages: Vec<Stage>,
        device: &B::Device,
        arithmetic: &Arithmetic,
    ) -> Result<Path<B>, Error> {
        let native = crate::kernels::device_has_native_kernels::<B>(device);
        match arithmetic {
            Arithmetic::Floats if !native => Ok(Path::Backend(BackendPath::new(stages, device))),
            _ if !native => Err(Error::NoNativeKernels),
            Arithmetic::Int8(ranges) => {
                let ranges = ranges.take(stages.len())?;
                Ok(Path::Int8(Box::new(Int8Path::new(stages, &ranges)?)))
            }
            _ => Ok(Path::Kernel(Box::new(KernelPath::new(stages, arithmetic)?))),
        }
    }

    #[cfg(not(feature = "flex"))]
    fn choose_path(
        stages: Vec<Stage>,
        device: &B::Device,
        arithmetic: &Arithmetic,
    ) -> Result<Path<B>, Error> {
        match arithmetic {
            Arithmetic::Floats => Ok(Path::Backend(BackendPath::new(stages, device))),
            _ => Err(Error::NoNativeKernels),
        }
    }

    /// The shape of one input item.
    pub fn input(&self) -> &[usize] {
        &self.input
    }

    /// The shape of one output item.
    pub fn output(&self) -> &[usize] {
        &self.output
    }

    /// Runs the chain on plain values.
    ///
    /// # Shapes
    /// `input`: `[batch, ...]` of [`Inference::input`], channels first; `output`: `[batch, ...]` of
    /// [`Inference::output`].
    ///
    /// # Errors
    /// When the length of a slice is not that of its shape, or `batch` is zero.
    pub fn run(&mut self, input: &[f32], batch: usize, output: &mut [f32]) -> Result<(), Error> {
        let axis = [("the batch", batch)];
        check_length(
            LAYER,
            "the input",
            input.len(),
            &axis,
            self.input.iter().product(),
        )?;
        check_length(
            LAYER,
            "the output",
            output.len(),
            &axis,
            self.output.iter().product(),
        )?;
        match &mut self.path {
            #[cfg(feature = "flex")]
            Path::Kernel(path) => path.run(input, batch, output),
            #[cfg(feature = "flex")]
            Path::Int8(path) => path.run(input, batch, output),
            Path::Backend(path) => {
                output.copy_from_slice(&path.run(input, batch, &self.input)?);
                Ok(())
            }
        }
    }

    /// Runs the chain on a tensor and returns a new one.
    ///
    /// # Shapes
    /// `[batch, ...]` of [`Inference::input`] to `[batch, ...]` of [`Inference::output`].
    ///
    /// # Errors
    /// When the input has another shape or no items.
    pub fn forward<const D: usize, const E: usize>(
        &mut self,
        input: Tensor<B, D>,
    ) -> Result<Tensor<B, E>, Error> {
        let (shape, device) = (input.dims(), input.device());
        let mut output = vec![shape[0]];
        output.extend_from_slice(&self.output);
        if shape[1..] != self.input || output.len() != E {
            return Err(Error::Chain {
                place: 1,
                layer: "the chain",
                expected: format!("[batch, ...] of {:?} to {:?}", self.input, self.output),
                found: format!("{shape:?} to {E} axes"),
            });
        }
        // A chain works on plain values: the tensor is downloaded and the result uploaded.
        let data = input.into_data().convert::<f32>();
        let values = data.as_slice::<f32>().map_err(|source| Error::Values {
            what: "the input",
            source,
        })?;
        let mut result = vec![0.0; output.iter().product()];
        self.run(values, shape[0], &mut result)?;
        Ok(Tensor::from_data(TensorData::new(result, output), &device))
    }
}
