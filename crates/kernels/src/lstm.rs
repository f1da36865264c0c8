use crate::cell::GateOrder;
use crate::error::{Error, check_length};
use crate::recurrence::{CellGradients, CellPacked, CellState, CellTrace, Recurrence};
use crate::simd::Simd;
use crate::unrolled::RecurrentWeights;
use crate::volumes::Volumes;
use crate::window::Window;
use crate::workspace::Workspace;

/// An LSTM layer (long short-term memory) over a batch of sequences, `[batch, steps, inputs]`.
///
/// Weights, gate order (input, forget, cell, output) and both biases are those of PyTorch, and so are the results.
///
/// ```
/// use oddframe_kernels::{CellState, Lstm, RecurrentWeights, Workspace};
///
/// // One sequence of three steps of two values; four hidden values.
/// let lstm = Lstm::new(1, 3, 2, 4)?;
/// let (input, hidden) = (vec![0.1; 16 * 2], vec![0.1; 16 * 4]);
/// let weights = RecurrentWeights { weight_ih: &input, weight_hh: &hidden, bias_ih: None, bias_hh: None };
/// let packed = lstm.pack(weights)?;
///
/// let (mut h, mut c, mut y) = ([0.0; 4], [0.0; 4], [0.0; 12]);
/// let state = CellState { h: &mut h, c: &mut c };
/// lstm.forward(&[1.0; 6], &packed, state, &mut y, &mut Workspace::new())?;
/// assert_eq!(h, y[8..]); // the hidden state after the last step
/// assert!(y[0] < y[4] && y[4] < y[8]);
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Lstm {
    sizes: [usize; 4],
    recurrence: Recurrence,
}

/// Weights of an [`Lstm`] in the order that its forward pass reads them, made by [`Lstm::pack`].
#[derive(Debug, Clone)]
pub struct LstmPacked(CellPacked);

impl LstmPacked {
    /// The same weights, each rounded to 16 bits: see [`Packed::into_bf16`](crate::Packed::into_bf16).
    #[must_use]
    pub fn into_bf16(self) -> Self {
        Self(self.0.into_bf16())
    }
}

/// The gradients that [`Lstm::backward`] writes.
#[derive(Debug)]
pub struct LstmGradients<'a> {
    /// The gradient of the input; `None` skips it.
    pub x: Option<&'a mut [f32]>,
    /// `[4 * hidden, inputs]`.
    pub weight_ih: &'a mut [f32],
    /// `[4 * hidden, hidden]`.
    pub weight_hh: &'a mut [f32],
    /// `[4 * hidden]`: the gradient of each of the two biases, which is the same for both.
    pub bias: &'a mut [f32],
    /// On entry the gradient of the last state, without the part that comes through the output; on return the gradient
    /// of the first state.
    pub state: CellState<'a>,
}

impl Lstm {
    /// A layer for sequences of `steps` rows of `inputs` values.
    ///
    /// # Errors
    /// A zero size, or sizes beyond what can be addressed.
    pub fn new(batch: usize, steps: usize, inputs: usize, hidden: usize) -> Result<Self, Error> {
        Self::with_sizes([batch, steps, inputs, hidden], false)
    }

    /// The same layer for sequences whose steps all have the same input, `[batch, inputs]`, as in the decoder of a
    /// sequence autoencoder. The product with the input is then computed once instead of for every step.
    ///
    /// # Errors
    /// As [`Lstm::new`].
    pub fn with_shared_input(&self) -> Result<Self, Error> {
        Self::with_sizes(self.sizes, true)?.with_simd(self.recurrence.simd())
    }

    fn with_sizes(sizes: [usize; 4], shares_input: bool) -> Result<Self, Error> {
        let [batch, steps, inputs, hidden] = sizes;
        let input = Volumes::rows(batch, inputs)?;
        let order = GateOrder::InputForgetCellOutput;
        let recurrence =
            Recurrence::new(input, steps, hidden, Window::point(), order, shares_input)?;
        Ok(Self { sizes, recurrence })
    }

    /// The same layer with this instruction set, for comparisons.
    ///
    /// # Errors
    /// An instruction set that this machine does not have.
    pub fn with_simd(&self, simd: Simd) -> Result<Self, Error> {
        Ok(Self {
            sizes: self.sizes,
            recurrence: self.recurrence.with_simd(simd)?,
        })
    }

    /// Number of values of the input: `[batch, steps, inputs]`, or `[batch, inputs]` where the steps share it.
    pub fn input_len(&self) -> usize {
        self.recurrence.convs().input_len()
    }

    /// Number of values of the output, the hidden states of all steps, `[batch, steps, hidden]`.
    pub fn output_len(&self) -> usize {
        self.recurrence.convs().output_len()
    }

    /// Number of values of a hidden or a cell state, `[batch, hidden]`.
    pub fn state_len(&self) -> usize {
        self.recurrence.convs().state_len()
    }

    /// Packs weights into the order that [`forward`](Self::forward) reads.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says.
    pub fn pack(&self, weights: RecurrentWeights<'_>) -> Result<LstmPacked, Error> {
        let RecurrentWeights {
            weight_ih,
            weight_hh,
            bias_ih,
            bias_hh,
        } = weights;
        self.recurrence
            .convs()
            .check_weights(weight_ih, weight_hh)?;
        // Both biases are only ever added to the same sums, so that one of their sum has the same effect; PyTorch keeps two for
        // cuDNN. Without any bias none is added.
        let mut bias = None;
        for part in [bias_ih, bias_hh].into_iter().flatten() {
            check_length("the bias", part.len(), 4 * self.sizes[3])?;
            let sum = bias.get_or_insert_with(|| vec![0.0; part.len()]);
            sum.iter_mut()
                .zip(part)
                .for_each(|(sum, value)| *sum += value);
        }
        self.recurrence
            .pack([weight_ih, weight_hh], bias)
            .map(LstmPacked)
    }

    /// Writes the hidden states of all steps to `y`, `[batch, steps, hidden]`, and replaces the first state by the last.
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
        self.recurrence
            .forward(x, &weights.0, state, y, None, workspace)
    }

    /// [`forward`](Self::forward) that also records in `trace` what [`backward`](Self::backward) needs.
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
        self.recurrence
            .forward(x, &weights.0, state, y, Some(trace), workspace)
    }

    /// Propagates the gradient `dy` of all hidden states back through time, over the forward pass that `trace` recorded.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says, or the trace of another layer.
    pub fn backward(
        &self,
        x: &[f32],
        weights: RecurrentWeights<'_>,
        trace: &CellTrace,
        dy: &[f32],
        gradients: LstmGradients<'_>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let LstmGradients {
            x: dx,
            weight_ih,
            weight_hh,
            bias,
            state,
        } = gradients;
        self.recurrence
            .convs()
            .check_weights(weights.weight_ih, weights.weight_hh)?;
        self.recurrence
            .convs()
            .check_weights(weight_ih, weight_hh)?;
        let to = CellGradients {
            x: dx,
            weights: [weight_ih, weight_hh],
            bias,
            state,
        };
        self.recurrence.backward(
            x,
            [weights.weight_ih, weights.weight_hh],
            trace,
            dy,
            to,
            workspace,
        )
    }
}
