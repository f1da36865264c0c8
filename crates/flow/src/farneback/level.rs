use oddframe_core::{Frame, FrameShape};
use rayon::prelude::*;

use super::expansion::{COEFFICIENTS, Expansion, Image, rows};
use super::normal_equations::{NormalEquations, border_weights};
use super::window::{Stripe, StripeScratch, Window};
use crate::Flow;
use crate::resample::{Axis, Resampler};
use crate::simd::{LANES, round_up};

/// Rows that one task computes. A multiple of the window's side would be best for the box window, whose sums start
/// anew in each stripe; more stripes keep more threads busy.
const STRIPE_ROWS: usize = 32;

/// One size of the pyramid: how frames and flow get to this size, and the flow itself.
#[derive(Debug)]
pub(super) struct Level {
    width: usize,
    height: usize,
    /// Values between the starts of two rows.
    pitch: usize,
    scale: f64,
    frame: (usize, usize),
    blur_and_resize: Resampler,
    enlarge: Option<Resampler>,
    shrink: Option<Resampler>,
    border_x: Vec<f32>,
    border_y: Vec<f32>,
    pub(super) flow: Flow,
}

/// Buffers that all levels share, large enough for the frame's own size.
#[derive(Debug)]
pub(super) struct Scratch {
    image: Vec<f32>,
    /// Polynomials of the previous frame, one row of each coefficient after the other.
    previous: Vec<f32>,
    /// Polynomials of the next frame, the coefficients of a pixel side by side: they are read at any place.
    next: Vec<[f32; LANES]>,
    /// Normal equations now, and after the improvement that is being computed.
    equations: [Vec<f32>; 2],
    stripes: Vec<StripeScratch>,
}

impl Scratch {
    pub(super) fn new(largest: &Level, expansion: &Expansion, winsize: usize) -> Self {
        let pixels = largest.pitch * largest.height;
        let stripe = StripeScratch::new(largest.pitch, expansion, winsize);
        Self {
            image: vec![0.0; pixels],
            previous: vec![0.0; COEFFICIENTS * pixels],
            next: vec![[0.0; LANES]; largest.width * largest.height],
            equations: [(); 2].map(|()| vec![0.0; COEFFICIENTS * pixels]),
            stripes: vec![stripe; largest.height.div_ceil(STRIPE_ROWS)],
        }
    }
}

impl Level {
    pub(super) fn new(frame: FrameShape, scale: f64, coarser: Option<(usize, usize)>) -> Self {
        let frame = (frame.width(), frame.height());
        let width = (frame.0 as f64 * scale).round_ties_even() as usize;
        let height = (frame.1 as f64 * scale).round_ties_even() as usize;
        let kernel = blur_kernel(scale);
        Self {
            width,
            height,
            pitch: round_up(width),
            scale,
            frame,
            blur_and_resize: Resampler::new(
                Axis::blurred_linear(frame.0, width, &kernel),
                Axis::blurred_linear(frame.1, height, &kernel),
            ),
            enlarge: coarser.map(|coarser| Resampler::linear(coarser, (width, height))),
            shrink: None,
            border_x: border_weights(width),
            border_y: border_weights(height),
            flow: Flow::new(width, height),
        }
    }

    pub(super) fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    pub(super) fn start_from_zero(&mut self) {
        let (dx, dy) = self.flow.planes_mut();
        dx.fill(0.0);
        dy.fill(0.0);
    }

    /// Takes over the flow of the next coarser level, whose vectors become longer by `gain`.
    pub(super) fn start_from_coarser(&mut self, coarser: &Flow, gain: f32) {
        // A motion of one pixel there is one of several pixels here. Large motions are found where they are small, and each finer
        // level only has to correct what is left.
        let (dx, dy) = self.flow.planes_mut();
        if let Some(enlarge) = &mut self.enlarge {
            enlarge.run(coarser.dx(), gain, dx, self.width);
            enlarge.run(coarser.dy(), gain, dy, self.width);
        }
    }

    /// Takes over a flow of the frame's size.
    pub(super) fn start_from_given(&mut self, given: &Flow) {
        let (frame, size) = (self.frame, (self.width, self.height));
        let shrink = self
            .shrink
            .get_or_insert_with(|| Resampler::area(frame, size));
        let (dx, dy) = self.flow.planes_mut();
        let gain = self.scale as f32;
        shrink.run(given.dx(), gain, dx, self.width);
        shrink.run(given.dy(), gain, dy, self.width);
    }

