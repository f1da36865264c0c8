//! The elementwise part of an LSTM cell: gates, cell state and hidden state of one step, forward and backward.
//!
//! With a the sums of the gates (input, hidden state and bias), one step of the recurrence is
//!
//! ```text
//! i = sigmoid(a_i)    f = sigmoid(a_f)    g = tanh(a_g)    o = sigmoid(a_o)
//! c' = f * c + i * g
//! h' = o * tanh(c')
//! ```
//!
//! The sums are matrix products or convolutions; [`recurrence`](crate::recurrence) computes them.
#![allow(unsafe_code)]

use crate::activation::Activation::{Sigmoid, Tanh};
use crate::simd::{Lanes, Simd, Step, Token, Vector, map_slices};
use crate::threads::run_parallel;
use crate::writer::Writer;

/// Values of the hidden state that one task computes: some microseconds of work. Under Miri tasks are small, so that a
/// small state has several.
const TASK_LEN: usize = if cfg!(miri) { 1 << 2 } else { 1 << 12 };

/// The order of the four gates in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GateOrder {
    /// Input, forget, cell, output: PyTorch's.
    InputForgetCellOutput,
    /// Input, forget, output, cell: the order of published convolutional LSTMs.
    InputForgetOutputCell,
}

impl GateOrder {
    /// Input, forget, cell and output gate of one row.
    fn split_gates(self, row: &[f32]) -> [&[f32]; 4] {
        let (first, second) = row.split_at(row.len() / 2);
        let (i, f) = first.split_at(first.len() / 2);
        let (third, fourth) = second.split_at(second.len() / 2);
        match self {
            Self::InputForgetCellOutput => [i, f, third, fourth],
            Self::InputForgetOutputCell => [i, f, fourth, third],
        }
    }

    /// [`split_gates`](Self::split_gates) of a row that is written.
    fn split_gates_mut(self, row: &mut [f32]) -> [&mut [f32]; 4] {
        let (first, second) = row.split_at_mut(row.len() / 2);
        let (i, f) = first.split_at_mut(first.len() / 2);
        let (third, fourth) = second.split_at_mut(second.len() / 2);
        match self {
            Self::InputForgetCellOutput => [i, f, third, fourth],
            Self::InputForgetOutputCell => [i, f, fourth, third],
        }
    }
}

/// The rows of a sequence, `[batch, steps, places, ...]`, and of a state, `[batch, places, ...]`.
///
/// A place is a pixel of a convolutional LSTM; an LSTM has one place. A row holds the hidden values (or four times as
/// many gates) of one place, so rows are independent within a step and tasks take some rows each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rows {
    pub(crate) batch: usize,
    pub(crate) steps: usize,
    /// Positions of one image; 1 for an LSTM that is not convolutional.
    pub(crate) places: usize,
    pub(crate) hidden: usize,
    pub(crate) order: GateOrder,
    pub(crate) simd: Simd,
}

/// The slices that the forward pass of one step writes besides the gates.
pub(crate) struct Forward<'a> {
    pub(crate) h: &'a mut [f32],
    pub(crate) c: &'a mut [f32],
    /// Hidden states of the whole sequence.
    pub(crate) y: &'a mut [f32],
    /// For training: hidden and cell state before every step of the sequence.
    pub(crate) kept: Option<(&'a mut [f32], &'a mut [f32])>,
}

/// The slices that the backward pass of one step reads.
#[derive(Clone, Copy)]
pub(crate) struct Backward<'a> {
    /// The activated gates of the whole sequence.
    pub(crate) gates: &'a [f32],
    /// The cell state before each step of the sequence.
    pub(crate) cells: &'a [f32],
    /// The gradient of the hidden states of the whole sequence.
    pub(crate) dy: &'a [f32],
    /// The gradient of the hidden state that the following step passes back.
    pub(crate) dh: &'a [f32],
}

impl Rows {
    /// Rows of a state.
    pub(crate) fn state_rows(&self) -> usize {
        self.batch * self.places
    }

    /// The row of the sequence that belongs to a row of the state at a step.
    fn sequence_row(&self, state: usize, step: usize) -> usize {
        (state / self.places * self.steps + step) * self.places + state % self.places
    }

    /// Calls `work` with every row of the state, several rows in a task.
    fn for_each_state_row(&self, work: impl Fn(usize) + Sync) {
        let per_task = (TASK_LEN / self.hidden).max(1);
        let states = self.state_rows();
        run_parallel(states.div_ceil(per_task), &|task, _| {
            (task * per_task..((task + 1) * per_task).min(states)).for_each(&work);
        });
    }

