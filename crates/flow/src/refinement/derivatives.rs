//! The derivatives of the frames: of the mean of the previous frame and the warped next frame in x and y, and of their
//! difference ("z"). All are differences of neighbours on both sides; beyond the frame its edge repeats.
#![expect(
    clippy::inline_always,
    reason = "a function that is not inlined into the dispatch loses the wide registers"
)]

use rayon::prelude::*;

use super::checkerboard::{Checkerboard, FIRST};
use crate::Flow;
use crate::simd::{Kernel, Vectors, dispatch};

/// The planes of the board: x, y, z, xx, xy, yy, xz, yz.
pub(super) const PLANES: usize = 8;

/// Rows that one task computes.
const TASK_ROWS: usize = 32;

#[derive(Debug)]
pub(super) struct Derivatives {
    width: usize,
    height: usize,
    mean: Plane,
    z: Plane,
    x: Plane,
    y: Plane,
    board: Checkerboard<PLANES>,
}

/// A plane in reading order with one more value at both ends of each row, which repeats the edge.
#[derive(Debug)]
struct Plane {
    pitch: usize,
    values: Vec<f32>,
}

impl Plane {
    fn new(width: usize, height: usize) -> Self {
        Self {
            pitch: width + 2,
            values: vec![0.0; (width + 2) * height],
        }
    }

    fn row(&self, y: usize) -> &[f32] {
        &self.values[y * self.pitch..][..self.pitch]
    }

    /// The row above and the row below, within the frame.
    fn rows_around(&self, y: usize, height: usize) -> (&[f32], &[f32]) {
        (
            self.row(y.saturating_sub(1)),
            self.row((y + 1).min(height - 1)),
        )
    }

    fn tasks(&mut self) -> rayon::slice::ChunksMut<'_, f32> {
        self.values.par_chunks_mut(self.pitch * TASK_ROWS)
    }
}

fn repeat_ends(row: &mut [f32]) {
    let last = row.len() - 1;
    (row[0], row[last]) = (row[1], row[last - 1]);
}

impl Derivatives {
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            mean: Plane::new(width, height),
            z: Plane::new(width, height),
            x: Plane::new(width, height),
            y: Plane::new(width, height),
            board: Checkerboard::new(width, height),
        }
    }

    pub(super) fn board(&self) -> &Checkerboard<PLANES> {
        &self.board
    }

    pub(super) fn compute(&mut self, previous: &[f32], next: &[f32], flow: &Flow) {
        let (width, height) = (self.width, self.height);
        let pitch = width + 2;
        // Three passes over the picture, each of which needs the rows around a row to be complete: warping, first derivatives,
        // second derivatives. The first two are in reading order, where neighbours are found at once. The last one writes the two
        // colours of the checkerboard apart, because the solver improves all red pixels from their black neighbours, then the
        // other way round, and reads each colour in one sweep.
        let warped = self.mean.tasks().zip(self.z.tasks()).enumerate();
        warped.for_each(|(task, (mean, z))| {
            dispatch(WarpRows {
                previous,
                next,
                flow,
                first: task * TASK_ROWS,
                mean,
                z,
            });
        });

        let mean = &self.mean;
        let first_order = self.x.tasks().zip(self.y.tasks()).enumerate();
        first_order.for_each(|(task, (x, y))| {
            let rows = x.chunks_mut(pitch).zip(y.chunks_mut(pitch));
            for (row, (x, y)) in (task * TASK_ROWS..).zip(rows) {
                let center = mean.row(row);
                let (above, below) = mean.rows_around(row, height);
                for ((out, left), right) in x[1..=width].iter_mut().zip(center).zip(&center[2..]) {
                    *out = right - left;
                }
                for ((out, above), below) in y.iter_mut().zip(above).zip(below) {
                    *out = below - above;
                }
                repeat_ends(x);
            }
        });

        let (x, y, z) = (&self.x, &self.y, &self.z);
        let board = &mut self.board;
        board.tasks().for_each(|(first, [red, black])| {
            for (row, (red, black)) in (first..).zip(red.each().zip(black.each())) {
                let rows = DerivativeRows {
                    x: x.row(row),
                    y: y.row(row),
                    z: z.row(row),
                    x_around: x.rows_around(row, height),
                    y_around: y.rows_around(row, height),
                    z_around: z.rows_around(row, height),
                };
                // The first pixel of a row is red in even rows and black in odd ones.
                let (even, odd) = if row % 2 == 0 {
                    (red, black)
                } else {
                    (black, red)
                };
                rows.split(0, even);
                rows.split(1, odd);
            }
        });
    }
}

