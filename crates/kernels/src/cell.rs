//! The pointwise part of a recurrent cell: gates, cell and hidden state of one step, forward and backward. What comes
//! before it is a product, and [`Recurrence`](crate::recurrence::Recurrence) does that.
#![allow(unsafe_code)]

use crate::Activation::{Sigmoid, Tanh};
use crate::simd::{Lanes, Simd, Step, Token, Vector, map};
use crate::threads::parallel;
use crate::writer::Writer;

/// Values of the hidden state that one task computes: some microseconds of work. Miri sees several in a small state.
const TASK: usize = if cfg!(miri) { 1 << 2 } else { 1 << 12 };

/// How the four gates lie side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GateOrder {
    /// Input, forget, cell, output: PyTorch's.
    InputForgetCellOutput,
    /// Input, forget, output, cell: that of the published convolutional cells.
    InputForgetOutputCell,
}

impl GateOrder {
    /// Input, forget, cell and output gate of one row.
    fn split(self, row: &[f32]) -> [&[f32]; 4] {
        let (first, second) = row.split_at(row.len() / 2);
        let (i, f) = first.split_at(first.len() / 2);
        let (third, fourth) = second.split_at(second.len() / 2);
        match self {
            Self::InputForgetCellOutput => [i, f, third, fourth],
            Self::InputForgetOutputCell => [i, f, fourth, third],
        }
    }

    /// [`split`](Self::split) of a row that is written.
    fn split_mut(self, row: &mut [f32]) -> [&mut [f32]; 4] {
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rows {
    pub(crate) batch: usize,
    pub(crate) steps: usize,
    /// Positions of one image, which share no state; 1 where a step is a row.
    pub(crate) places: usize,
    pub(crate) hidden: usize,
    pub(crate) order: GateOrder,
    pub(crate) simd: Simd,
}

/// What the forward pass of one step changes, besides the gates.
pub(crate) struct Forward<'a> {
    pub(crate) h: &'a mut [f32],
    pub(crate) c: &'a mut [f32],
    /// Hidden states of the whole sequence.
    pub(crate) y: &'a mut [f32],
    /// For training: hidden and cell state before every step of the sequence.
    pub(crate) kept: Option<(&'a mut [f32], &'a mut [f32])>,
}

/// What the backward pass of one step reads.
#[derive(Clone, Copy)]
pub(crate) struct Backward<'a> {
    /// The gates, activated, and the cell before each step, of the whole sequence.
    pub(crate) gates: &'a [f32],
    pub(crate) cells: &'a [f32],
    /// The gradient of the hidden states of the whole sequence.
    pub(crate) dy: &'a [f32],
    /// The gradient that comes back from the step after.
    pub(crate) dh: &'a [f32],
}

impl Rows {
    /// Rows of the whole sequence.
    pub(crate) fn all(&self) -> usize {
        self.batch * self.steps * self.places
    }

    /// Rows of a state.
    pub(crate) fn states(&self) -> usize {
        self.batch * self.places
    }

    /// The row of the sequence that a state has at a step.
    fn at(&self, state: usize, step: usize) -> usize {
        (state / self.places * self.steps + step) * self.places + state % self.places
    }

    fn each(&self, work: impl Fn(usize) + Sync) {
        let per_task = (TASK / self.hidden).max(1);
        let states = self.states();
        parallel(states.div_ceil(per_task), &|task, _| {
            (task * per_task..((task + 1) * per_task).min(states)).for_each(&work);
        });
    }

