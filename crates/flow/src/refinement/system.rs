//! The linear system of an outer iteration: for each pixel a symmetric 2x2 matrix and a vector, and the weights with
//! which it is tied to its neighbours.
#![expect(
    clippy::inline_always,
    reason = "a function that is not inlined into the dispatch loses the wide registers"
)]

use rayon::prelude::*;

use super::checkerboard::{Checkerboard, FIRST, Rows, Span, clear_overhang};
use super::derivatives::PLANES;
use crate::simd::{Kernel, LANES, Vector, Vectors, dispatch, load_all};

/// Keeps the data terms bounded where the gradient vanishes.
const ZETA_SQUARED: f32 = 0.1 * 0.1;

#[derive(Debug)]
pub(super) struct System {
    /// How strongly a pixel is tied to its right and lower neighbours.
    pub(super) weights: Checkerboard<1>,
    /// 1 / a11, a12, 1 / a22, b1, b2.
    pub(super) equations: Checkerboard<5>,
    smoothness: f32,
    brightness: f32,
    gradients: f32,
    epsilon_squared: f32,
}

impl System {
    /// A system without values; the weights of its terms are `alpha`, `delta` and `gamma`.
    pub(super) fn new(
        (width, height): (usize, usize),
        [alpha, delta, gamma]: [f32; 3],
        epsilon: f32,
    ) -> Self {
        Self {
            weights: Checkerboard::new(width, height),
            equations: Checkerboard::new(width, height),
            smoothness: alpha / 2.0,
            brightness: delta / 2.0,
            gradients: gamma / 2.0,
            epsilon_squared: epsilon * epsilon,
        }
    }

    /// Computes the smoothness weights: large where the flow is smooth already, small at its edges.
    pub(super) fn weigh_smoothness(&mut self, flow: &Checkerboard<2>) {
        let (smoothness, epsilon_squared) = (self.smoothness, self.epsilon_squared);
        for color in 0..2 {
            let (weights, _) = self.weights.split_colors(color);
            weights.into_tasks().for_each(|(first, rows)| {
                dispatch(WeighRows {
                    flow,
                    smoothness,
                    epsilon_squared,
                    color,
                    first,
                    rows,
                });
            });
        }
    }

    /// Sets up the equations for the change of the flow: data terms around the change so far, smoothness of the whole.
    pub(super) fn set_up(
        &mut self,
        derivatives: &Checkerboard<PLANES>,
        start: &Checkerboard<2>,
        change: &Checkerboard<2>,
    ) {
        let data = DataTerms {
            brightness: self.brightness,
            gradients: self.gradients,
            epsilon_squared: self.epsilon_squared,
        };
        let weights = &self.weights;
        for color in 0..2 {
            let (equations, _) = self.equations.split_colors(color);
            equations.into_tasks().for_each(|(first, rows)| {
                dispatch(SetUpRows {
                    data: &data,
                    derivatives,
                    weights,
                    start,
                    change,
                    color,
                    first,
                    rows,
                });
            });
        }
    }
}

struct WeighRows<'a> {
    flow: &'a Checkerboard<2>,
    smoothness: f32,
    epsilon_squared: f32,
    color: usize,
    first: usize,
    rows: Rows<'a, 1>,
}

impl Kernel for WeighRows<'_> {
    #[inline(always)]
    fn run<S: Vectors>(self, simd: S) {
        let smoothness = Vector::splat(simd, self.smoothness);
        for (y, [out]) in (self.first..).zip(self.rows.each()) {
            let Span { right, length, .. } = self.flow.span(self.color, y);
            let own = self.flow.row(self.color, y as isize);
            let beside = self.flow.row(1 - self.color, y as isize);
            let below = self.flow.row(1 - self.color, y as isize + 1);
            for k in (0..length).step_by(LANES) {
                let at = FIRST + k;
                // The penalty alpha sqrt(s + epsilon²) of the squared gradient s of the flow has the derivative
                // (alpha / 2) / sqrt(s + epsilon²). It is the weight of the ties: strong where neighbours move alike, weak
                // across an edge of the flow.
                let mut sum = Vector::splat(simd, self.epsilon_squared);
                for plane in 0..2 {
                    let here = Vector::load(simd, own[plane], at);
                    let dx = Vector::load(simd, beside[plane], right + k) - here;
                    let dy = Vector::load(simd, below[plane], at) - here;
                    sum += dx * dx + dy * dy;
                }
                (smoothness / sum.sqrt()).store(out, at);
            }
            clear_overhang(out, length);
        }
    }
}

/// The parameters of the data terms.
struct DataTerms {
    brightness: f32,
    gradients: f32,
    epsilon_squared: f32,
}

/// The equations of eight pixels.
struct Equations<S> {
    a11: Vector<S>,
    a12: Vector<S>,
    a22: Vector<S>,
    b1: Vector<S>,
    b2: Vector<S>,
}

