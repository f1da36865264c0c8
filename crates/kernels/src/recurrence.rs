//! The recurrence over a sequence, shared by the fully connected and the convolutional LSTM.
//!
//! ```text
//! all steps   gates = projection(x) + bias                 one convolution for the whole sequence
//! step t      gates[t] += step(h[t-1])                     one convolution for each step
//!             i, f, g, o = activations of gates[t]         cell.rs
//!             c[t] = f * c[t-1] + i * g,  h[t] = o * tanh(c[t])
//! ```
//!
//! The projection does not depend on the state, so it is one large product over all steps, which keeps the processor far
//! busier than a small product for each step; the gradients of both weights are such products too. Only the convolution
//! of the state runs step by step. A fully connected layer is a convolution with a window of one position.

use crate::activation::Activation;
use crate::aligned::Aligned;
use crate::bias::bias_gradient;
use crate::cell::{Backward, Forward, GateOrder, Rows};
use crate::conv::Packed;
use crate::error::{Error, check_length};
use crate::simd::Simd;
use crate::unrolled::Unrolled;
use crate::volumes::Volumes;
use crate::window::Window;
use crate::workspace::{CellScratch, Workspace};

/// Input, forget, cell and output gate.
const GATES: usize = 4;

/// Hidden and cell state of a batch, read and overwritten by a pass over a sequence.
///
/// The forward pass starts from this state and leaves the last one; zeros are the usual start. The backward pass starts
/// from the gradient of the last state (zeros where the loss does not use it) and leaves that of the first state.
#[derive(Debug)]
pub struct CellState<'a> {
    /// Hidden state: `hidden` values for every sequence of the batch (and every position of an image).
    pub h: &'a mut [f32],
    /// Cell state, as long as `h`.
    pub c: &'a mut [f32],
}

/// The values of a forward pass that its backward pass needs. `forward_training` fills a trace, and a trace may be
/// reused from call to call.
#[derive(Debug, Clone, Default)]
pub struct CellTrace {
    /// The activated gates.
    gates: Aligned,
    /// Hidden state before each step.
    hidden: Aligned,
    /// Cell state before each step.
    cells: Aligned,
    /// The shape of the last completed forward pass; `None` while there is none.
    rows: Option<Rows>,
}

impl CellTrace {
    /// An empty trace.
    pub fn new() -> Self {
        Self::default()
    }
}

/// Packed weights of a cell.
#[derive(Debug, Clone)]
pub(crate) struct CellPacked {
    pub(crate) input: Packed,
    pub(crate) hidden: Packed,
    pub(crate) bias: Option<Vec<f32>>,
}

impl CellPacked {
    pub(crate) fn into_bf16(self) -> Self {
        Self {
            input: self.input.into_bf16(),
            hidden: self.hidden.into_bf16(),
            bias: self.bias,
        }
    }
}

/// The gradients that a backward pass writes; `weights` are those of the input and of the hidden state.
pub(crate) struct CellGradients<'a> {
    pub(crate) x: Option<&'a mut [f32]>,
    pub(crate) weights: [&'a mut [f32]; 2],
    pub(crate) bias: &'a mut [f32],
    pub(crate) state: CellState<'a>,
}

/// A cell unrolled over a number of steps.
#[derive(Debug, Clone)]
pub(crate) struct Recurrence {
    rows: Rows,
    /// Whether all steps read the same input.
    shares_input: bool,
    convs: Unrolled,
}

impl Recurrence {
    /// `input` is the shape of one step of the batch; `window` must keep its size.
    pub(crate) fn new(
        input: Volumes,
        steps: usize,
        hidden: usize,
        window: Window,
        order: GateOrder,
        shares_input: bool,
    ) -> Result<Self, Error> {
        Ok(Self {
            rows: Rows {
                batch: input.batch(),
                steps,
                places: input.size().iter().product(),
                hidden,
                order,
                simd: Simd::detect(),
            },
            shares_input,
            convs: Unrolled::new(input, steps, [hidden, GATES], window, shares_input)?,
        })
    }

    pub(crate) fn with_simd(&self, simd: Simd) -> Result<Self, Error> {
        Ok(Self {
            rows: Rows { simd, ..self.rows },
            shares_input: self.shares_input,
            convs: self.convs.with_simd(simd)?,
        })
    }

    pub(crate) fn simd(&self) -> Simd {
        self.rows.simd
    }

    pub(crate) fn convs(&self) -> &Unrolled {
        &self.convs
    }

    pub(crate) fn pack(
        &self,
        weights: [&[f32]; 2],
        bias: Option<Vec<f32>>,
    ) -> Result<CellPacked, Error> {
        if let Some(bias) = &bias {
            check_length("the bias", bias.len(), self.convs.step.output().channels())?;
        }
        Ok(CellPacked {
            input: self.convs.projection.pack(weights[0])?,
            hidden: self.convs.step.pack(weights[1])?,
            bias,
        })
    }

