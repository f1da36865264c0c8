use crate::conv::Conv;
use crate::error::{Error, check_length};
use crate::simd::Simd;
use crate::volumes::Volumes;
use crate::window::Window;

/// The weights of an [`Lstm`](crate::Lstm) or a [`Gru`](crate::Gru), with PyTorch's names.
///
/// An LSTM has four gates and adds both biases. A GRU has three, and the part of `bias_hh` for the new gate is inside the
/// product with the reset gate.
#[derive(Debug, Clone, Copy)]
pub struct RecurrentWeights<'a> {
    /// `[gates * hidden, inputs]`.
    pub weight_ih: &'a [f32],
    /// `[gates * hidden, hidden]`.
    pub weight_hh: &'a [f32],
    /// `[gates * hidden]`.
    pub bias_ih: Option<&'a [f32]>,
    /// `[gates * hidden]`.
    pub bias_hh: Option<&'a [f32]>,
}

/// The convolutions of a recurrent layer that is unrolled over a number of steps.
#[derive(Debug, Clone)]
pub(crate) struct Unrolled {
    /// From the input of all steps to their gates.
    pub(crate) projection: Conv,
    /// From the hidden state to the gates of one step.
    pub(crate) step: Conv,
    /// From the gradient of a step's gates to that of its hidden state: `step` transposed, a layer of its own so that
    /// its weights are packed once for all steps.
    pub(crate) step_gradient: Conv,
    /// `step` over all steps at once, for the gradient of its weights.
    pub(crate) all_steps: Conv,
}

impl Unrolled {
    /// `input` is the shape of one step of the batch; `window` must keep its size. A layer that shares its input reads one
    /// step, whose gates serve all steps.
    pub(crate) fn new(
        input: Volumes,
        steps: usize,
        [hidden, gates]: [usize; 2],
        window: Window,
        shares_input: bool,
    ) -> Result<Self, Error> {
        for (what, size) in [("the number of steps", steps), ("the hidden size", hidden)] {
            if size == 0 {
                return Err(Error::Zero { what });
            }
        }
        let gates = hidden
            .checked_mul(gates)
            .ok_or(Error::TooLarge { what: "the gates" })?;
        let images = input.batch().checked_mul(steps);
        let images = images.ok_or(Error::TooLarge {
            what: "a batch of sequences",
        })?;
        let projected = if shares_input { input.batch() } else { images };
        let state = Volumes::new(input.batch(), input.size(), hidden)?;
        let step = Conv::new(state, gates, window)?;
        Ok(Self {
            projection: Conv::new(
                Volumes::new(projected, input.size(), input.channels())?,
                gates,
                window,
            )?,
            step_gradient: Conv::new(step.output(), hidden, window.with_transposed(true))?,
            all_steps: Conv::new(Volumes::new(images, input.size(), hidden)?, gates, window)?,
            step,
        })
    }

    pub(crate) fn with_simd(&self, simd: Simd) -> Result<Self, Error> {
        Ok(Self {
            projection: self.projection.with_simd(simd)?,
            step: self.step.with_simd(simd)?,
            step_gradient: self.step_gradient.with_simd(simd)?,
            all_steps: self.all_steps.with_simd(simd)?,
        })
    }

    /// Number of values of the input of all steps, or of the one that they share.
    pub(crate) fn input_len(&self) -> usize {
        self.projection.input().len()
    }

    /// Number of values of the hidden states of all steps.
    pub(crate) fn output_len(&self) -> usize {
        self.all_steps.input().len()
    }

    /// Number of values of a hidden state.
    pub(crate) fn state_len(&self) -> usize {
        self.step.input().len()
    }

    /// Numbers of weights that read the input and the hidden state.
    pub(crate) fn weights_len(&self) -> [usize; 2] {
        [self.projection.weights_len(), self.step.weights_len()]
    }

    /// Checks the lengths of the weights, or of their gradients.
    pub(crate) fn check_weights(&self, weight_ih: &[f32], weight_hh: &[f32]) -> Result<(), Error> {
        let [ih, hh] = self.weights_len();
        check_length("weight_ih", weight_ih.len(), ih)?;
        check_length("weight_hh", weight_hh.len(), hh)
    }
}
