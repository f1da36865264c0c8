//! The transforms of F(2 x 2, 3 x 3): along one axis, two outputs of three taps need four products.
//!
//! ```text
//! taps g0 g1 g2     g0, (g0 + g1 + g2) / 2, (g0 - g1 + g2) / 2, g2
//! pixels d0 .. d3   d0 - d2, d1 + d2, d2 - d1, d1 - d3
//! outputs           m0 + m1 + m2, m1 - m2 - m3    of the products m0 .. m3
//! ```
//!
//! Both axes are transformed one after the other.

use crate::activation::Activation;
use crate::simd::{Lanes, Step, Token, Vector};

/// Products of a tile and a channel.
pub(super) const FREQUENCIES: usize = 16;

/// The taps of one pair of channels at each frequency, computed in double precision and rounded once.
pub(super) fn transform_taps(taps: &[f32; 9]) -> [f32; FREQUENCIES] {
    // In the notation of Lavin and Gray this is G g G': each row of taps first, then each column of the result.
    let mut rows = [[0.0; 4]; 3];
    for (row, taps) in rows.iter_mut().zip(taps.as_chunks::<3>().0) {
        *row = transform_three(taps.map(f64::from));
    }
    let mut all = [0.0; FREQUENCIES];
    for column in 0..4 {
        let frequencies = transform_three([0, 1, 2].map(|row| rows[row][column]));
        for (row, value) in frequencies.into_iter().enumerate() {
            all[row * 4 + column] = value as f32;
        }
    }
    all
}

fn transform_three([a, b, c]: [f64; 3]) -> [f64; 4] {
    [a, 0.5 * (a + b + c), 0.5 * (a - b + c), c]
}

/// From 4 by 4 pixels to the frequencies.
pub(super) struct ToFrequencies;

impl Step<16, 0, 16> for ToFrequencies {
    #[inline(always)]
    fn step_lanes<V: Vector>(
        &self,
        _: Token<V>,
        pixels: [Lanes<V>; 16],
        _: [Lanes<V>; 0],
        _: [Lanes<V>; 16],
    ) -> [Lanes<V>; 16] {
        transform_both(pixels)
    }
}

#[inline(always)]
fn transform_both<V: Vector>(d: [Lanes<V>; 16]) -> [Lanes<V>; 16] {
    // B' d B in their notation: additions and subtractions only, along the rows and then along the columns.
    let mut rows = d;
    for row in 0..4 {
        let [a, b, c, d] = [0, 1, 2, 3].map(|column| d[row * 4 + column]);
        rows[row * 4] = a - c;
        rows[row * 4 + 1] = b + c;
        rows[row * 4 + 2] = c - b;
        rows[row * 4 + 3] = b - d;
    }
    let mut both = rows;
    for column in 0..4 {
        let [a, b, c, d] = [0, 1, 2, 3].map(|row| rows[row * 4 + column]);
        both[column] = a - c;
        both[4 + column] = b + c;
        both[8 + column] = c - b;
        both[12 + column] = b - d;
    }
    both
}

/// Transforms the sums in the frequency domain to a tile of 2 by 2 pixels, and applies the activation.
pub(super) struct SumsToPixels(pub(super) Activation);

impl Step<16, 1, 4> for SumsToPixels {
    #[inline(always)]
    fn step_lanes<V: Vector>(
        &self,
        _: Token<V>,
        m: [Lanes<V>; 16],
        [bias]: [Lanes<V>; 1],
        _: [Lanes<V>; 4],
    ) -> [Lanes<V>; 4] {
        // A' m A in their notation: from four rows to two, then from four columns to two.
        let upper: [Lanes<V>; 4] = std::array::from_fn(|at| m[at] + m[4 + at] + m[8 + at]);
        let lower: [Lanes<V>; 4] = std::array::from_fn(|at| m[4 + at] - m[8 + at] - m[12 + at]);
        let [[a, b], [c, d]] = [upper, lower].map(|row| {
            let (left, right) = (row[0] + row[1] + row[2], row[1] - row[2] - row[3]);
            [left, right]
        });
        [a, b, c, d].map(|sum| (sum + bias).activate(self.0))
    }
}
