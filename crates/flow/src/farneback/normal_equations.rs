//! The normal equations of the motion of single pixels: a symmetric 2x2 matrix and a vector, five values.
#![expect(
    clippy::inline_always,
    reason = "a function that is not inlined into the dispatch loses the wide registers"
)]

use super::expansion::{COEFFICIENTS, rows, rows_mut};
use crate::simd::{Kernel, LANES, Vector, Vectors, dispatch, load_all, round_up};

/// Polynomials near the border of a frame rest on repeated pixels and count less: OpenCV's factors from the edge inwards.
const BORDER: [f32; 5] = [0.14, 0.14, 0.4472, 0.4472, 0.4472];

/// The factors along one side, filled up to whole blocks.
pub(super) fn border_weights(length: usize) -> Vec<f32> {
    let mut weights = vec![1.0; round_up(length)];
    for (distance, factor) in BORDER.into_iter().enumerate().take(length) {
        weights[distance] *= factor;
        weights[length - 1 - distance] *= factor;
    }
    weights
}

/// Rows of `pitch` values.
#[derive(Debug, Clone)]
pub(super) struct StripeRows {
    /// One row of each coefficient after the other.
    pub(super) coefficients: Vec<f32>,
    pub(super) dx: Vec<f32>,
    pub(super) dy: Vec<f32>,
}

impl StripeRows {
    pub(super) fn new(pitch: usize) -> Self {
        Self {
            coefficients: vec![0.0; COEFFICIENTS * pitch],
            dx: vec![0.0; pitch],
            dy: vec![0.0; pitch],
        }
    }
}

/// What the equations are made from: the polynomials of both frames.
pub(super) struct NormalEquations<'a> {
    /// One row of each coefficient after the other.
    pub(super) previous: &'a [f32],
    /// The coefficients of each pixel side by side.
    pub(super) next: &'a [[f32; LANES]],
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) pitch: usize,
    pub(super) border_x: &'a [f32],
    pub(super) border_y: &'a [f32],
}

