use oddframe_kernels::{CellState, Lstm, LstmPacked, Workspace};

use super::arithmetic::Arithmetic;
use super::buffers::grow_zeroed;
use super::plans::Plans;
use super::recurrent::RecurrentValues;
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
    pub(super) fn new(values: &RecurrentValues, arithmetic: &Arithmetic) -> Result<Self, Error> {
        let [inputs, hidden] = values.sizes;
        // Packing depends on the layer's sizes only, so that one step of one item serves for it.
        let packed = Lstm::new(1, 1, inputs, hidden)?.pack(values.kernel_weights())?;
        Ok(Self {
            sizes: values.sizes,
            packed: arithmetic.store_weights(packed, LstmPacked::into_bf16),
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
        let state = CellState {
            h: grow_zeroed(&mut self.h, self.state),
            c: grow_zeroed(&mut self.c, self.state),
        };
        Ok(layer.forward(input, &self.packed, state, output, &mut self.workspace)?)
    }

    /// Hidden and cell state after the last run.
    pub(super) fn last_state(&self) -> [&[f32]; 2] {
        [&self.h[..self.state], &self.c[..self.state]]
    }
}
