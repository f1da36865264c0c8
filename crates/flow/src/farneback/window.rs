//! The mean of the normal equations over a window around each pixel, and their solution: the motion.
#![expect(
    clippy::inline_always,
    reason = "a function that is not inlined into the dispatch loses the wide registers"
)]

use super::expansion::{COEFFICIENTS, Expansion};
use super::normal_equations::{NormalEquations, StripeRows};
use crate::simd::{Kernel, LANES, Vector, Vectors, dispatch};

/// Added to the determinant, so that windows without texture get no motion.
const REGULARIZATION: f64 = 1e-3;

/// The shape of the window.
#[derive(Debug)]
pub(super) struct Window {
    /// Pixels to each side of the centre.
    reach: usize,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// Every pixel counts the same. The factor is 1 / winsize², also where an even winsize means one pixel more.
    Box { factor: f64 },
    /// Weights at distance 0, 1, … reach.
    Gaussian { weights: Vec<f32> },
}

/// The buffers of one stripe.
#[derive(Debug, Clone)]
pub(super) struct StripeScratch {
    pub(super) expansion: Vec<f32>,
    pub(super) rows: StripeRows,
    /// Sums down the window's columns.
    columns: Vec<f64>,
    /// Running totals along a row of them.
    totals: Vec<f64>,
    /// A row of sums with a margin on both sides.
    padded: Vec<f32>,
}

impl StripeScratch {
    pub(super) fn new(pitch: usize, expansion: &Expansion, winsize: usize) -> Self {
        let margins = 2 * (winsize / 2);
        Self {
            expansion: vec![0.0; expansion.scratch_len(pitch)],
            rows: StripeRows::new(pitch),
            columns: vec![0.0; COEFFICIENTS * pitch],
            totals: vec![0.0; COEFFICIENTS * (pitch + margins + 1)],
            padded: vec![0.0; pitch + margins],
        }
    }
}

/// One stripe of the work of an iteration.
pub(super) struct Stripe<'a> {
    /// The equations of all rows.
    pub(super) equations: &'a [f32],
    pub(super) normal: &'a NormalEquations<'a>,
    pub(super) first: usize,
    pub(super) dx: &'a mut [f32],
    pub(super) dy: &'a mut [f32],
    /// Where the equations for the new vectors go, unless this is the last iteration.
    pub(super) after: Option<&'a mut [f32]>,
    pub(super) scratch: &'a mut StripeScratch,
}

impl Window {
    pub(super) fn new(winsize: usize, gaussian: bool) -> Self {
        let reach = winsize / 2;
        let kind = if gaussian {
            let sigma = reach as f64 * 0.3;
            let exponents = (0..=reach).map(|k| -((k * k) as f64) / (2.0 * sigma * sigma));
            let weights: Vec<f64> = exponents.map(f64::exp).collect();
            let sum = weights[0] + 2.0 * weights[1..].iter().sum::<f64>();
            Kind::Gaussian {
                weights: weights.iter().map(|weight| (weight / sum) as f32).collect(),
            }
        } else {
            Kind::Box {
                factor: 1.0 / (winsize * winsize) as f64,
            }
        };
        Self { reach, kind }
    }

    /// Computes new vectors for the rows of a stripe, and the equations that follow from them.
    pub(super) fn solve_stripe(&self, stripe: Stripe<'_>) {
        dispatch(SolveStripe {
            window: self,
            stripe,
        });
    }
}

struct SolveStripe<'a> {
    window: &'a Window,
    stripe: Stripe<'a>,
}

impl Kernel for SolveStripe<'_> {
    #[inline(always)]
    fn run<S: Vectors>(self, simd: S) {
        let Self {
            window: Window { reach, kind },
            stripe,
        } = self;
        let Stripe {
            equations,
            normal,
            first,
            dx,
            dy,
            mut after,
            scratch,
        } = stripe;
        let (width, pitch) = (normal.width, normal.pitch);
        let source = Rows {
            values: equations,
            height: normal.height,
            length: COEFFICIENTS * pitch,
        };
        if let Kind::Box { .. } = kind {
            // The sums down the columns of the window are formed once for a stripe. Every further row adds the row that
            // enters the window and subtracts the one that leaves it, so the time does not depend on the size of the
            // window.
            source.sum_window(first, *reach, &mut scratch.columns);
        }
        let flow = dx.chunks_mut(width).zip(dy.chunks_mut(width));
        for (place, (dx, dy)) in flow.enumerate() {
            let y = first + place;
            match kind {
                Kind::Box { factor } => {
                    if place > 0 {
                        source.move_window(y, *reach, &mut scratch.columns);
                    }
                    add_up_rows(scratch, width, pitch, *reach);
                    solve_box(scratch, pitch, *reach, *factor);
                }
                Kind::Gaussian { weights } => {
                    average_gaussian(simd, &source, y, [width, pitch], weights, scratch);
                    solve_gaussian(scratch, pitch);
                }
            }
            let rows = &mut scratch.rows;
            dx.copy_from_slice(&rows.dx[..width]);
            dy.copy_from_slice(&rows.dy[..width]);
            if let Some(after) = &mut after {
                let out = &mut after[place * COEFFICIENTS * pitch..][..COEFFICIENTS * pitch];
                normal.set_up_row(simd, y, [&rows.dx, &rows.dy], &mut rows.coefficients, out);
            }
        }
    }
}

