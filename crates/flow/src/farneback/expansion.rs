//! The polynomial expansion: a quadratic polynomial for each pixel, fitted to its neighbourhood with Gaussian weights.
//!
//! The basis is 1, x, y, x², y², xy. Because the weights are separable, every coefficient is a separable filter: three
//! vertical filters, and one or two horizontal ones on each of their results. The constant is not needed.
#![expect(
    clippy::inline_always,
    reason = "a function that is not inlined into the dispatch loses the wide registers"
)]

use crate::simd::{Kernel, LANES, Vector, Vectors, dispatch};

/// Coefficients of a pixel: y, x, y², x², xy.
pub(super) const COEFFICIENTS: usize = 5;

/// The largest reach that is supported.
pub(super) const MOST_REACH: usize = 32;

/// The filters, each given by its weights at distance 0, 1, … `reach`.
#[derive(Debug)]
pub(super) struct Expansion {
    pub(super) reach: usize,
    /// The Gaussian: g(k).
    smooth: Vec<f32>,
    /// k g(k); the other side has the opposite sign.
    slope: Vec<f32>,
    /// The combination of g(k) and k² g(k) that gives the coefficient of x² where g smooths in the direction of y.
    curve: Vec<f32>,
    slope_gain: f32,
    mixed_gain: f32,
}

impl Expansion {
    pub(super) fn new(reach: usize, sigma: f64) -> Self {
        let exponents = (0..=reach).map(|k| -((k * k) as f64) / (2.0 * sigma * sigma));
        let weights: Vec<f64> = exponents.map(|e| f64::from(e.exp() as f32)).collect();
        let sum: f64 = weights[0] + 2.0 * weights[1..].iter().sum::<f64>();
        let smooth: Vec<f64> = weights
            .iter()
            .map(|w| f64::from((w / sum) as f32))
            .collect();

        // The Gram matrix of the basis under these weights. Products of odd powers vanish, so that it falls apart: x, y
        // and xy stand alone, and 1, x², y² form a block of three.
        let [zeroth, second, fourth] = [0, 2, 4].map(|power| moment(&smooth, power));
        let (one, square, quartic, mixed) = (
            zeroth * zeroth,
            zeroth * second,
            zeroth * fourth,
            second * second,
        );
        // The block is [[a, b, b], [b, c, d], [b, d, c]]; of its inverse the entries (1, x²) and (x², x²) - (x², y²)
        // are needed. By symmetry the inverse is found from a 2x2 system and a scalar.
        let (a, b, c, d) = (one, square, quartic, mixed);
        let determinant = a * (c + d) - 2.0 * b * b;
        let from_one = -b / determinant;
        let from_square = 1.0 / (c - d);

        let curve =
            |(k, g): (usize, &f64)| (from_one * g + from_square * (k * k) as f64 * g) as f32;
        Self {
            reach,
            smooth: smooth.iter().map(|&g| g as f32).collect(),
            slope: smooth
                .iter()
                .enumerate()
                .map(|(k, g)| (k as f64 * g) as f32)
                .collect(),
            curve: smooth.iter().enumerate().map(curve).collect(),
            slope_gain: (1.0 / square) as f32,
            mixed_gain: (1.0 / mixed) as f32,
        }
    }

    /// The length of the scratch of [`Self::run`] for rows of this pitch.
    pub(super) fn scratch_len(&self, pitch: usize) -> usize {
        3 * self.padded(pitch)
    }

    fn padded(&self, pitch: usize) -> usize {
        pitch + 2 * self.reach
    }

    /// Computes the coefficients of row `y` of an image. `out` gets one row for each coefficient.
    pub(super) fn run(&self, image: &Image<'_>, y: usize, scratch: &mut [f32], out: &mut [f32]) {
        dispatch(ExpandRow {
            expansion: self,
            image,
            y,
            scratch,
            out,
        });
    }
}

/// The sum of the weights times a power of the distance, over both sides.
fn moment(weights: &[f64], power: i32) -> f64 {
    let side = weights.iter().enumerate().skip(1);
    let sides: f64 = side
        .map(|(k, weight)| weight * (k as f64).powi(power))
        .sum();
    2.0 * sides + if power == 0 { weights[0] } else { 0.0 }
}

/// An image whose rows are `pitch` values apart, a multiple of the block.
pub(super) struct Image<'a> {
    pub(super) values: &'a [f32],
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) pitch: usize,
}

impl Image<'_> {
    fn row(&self, y: usize) -> &[f32] {
        &self.values[y * self.pitch..][..self.pitch]
    }
}

struct ExpandRow<'a> {
    expansion: &'a Expansion,
    image: &'a Image<'a>,
    y: usize,
    scratch: &'a mut [f32],
    out: &'a mut [f32],
}

