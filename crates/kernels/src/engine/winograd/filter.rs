//! Minimal filtering along one axis. Both axes of an image are transformed one after the other.
//!
//! A tile of pixels and the taps are polynomials. Both are evaluated at a few points, the values are multiplied, and the
//! outputs are the coefficients of the product. Which points are chosen decides how the rounding errors grow.
//!
//! The same transforms give the gradient of the taps: each is a linear map, and the gradient runs through the transposed
//! maps in the opposite order.

use crate::simd::{Lanes, Token, Vector};

/// Minimal filtering with `TAPS` taps: `OUT` outputs from `IN = OUT + TAPS - 1` pixels with `IN` products.
pub(super) trait Filter<const IN: usize, const OUT: usize, const TAPS: usize> {
    /// The values of the taps at the points are this matrix times the taps.
    const POINTS: [[f64; TAPS]; IN];

    /// The values of the pixels at the points.
    fn transform_pixels<V: Vector>(token: Token<V>, pixels: [Lanes<V>; IN]) -> [Lanes<V>; IN];

    /// The outputs, from the products summed over the channels.
    fn transform_sums<V: Vector>(token: Token<V>, sums: [Lanes<V>; IN]) -> [Lanes<V>; OUT];

    /// The transposed map of [`transform_sums`](Self::transform_sums): what the gradient of each output gives to the
    /// gradient of each product.
    fn transform_gradients<V: Vector>(token: Token<V>, outputs: [Lanes<V>; OUT]) -> [Lanes<V>; IN];
}

/// Outputs of a tile along each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WinogradTile {
    /// 2 by 2 outputs: the smallest weights and rounding errors.
    Two,
    /// 3 by 3 outputs: for windows with two taps per step of the stride, such as 4 by 4 with stride 2.
    Three,
    /// 4 by 4 outputs: the fewest products for large images.
    Four,
}

impl WinogradTile {
    /// Outputs along a side.
    pub(super) fn side(self) -> usize {
        match self {
            Self::Two => 2,
            Self::Three => 3,
            Self::Four => 4,
        }
    }
}

/// One of the filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FilterKind {
    TwoOfTwo,
    ThreeOfTwo,
    FourOfTwo,
    TwoOfThree,
    FourOfThree,
}

impl FilterKind {
    /// The filter with so many outputs and taps, where there is one.
    pub(super) fn with_outputs(outputs: usize, taps: usize) -> Option<Self> {
        match (outputs, taps) {
            (2, 2) => Some(Self::TwoOfTwo),
            (3, 2) => Some(Self::ThreeOfTwo),
            (4, 2) => Some(Self::FourOfTwo),
            (2, 3) => Some(Self::TwoOfThree),
            (4, 3) => Some(Self::FourOfThree),
            _ => None,
        }
    }
}

/// Two outputs of three taps with four products: the points 0, 1, -1 and infinity.
///
/// ```text
/// taps g0 g1 g2     g0, (g0 + g1 + g2) / 2, (g0 - g1 + g2) / 2, g2
/// pixels d0 .. d3   d0 - d2, d1 + d2, d2 - d1, d1 - d3
/// outputs           m0 + m1 + m2, m1 - m2 - m3    where m0 .. m3 are the products
/// ```
pub(super) struct TwoOfThree;

impl Filter<4, 2, 3> for TwoOfThree {
    const POINTS: [[f64; 3]; 4] = [
        [1.0, 0.0, 0.0],
        [0.5, 0.5, 0.5],
        [0.5, -0.5, 0.5],
        [0.0, 0.0, 1.0],
    ];

    #[inline(always)]
    fn transform_pixels<V: Vector>(_: Token<V>, d: [Lanes<V>; 4]) -> [Lanes<V>; 4] {
        [d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]]
    }

    #[inline(always)]
    fn transform_sums<V: Vector>(_: Token<V>, m: [Lanes<V>; 4]) -> [Lanes<V>; 2] {
        [m[0] + m[1] + m[2], m[1] - m[2] - m[3]]
    }

    #[inline(always)]
    fn transform_gradients<V: Vector>(token: Token<V>, y: [Lanes<V>; 2]) -> [Lanes<V>; 4] {
        [y[0], y[0] + y[1], y[0] - y[1], token.splat(0.0) - y[1]]
    }
}

/// Four outputs of three taps with six products: the points 0, 1, -1, 1/2, -2 and infinity.
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
pub(super) struct FourOfThree;

impl Filter<6, 4, 3> for FourOfThree {
    const POINTS: [[f64; 3]; 6] = [
        [1.0, 0.0, 0.0],
        [1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0],
        [-1.0 / 3.0, 1.0 / 3.0, -1.0 / 3.0],
        [-16.0 / 15.0, -8.0 / 15.0, -4.0 / 15.0],
        [1.0 / 15.0, -2.0 / 15.0, 4.0 / 15.0],
        [0.0, 0.0, 1.0],
    ];

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

    #[inline(always)]
    fn transform_gradients<V: Vector>(token: Token<V>, y: [Lanes<V>; 4]) -> [Lanes<V>; 6] {
        let (even, odd) = (y[0] + y[2], y[1] + y[3]);
        // Horner's scheme at the points 1/2 and -2.
        let at = |point: f32| {
            let point = token.splat(point);
            let high = y[3].mul_add(point, y[2]).mul_add(point, y[1]);
            high.mul_add(point, y[0])
        };
        [y[0], even + odd, even - odd, at(0.5), at(-2.0), y[3]]
    }
}