impl DataTerms {
    /// Linearised brightness constancy and gradient constancy.
    #[inline(always)]
    fn equations<S: Vectors>(
        &self,
        simd: S,
        derivatives: [Vector<S>; PLANES],
        [du, dv]: [Vector<S>; 2],
    ) -> Equations<S> {
        let [x, y, z, xx, xy, yy, xz, yz] = derivatives;
        let zeta = Vector::splat(simd, ZETA_SQUARED);
        let epsilon = Vector::splat(simd, self.epsilon_squared);
        let (zero, one) = (Vector::splat(simd, 0.0), Vector::splat(simd, 1.0));

        // Dividing by the squared gradient turns the error of brightness into a distance to the line of motions that
        // explain it, so that strong edges do not count more than weak ones.
        let norm = x * x + y * y + zeta;
        let error = z + x * du + y * dv;
        let penalty = (error * error / norm + epsilon).sqrt();
        let weight = Vector::splat(simd, self.brightness) / (penalty * norm);
        let mut out = Equations {
            a11: weight * (x * x) + zeta,
            a12: weight * (x * y),
            a22: weight * (y * y) + zeta,
            b1: zero - weight * (z * x),
            b2: zero - weight * (z * y),
        };

        // Each gradient component is normalised by its own gradient.
        let over_x = one / (xx * xx + xy * xy + zeta);
        let over_y = one / (yy * yy + xy * xy + zeta);
        let error_x = xz + xx * du + xy * dv;
        let error_y = yz + xy * du + yy * dv;
        let squared = error_x * error_x * over_x + error_y * error_y * over_y;
        let weight = Vector::splat(simd, self.gradients) / (squared + epsilon).sqrt();
        let (over_x, over_y) = (weight * over_x, weight * over_y);
        out.a11 += xx * xx * over_x + xy * xy * over_y;
        out.a12 += xx * xy * over_x + xy * yy * over_y;
        out.a22 += xy * xy * over_x + yy * yy * over_y;
        out.b1 = out.b1 - (xx * xz * over_x + xy * yz * over_y);
        out.b2 = out.b2 - (xy * xz * over_x + yy * yz * over_y);
        out
    }
}

struct SetUpRows<'a> {
    data: &'a DataTerms,
    derivatives: &'a Checkerboard<PLANES>,
    weights: &'a Checkerboard<1>,
    start: &'a Checkerboard<2>,
    change: &'a Checkerboard<2>,
    color: usize,
    first: usize,
    rows: Rows<'a, 5>,
}

impl Kernel for SetUpRows<'_> {
    #[inline(always)]
    fn run<S: Vectors>(self, simd: S) {
        let (color, other) = (self.color, 1 - self.color);
        let board = self.start;
        let one = Vector::splat(simd, 1.0);
        for (row, out) in (self.first..).zip(self.rows.each()) {
            let y = row as isize;
            let Span {
                left,
                right,
                length,
            } = board.span(color, row);
            let tied_below = if row + 1 < board.height { 1.0 } else { 0.0 };
            let tied_below = Vector::splat(simd, tied_below);
            let derivatives = self.derivatives.row(color, y);
            let change = self.change.row(color, y);
            let start = board.row(color, y);
            let start_beside = board.row(other, y);
            let start_above = board.row(other, y - 1);
            let start_below = board.row(other, y + 1);
            let [weights] = self.weights.row(color, y);
            let [weights_beside] = self.weights.row(other, y);
            let [weights_above] = self.weights.row(other, y - 1);
            let [inverse11, a12, inverse22, b1, b2] = out;

            for k in (0..length).step_by(LANES) {
                let at = FIRST + k;
                let derivatives = load_all(simd, derivatives, at);
                let change = load_all(simd, change, at);
                let mut e = self.data.equations(simd, derivatives, change);
                let own = Vector::load(simd, weights, at);
                let to_left = Vector::load(simd, weights_beside, left + k);
                let to_above = Vector::load(simd, weights_above, at);
                // The unknown is the change, but the sum of start and change is to be smooth: what the start contributes
                // to the smoothness term moves to the right side.
                for (plane, b) in [&mut e.b1, &mut e.b2].into_iter().enumerate() {
                    let here = Vector::load(simd, start[plane], at);
                    let at_left = Vector::load(simd, start_beside[plane], left + k);
                    let at_right = Vector::load(simd, start_beside[plane], right + k);
                    let above = Vector::load(simd, start_above[plane], at);
                    let below = Vector::load(simd, start_below[plane], at);
                    // At the right and the lower edge the repeated pixel makes the difference 0.
                    *b += own * (at_right - here) + own * (below - here)
                        - to_left * (here - at_left)
                        - to_above * (here - above);
                }
                let to_right = if k + LANES <= board.tied_right(left) {
                    own
                } else {
                    // Pixels in the last column have no right neighbour.
                    let mut own = own.to_array();
                    own[board.tied_right(left).saturating_sub(k)..].fill(0.0);
                    Vector::from_array(simd, own)
                };
                let ties = to_right + own * tied_below + to_left + to_above;
                (one / (e.a11 + ties)).store(inverse11, at);
                e.a12.store(a12, at);
                (one / (e.a22 + ties)).store(inverse22, at);
                e.b1.store(b1, at);
                e.b2.store(b2, at);
            }
        }
    }
}