    /// One step: `gates` of the sequence hold what the input gives and are replaced by the gates themselves;
    /// `recurrent` is what the hidden state gives.
    pub(crate) fn forward(&self, step: usize, recurrent: &[f32], gates: &mut [f32], to: Forward<'_>) {
        let hidden = self.hidden;
        let (gates, y) = (Writer::new(gates), Writer::new(to.y));
        let (h, c) = (Writer::new(to.h), Writer::new(to.c));
        let kept = to.kept.map(|(h, c)| (Writer::new(h), Writer::new(c)));
        self.each(|state| {
            let row = self.at(state, step);
            // SAFETY: a row of the state is done by one task, and so is the one row of the sequence it has here.
            let (gates, y, h, c) = unsafe {
                (
                    gates.part(row * 4 * hidden, 4 * hidden),
                    y.part(row * hidden, hidden),
                    h.part(state * hidden, hidden),
                    c.part(state * hidden, hidden),
                )
            };
            if let Some((kept_h, kept_c)) = &kept {
                // SAFETY: as above.
                unsafe {
                    kept_h.part(row * hidden, hidden).copy_from_slice(h);
                    kept_c.part(row * hidden, hidden).copy_from_slice(c);
                }
            }
            let [i, f, g, o] = self.order.split_mut(gates);
            let recurrent = self.order.split(&recurrent[state * 4 * hidden..][..4 * hidden]);
            map(self.simd, &Advance, hidden, recurrent, [], [i, f, g, o, c, &mut *h]);
            y.copy_from_slice(h);
        });
    }

    /// One step back: the gradient of the gates before their activation goes to the sequence `dgates` and to `here`,
    /// and `dc`, that of the cell after the step, becomes that of the cell before it.
    pub(crate) fn backward(
        &self,
        step: usize,
        from: Backward<'_>,
        dgates: &mut [f32],
        here: &mut [f32],
        dc: &mut [f32],
    ) {
        let hidden = self.hidden;
        let (dgates, here, dc) = (Writer::new(dgates), Writer::new(here), Writer::new(dc));
        self.each(|state| {
            let row = self.at(state, step);
            // SAFETY: a row of the state is done by one task, and so is the one row of the sequence it has here.
            let (dgates, here, dc) = unsafe {
                (
                    dgates.part(row * 4 * hidden, 4 * hidden),
                    here.part(state * 4 * hidden, 4 * hidden),
                    dc.part(state * hidden, hidden),
                )
            };
            let [i, f, g, o] = self.order.split(&from.gates[row * 4 * hidden..][..4 * hidden]);
            let (cells, dy) = (&from.cells[row * hidden..][..hidden], &from.dy[row * hidden..][..hidden]);
            let dh = &from.dh[state * hidden..][..hidden];
            let [di, df, dg, do_] = self.order.split_mut(here);
            map(self.simd, &Retreat, hidden, [i, f, g, o, cells, dy, dh], [], [di, df, dg, do_, dc]);
            dgates.copy_from_slice(here);
        });
    }
}

/// From sums to gates, and on to cell and hidden state.
struct Advance;

impl Step<4, 0, 6> for Advance {
    #[inline(always)]
    fn step<V: Vector>(
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
        let c = f.mul_add(c, i * g);
        [i, f, g, o, c, o * c.activate(Tanh)]
    }
}

/// The gradient of [`Advance`].
struct Retreat;

impl Step<7, 0, 5> for Retreat {
    #[inline(always)]
    fn step<V: Vector>(
        &self,
        token: Token<V>,
        [i, f, g, o, before, dy, dh]: [Lanes<V>; 7],
        _: [Lanes<V>; 0],
        [_, _, _, _, dc]: [Lanes<V>; 5],
    ) -> [Lanes<V>; 5] {
        // The cell after the step costs less to make again than to keep.
        let bent = f.mul_add(before, i * g).activate(Tanh);
        let dh = dh + dy;
        let dc = dc + Tanh.gradient_of(token, bent, dh * o);
        [
            Sigmoid.gradient_of(token, i, dc * g),
            Sigmoid.gradient_of(token, f, dc * before),
            Tanh.gradient_of(token, g, dc * i),
            Sigmoid.gradient_of(token, o, dh * bent),
            dc * f,
        ]
    }
}
