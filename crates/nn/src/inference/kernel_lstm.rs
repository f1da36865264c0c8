use oddframe_kernels::{CellState, Lstm, LstmPacked, LstmWeights, Workspace};

use super::plans::Plans;
use crate::error::Error;

/// The native-kernel path of an LSTM.
///
/// Buffers only grow, so that batches of alternating size do not allocate.
#[derive(Debug)]
pub(super) struct KernelLstm {
    sizes: [usize; 2],
    packed: LstmPacked,
    /// One plan for each batch, number of steps, and whether all steps share their input.
    plans: Plans<([usize; 2], bool), Lstm>,
    h: Vec<f32>,
    c: Vec<f32>,
    /// The number of values of the last run's state.
    state: usize,
    workspace: Workspace,
}

impl KernelLstm {
    /// `weights` in the order of [`LstmWeights`].
    pub(super) fn new(
        inputs: usize,
        hidden: usize,
        weights: &[Vec<f32>; 4],
    ) -> Result<Self, Error> {
        let [from_input, from_hidden, input_bias, hidden_bias] = weights;
        // Packing depends on the layer's sizes only, so that one step of one item serves for it.
        let packed = Lstm::new(1, 1, inputs, hidden)?.pack(LstmWeights {
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
            c: Vec::new(),
            state: 0,
            workspace: Workspace::default(),
        })
    }

    pub(super) fn run(
        &mut self,
        input: &[f32],
        shape: [usize; 2],
        repeated: bool,
        output: &mut [f32],
    ) -> Result<(), Error> {
        let [inputs, hidden] = self.sizes;
        let layer = self.plans.get_or_make((shape, repeated), || {
            let layer = Lstm::new(shape[0], shape[1], inputs, hidden)?;
            Ok(if repeated {
                layer.with_shared_input()?
            } else {
                layer
            })
        })?;
        self.state = layer.state_len();
        // Every run starts from zeros, whatever the last one left.
        for state in [&mut self.h, &mut self.c] {
            state.resize(state.len().max(self.state), 0.0);
            state[..self.state].fill(0.0);
        }
        let state = CellState {
            h: &mut self.h[..self.state],
            c: &mut self.c[..self.state],
        };
        Ok(layer.forward(input, &self.packed, state, output, &mut self.workspace)?)
    }

    /// Hidden and cell state after the last run.
    pub(super) fn last_state(&self) -> [&[f32]; 2] {
        [&self.h[..self.state], &self.c[..self.state]]
    }
}