/// The rows that the derivatives of one row are made from.
struct DerivativeRows<'a> {
    x: &'a [f32],
    y: &'a [f32],
    z: &'a [f32],
    x_around: (&'a [f32], &'a [f32]),
    y_around: (&'a [f32], &'a [f32]),
    z_around: (&'a [f32], &'a [f32]),
}

impl DerivativeRows<'_> {
    /// Fills one color's row with every second pixel from column `offset` on.
    fn split(&self, offset: usize, out: [&mut [f32]; PLANES]) {
        let [x, y, z, xx, xy, yy, xz, yz] = out.map(|row| &mut row[FIRST..]);
        copy(&self.x[offset + 1..], x);
        copy(&self.y[offset + 1..], y);
        copy(&self.z[offset + 1..], z);
        subtract(&self.x[offset + 2..], &self.x[offset..], xx);
        subtract(
            &self.x_around.1[offset + 1..],
            &self.x_around.0[offset + 1..],
            xy,
        );
        subtract(
            &self.y_around.1[offset + 1..],
            &self.y_around.0[offset + 1..],
            yy,
        );
        subtract(&self.z[offset + 2..], &self.z[offset..], xz);
        subtract(
            &self.z_around.1[offset + 1..],
            &self.z_around.0[offset + 1..],
            yz,
        );
    }
}

/// Every second value. The slices end with the repeated edge, which may be copied too: it lands in the overhang.
fn copy(values: &[f32], out: &mut [f32]) {
    for (out, value) in out.iter_mut().zip(values.iter().step_by(2)) {
        *out = *value;
    }
}

/// Every second difference.
fn subtract(a: &[f32], b: &[f32], out: &mut [f32]) {
    for ((out, a), b) in out
        .iter_mut()
        .zip(a.iter().step_by(2))
        .zip(b.iter().step_by(2))
    {
        *out = a - b;
    }
}

struct WarpRows<'a> {
    previous: &'a [f32],
    next: &'a [f32],
    flow: &'a Flow,
    first: usize,
    mean: &'a mut [f32],
    z: &'a mut [f32],
}

impl Kernel for WarpRows<'_> {
    #[inline(always)]
    fn run<S: Vectors>(self, _: S) {
        let (width, height) = (self.flow.width(), self.flow.height());
        let (last_x, last_y) = ((width - 1) as f32, (height - 1) as f32);
        let pitch = width + 2;
        let rows = self.mean.chunks_mut(pitch).zip(self.z.chunks_mut(pitch));
        for (y, (mean, z)) in (self.first..).zip(rows) {
            let row = y * width;
            let dx = &self.flow.dx()[row..][..width];
            let dy = &self.flow.dy()[row..][..width];
            let previous = &self.previous[row..][..width];
            for x in 0..width {
                let place_x = (x as f32 + dx[x]).clamp(0.0, last_x);
                let place_y = (y as f32 + dy[x]).clamp(0.0, last_y);
                // Bilinear interpolation between four pixels. A place on the last column or row takes the pixel before it as its first
                // one and a share of 1, so that all four lie in the frame without a branch. Through i32, because only that
                // conversion is one instruction of the CPU.
                let column = (place_x as i32 as usize).min(width - 2);
                let line = (place_y as i32 as usize).min(height - 2);
                let (share_x, share_y) = (place_x - column as f32, place_y - line as f32);
                let upper = &self.next[line * width + column..][..2];
                let lower = &self.next[(line + 1) * width + column..][..2];
                let above = (1.0 - share_x) * upper[0] + share_x * upper[1];
                let below = (1.0 - share_x) * lower[0] + share_x * lower[1];
                let warped = (1.0 - share_y) * above + share_y * below;
                mean[x + 1] = 0.5 * previous[x] + 0.5 * warped;
                z[x + 1] = warped - previous[x];
            }
            repeat_ends(mean);
            repeat_ends(z);
        }
    }
}
