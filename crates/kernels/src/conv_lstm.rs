use crate::cell::GateOrder;
use crate::error::check_length;
use crate::recurrence::{CellGradients, CellPacked, CellState, CellTrace, Recurrence};
use crate::{Error, Simd, Volumes, Window, Workspace};

/// A convolutional LSTM over a batch of image sequences, `x` `[batch, steps, height, width, inputs]`.
///
/// One convolution over the channels of input and hidden state, input's first, gives the gates: input, forget, output,
/// cell. Weights are `[4 * hidden, inputs + hidden, kernel, kernel]`, the bias `[4 * hidden]`; padding keeps the size.
#[derive(Debug, Clone)]
pub struct ConvLstm {
    /// Weights of one gate channel that see the input, and those that see the hidden state.
    parts: [usize; 2],
    gates: usize,
    recurrence: Recurrence,
}

/// Weights in the order that [`ConvLstm::forward`] reads them.
#[derive(Debug, Clone)]
pub struct ConvLstmPacked(CellPacked);

/// What [`ConvLstm::backward`] writes.
#[derive(Debug)]
pub struct ConvLstmGradients<'a> {
    /// Of the input, where somebody asks for it.
    pub x: Option<&'a mut [f32]>,
    /// `[4 * hidden, inputs + hidden, kernel, kernel]`.
    pub weights: &'a mut [f32],
    /// `[4 * hidden]`.
    pub bias: &'a mut [f32],
    /// Before: the gradient of the last state, beyond what the output's gradient says of it. After: that of the first.
    pub state: CellState<'a>,
}

impl ConvLstm {
    /// A layer for sequences of `steps` images; `input` is the shape of one step of the batch.
    ///
    /// # Errors
    /// A zero size, an even kernel, or sizes beyond what can be addressed.
    pub fn new(input: Volumes, steps: usize, hidden: usize, kernel: usize) -> Result<Self, Error> {
        if kernel.is_multiple_of(2) {
            return Err(Error::Parameter {
                what: "the kernel of a convolutional LSTM",
                value: kernel.to_string(),
                must: "odd: padding then keeps the size of the images",
            });
        }
        let window = Window::square(kernel, 1, kernel / 2);
        let order = GateOrder::InputForgetOutputCell;
        let recurrence = Recurrence::new(input, steps, hidden, window, order, false)?;
        let parts = recurrence.weights_len().map(|len| len / (4 * hidden));
        Ok(Self { parts, gates: 4 * hidden, recurrence })
    }

    /// The same with a chosen instruction set, for comparisons.
    ///
    /// # Errors
    /// An instruction set that this machine does not have.
    pub fn with_simd(&self, simd: Simd) -> Result<Self, Error> {
        Ok(Self { recurrence: self.recurrence.with_simd(simd)?, ..self.clone() })
    }

    /// Values of the input, `[batch, steps, height, width, inputs]`.
    pub fn input_len(&self) -> usize {
        self.recurrence.input_len()
    }

    /// Values of the hidden states of all steps, `[batch, steps, height, width, hidden]`.
    pub fn output_len(&self) -> usize {
        self.recurrence.output_len()
    }

    /// Values of a hidden or a cell state, `[batch, height, width, hidden]`.
    pub fn state_len(&self) -> usize {
        self.recurrence.state_len()
    }

    /// How many weights there are, `[4 * hidden, inputs + hidden, kernel, kernel]`.
    pub fn weights_len(&self) -> usize {
        self.gates * (self.parts[0] + self.parts[1])
    }

    /// Puts weights into the order that [`forward`](Self::forward) reads: once for a layer that only scores.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says.
    pub fn pack(&self, weights: &[f32], bias: Option<&[f32]>) -> Result<ConvLstmPacked, Error> {
        let [input, hidden] = self.split(weights)?;
        self.recurrence.pack([&input, &hidden], bias.map(<[f32]>::to_vec)).map(ConvLstmPacked)
    }

    /// The weights that see the input, and those that see the hidden state.
    fn split(&self, weights: &[f32]) -> Result<[Vec<f32>; 2], Error> {
        check_length("the weights", weights.len(), self.weights_len())?;
        let [mut input, mut hidden] = self.recurrence.weights_len().map(Vec::with_capacity);
        for row in weights.chunks_exact(self.parts[0] + self.parts[1]) {
            input.extend_from_slice(&row[..self.parts[0]]);
            hidden.extend_from_slice(&row[self.parts[0]..]);
        }
        Ok([input, hidden])
    }

    /// Writes the hidden states of all steps to `y`, `[batch, steps, height, width, hidden]`; `state` goes from the
    /// first to the last.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says, or weights packed for another layer.
    pub fn forward(
        &self,
        x: &[f32],
        weights: &ConvLstmPacked,
        state: CellState<'_>,
        y: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        self.recurrence.forward(x, &weights.0, state, y, None, workspace)
    }

    /// [`forward`](Self::forward), and keeps in `trace` what [`backward`](Self::backward) needs.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn forward_training(
        &self,
        x: &[f32],
        weights: &ConvLstmPacked,
        state: CellState<'_>,
        y: &mut [f32],
        trace: &mut CellTrace,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        self.recurrence.forward(x, &weights.0, state, y, Some(trace), workspace)
    }

    /// Takes the gradient `dy` of all hidden states back through time, over the forward step of which `trace` tells.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says, or the trace of another layer.
    pub fn backward(
        &self,
        x: &[f32],
        weights: &[f32],
        trace: &CellTrace,
        dy: &[f32],
        gradients: ConvLstmGradients<'_>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let ConvLstmGradients { x: dx, weights: dw, bias, state } = gradients;
        check_length("the weights' gradient", dw.len(), self.weights_len())?;
        let [input, hidden] = self.split(weights)?;
        let [mut dw_input, mut dw_hidden] = self.recurrence.weights_len().map(|len| vec![0.0; len]);
        let to = CellGradients { x: dx, weights: [&mut dw_input, &mut dw_hidden], bias, state };
        self.recurrence.backward(x, [&input, &hidden], trace, dy, to, workspace)?;
        let parts = dw_input.chunks_exact(self.parts[0]).zip(dw_hidden.chunks_exact(self.parts[1]));
        for (row, (input, hidden)) in dw.chunks_exact_mut(self.parts[0] + self.parts[1]).zip(parts) {
            row[..self.parts[0]].copy_from_slice(input);
            row[self.parts[0]..].copy_from_slice(hidden);
        }
        Ok(())
    }
}
