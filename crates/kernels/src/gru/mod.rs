mod passes;

use crate::aligned::Aligned;
use crate::conv::Packed;
use crate::error::{Error, check_length};
use crate::simd::Simd;
use crate::unrolled::{RecurrentWeights, Unrolled};
use crate::volumes::Volumes;
use crate::window::Window;
use crate::workspace::Workspace;

/// Reset, update and new gate.
const GATES: usize = 3;

/// A GRU layer (gated recurrent unit) over a batch of sequences, `[batch, steps, inputs]`.
///
/// Weights, gate order (reset, update, new) and both biases are those of PyTorch, and so are the results:
///
/// ```text
/// all steps   a = W x + b_ih                         one product for the whole sequence
/// step t      u = U h + b_hh                         one product for each step
///             r = σ(a_r + u_r)    z = σ(a_z + u_z)    n = tanh(a_n + r * u_n)
///             h' = (1 - z) * n + z * h
/// ```
///
/// ```
/// use oddframe_kernels::{Gru, RecurrentWeights, Workspace};
///
/// // One sequence of three steps of two values; four hidden values.
/// let gru = Gru::new(1, 3, 2, 4)?;
/// let (input, hidden) = (vec![0.1; 12 * 2], vec![0.1; 12 * 4]);
/// let weights = RecurrentWeights { weight_ih: &input, weight_hh: &hidden, bias_ih: None, bias_hh: None };
/// let packed = gru.pack(weights)?;
///
/// let (mut h, mut y) = ([0.0; 4], [0.0; 12]);
/// gru.forward(&[1.0; 6], &packed, &mut h, &mut y, &mut Workspace::new())?;
/// assert_eq!(h, y[8..]); // the hidden state after the last step
/// assert!(y[0] < y[4] && y[4] < y[8]);
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Gru {
    sizes: Sizes,
    convs: Unrolled,
    simd: Simd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sizes {
    batch: usize,
    steps: usize,
    inputs: usize,
    hidden: usize,
}

/// Weights of a [`Gru`] in the order that its forward pass reads them, made by [`Gru::pack`].
#[derive(Debug, Clone)]
pub struct GruPacked {
    input: Packed,
    hidden: Packed,
    bias_ih: Option<Vec<f32>>,
    bias_hh: Option<Vec<f32>>,
}

impl GruPacked {
    /// The same weights, each rounded to 16 bits: see [`Packed::into_bf16`](crate::Packed::into_bf16).
    #[must_use]
    pub fn into_bf16(self) -> Self {
        Self {
            input: self.input.into_bf16(),
            hidden: self.hidden.into_bf16(),
            ..self
        }
    }
}

/// The values of a forward pass that [`Gru::backward`] needs. A trace may be reused from call to call.
#[derive(Debug, Clone, Default)]
pub struct GruTrace {
    /// The activated gates of all steps.
    gates: Aligned,
    /// The product of the hidden state with the weights of the new gate, with its bias, of all steps.
    new_from_hidden: Aligned,
    /// Hidden state before each step.
    hidden: Aligned,
    /// The shape of the last completed forward pass; `None` while there is none.
    sizes: Option<Sizes>,
}

impl GruTrace {
    /// An empty trace.
    pub fn new() -> Self {
        Self::default()
    }
}

/// The gradients that [`Gru::backward`] writes.
#[derive(Debug)]
pub struct GruGradients<'a> {
    /// The gradient of the input; `None` skips it.
    pub x: Option<&'a mut [f32]>,
    /// `[3 * hidden, inputs]`.
    pub weight_ih: &'a mut [f32],
    /// `[3 * hidden, hidden]`.
    pub weight_hh: &'a mut [f32],
    /// `[3 * hidden]`.
    pub bias_ih: &'a mut [f32],
    /// `[3 * hidden]`.
    pub bias_hh: &'a mut [f32],
    /// On entry the gradient of the last state, without the part that comes through the output; on return the gradient
    /// of the first state.
    pub state: &'a mut [f32],
}

impl Gru {
    /// A layer for sequences of `steps` rows of `inputs` values.
    ///
    /// # Errors
    /// A zero size, or sizes beyond what can be addressed.
    pub fn new(batch: usize, steps: usize, inputs: usize, hidden: usize) -> Result<Self, Error> {
        let input = Volumes::rows(batch, inputs)?;
        let sizes = Sizes {
            batch,
            steps,
            inputs,
            hidden,
        };
        Ok(Self {
            sizes,
            convs: Unrolled::new(input, steps, [hidden, GATES], Window::point(), false)?,
            simd: Simd::detect(),
        })
    }

    /// The same layer with this instruction set, for comparisons.
    ///
    /// # Errors
    /// An instruction set that this machine does not have.
    pub fn with_simd(&self, simd: Simd) -> Result<Self, Error> {
        Ok(Self {
            sizes: self.sizes,
            convs: self.convs.with_simd(simd)?,
            simd,
        })
    }

    /// Number of values of the input, `[batch, steps, inputs]`.
    pub fn input_len(&self) -> usize {
        self.convs.input_len()
    }

    /// Number of values of the output, the hidden states of all steps, `[batch, steps, hidden]`.
    pub fn output_len(&self) -> usize {
        self.convs.output_len()
    }

    /// Number of values of a hidden state, `[batch, hidden]`.
    pub fn state_len(&self) -> usize {
        self.convs.state_len()
    }

    /// Packs weights into the order that [`forward`](Self::forward) reads.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says.
    pub fn pack(&self, weights: RecurrentWeights<'_>) -> Result<GruPacked, Error> {
        self.convs
            .check_weights(weights.weight_ih, weights.weight_hh)?;
        for bias in [weights.bias_ih, weights.bias_hh].into_iter().flatten() {
            check_length("the bias", bias.len(), GATES * self.sizes.hidden)?;
        }
        Ok(GruPacked {
            input: self.convs.projection.pack(weights.weight_ih)?,
            hidden: self.convs.step.pack(weights.weight_hh)?,
            bias_ih: weights.bias_ih.map(<[f32]>::to_vec),
            bias_hh: weights.bias_hh.map(<[f32]>::to_vec),
        })
    }

    /// Writes the hidden states of all steps to `y`, `[batch, steps, hidden]`, and replaces the first state by the last.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says, or weights packed for another layer.
    pub fn forward(
        &self,
        x: &[f32],
        weights: &GruPacked,
        state: &mut [f32],
        y: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        self.run(x, weights, state, y, None, workspace)
    }

    /// [`forward`](Self::forward) that also records in `trace` what [`backward`](Self::backward) needs.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn forward_training(
        &self,
        x: &[f32],
        weights: &GruPacked,
        state: &mut [f32],
        y: &mut [f32],
        trace: &mut GruTrace,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        self.run(x, weights, state, y, Some(trace), workspace)
    }
}
