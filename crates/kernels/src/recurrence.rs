//! Sequences through a cell: what the fully connected and the convolutional kind share.

use crate::aligned::Aligned;
use crate::cell::{Backward, Forward, GateOrder, Rows};
use crate::error::check_length;
use crate::{
    Activation, Conv, ConvTranspose, Error, Packed, Simd, Volumes, Window, Workspace, bias_gradient,
};

/// Hidden and cell state of a batch. A forward step starts from what is here and leaves the last state; a backward
/// step starts from the gradient of the last state and leaves that of the first. Zeros where nothing is known.
#[derive(Debug)]
pub struct CellState<'a> {
    /// Hidden state, for every sequence of the batch (and every position of an image) `hidden` values.
    pub h: &'a mut [f32],
    /// Cell state, as long as `h`.
    pub c: &'a mut [f32],
}

/// What a forward step keeps for the backward step; filled by `forward_training`, and reused from call to call.
#[derive(Debug, Clone, Default)]
pub struct CellTrace {
    /// Gates, activated.
    gates: Aligned,
    /// Hidden and cell state before each step.
    hidden: Aligned,
    cells: Aligned,
    /// The sequence that the last whole forward step went over.
    rows: Option<Rows>,
}

impl CellTrace {
    /// An empty trace.
    pub fn new() -> Self {
        Self::default()
    }
}

/// Scratch memory of a sequence.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// Gates of the whole sequence, or their gradient.
    gates: Aligned,
    /// Gates of one step.
    step: Aligned,
    /// Gates of one step from an input that all steps share.
    shared: Aligned,
}

/// Packed weights of a cell.
#[derive(Debug, Clone)]
pub(crate) struct CellPacked {
    pub(crate) input: Packed,
    pub(crate) hidden: Packed,
    pub(crate) bias: Option<Vec<f32>>,
}

/// Gradients that a backward step writes; `weights` of the input and of the hidden state.
pub(crate) struct CellGradients<'a> {
    pub(crate) x: Option<&'a mut [f32]>,
    pub(crate) weights: [&'a mut [f32]; 2],
    pub(crate) bias: &'a mut [f32],
    pub(crate) state: CellState<'a>,
}

/// A cell unrolled over a number of steps. The input's part of the gates does not wait for the state, so it is one
/// product over all steps, and so are the gradients of the weights; only the state's part goes step by step.
#[derive(Debug, Clone)]
pub(crate) struct Recurrence {
    rows: Rows,
    shares_input: bool,
    projection: Conv,
    step: Conv,
    /// From the gates' gradient to that of the state: the step's convolution, transposed.
    back: ConvTranspose,
    /// `step` for all steps side by side.
    all_steps: Conv,
}