/// Two outputs of two taps with three products: the points 0, 1 and infinity. It adds and subtracts only.
///
/// ```text
/// taps g0 g1        g0, g0 + g1, g1
/// pixels d0 d1 d2   d0 - d1, d1, d2 - d1
/// outputs           m0 + m1, m1 + m2    where m0 .. m2 are the products
/// ```
pub(super) struct TwoOfTwo;

impl Filter<3, 2, 2> for TwoOfTwo {
    const POINTS: [[f64; 2]; 3] = [[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];

    #[inline(always)]
    fn transform_pixels<V: Vector>(_: Token<V>, d: [Lanes<V>; 3]) -> [Lanes<V>; 3] {
        [d[0] - d[1], d[1], d[2] - d[1]]
    }

    #[inline(always)]
    fn transform_sums<V: Vector>(_: Token<V>, m: [Lanes<V>; 3]) -> [Lanes<V>; 2] {
        [m[0] + m[1], m[1] + m[2]]
    }

    #[inline(always)]
    fn transform_gradients<V: Vector>(_: Token<V>, y: [Lanes<V>; 2]) -> [Lanes<V>; 3] {
        [y[0], y[0] + y[1], y[1]]
    }
}

/// Three outputs of two taps with four products: the points 0, 1, -1 and infinity.
///
/// ```text
/// taps g0 g1        g0, (g0 + g1) / 2, (g0 - g1) / 2, g1
/// pixels d0 .. d3   d0 - d2, d1 + d2, d2 - d1, d1 - d3
/// outputs           m0 + m1 + m2, m1 - m2, m1 + m2 - m3    where m0 .. m3 are the products
/// ```
pub(super) struct ThreeOfTwo;

impl Filter<4, 3, 2> for ThreeOfTwo {
    const POINTS: [[f64; 2]; 4] = [[1.0, 0.0], [0.5, 0.5], [0.5, -0.5], [0.0, 1.0]];

    #[inline(always)]
    fn transform_pixels<V: Vector>(token: Token<V>, d: [Lanes<V>; 4]) -> [Lanes<V>; 4] {
        TwoOfThree::transform_pixels(token, d)
    }

    #[inline(always)]
    fn transform_sums<V: Vector>(_: Token<V>, m: [Lanes<V>; 4]) -> [Lanes<V>; 3] {
        let sum = m[1] + m[2];
        [m[0] + sum, m[1] - m[2], sum - m[3]]
    }

    #[inline(always)]
    fn transform_gradients<V: Vector>(token: Token<V>, y: [Lanes<V>; 3]) -> [Lanes<V>; 4] {
        let even = y[0] + y[2];
        [y[0], even + y[1], even - y[1], token.splat(0.0) - y[2]]
    }
}

/// Four outputs of two taps with five products: the points 0, 1, -1, 1/2 and infinity.
///
/// ```text
/// point   taps                 pixels, with q = d3 - d1     in the outputs y0 .. y3
/// 0       g0                   d0 - d2 + 2 q                1   0    0    0
/// 1       (g0 + g1) / 2        q + d2 + d3                  1   1    1    1
/// -1      (g1 - g0) / 6        d1 - 3 d2 + 2 d3             1  -1    1   -1
/// 1/2     -(8 g0 + 4 g1) / 3   q                            1  1/2  1/4  1/8
/// inf     g1 / 2               2 (d4 - d2) - q              0   0    0    1
/// ```
pub(super) struct FourOfTwo;

impl Filter<5, 4, 2> for FourOfTwo {
    const POINTS: [[f64; 2]; 5] = [
        [1.0, 0.0],
        [0.5, 0.5],
        [-1.0 / 6.0, 1.0 / 6.0],
        [-8.0 / 3.0, -4.0 / 3.0],
        [0.0, 0.5],
    ];

    #[inline(always)]
    fn transform_pixels<V: Vector>(token: Token<V>, d: [Lanes<V>; 5]) -> [Lanes<V>; 5] {
        let q = d[3] - d[1];
        let two = token.splat(2.0);
        [
            q.mul_add(two, d[0] - d[2]),
            q + (d[2] + d[3]),
            (d[3] - d[2]).mul_add(two, d[1] - d[2]),
            q,
            (d[4] - d[2]).mul_add(two, d[1] - d[3]),
        ]
    }

    #[inline(always)]
    fn transform_sums<V: Vector>(token: Token<V>, m: [Lanes<V>; 5]) -> [Lanes<V>; 4] {
        let (sum, difference) = (m[1] + m[2], m[1] - m[2]);
        [
            m[0] + sum + m[3],
            m[3].mul_add(token.splat(0.5), difference),
            m[3].mul_add(token.splat(0.25), sum),
            m[3].mul_add(token.splat(0.125), difference + m[4]),
        ]
    }

    #[inline(always)]
    fn transform_gradients<V: Vector>(token: Token<V>, y: [Lanes<V>; 4]) -> [Lanes<V>; 5] {
        let (even, odd) = (y[0] + y[2], y[1] + y[3]);
        // Horner's scheme at the point 1/2.
        let half = token.splat(0.5);
        let high = y[3].mul_add(half, y[2]).mul_add(half, y[1]);
        [y[0], even + odd, even - odd, high.mul_add(half, y[0]), y[3]]
    }
}