impl NormalEquations<'_> {
    /// Sets up the equations of some rows. The flow's rows start at `first`.
    pub(super) fn set_up_rows(
        &self,
        first: usize,
        dx: &[f32],
        dy: &[f32],
        scratch: &mut StripeRows,
        out: &mut [f32],
    ) {
        dispatch(SetUpRows {
            normal: self,
            first,
            dx,
            dy,
            scratch,
            out,
        });
    }

    /// Sets up the equations of row `y`, each pixel compared with where its vector points to. All rows are `pitch`
    /// values long; what is beyond the width has no meaning.
    #[inline(always)]
    pub(super) fn set_up_row<S: Vectors>(
        &self,
        simd: S,
        y: usize,
        [dx, dy]: [&[f32]; 2],
        found: &mut [f32],
        out: &mut [f32],
    ) {
        let pitch = self.pitch;
        let previous = rows(&self.previous[y * COEFFICIENTS * pitch..], pitch);
        self.interpolate_row(simd, y, [dx, dy], previous, found);
        let next = rows(found, pitch);
        let [a11, a12, a22, b1, b2] = rows_mut(out, pitch);
        let border_y = Vector::splat(simd, self.border_y[y]);
        let (half, quarter) = (Vector::splat(simd, 0.5), Vector::splat(simd, 0.25));
        for x in (0..pitch).step_by(LANES) {
            let previous = load_all(simd, previous, x);
            let next = load_all(simd, next, x);
            let (dx, dy) = (Vector::load(simd, dx, x), Vector::load(simd, dy, x));
            let weight = Vector::load(simd, self.border_x, x) * border_y;

            // Farnebäck's displacement: if both frames are polynomials v'Av + b'v + c, then A d = (b1 - b2) / 2, A being
            // the mean of both matrices. The second polynomial is read where the vector so far points to, so A times that
            // vector is added to the right side. Stored are A'A and A' times the right side, whose means over a window
            // determine d.
            let yy = (previous[2] + next[2]) * half;
            let xx = (previous[3] + next[3]) * half;
            let xy = (previous[4] + next[4]) * quarter;
            let to_y = (previous[0] - next[0]) * half + (yy * dy + xy * dx);
            let to_x = (previous[1] - next[1]) * half + (xy * dy + xx * dx);
            let (yy, xx, xy) = (yy * weight, xx * weight, xy * weight);
            let (to_y, to_x) = (to_y * weight, to_x * weight);
            (yy * yy + xy * xy).store(a11, x);
            ((yy + xx) * xy).store(a12, x);
            (xx * xx + xy * xy).store(a22, x);
            (yy * to_y + xy * to_x).store(b1, x);
            (xy * to_y + xx * to_x).store(b2, x);
        }
    }

    /// The next frame's polynomials where the vectors of a row point to, between four pixels each.
    #[inline(always)]
    fn interpolate_row<S: Vectors>(
        &self,
        simd: S,
        y: usize,
        [dx, dy]: [&[f32]; 2],
        previous: [&[f32]; COEFFICIENTS],
        found: &mut [f32],
    ) {
        let width = self.width;
        let (last_x, last_y) = ((width - 1) as f32, (self.height - 1) as f32);
        let [o0, o1, o2, o3, o4] = rows_mut(found, self.pitch);
        let (o0, o1, o2) = (&mut o0[..width], &mut o1[..width], &mut o2[..width]);
        let (o3, o4) = (&mut o3[..width], &mut o4[..width]);
        let [_, _, p2, p3, p4] = previous;
        let (p2, p3, p4) = (&p2[..width], &p3[..width], &p4[..width]);
        let (dx, dy) = (&dx[..width], &dy[..width]);
        for x in 0..width {
            let (place_x, place_y) = (x as f32 + dx[x], y as f32 + dy[x]);
            let (left, top) = (place_x.floor(), place_y.floor());
            let inside = left >= 0.0 && top >= 0.0 && left < last_x && top < last_y;
            if !inside {
                // Without a counterpart a pixel says that it does not move.
                (o0[x], o1[x]) = (0.0, 0.0);
                (o2[x], o3[x], o4[x]) = (p2[x], p3[x], p4[x]);
                continue;
            }
            // Both are small and not negative: the detour over i32 saves the saturation.
            let at = top as i32 as usize * width + left as i32 as usize;
            let upper = &self.next[at..][..2];
            let lower = &self.next[at + width..][..2];
            let (right_share, low_share) = (place_x - left, place_y - top);
            let (left_share, up_share) = (1.0 - right_share, 1.0 - low_share);
            let value = Vector::splat(simd, left_share * up_share)
                * Vector::from_array(simd, upper[0])
                + Vector::splat(simd, right_share * up_share) * Vector::from_array(simd, upper[1])
                + Vector::splat(simd, left_share * low_share) * Vector::from_array(simd, lower[0])
                + Vector::splat(simd, right_share * low_share) * Vector::from_array(simd, lower[1]);
            [o0[x], o1[x], o2[x], o3[x], o4[x], ..] = value.to_array();
        }
    }
}

struct SetUpRows<'a> {
    normal: &'a NormalEquations<'a>,
    first: usize,
    dx: &'a [f32],
    dy: &'a [f32],
    scratch: &'a mut StripeRows,
    out: &'a mut [f32],
}

impl Kernel for SetUpRows<'_> {
    #[inline(always)]
    fn run<S: Vectors>(self, simd: S) {
        let (width, pitch) = (self.normal.width, self.normal.pitch);
        let StripeRows {
            coefficients,
            dx: row_dx,
            dy: row_dy,
        } = self.scratch;
        let rows = self.out.chunks_mut(COEFFICIENTS * pitch);
        let flow = self.dx.chunks(width).zip(self.dy.chunks(width));
        for (y, (out, (dx, dy))) in (self.first..).zip(rows.zip(flow)) {
            row_dx[..width].copy_from_slice(dx);
            row_dy[..width].copy_from_slice(dy);
            self.normal
                .set_up_row(simd, y, [row_dx, row_dy], coefficients, out);
        }
    }
}
