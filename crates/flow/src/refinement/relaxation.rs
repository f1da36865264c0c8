//! One sweep of successive over-relaxation: every pixel is set to the solution of its own equations, given its
//! neighbours, and a bit beyond. A pixel's neighbours all have the other color, so that the pixels of a color can be
//! taken in any order.
#![expect(
    clippy::inline_always,
    reason = "a function that is not inlined into the dispatch loses the wide registers"
)]

use rayon::prelude::*;

use super::checkerboard::{Checkerboard, Color, FIRST, Rows, Span, clear_overhang};
use super::system::System;
use crate::simd::{Kernel, LANES, Vector, Vectors, dispatch, load_all};

/// How far a step goes: 1 to the solution, below 2 for convergence.
const OMEGA: f32 = 1.6;

/// Improves the change of the flow, red pixels first.
pub(super) fn relax(system: &System, change: &mut Checkerboard<2>) {
    for color in 0..2 {
        let (own, other) = change.split_colors(color);
        own.into_tasks().for_each(|(first, rows)| {
            dispatch(RelaxRows {
                system,
                other,
                color,
                first,
                rows,
            });
        });
    }
}

struct RelaxRows<'a> {
    system: &'a System,
    other: Color<'a, 2>,
    color: usize,
    first: usize,
    rows: Rows<'a, 2>,
}

impl Kernel for RelaxRows<'_> {
    #[inline(always)]
    fn run<S: Vectors>(self, simd: S) {
        let omega = Vector::splat(simd, OMEGA);
        let System {
            weights, equations, ..
        } = self.system;
        let (color, other_color) = (self.color, 1 - self.color);
        for (row, [du, dv]) in (self.first..).zip(self.rows.each()) {
            let y = row as isize;
            let Span {
                left,
                right,
                length,
            } = weights.span(color, row);
            let [own] = weights.row(color, y);
            let [beside] = weights.row(other_color, y);
            let [above] = weights.row(other_color, y - 1);
            let [inverse11, a12, inverse22, b1, b2] = equations.row(color, y);
            let change_beside = self.other.row(y);
            let change_above = self.other.row(y - 1);
            let change_below = self.other.row(y + 1);

            for k in (0..length).step_by(LANES) {
                let at = FIRST + k;
                let own = Vector::load(simd, own, at);
                let to_left = Vector::load(simd, beside, left + k);
                let to_above = Vector::load(simd, above, at);
                // What the neighbours add. Beyond the frame the change is 0.
                let mut sums = load_all(simd, [b1, b2], at);
                for (plane, sum) in sums.iter_mut().enumerate() {
                    let at_left = Vector::load(simd, change_beside[plane], left + k);
                    let at_right = Vector::load(simd, change_beside[plane], right + k);
                    let above = Vector::load(simd, change_above[plane], at);
                    let below = Vector::load(simd, change_below[plane], at);
                    *sum += to_left * at_left + own * at_right + to_above * above + own * below;
                }
                let a12 = Vector::load(simd, a12, at);
                let (mut u, mut v) = (Vector::load(simd, du, at), Vector::load(simd, dv, at));
                // First u with the old v, then v with the new u: Gauss-Seidel within a pixel as between the two colors.
                let target = (sums[0] - v * a12) * Vector::load(simd, inverse11, at);
                u += omega * (target - u);
                let target = (sums[1] - u * a12) * Vector::load(simd, inverse22, at);
                v += omega * (target - v);
                u.store(du, at);
                v.store(dv, at);
            }
            clear_overhang(du, length);
            clear_overhang(dv, length);
        }
    }
}