/// Rows of equations. Beyond the frame its edge rows repeat.
struct Rows<'a> {
    values: &'a [f32],
    height: usize,
    length: usize,
}

impl Rows<'_> {
    #[inline(always)]
    fn at(&self, y: isize) -> &[f32] {
        let y = y.clamp(0, self.height as isize - 1) as usize;
        &self.values[y * self.length..][..self.length]
    }

    /// The sums over the rows of the window around row `y`.
    #[inline(always)]
    fn sum_window(&self, y: usize, reach: usize, sums: &mut [f64]) {
        let (y, reach) = (y as isize, reach as isize);
        let sums = &mut sums[..self.length];
        sums.fill(0.0);
        for row in y - reach..=y + reach {
            for (sum, value) in sums.iter_mut().zip(self.at(row)) {
                *sum += f64::from(*value);
            }
        }
    }

    /// Moves the sums from the row before to row `y`.
    #[inline(always)]
    fn move_window(&self, y: usize, reach: usize, sums: &mut [f64]) {
        let (y, reach) = (y as isize, reach as isize);
        let (enter, leave) = (self.at(y + reach), self.at(y - reach - 1));
        for ((sum, enter), leave) in sums[..self.length].iter_mut().zip(enter).zip(leave) {
            *sum += f64::from(*enter) - f64::from(*leave);
        }
    }
}

/// Running totals of the sums down the columns, the edges repeated. The sum over a box is the difference of two of them.
/// In 64 bits the totals of a whole row lose nothing that matters.
#[inline(always)]
fn add_up_rows(scratch: &mut StripeScratch, width: usize, pitch: usize, reach: usize) {
    let length = pitch + 2 * reach + 1;
    let [c0, c1, c2, c3, c4] = parts(&scratch.columns, pitch, width);
    let [t0, t1, t2, t3, t4] = parts_mut(&mut scratch.totals, length, width + 2 * reach + 1);
    let first = [c0[0], c1[0], c2[0], c3[0], c4[0]];
    let last = [c0, c1, c2, c3, c4].map(|column| column[width - 1]);

    let mut total = [0.0; COEFFICIENTS];
    (t0[0], t1[0], t2[0], t3[0], t4[0]) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for place in 1..=reach {
        for (total, value) in total.iter_mut().zip(first) {
            *total += value;
        }
        [t0[place], t1[place], t2[place], t3[place], t4[place]] = total;
    }
    // All five advance together: each addition waits for the one before, but not for those of the others.
    let inner = reach + 1..reach + 1 + width;
    let columns = c0.iter().zip(c1).zip(c2).zip(c3).zip(c4);
    let totals = t0[inner.clone()]
        .iter_mut()
        .zip(&mut t1[inner.clone()])
        .zip(&mut t2[inner.clone()])
        .zip(&mut t3[inner.clone()])
        .zip(&mut t4[inner]);
    for (column, out) in columns.zip(totals) {
        let ((((c0, c1), c2), c3), c4) = column;
        let ((((t0, t1), t2), t3), t4) = out;
        total[0] += c0;
        total[1] += c1;
        total[2] += c2;
        total[3] += c3;
        total[4] += c4;
        [*t0, *t1, *t2, *t3, *t4] = total;
    }
    for place in reach + width + 1..=width + 2 * reach {
        for (total, value) in total.iter_mut().zip(last) {
            *total += value;
        }
        [t0[place], t1[place], t2[place], t3[place], t4[place]] = total;
    }
}

/// Five parts of a buffer that are `pitch` values apart, each cut to a length.
#[inline(always)]
fn parts(values: &[f64], pitch: usize, length: usize) -> [&[f64]; COEFFICIENTS] {
    let mut parts: [&[f64]; COEFFICIENTS] = [&[]; COEFFICIENTS];
    for (part, chunk) in parts.iter_mut().zip(values.chunks_exact(pitch)) {
        *part = &chunk[..length];
    }
    parts
}