    /// One step forward. `gates` hold the sums from the input for the whole sequence; those of this step are replaced by
    /// the activated gates. `recurrent` holds the sums from the hidden state.
    pub(crate) fn step_forward(
        &self,
        step: usize,
        recurrent: &[f32],
        gates: &mut [f32],
        to: Forward<'_>,
    ) {
        let hidden = self.hidden;
        let (gates, y) = (Writer::new(gates), Writer::new(to.y));
        let (h, c) = (Writer::new(to.h), Writer::new(to.c));
        let kept = to.kept.map(|(h, c)| (Writer::new(h), Writer::new(c)));
        self.for_each_state_row(|state| {
            let row = self.sequence_row(state, step);
            // SAFETY: one task has this row of the state, and with it its row of the sequence at this step.
            let (gates, y, h, c) = unsafe {
                (
                    gates.part(row * 4 * hidden, 4 * hidden),
                    y.part(row * hidden, hidden),
                    h.part(state * hidden, hidden),
                    c.part(state * hidden, hidden),
                )
            };
            // The gradient of a step needs the states before it, which the step is about to overwrite.
            if let Some((kept_h, kept_c)) = &kept {
                // SAFETY: as above.
                unsafe {
                    kept_h.part(row * hidden, hidden).copy_from_slice(h);
                    kept_c.part(row * hidden, hidden).copy_from_slice(c);
                }
            }
            let [i, f, g, o] = self.order.split_gates_mut(gates);
            let recurrent = self
                .order
                .split_gates(&recurrent[state * 4 * hidden..][..4 * hidden]);
            map_slices(
                self.simd,
                &StepForward,
                hidden,
                recurrent,
                [],
                [i, f, g, o, c, &mut *h],
            );
            y.copy_from_slice(h);
        });
    }

    /// One step backward. The gradient of the gates before their activation goes to `dgates`, which holds the whole
    /// sequence, and to `here`, which holds this step. `dc` changes from the gradient of the cell state after the step to
    /// that of the cell state before it.
    pub(crate) fn step_backward(
        &self,
        step: usize,
        from: Backward<'_>,
        dgates: &mut [f32],
        here: &mut [f32],
        dc: &mut [f32],
    ) {
        let hidden = self.hidden;
        let (dgates, here, dc) = (Writer::new(dgates), Writer::new(here), Writer::new(dc));
        self.for_each_state_row(|state| {
            let row = self.sequence_row(state, step);
            // SAFETY: one task has this row of the state, and with it its row of the sequence at this step.
            let (dgates, here, dc) = unsafe {
                (
                    dgates.part(row * 4 * hidden, 4 * hidden),
                    here.part(state * 4 * hidden, 4 * hidden),
                    dc.part(state * hidden, hidden),
                )
            };
            let [i, f, g, o] = self
                .order
                .split_gates(&from.gates[row * 4 * hidden..][..4 * hidden]);
            let (cells, dy) = (
                &from.cells[row * hidden..][..hidden],
                &from.dy[row * hidden..][..hidden],
            );
            let dh = &from.dh[state * hidden..][..hidden];
            let [di, df, dg, do_] = self.order.split_gates_mut(here);
            map_slices(
                self.simd,
                &StepBackward,
                hidden,
                [i, f, g, o, cells, dy, dh],
                [],
                [di, df, dg, do_, dc],
            );
            dgates.copy_from_slice(here);
        });
    }
}

/// From the sums to gates, cell state and hidden state.
struct StepForward;

impl Step<4, 0, 6> for StepForward {
    #[inline(always)]
    fn step_lanes<V: Vector>(
        &self,
        _: Token<V>,
        recurrent: [Lanes<V>; 4],
        _: [Lanes<V>; 0],
        [i, f, g, o, c, _]: [Lanes<V>; 6],
    ) -> [Lanes<V>; 6] {
        let i = (i + recurrent[0]).activate(Sigmoid);
        let f = (f + recurrent[1]).activate(Sigmoid);
        let g = (g + recurrent[2]).activate(Tanh);
        let o = (o + recurrent[3]).activate(Sigmoid);
        // c' = f * c + i * g, then h' = o * tanh(c').
        let c = f.mul_add(c, i * g);
        [i, f, g, o, c, o * c.activate(Tanh)]
    }
}

/// The gradient of [`StepForward`].
struct StepBackward;

impl Step<7, 0, 5> for StepBackward {
    #[inline(always)]
    fn step_lanes<V: Vector>(
        &self,
        token: Token<V>,
        [i, f, g, o, before, dy, dh]: [Lanes<V>; 7],
        _: [Lanes<V>; 0],
        [_, _, _, _, dc]: [Lanes<V>; 5],
    ) -> [Lanes<V>; 5] {
        // Computing tanh(c') again costs less than keeping it in memory.
        let tanh_cell = f.mul_add(before, i * g).activate(Tanh);
        // h' reaches the loss as an output and through the next step; c' through h' and through the next step.
        let dh = dh + dy;
        let dc = dc + Tanh.gradient_from_output(token, tanh_cell, dh * o);
        [
            Sigmoid.gradient_from_output(token, i, dc * g),
            Sigmoid.gradient_from_output(token, f, dc * before),
            Tanh.gradient_from_output(token, g, dc * i),
            Sigmoid.gradient_from_output(token, o, dh * tanh_cell),
            dc * f,
        ]
    }
}