impl Kernel for ExpandRow<'_> {
    #[inline(always)]
    fn run<S: Vectors>(self, simd: S) {
        let Self {
            expansion: e,
            image,
            y,
            scratch,
            out,
        } = self;
        let (reach, pitch) = (e.reach, image.pitch);
        let padded = e.padded(pitch);
        let (smooth, rest) = scratch.split_at_mut(padded);
        let (slope, rest) = rest.split_at_mut(padded);
        let curve = &mut rest[..padded];

        // Down the columns. Rows beyond the image are its edge rows.
        let center = image.row(y);
        let mut around = [(center, center); MOST_REACH];
        for (k, around) in (1..).zip(&mut around[..reach]) {
            let below = (y + k).min(image.height - 1);
            *around = (image.row(y.saturating_sub(k)), image.row(below));
        }
        for x in (0..pitch).step_by(LANES) {
            let center = Vector::load(simd, center, x);
            let mut sums = Sums::new(simd, e, center);
            for (k, (above, below)) in (1..).zip(&around[..reach]) {
                let (above, below) = (Vector::load(simd, above, x), Vector::load(simd, below, x));
                sums.add_pair(simd, e, k, above, below);
            }
            sums.smooth.store(smooth, reach + x);
            sums.slope.store(slope, reach + x);
            sums.curve.store(curve, reach + x);
        }
        for row in [&mut *smooth, &mut *slope, &mut *curve] {
            let (first, last) = (row[reach], row[reach + image.width - 1]);
            row[..reach].fill(first);
            row[reach + image.width..].fill(last);
        }

        // Along the rows. Each coefficient is one vertical filter followed by one horizontal filter: x is the slope of what
        // was smoothed down the columns, xy the slope of the slopes, x² the curve of what was smoothed, and y² what was
        // curved down the columns, smoothed.
        let [y1, x1, y2, x2, xy] = rows_mut(out, pitch);
        let slope_gain = Vector::splat(simd, e.slope_gain);
        let mixed_gain = Vector::splat(simd, e.mixed_gain);
        for x in (0..pitch).step_by(LANES) {
            let of_smooth = Sums::along(simd, e, smooth, x);
            let of_slope = Sums::along(simd, e, slope, x);
            let of_curve = Sums::along(simd, e, curve, x);
            (of_slope.smooth * slope_gain).store(y1, x);
            (of_smooth.slope * slope_gain).store(x1, x);
            of_curve.smooth.store(y2, x);
            of_smooth.curve.store(x2, x);
            (of_slope.slope * mixed_gain).store(xy, x);
        }
    }
}

/// The three filters of eight pixels. What is not used of them costs nothing: the compiler leaves it out.
struct Sums<S> {
    smooth: Vector<S>,
    slope: Vector<S>,
    curve: Vector<S>,
}

impl<S: Vectors> Sums<S> {
    #[inline(always)]
    fn new(simd: S, e: &Expansion, center: Vector<S>) -> Self {
        Self {
            smooth: center * Vector::splat(simd, e.smooth[0]),
            slope: Vector::splat(simd, 0.0),
            curve: center * Vector::splat(simd, e.curve[0]),
        }
    }

    /// Adds the pixels at one distance on both sides.
    #[inline(always)]
    fn add_pair(&mut self, simd: S, e: &Expansion, k: usize, before: Vector<S>, after: Vector<S>) {
        let (sum, difference) = (before + after, after - before);
        self.smooth += sum * Vector::splat(simd, e.smooth[k]);
        self.slope += difference * Vector::splat(simd, e.slope[k]);
        self.curve += sum * Vector::splat(simd, e.curve[k]);
    }

    /// The filters along a padded row.
    #[inline(always)]
    fn along(simd: S, e: &Expansion, row: &[f32], x: usize) -> Self {
        let center = e.reach + x;
        let mut sums = Self::new(simd, e, Vector::load(simd, row, center));
        for k in 1..=e.reach {
            let before = Vector::load(simd, row, center - k);
            sums.add_pair(simd, e, k, before, Vector::load(simd, row, center + k));
        }
        sums
    }
}

/// The five rows that lie one after the other in memory.
#[inline(always)]
pub(super) fn rows_mut(rows: &mut [f32], pitch: usize) -> [&mut [f32]; COEFFICIENTS] {
    let (a, rows) = rows.split_at_mut(pitch);
    let (b, rows) = rows.split_at_mut(pitch);
    let (c, rows) = rows.split_at_mut(pitch);
    let (d, rows) = rows.split_at_mut(pitch);
    [a, b, c, d, &mut rows[..pitch]]
}

/// The five rows, to read.
#[inline(always)]
pub(super) fn rows(rows: &[f32], pitch: usize) -> [&[f32]; COEFFICIENTS] {
    let (a, rows) = rows.split_at(pitch);
    let (b, rows) = rows.split_at(pitch);
    let (c, rows) = rows.split_at(pitch);
    let (d, rows) = rows.split_at(pitch);
    [a, b, c, d, &rows[..pitch]]
}
