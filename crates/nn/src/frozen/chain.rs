use burn::tensor::{Tensor, TensorData};

use super::check;
#[cfg(feature = "flex")]
use super::plain::Plain;
use super::stage::Stage;
use super::tensors::Tensors;
use crate::{Error, Kernels};

/// Its name in errors.
const LAYER: &str = "the frozen chain";

/// A chain of layers that only scores: batch normalisation folded into the weights, activations fused.
///
/// Where the backend has our kernels, weights are packed once and buffers are kept from call to call: after the
/// first call with a batch of some size, [`Frozen::run`] allocates nothing. Elsewhere it is Burn's operations.
///
/// Built by a [`Freezer`](crate::Freezer).
#[derive(Debug)]
pub struct Frozen<B: Kernels> {
    input: Vec<usize>,
    output: Vec<usize>,
    plan: Plan<B>,
}

#[derive(Debug)]
enum Plan<B: Kernels> {
    #[cfg(feature = "flex")]
    Plain(Box<Plain>),
    Tensors(Tensors<B>),
}

impl<B: Kernels> Frozen<B> {
    pub(super) fn new(
        input: Vec<usize>,
        stages: Vec<Stage>,
        flat: bool,
        device: &B::Device,
    ) -> Result<Self, Error> {
        let mut output = stages.last().map_or_else(|| input.clone(), |last| last.to.clone());
        if flat {
            output = vec![output.iter().product()];
        }
        let plan = Self::plan(stages, device)?;
        Ok(Self { input, output, plan })
    }

    #[cfg(feature = "flex")]
    fn plan(stages: Vec<Stage>, device: &B::Device) -> Result<Plan<B>, Error> {
        if super::fused::<B>(device) {
            return Ok(Plan::Plain(Box::new(Plain::new(&stages)?)));
        }
        Ok(Plan::Tensors(Tensors::new(stages, device)))
    }

    #[cfg(not(feature = "flex"))]
    #[allow(clippy::unnecessary_wraps)] // the other form can fail
    fn plan(stages: Vec<Stage>, device: &B::Device) -> Result<Plan<B>, Error> {
        Ok(Plan::Tensors(Tensors::new(stages, device)))
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
    /// `input`: `[batch, ...]` of [`Frozen::input`], channels first; `output` alike.
    ///
    /// # Errors
    /// When a slice is not as long as its shape says, or there is no item.
    pub fn run(&mut self, input: &[f32], batch: usize, output: &mut [f32]) -> Result<(), Error> {
        let axis = [("the batch", batch)];
        check(LAYER, "the input", input.len(), &axis, self.input.iter().product())?;
        check(LAYER, "the output", output.len(), &axis, self.output.iter().product())?;
        match &mut self.plan {
            #[cfg(feature = "flex")]
            Plan::Plain(plain) => plain.run(input, batch, output),
            Plan::Tensors(tensors) => {
                let values = tensors.run(input, batch, &self.input)?;
                output.copy_from_slice(&values);
                Ok(())
            }
        }
    }

    /// Runs the chain on a tensor, into a new one.
    ///
    /// # Shapes
    /// `[batch, ...]` of [`Frozen::input`] to `[batch, ...]` of [`Frozen::output`].
    ///
    /// # Errors
    /// When the input has another shape, or there is no item.
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
        let data = input.into_data().convert::<f32>();
        let values = data.as_slice::<f32>().map_err(|source| Error::Values { what: "the input", source })?;
        let mut result = vec![0.0; output.iter().product()];
        self.run(values, shape[0], &mut result)?;
        Ok(Tensor::from_data(TensorData::new(result, output), &device))
    }
}