    /// Brings both frames to this size and fits the polynomials.
    pub(super) fn expand(
        &mut self,
        previous: &Frame,
        next: &Frame,
        expansion: &Expansion,
        scratch: &mut Scratch,
    ) {
        let (width, height, pitch) = (self.width, self.height, self.pitch);
        let Scratch {
            image,
            previous: previous_out,
            next: next_out,
            stripes,
            ..
        } = scratch;
        let image = &mut image[..pitch * height];

        // Around each pixel the brightness is approximated by a quadratic polynomial; the motion is the shift that turns the
        // polynomials of the previous frame into those of the next one. Those of the previous frame are read row by row, so that
        // each coefficient has a row of its own; those of the next one are read wherever the flow points to, so that all
        // coefficients of a pixel lie side by side.
        self.blur_and_resize
            .run(previous.pixels(), 1.0, image, pitch);
        let view = Image {
            values: image,
            width,
            height,
            pitch,
        };
        previous_out[..COEFFICIENTS * pitch * height]
            .par_chunks_mut(COEFFICIENTS * pitch * STRIPE_ROWS)
            .zip(&mut *stripes)
            .enumerate()
            .for_each(|(stripe, (out, scratch))| {
                let rows = out.chunks_mut(COEFFICIENTS * pitch);
                for (y, out) in (stripe * STRIPE_ROWS..).zip(rows) {
                    expansion.run(&view, y, &mut scratch.expansion, out);
                }
            });

        self.blur_and_resize.run(next.pixels(), 1.0, image, pitch);
        let view = Image {
            values: image,
            width,
            height,
            pitch,
        };
        next_out[..width * height]
            .par_chunks_mut(width * STRIPE_ROWS)
            .zip(&mut *stripes)
            .enumerate()
            .for_each(|(stripe, (out, scratch))| {
                for (y, out) in (stripe * STRIPE_ROWS..).zip(out.chunks_mut(width)) {
                    let coefficients = &mut scratch.rows.coefficients;
                    expansion.run(&view, y, &mut scratch.expansion, coefficients);
                    let [a, b, c, d, e] = rows(coefficients, pitch);
                    for (x, out) in out.iter_mut().enumerate() {
                        *out = [a[x], b[x], c[x], d[x], e[x], 0.0, 0.0, 0.0];
                    }
                }
            });
    }

    /// Improves the flow a number of times: averages the normal equations over windows, solves them, and sets them up
    /// again where the new vectors point to.
    pub(super) fn iterate(&mut self, window: &Window, iterations: usize, scratch: &mut Scratch) {
        let (width, height, pitch) = (self.width, self.height, self.pitch);
        let Scratch {
            previous,
            next,
            equations,
            stripes,
            ..
        } = scratch;
        let normal = NormalEquations {
            previous,
            next,
            width,
            height,
            pitch,
            border_x: &self.border_x,
            border_y: &self.border_y,
        };
        let row_values = COEFFICIENTS * pitch;
        let [now, after] = equations;
        let (mut now, mut after) = (
            &mut now[..row_values * height],
            &mut after[..row_values * height],
        );
        let (dx, dy) = self.flow.planes_mut();

        // Two buffers of equations take turns: a stripe reads the equations of other stripes as far as the window
        // reaches, so that its new equations cannot replace the old ones in place.
        now.par_chunks_mut(row_values * STRIPE_ROWS)
            .zip(dx.par_chunks(width * STRIPE_ROWS))
            .zip(dy.par_chunks(width * STRIPE_ROWS))
            .zip(&mut *stripes)
            .enumerate()
            .for_each(|(stripe, (((out, dx), dy), scratch))| {
                normal.set_up_rows(stripe * STRIPE_ROWS, dx, dy, &mut scratch.rows, out);
            });
        for iteration in 1..=iterations {
            let stripes = dx
                .par_chunks_mut(width * STRIPE_ROWS)
                .zip(dy.par_chunks_mut(width * STRIPE_ROWS))
                .zip(after.par_chunks_mut(row_values * STRIPE_ROWS))
                .zip(&mut *stripes);
            stripes
                .enumerate()
                .for_each(|(stripe, (((dx, dy), after), scratch))| {
                    window.solve_stripe(Stripe {
                        equations: now,
                        normal: &normal,
                        first: stripe * STRIPE_ROWS,
                        dx,
                        dy,
                        after: (iteration < iterations).then_some(after),
                        scratch,
                    });
                });
            (now, after) = (after, now);
        }
    }
}

/// The blur before a reduction to `scale`: wider for coarser levels. Without a reduction three weights, as OpenCV has it.
fn blur_kernel(scale: f64) -> Vec<f64> {
    let sigma = (1.0 / scale - 1.0) * 0.5;
    let length = ((sigma * 5.0).round_ties_even() as usize | 1).max(3);
    if sigma <= 0.0 {
        return vec![0.25, 0.5, 0.25];
    }
    let center = (length / 2) as f64;
    let distances = (0..length).map(|place| place as f64 - center);
    let weights: Vec<f64> = distances
        .map(|distance| (-distance * distance / (2.0 * sigma * sigma)).exp())
        .collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}
