use oddframe_kernels::{Gru, GruPacked, GruWeights, Workspace};

use super::plans::Plans;
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
    /// `weights` in the order of [`GruWeights`].
    pub(super) fn new(
        inputs: usize,
        hidden: usize,
        weights: &[Vec<f32>; 4],
    ) -> Result<Self, Error> {
        let [from_input, from_hidden, input_bias, hidden_bias] = weights;
        // Packing depends on the layer's sizes only, so that one step of one item serves for it.
        let packed = Gru::new(1, 1, inputs, hidden)?.pack(GruWeights {
            weight_ih: from_input,
            weight_hh: from_hidden,
            bias_ih: Some(input_bias),
            bias_hh: Some(hidden_bias),
        })?;
        Ok(Self {
            sizes: [inputs, hidden],
            packed,
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
        // Every run starts from zeros, whatever the last one left.
        self.h.resize(self.h.len().max(self.state), 0.0);
        let state = &mut self.h[..self.state];
        state.fill(0.0);
        Ok(layer.forward(input, &self.packed, state, output, &mut self.workspace)?)
    }

    /// The hidden state after the last run.
    pub(super) fn last_hidden(&self) -> &[f32] {
        &self.h[..self.state]
    }
}
