use crate::cell::GateOrder;
use crate::error::check_length;
use crate::recurrence::{CellGradients, CellPacked, CellState, CellTrace, Recurrence};
use crate::{Error, Simd, Volumes, Window, Workspace};

/// A layer of long short-term memory over a batch of sequences, `x` `[batch, steps, inputs]`.
///
/// Weights, their gate order (input, forget, cell, output) and both biases are PyTorch's; so is the result.
#[derive(Debug, Clone)]
pub struct Lstm {
    sizes: [usize; 4],
    recurrence: Recurrence,
}

/// Weights of an [`Lstm`], as PyTorch names them.
#[derive(Debug, Clone, Copy)]
pub struct LstmWeights<'a> {
    /// `[4 * hidden, inputs]`.
    pub weight_ih: &'a [f32],
    /// `[4 * hidden, hidden]`.
    pub weight_hh: &'a [f32],
    /// `[4 * hidden]`.
    pub bias_ih: Option<&'a [f32]>,
    /// `[4 * hidden]`; added to the other one.
    pub bias_hh: Option<&'a [f32]>,
}

/// Weights in the order that [`Lstm::forward`] reads them.
#[derive(Debug, Clone)]
pub struct LstmPacked(CellPacked);

/// What [`Lstm::backward`] writes.
#[derive(Debug)]
pub struct LstmGradients<'a> {
    /// Of the input, where somebody asks for it.
    pub x: Option<&'a mut [f32]>,
    /// `[4 * hidden, inputs]`.
    pub weight_ih: &'a mut [f32],
    /// `[4 * hidden, hidden]`.
    pub weight_hh: &'a mut [f32],
    /// `[4 * hidden]`: of either bias, they are the same.
    pub bias: &'a mut [f32],
    /// Before: the gradient of the last state, beyond what the output's gradient says of it. After: that of the first.
    pub state: CellState<'a>,
}

impl Lstm {
    /// A layer for sequences of `steps` rows of `inputs` values.
    ///
    /// # Errors
    /// A zero size, or sizes beyond what can be addressed.
    pub fn new(batch: usize, steps: usize, inputs: usize, hidden: usize) -> Result<Self, Error> {
        Self::build([batch, steps, inputs, hidden], false)
    }

    /// The same for sequences whose steps all have the same input, `x` `[batch, inputs]`: the decoder of an
    /// autoencoder. The input's product is then made once instead of at every step.
    ///
    /// # Errors
    /// As [`Lstm::new`].
    pub fn with_shared_input(&self) -> Result<Self, Error> {
        Self::build(self.sizes, true)?.with_simd(self.recurrence.simd())
    }

    fn build(sizes: [usize; 4], shares_input: bool) -> Result<Self, Error> {
        let [batch, steps, inputs, hidden] = sizes;
        let input = Volumes::rows(batch, inputs)?;
        let order = GateOrder::InputForgetCellOutput;
        let recurrence = Recurrence::new(input, steps, hidden, Window::point(), order, shares_input)?;
        Ok(Self { sizes, recurrence })
    }

    /// The same with a chosen instruction set, for comparisons.
    ///
    /// # Errors
    /// An instruction set that this machine does not have.
    pub fn with_simd(&self, simd: Simd) -> Result<Self, Error> {
        Ok(Self { sizes: self.sizes, recurrence: self.recurrence.with_simd(simd)? })
    }

    /// Values of the input: `[batch, steps, inputs]`, or `[batch, inputs]` where the steps share it.
    pub fn input_len(&self) -> usize {
        self.recurrence.input_len()
    }

    /// Values of the hidden states of all steps, `[batch, steps, hidden]`.
    pub fn output_len(&self) -> usize {
        self.recurrence.output_len()
    }

    /// Values of a hidden or a cell state, `[batch, hidden]`.
    pub fn state_len(&self) -> usize {
        self.recurrence.state_len()
    }

    /// Puts weights into the order that [`forward`](Self::forward) reads: once for a layer that only scores.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says.
    pub fn pack(&self, weights: LstmWeights<'_>) -> Result<LstmPacked, Error> {
        let LstmWeights { weight_ih, weight_hh, bias_ih, bias_hh } = weights;
        self.check_weights(weight_ih, weight_hh)?;
        let mut bias = None;
        for part in [bias_ih, bias_hh].into_iter().flatten() {
            check_length("the bias", part.len(), 4 * self.sizes[3])?;
            let sum = bias.get_or_insert_with(|| vec![0.0; part.len()]);
            sum.iter_mut().zip(part).for_each(|(sum, value)| *sum += value);
        }
        self.recurrence.pack([weight_ih, weight_hh], bias).map(LstmPacked)
    }

    fn check_weights(&self, weight_ih: &[f32], weight_hh: &[f32]) -> Result<(), Error> {
        let [ih, hh] = self.recurrence.weights_len();
        check_length("weight_ih", weight_ih.len(), ih)?;
        check_length("weight_hh", weight_hh.len(), hh)
    }

    /// Writes the hidden states of all steps to `y`, `[batch, steps, hidden]`; `state` goes from the first to the
    /// last.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says, or weights packed for another layer.
    pub fn forward(
        &self,
        x: &[f32],
        weights: &LstmPacked,
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
        weights: &LstmPacked,
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
        weights: LstmWeights<'_>,
        trace: &CellTrace,
        dy: &[f32],
        gradients: LstmGradients<'_>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let LstmGradients { x: dx, weight_ih, weight_hh, bias, state } = gradients;
        self.check_weights(weights.weight_ih, weights.weight_hh)?;
        self.check_weights(weight_ih, weight_hh)?;
        let to = CellGradients { x: dx, weights: [weight_ih, weight_hh], bias, state };
        self.recurrence.backward(x, [weights.weight_ih, weights.weight_hh], trace, dy, to, workspace)
    }
}
