use oddframe_kernels::{Gru, GruPacked, Workspace};

use super::arithmetic::Arithmetic;
use super::buffers::grow_zeroed;
use super::plans::Plans;
use super::recurrent::RecurrentValues;
use crate::error::Error;

/// The native-kernel path of a GRU.
///
/// Buffers only grow, so that batches of alternating size do not allocate.
#[derive(Debug)]
pub(super) struct KernelGru {
    sizes: [usize; 2],
    packed: GruPacked,
    /// One plan for each batch and number of steps.
    plans: Plans<[usize; 2], Gru>,
    h: Vec<f32>,
    /// The number of values of the last run's state.
    state: usize,
    workspace: Workspace,
}

impl KernelGru {
    pub(super) fn new(values: &RecurrentValues, arithmetic: &Arithmetic) -> Result<Self, Error> {
        let [inputs, hidden] = values.sizes;
        // Packing depends on the layer's sizes only, so that one step of one item serves for it.
        let packed = Gru::new(1, 1, inputs, hidden)?.pack(values.kernel_weights())?;
        Ok(Self {
            sizes: values.sizes,
            packed: arithmetic.store_weights(packed, GruPacked::into_bf16),
            plans: Plans::default(),
            h: Vec::new(),
            state: 0,
            workspace: Workspace::default(),
        })
    }

    pub(super) fn run(
        &mut self,
        input: &[f32],
        shape: [usize; 2],
        output: &mut [f32],
    ) -> Result<(), Error> {
        let [inputs, hidden] = self.sizes;
        let make = || Ok(Gru::new(shape[0], shape[1], inputs, hidden)?);
        let layer = self.plans.get_or_make(shape, make)?;
        self.state = layer.state_len();
        let state = grow_zeroed(&mut self.h, self.state);
        Ok(layer.forward(input, &self.packed, state, output, &mut self.workspace)?)
    }

    /// The hidden state after the last run.
    pub(super) fn last_hidden(&self) -> &[f32] {
        &self.h[..self.state]
    }
}
