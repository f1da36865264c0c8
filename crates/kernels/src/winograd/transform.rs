//! The transforms of minimal filtering along one axis. Both axes are transformed one after the other.
//!
//! A tile of pixels and the taps are polynomials. Both are evaluated at a few points, the values are multiplied, and the
//! outputs are the coefficients of the product. Which points are chosen decides how the rounding errors grow.

use crate::simd::{Lanes, Token, Vector};

/// Minimal filtering with three taps: `OUT` outputs from `IN = OUT + 2` pixels with `IN` products.
pub(super) trait Filter<const IN: usize, const OUT: usize> {
    /// The values of the taps at the points.
    fn transform_taps(taps: [f64; 3]) -> [f64; IN];

    /// The values of the pixels at the points.
    fn transform_pixels<V: Vector>(token: Token<V>, pixels: [Lanes<V>; IN]) -> [Lanes<V>; IN];

    /// The outputs, from the products summed over the channels.
    fn transform_sums<V: Vector>(token: Token<V>, sums: [Lanes<V>; IN]) -> [Lanes<V>; OUT];
}

/// Two outputs with four products: the points 0, 1, -1 and infinity.
///
/// ```text
/// taps g0 g1 g2     g0, (g0 + g1 + g2) / 2, (g0 - g1 + g2) / 2, g2
/// pixels d0 .. d3   d0 - d2, d1 + d2, d2 - d1, d1 - d3
/// outputs           m0 + m1 + m2, m1 - m2 - m3    of the products m0 .. m3
/// ```
pub(super) struct TwoOutputs;

impl Filter<4, 2> for TwoOutputs {
    fn transform_taps([a, b, c]: [f64; 3]) -> [f64; 4] {
        [a, 0.5 * (a + b + c), 0.5 * (a - b + c), c]
    }

    #[inline(always)]
    fn transform_pixels<V: Vector>(_: Token<V>, [a, b, c, d]: [Lanes<V>; 4]) -> [Lanes<V>; 4] {
        [a - c, b + c, c - b, b - d]
    }

    #[inline(always)]
    fn transform_sums<V: Vector>(_: Token<V>, m: [Lanes<V>; 4]) -> [Lanes<V>; 2] {
        [m[0] + m[1] + m[2], m[1] - m[2] - m[3]]
    }
}

/// Four outputs with six products: the points 0, 1, -1, 1/2, -2 and infinity.
///
/// The usual points 0, 1, -1, 2, -2 and infinity double the error. With 1/2 and -2 the factors of the taps and of the
/// pixels have similar sizes (B. Barabasz and others, Error Analysis and Improving the Accuracy of Winograd Convolution for
/// Deep Neural Networks, 2020).
///
/// ```text
/// point   taps                             pixels, with p = d4 - d2 and q = d3 - d1     in the outputs y0 .. y3
/// 0       g0                               d0 - d2 + p + 3/2 q                          1   0    0    0
/// 1       (g0 + g1 + g2) / 3               p + q + 3/2 (d3 + d2)                        1   1    1    1
/// -1      (-g0 + g1 - g2) / 3              p - q + 3/2 (d3 - d2)                        1  -1    1   -1
/// 1/2     -(16 g0 + 8 g1 + 4 g2) / 15      p + 2 q                                      1  1/2  1/4  1/8
/// -2      (g0 - 2 g1 + 4 g2) / 15          p - q / 2                                    1  -2    4   -8
/// inf     g2                               d5 - d3 - q + 3/2 p                          0   0    0    1
/// ```
pub(super) struct FourOutputs;

impl Filter<6, 4> for FourOutputs {
    fn transform_taps([a, b, c]: [f64; 3]) -> [f64; 6] {
        [
            a,
            (a + b + c) / 3.0,
            (b - a - c) / 3.0,
            -(16.0 * a + 8.0 * b + 4.0 * c) / 15.0,
            (a - 2.0 * b + 4.0 * c) / 15.0,
            c,
        ]
    }

    #[inline(always)]
    fn transform_pixels<V: Vector>(token: Token<V>, d: [Lanes<V>; 6]) -> [Lanes<V>; 6] {
        let (p, q) = (d[4] - d[2], d[3] - d[1]);
        let factor = token.splat(1.5);
        [
            q.mul_add(factor, d[0] - d[2] + p),
            (d[3] + d[2]).mul_add(factor, p + q),
            (d[3] - d[2]).mul_add(factor, p - q),
            q.mul_add(token.splat(2.0), p),
            q.mul_add(token.splat(-0.5), p),
            p.mul_add(factor, d[5] - d[3] - q),
        ]
    }

    #[inline(always)]
    fn transform_sums<V: Vector>(token: Token<V>, m: [Lanes<V>; 6]) -> [Lanes<V>; 4] {
        let (sum, difference) = (m[1] + m[2], m[1] - m[2]);
        // The powers of 1/2 and -2, up to the third.
        let halves = [0.5, 0.25, 0.125].map(|power| token.splat(power));
        let twos = [-2.0, 4.0, -8.0].map(|power| token.splat(power));
        let rest = [difference, sum, difference + m[5]];
        let [b, c, d]: [Lanes<V>; 3] =
            std::array::from_fn(|at| m[4].mul_add(twos[at], m[3].mul_add(halves[at], rest[at])));
        [m[0] + sum + (m[3] + m[4]), b, c, d]
    }
}

/// The taps of one pair of channels at each pair of points, computed in double precision and rounded once.
pub(super) fn transform_kernel<F: Filter<IN, OUT>, const IN: usize, const OUT: usize>(
    taps: &[f32; 9],
    transformed: &mut [f32],
) {
    // Each row of taps first, then each column of the result.
    let rows: [[f64; IN]; 3] = std::array::from_fn(|row| {
        F::transform_taps([0, 1, 2].map(|at| f64::from(taps[row * 3 + at])))
    });
    for column in 0..IN {
        let values = F::transform_taps([0, 1, 2].map(|row| rows[row][column]));
        for (row, value) in values.into_iter().enumerate() {
            transformed[row * IN + column] = value as f32;
        }
    }
}
