use crate::cell::GateOrder;
use crate::error::{Error, check_length};
use crate::recurrence::{CellGradients, CellPacked, CellState, CellTrace, Recurrence};
use crate::simd::Simd;
use crate::volumes::Volumes;
use crate::window::Window;
use crate::workspace::Workspace;

/// A convolutional LSTM over a batch of image sequences, `[batch, steps, height, width, inputs]` (X. Shi and others,
/// Convolutional LSTM network: a machine learning approach for precipitation nowcasting, 2015; without peepholes).
///
/// One convolution over the channels of input and hidden state, those of the input first, gives the gates in the order
/// input, forget, output, cell. Weights are `[4 * hidden, inputs + hidden, kernel, kernel]`, the bias is `[4 * hidden]`;
/// padding keeps the size of the images.
///
/// ```
/// use oddframe_kernels::{CellState, CellTrace, ConvLstm, ConvLstmGradients, Volumes, Workspace};
///
/// // Two steps of one image of 4 x 4 pixels with 3 channels; 5 hidden channels.
/// let layer = ConvLstm::new(Volumes::images(1, 4, 4, 3)?, 2, 5, 3)?;
/// let (x, weights) = (vec![0.1; layer.input_len()], vec![0.01; layer.weights_len()]);
/// let packed = layer.pack(&weights, None)?;
/// let (mut h, mut c) = (vec![0.0; layer.state_len()], vec![0.0; layer.state_len()]);
/// let (mut y, mut trace, mut workspace) = (vec![0.0; layer.output_len()], CellTrace::new(), Workspace::new());
/// let state = CellState { h: &mut h, c: &mut c };
/// layer.forward_training(&x, &packed, state, &mut y, &mut trace, &mut workspace)?;
/// assert_eq!(h, y[layer.state_len()..]); // the hidden state after the last step
///
/// let (mut dw, mut db) = (vec![0.0; weights.len()], vec![0.0; 4 * 5]);
/// let (mut dh, mut dc) = (vec![0.0; layer.state_len()], vec![0.0; layer.state_len()]);
/// let state = CellState { h: &mut dh, c: &mut dc };
/// let gradients = ConvLstmGradients { x: None, weights: &mut dw, bias: &mut db, state };
/// layer.backward(&x, &weights, &trace, &vec![1.0; y.len()], gradients, &mut workspace)?;
/// assert!(db.iter().all(|db| *db > 0.0));
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ConvLstm {
    /// For one gate channel, the numbers of weights that read the input and that read the hidden state.
    parts: [usize; 2],
    gates: usize,
    recurrence: Recurrence,
}

/// Weights of a [`ConvLstm`] in the order that its forward pass reads them, made by [`ConvLstm::pack`].
#[derive(Debug, Clone)]
pub struct ConvLstmPacked(CellPacked);

impl ConvLstmPacked {
    /// The same weights, each rounded to 16 bits: see [`Packed::into_bf16`](crate::Packed::into_bf16).
    #[must_use]
    pub fn into_bf16(self) -> Self {
        Self(self.0.into_bf16())
    }
}

/// The gradients that [`ConvLstm::backward`] writes.
#[derive(Debug)]
pub struct ConvLstmGradients<'a> {
    /// The gradient of the input; `None` skips it.
    pub x: Option<&'a mut [f32]>,
    /// `[4 * hidden, inputs + hidden, kernel, kernel]`.
    pub weights: &'a mut [f32],
    /// `[4 * hidden]`.
    pub bias: &'a mut [f32],
    /// On entry the gradient of the last state, without the part that comes through the output; on return the gradient
    /// of the first state.
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
        let parts = recurrence
            .convs()
            .weights_len()
            .map(|len| len / (4 * hidden));
        Ok(Self {
            parts,
            gates: 4 * hidden,
            recurrence,
        })
    }

    /// The same layer with this instruction set, for comparisons.
    ///
    /// # Errors
    /// An instruction set that this machine does not have.
    pub fn with_simd(&self, simd: Simd) -> Result<Self, Error> {
        Ok(Self {
            recurrence: self.recurrence.with_simd(simd)?,
            ..self.clone()
        })
    }

    /// Number of values of the input, `[batch, steps, height, width, inputs]`.
    pub fn input_len(&self) -> usize {
        self.recurrence.convs().input_len()
    }

    /// Number of values of the output, the hidden states of all steps, `[batch, steps, height, width, hidden]`.
    pub fn output_len(&self) -> usize {
        self.recurrence.convs().output_len()
    }

    /// Number of values of a hidden or a cell state, `[batch, height, width, hidden]`.
    pub fn state_len(&self) -> usize {
        self.recurrence.convs().state_len()
    }

    /// Number of weights, `[4 * hidden, inputs + hidden, kernel, kernel]`.
    pub fn weights_len(&self) -> usize {
        self.gates * (self.parts[0] + self.parts[1])
    }

    /// Packs weights into the order that [`forward`](Self::forward) reads.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says.
    pub fn pack(&self, weights: &[f32], bias: Option<&[f32]>) -> Result<ConvLstmPacked, Error> {
        let [input, hidden] = self.split_weights(weights)?;
        self.recurrence
            .pack([&input, &hidden], bias.map(<[f32]>::to_vec))
            .map(ConvLstmPacked)
    }

    /// The weights that read the input, and those that read the hidden state.
    fn split_weights(&self, weights: &[f32]) -> Result<[Vec<f32>; 2], Error> {
        check_length("the weights", weights.len(), self.weights_len())?;
        // A row of the joint weights holds the channels of the input, then those of the hidden state.
        let [mut input, mut hidden] = self
            .recurrence
            .convs()
            .weights_len()
            .map(Vec::with_capacity);
        for row in weights.chunks_exact(self.parts[0] + self.parts[1]) {
            input.extend_from_slice(&row[..self.parts[0]]);
            hidden.extend_from_slice(&row[self.parts[0]..]);
        }
        Ok([input, hidden])
    }

    /// Writes the hidden states of all steps to `y`, `[batch, steps, height, width, hidden]`, and replaces the first
    /// state by the last.
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
        weights: &ConvLstmPacked,
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
        weights: &[f32],
        trace: &CellTrace,
        dy: &[f32],
        gradients: ConvLstmGradients<'_>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let ConvLstmGradients {
            x: dx,
            weights: dw,
            bias,
            state,
        } = gradients;
        check_length("the weights' gradient", dw.len(), self.weights_len())?;
        let [input, hidden] = self.split_weights(weights)?;
        let [mut dw_input, mut dw_hidden] = self
            .recurrence
            .convs()
            .weights_len()
            .map(|len| vec![0.0; len]);
        let to = CellGradients {
            x: dx,
            weights: [&mut dw_input, &mut dw_hidden],
            bias,
            state,
        };
        self.recurrence
            .backward(x, [&input, &hidden], trace, dy, to, workspace)?;
        let parts = dw_input
            .chunks_exact(self.parts[0])
            .zip(dw_hidden.chunks_exact(self.parts[1]));
        for (row, (input, hidden)) in dw
            .chunks_exact_mut(self.parts[0] + self.parts[1])
            .zip(parts)
        {
            row[..self.parts[0]].copy_from_slice(input);
            row[self.parts[0]..].copy_from_slice(hidden);
        }
        Ok(())
    }
}