/// The same, to write.
#[inline(always)]
fn parts_mut(values: &mut [f64], pitch: usize, length: usize) -> [&mut [f64]; COEFFICIENTS] {
    let mut parts: [&mut [f64]; COEFFICIENTS] = [&mut [], &mut [], &mut [], &mut [], &mut []];
    for (part, chunk) in parts.iter_mut().zip(values.chunks_exact_mut(pitch)) {
        *part = &mut chunk[..length];
    }
    parts
}

/// Solves the equations of a row whose sums over boxes are differences of running totals.
#[inline(always)]
fn solve_box(scratch: &mut StripeScratch, pitch: usize, reach: usize, factor: f64) {
    let length = pitch + 2 * reach + 1;
    let (dx, dy) = (&mut scratch.rows.dx, &mut scratch.rows.dy);
    for x in (0..pitch).step_by(LANES) {
        let mut means = [[0.0; LANES]; COEFFICIENTS];
        for (c, means) in means.iter_mut().enumerate() {
            let low = &scratch.totals[c * length + x..][..LANES];
            let high = &scratch.totals[c * length + x + 2 * reach + 1..][..LANES];
            for ((mean, high), low) in means.iter_mut().zip(high).zip(low) {
                *mean = (high - low) * factor;
            }
        }
        solve_block(means, &mut dx[x..], &mut dy[x..]);
    }
}

/// Solves the equations of a row of Gaussian means.
#[inline(always)]
fn solve_gaussian(scratch: &mut StripeScratch, pitch: usize) {
    let StripeRows {
        coefficients,
        dx,
        dy,
    } = &mut scratch.rows;
    for x in (0..pitch).step_by(LANES) {
        let mut means = [[0.0; LANES]; COEFFICIENTS];
        for (c, means) in means.iter_mut().enumerate() {
            let sums = &coefficients[c * pitch + x..][..LANES];
            for (mean, sum) in means.iter_mut().zip(sums) {
                *mean = f64::from(*sum);
            }
        }
        solve_block(means, &mut dx[x..], &mut dy[x..]);
    }
}

/// Means with Gaussian weights, first down the columns, then along the row. They go to the scratch's coefficients.
#[inline(always)]
fn average_gaussian<S: Vectors>(
    simd: S,
    source: &Rows<'_>,
    y: usize,
    [width, pitch]: [usize; 2],
    weights: &[f32],
    scratch: &mut StripeScratch,
) {
    let reach = weights.len() - 1;
    let center = source.at(y as isize);
    for c in 0..COEFFICIENTS {
        let padded = &mut scratch.padded[..pitch + 2 * reach];
        for x in (0..pitch).step_by(LANES) {
            let at = c * pitch + x;
            let mut sum = Vector::load(simd, center, at) * Vector::splat(simd, weights[0]);
            for (k, &weight) in (1_isize..).zip(&weights[1..]) {
                let above = Vector::load(simd, source.at(y as isize - k), at);
                let below = Vector::load(simd, source.at(y as isize + k), at);
                sum += (below + above) * Vector::splat(simd, weight);
            }
            sum.store(padded, reach + x);
        }
        let (first, last) = (padded[reach], padded[reach + width - 1]);
        padded[..reach].fill(first);
        padded[reach + width..].fill(last);
        for x in (0..pitch).step_by(LANES) {
            let center = Vector::load(simd, padded, reach + x);
            let mut sum = center * Vector::splat(simd, weights[0]);
            for (k, &weight) in (1..).zip(&weights[1..]) {
                let left = Vector::load(simd, padded, reach + x - k);
                let right = Vector::load(simd, padded, reach + x + k);
                sum += (left + right) * Vector::splat(simd, weight);
            }
            sum.store(&mut scratch.rows.coefficients, c * pitch + x);
        }
    }
}

/// Solves the equations of a block, which are symmetric and have two unknowns each.
#[inline(always)]
fn solve_block(means: [[f64; LANES]; COEFFICIENTS], dx: &mut [f32], dy: &mut [f32]) {
    let [a11, a12, a22, b1, b2] = means;
    let mut solution = [[0.0; LANES]; 2];
    for i in 0..LANES {
        // Cramer's rule. The first unknown is dy and the second dx, in the order of the polynomial's coefficients.
        let inverse = 1.0 / (a11[i] * a22[i] - a12[i] * a12[i] + REGULARIZATION);
        solution[0][i] = ((a11[i] * b2[i] - a12[i] * b1[i]) * inverse) as f32;
        solution[1][i] = ((a22[i] * b1[i] - a12[i] * b2[i]) * inverse) as f32;
    }
    dx[..LANES].copy_from_slice(&solution[0]);
    dy[..LANES].copy_from_slice(&solution[1]);
}