impl Recurrence {
    /// `input` is one step of the batch; `window` keeps its size.
    pub(crate) fn new(
        input: Volumes,
        steps: usize,
        hidden: usize,
        window: Window,
        order: GateOrder,
        shares_input: bool,
    ) -> Result<Self, Error> {
        for (what, size) in [("the number of steps", steps), ("the hidden size", hidden)] {
            if size == 0 {
                return Err(Error::Zero { what });
            }
        }
        let too_large = |what| Error::TooLarge { what };
        let gates = hidden.checked_mul(4).ok_or(too_large("the gates"))?;
        let images = input.batch().checked_mul(steps).ok_or(too_large("a batch of sequences"))?;
        let projected = if shares_input { input.batch() } else { images };
        let state = Volumes::new(input.batch(), input.size(), hidden)?;
        let step = Conv::new(state, gates, window)?;
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
            projection: Conv::new(Volumes::new(projected, input.size(), input.channels())?, gates, window)?,
            back: ConvTranspose::new(step.output(), hidden, window)?,
            all_steps: Conv::new(Volumes::new(images, input.size(), hidden)?, gates, window)?,
            step,
        })
    }

    pub(crate) fn with_simd(&self, simd: Simd) -> Result<Self, Error> {
        Ok(Self {
            rows: Rows { simd, ..self.rows },
            shares_input: self.shares_input,
            projection: self.projection.with_simd(simd)?,
            step: self.step.with_simd(simd)?,
            back: self.back.with_simd(simd)?,
            all_steps: self.all_steps.with_simd(simd)?,
        })
    }

    pub(crate) fn simd(&self) -> Simd {
        self.rows.simd
    }

    pub(crate) fn input_len(&self) -> usize {
        self.projection.input().len()
    }

    pub(crate) fn output_len(&self) -> usize {
        self.rows.all() * self.rows.hidden
    }

    pub(crate) fn state_len(&self) -> usize {
        self.step.input().len()
    }

    /// Lengths of the two parts of the weights.
    pub(crate) fn weights_len(&self) -> [usize; 2] {
        [self.projection.weights_len(), self.step.weights_len()]
    }

    pub(crate) fn pack(&self, weights: [&[f32]; 2], bias: Option<Vec<f32>>) -> Result<CellPacked, Error> {
        if let Some(bias) = &bias {
            check_length("the bias", bias.len(), self.step.output().channels())?;
        }
        Ok(CellPacked { input: self.projection.pack(weights[0])?, hidden: self.step.pack(weights[1])?, bias })
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
        check_length("the input", x.len(), self.input_len())?;
        check_length("the hidden state", h.len(), self.state_len())?;
        check_length("the cell state", c.len(), self.state_len())?;
        check_length("the output", y.len(), self.output_len())?;
        if weights.hidden.geometry.small.channels() != 4 * self.rows.hidden {
            return Err(Error::OtherLayer {
                input: self.projection.input(),
                output: self.projection.output(),
            });
        }
        let mut scratch = std::mem::take(&mut workspace.cell);
        let Scratch { gates, step, shared } = &mut scratch;
        let mut made = None;
        let (gates, mut kept) = match trace {
            Some(trace) => {
                trace.rows = None;
                made = Some(&mut trace.rows);
                let kept = (trace.hidden.resize(self.output_len()), trace.cells.resize(self.output_len()));
                (&mut trace.gates, Some(kept))
            }
            None => (gates, None),
        };
        let gates = gates.resize(4 * self.output_len());
        let bias = weights.bias.as_deref();
        if self.shares_input {
            let shared = shared.resize(4 * self.state_len());
            self.projection.forward(x, &weights.input, bias, Activation::Identity, shared, workspace)?;
            let block = shared.len() / self.rows.batch;
            for (sequence, shared) in
                gates.chunks_exact_mut(block * self.rows.steps).zip(shared.chunks_exact(block))
            {
                sequence.chunks_exact_mut(block).for_each(|step| step.copy_from_slice(shared));
            }
        } else {
            self.projection.forward(x, &weights.input, bias, Activation::Identity, gates, workspace)?;
        }
        let recurrent = step.resize(4 * self.state_len());
        for step in 0..self.rows.steps {
            self.step.forward(h, &weights.hidden, None, Activation::Identity, recurrent, workspace)?;
            let kept = kept.as_mut().map(|(h, c)| (&mut **h, &mut **c));
            let to = Forward { h: &mut *h, c: &mut *c, y: &mut *y, kept };
            self.rows.forward(step, recurrent, gates, to);
        }
        if let Some(made) = made {
            *made = Some(self.rows);
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
        check_length("the input", x.len(), self.input_len())?;
        if trace.rows != Some(self.rows) {
            return Err(Error::OtherTrace { output: self.step.output() });
        }
        check_length("the output's gradient", dy.len(), self.output_len())?;
        check_length("the hidden state's gradient", to.state.h.len(), self.state_len())?;
        check_length("the cell state's gradient", to.state.c.len(), self.state_len())?;
        check_length("the bias's gradient", to.bias.len(), self.step.output().channels())?;
        if let Some(dx) = &to.x {
            check_length("the input's gradient", dx.len(), self.input_len())?;
        }
        let mut scratch = std::mem::take(&mut workspace.cell);
        let Scratch { gates, step, shared } = &mut scratch;
        let dgates = gates.resize(4 * self.output_len());
        let here = step.resize(4 * self.state_len());
        let back = self.back.pack(weights[1])?;
        let CellState { h: dh, c: dc } = to.state;
        for step in (0..self.rows.steps).rev() {
            let from = Backward { gates: &trace.gates, cells: &trace.cells, dy, dh: &*dh };
            self.rows.backward(step, from, dgates, here, dc);
            self.back.forward(here, &back, None, Activation::Identity, dh, workspace)?;
        }
        let [dw_input, dw_hidden] = to.weights;
        self.all_steps.weight_gradient(&trace.hidden, dgates, dw_hidden, workspace)?;
        let projected: &[f32] = if self.shares_input {
            let shared = shared.resize(4 * self.state_len());
            self.sum_steps(dgates, shared);
            shared
        } else {
            dgates
        };
        bias_gradient(projected, to.bias.len(), to.bias)?;
        self.projection.weight_gradient(x, projected, dw_input, workspace)?;
        if let Some(dx) = to.x {
            self.projection.input_gradient(projected, weights[0], dx, workspace)?;
        }
        workspace.cell = scratch;
        Ok(())
    }

    /// What an input shared by all steps receives from each of them.
    fn sum_steps(&self, dgates: &[f32], sums: &mut [f32]) {
        sums.fill(0.0);
        let block = sums.len() / self.rows.batch;
        for (sequence, sums) in dgates.chunks_exact(block * self.rows.steps).zip(sums.chunks_exact_mut(block))
        {
            for step in sequence.chunks_exact(block) {
                sums.iter_mut().zip(step).for_each(|(sum, value)| *sum += value);
            }
        }
    }
}