    pub(crate) fn forward(
        &self,
        x: &[f32],
        weights: &CellPacked,
        state: CellState<'_>,
        y: &mut [f32],
        trace: Option<&mut CellTrace>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let CellState { h, c } = state;
        check_length("the input", x.len(), self.convs.input_len())?;
        check_length("the hidden state", h.len(), self.convs.state_len())?;
        check_length("the cell state", c.len(), self.convs.state_len())?;
        check_length("the output", y.len(), self.convs.output_len())?;
        if weights.hidden.output_channels() != 4 * self.rows.hidden {
            return Err(self.convs.projection.other_layer());
        }
        let mut scratch = std::mem::take(&mut workspace.cell);
        let CellScratch {
            gates,
            step,
            shared,
            ..
        } = &mut scratch;
        let mut completed = None;
        let (gates, mut kept) = match trace {
            Some(trace) => {
                // A pass that fails leaves a trace without rows, which `backward` refuses.
                trace.rows = None;
                completed = Some(&mut trace.rows);
                let kept = (
                    trace.hidden.resize(self.convs.output_len()),
                    trace.cells.resize(self.convs.output_len()),
                );
                (&mut trace.gates, Some(kept))
            }
            None => (gates, None),
        };
        let gates = gates.resize(4 * self.convs.output_len());
        let bias = weights.bias.as_deref();
        if self.shares_input {
            // One projection serves all steps: its gates are copied to each.
            let shared = shared.resize(4 * self.convs.state_len());
            self.convs.projection.forward(
                x,
                &weights.input,
                bias,
                Activation::Identity,
                shared,
                workspace,
            )?;
            let block = shared.len() / self.rows.batch;
            for (sequence, shared) in gates
                .chunks_exact_mut(block * self.rows.steps)
                .zip(shared.chunks_exact(block))
            {
                sequence
                    .chunks_exact_mut(block)
                    .for_each(|step| step.copy_from_slice(shared));
            }
        } else {
            self.convs.projection.forward(
                x,
                &weights.input,
                bias,
                Activation::Identity,
                gates,
                workspace,
            )?;
        }
        let recurrent = step.resize(4 * self.convs.state_len());
        for step in 0..self.rows.steps {
            self.convs.step.forward(
                h,
                &weights.hidden,
                None,
                Activation::Identity,
                recurrent,
                workspace,
            )?;
            let kept = kept.as_mut().map(|(h, c)| (&mut **h, &mut **c));
            let to = Forward {
                h: &mut *h,
                c: &mut *c,
                y: &mut *y,
                kept,
            };
            self.rows.step_forward(step, recurrent, gates, to);
        }
        if let Some(completed) = completed {
            *completed = Some(self.rows);
        }
        workspace.cell = scratch;
        Ok(())
    }

    pub(crate) fn backward(
        &self,
        x: &[f32],
        weights: [&[f32]; 2],
        trace: &CellTrace,
        dy: &[f32],
        to: CellGradients<'_>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        check_length("the input", x.len(), self.convs.input_len())?;
        if trace.rows != Some(self.rows) {
            return Err(Error::OtherTrace {
                output: self.convs.step.output().to_string(),
            });
        }
        check_length("the output's gradient", dy.len(), self.convs.output_len())?;
        check_length(
            "the hidden state's gradient",
            to.state.h.len(),
            self.convs.state_len(),
        )?;
        check_length(
            "the cell state's gradient",
            to.state.c.len(),
            self.convs.state_len(),
        )?;
        check_length(
            "the bias's gradient",
            to.bias.len(),
            self.convs.step.output().channels(),
        )?;
        if let Some(dx) = &to.x {
            check_length("the input's gradient", dx.len(), self.convs.input_len())?;
        }
        let mut scratch = std::mem::take(&mut workspace.cell);
        let CellScratch {
            gates,
            step,
            shared,
            ..
        } = &mut scratch;
        let dgates = gates.resize(4 * self.convs.output_len());
        let here = step.resize(4 * self.convs.state_len());
        let packed = self.convs.step_gradient.pack(weights[1])?;
        let CellState { h: dh, c: dc } = to.state;
        // Backpropagation through time: from the last step to the first, the gradient of a step's gates gives that of the
        // hidden state before it.
        for step in (0..self.rows.steps).rev() {
            let from = Backward {
                gates: &trace.gates,
                cells: &trace.cells,
                dy,
                dh: &*dh,
            };
            self.rows.step_backward(step, from, dgates, here, dc);
            self.convs.step_gradient.forward(
                here,
                &packed,
                None,
                Activation::Identity,
                dh,
                workspace,
            )?;
        }
        // The gates of all steps are known now: the remaining gradients are single products over the sequence.
        let [dw_input, dw_hidden] = to.weights;
        self.convs
            .all_steps
            .weight_gradient(&trace.hidden, dgates, dw_hidden, workspace)?;
        let projected: &[f32] = if self.shares_input {
            let shared = shared.resize(4 * self.convs.state_len());
            self.sum_steps(dgates, shared);
            shared
        } else {
            dgates
        };
        bias_gradient(projected, to.bias.len(), to.bias)?;
        self.convs
            .projection
            .weight_gradient(x, projected, dw_input, workspace)?;
        if let Some(dx) = to.x {
            self.convs
                .projection
                .input_gradient(projected, weights[0], dx, workspace)?;
        }
        workspace.cell = scratch;
        Ok(())
    }

    /// Sums the gradient of the gates over the steps: the gradient of a projection that all steps share.
    fn sum_steps(&self, dgates: &[f32], sums: &mut [f32]) {
        sums.fill(0.0);
        let block = sums.len() / self.rows.batch;
        for (sequence, sums) in dgates
            .chunks_exact(block * self.rows.steps)
            .zip(sums.chunks_exact_mut(block))
        {
            for step in sequence.chunks_exact(block) {
                sums.iter_mut()
                    .zip(step)
                    .for_each(|(sum, value)| *sum += value);
            }
        }
    }
}
