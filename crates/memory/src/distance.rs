//! Squared distances, computed from the differences of the values: equal rows have the distance 0, and close rows lose no digits.
//!
//! ```text
//! row a    a0 a1 … a31 | a32 … a63 | …
//! row b    b0 b1 … b31 | b32 … b63 | …
//! sums     s0 s1 … s31                 s_j += (a_j - b_j)², then the 32 sums are added in pairs
//! ```
//!
//! The number of sums is the same on every platform, and no multiplication and addition are fused, so that every CPU computes
//! the same bits. The sums are four arrays of eight, and all indices are constants: only so does the compiler keep each array in
//! one register of the width that `pulp` found at run time.
#![expect(
    clippy::inline_always,
    reason = "a function that is not inlined into the dispatch loses the wide registers"
)]

use std::array::from_fn;

use pulp::{Arch, NullaryFnOnce};

/// Values in a register.
const WIDTH: usize = 8;

/// Registers of independent sums, which hide the latency of the additions.
const PARTS: usize = 4;

/// Independent sums.
const LANES: usize = WIDTH * PARTS;

type Sums = [[f32; WIDTH]; PARTS];

/// The squared distance of two rows of equal length, for callers inside a dispatch.
#[inline(always)]
pub(crate) fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    sum_pairs(a, b, |a, b| (a - b) * (a - b))
}

/// The scalar product of two rows of equal length, for callers inside a dispatch.
#[inline(always)]
fn scalar_product(a: &[f32], b: &[f32]) -> f32 {
    sum_pairs(a, b, |a, b| a * b)
}

/// Sums a term of each pair of values. The term of two zeros must be 0.
#[inline(always)]
fn sum_pairs(a: &[f32], b: &[f32], term: impl Fn(f32, f32) -> f32 + Copy) -> f32 {
    let mut sums = [[0.0; WIDTH]; PARTS];
    let (a_blocks, a_rest) = a.as_chunks::<LANES>();
    let (b_blocks, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        add_block(&mut sums, a, b, term);
    }
    if !a_rest.is_empty() {
        add_block(&mut sums, &pad_block(a_rest), &pad_block(b_rest), term);
    }
    add_in_pairs(sums)
}

#[inline(always)]
fn add_block(
    sums: &mut Sums,
    a: &[f32; LANES],
    b: &[f32; LANES],
    term: impl Fn(f32, f32) -> f32 + Copy,
) {
    let (a, _) = a.as_chunks::<WIDTH>();
    let (b, _) = b.as_chunks::<WIDTH>();
    for part in 0..PARTS {
        sums[part] = from_fn(|lane| sums[part][lane] + term(a[part][lane], b[part][lane]));
    }
}

/// The last values of a row, and zeros.
#[inline(always)]
fn pad_block(rest: &[f32]) -> [f32; LANES] {
    let mut block = [0.0; LANES];
    block[..rest.len()].copy_from_slice(rest);
    block
}

/// Adds the upper half to the lower half until one sum is left: five additions deep instead of 31.
#[inline(always)]
fn add_in_pairs([a, b, c, d]: Sums) -> f32 {
    let eight: [f32; WIDTH] = from_fn(|lane| (a[lane] + c[lane]) + (b[lane] + d[lane]));
    let four: [f32; 4] = from_fn(|lane| eight[lane] + eight[lane + 4]);
    (four[0] + four[2]) + (four[1] + four[3])
}

/// The squared length of a row in f64. Not for callers inside a dispatch: it runs once for each row.
pub(crate) fn squared_norm(row: &[f32]) -> f64 {
    let mut sums = [0.0_f64; WIDTH];
    let (blocks, rest) = row.as_chunks::<WIDTH>();
    for block in blocks {
        sums = from_fn(|lane| sums[lane] + f64::from(block[lane]) * f64::from(block[lane]));
    }
    let rest = rest.iter().map(|value| f64::from(*value).powi(2));
    sums.into_iter().chain(rest).sum()
}

/// The largest value, for callers inside a dispatch; negative infinity of none.
#[inline(always)]
pub(crate) fn largest(values: &[f32]) -> f32 {
    let mut tops = [[f32::NEG_INFINITY; WIDTH]; PARTS];
    let (blocks, rest) = values.as_chunks::<LANES>();
    for block in blocks {
        let (block, _) = block.as_chunks::<WIDTH>();
        for part in 0..PARTS {
            tops[part] = from_fn(|lane| larger(tops[part][lane], block[part][lane]));
        }
    }
    let [a, b, c, d] = tops;
    let eight: [f32; WIDTH] =
        from_fn(|lane| larger(larger(a[lane], c[lane]), larger(b[lane], d[lane])));
    let all = eight.iter().chain(rest);
    all.fold(f32::NEG_INFINITY, |largest, &value| larger(largest, value))
}

/// The larger of two numbers. One instruction, where `f32::max` takes three to handle NaN.
#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// The squared distances of one row to rows that lie one after the other.
pub(crate) fn distances_to_row(row: &[f32], rows: &[f32], distances: &mut [f32]) {
    Arch::new().dispatch(DistancesToRow {
        row,
        rows,
        distances,
    });
}

/// The scalar products of one row with rows that lie one after the other.
pub(crate) fn products_with_row(row: &[f32], rows: &[f32], products: &mut [f32]) {
    Arch::new().dispatch(ProductsWithRow {
        row,
        rows,
        products,
    });
}

struct DistancesToRow<'a> {
    row: &'a [f32],
    rows: &'a [f32],
    distances: &'a mut [f32],
}

impl NullaryFnOnce for DistancesToRow<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let rows = self.rows.chunks_exact(self.row.len());
        for (distance, row) in self.distances.iter_mut().zip(rows) {
            *distance = squared_distance(self.row, row);
        }
    }
}

struct ProductsWithRow<'a> {
    row: &'a [f32],
    rows: &'a [f32],
    products: &'a mut [f32],
}

impl NullaryFnOnce for ProductsWithRow<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let rows = self.rows.chunks_exact(self.row.len());
        for (product, row) in self.products.iter_mut().zip(rows) {
            *product = scalar_product(self.row, row);
        }
    }
}

/// The mean of the `count` largest distances, of all when there are fewer: from the largest alone (1) to the mean.
///
/// `distances` is reordered.
pub(crate) fn mean_of_largest(distances: &mut [f32], count: usize) -> f64 {
    let count = count.clamp(1, distances.len().max(1));
    if count < distances.len() {
        // The largest move to the front in linear time; sorting them all would take longer.
        distances.select_nth_unstable_by(count - 1, |a, b| b.total_cmp(a));
    }
    let largest = distances.iter().take(count);
    // In the order of their size: the order of a selection is not specified, and f64 sums depend on it.
    let mut largest: Vec<f32> = largest.copied().collect();
    largest.sort_by(f32::total_cmp);
    largest.iter().map(|d| f64::from(*d)).sum::<f64>() / count as f64
}

#[cfg(test)]
mod tests {
    use oddframe_core::Random;

    use super::*;

    #[test]
    fn distances_equal_those_in_f64_at_every_length_around_a_block() {
        let mut random = Random::new(1);
        for dimensions in [1, 2, 31, 32, 33, 64, 100, 1536] {
            let mut draw = || -> Vec<f32> {
                (0..dimensions)
                    .map(|_| random.between(-1.0, 1.0) as f32)
                    .collect()
            };
            let (a, b) = (draw(), draw());
            let exact: f64 = a
                .iter()
                .zip(&b)
                .map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2))
                .sum();
            let mut found = [0.0];
            distances_to_row(&a, &b, &mut found);
            assert!(
                (f64::from(found[0]) / exact - 1.0).abs() < 1e-6,
                "{dimensions}"
            );
            distances_to_row(&a, &a, &mut found);
            assert_eq!(found, [0.0]);
            let exact: f64 = a
                .iter()
                .zip(&b)
                .map(|(a, b)| f64::from(*a) * f64::from(*b))
                .sum();
            products_with_row(&a, &b, &mut found);
            assert!((f64::from(found[0]) - exact).abs() < 1e-4, "{dimensions}");
            let exact: f64 = a.iter().map(|a| f64::from(*a).powi(2)).sum();
            assert!(
                (squared_norm(&a) / exact - 1.0).abs() < 1e-12,
                "{dimensions}"
            );
        }
    }

    #[test]
    fn the_largest_value_is_found_at_every_place() {
        for len in [1, 8, 31, 32, 33, 100] {
            for place in 0..len {
                let mut values = vec![-2.0; len];
                values[place] = -1.0;
                assert_eq!(largest(&values), -1.0, "{place} of {len}");
            }
        }
        assert_eq!(largest(&[]), f32::NEG_INFINITY);
    }

    #[test]
    fn one_is_the_maximum_and_many_the_mean() {
        let distances = [3.0, 1.0, 2.0, 6.0];
        let of = |count| mean_of_largest(&mut distances.clone(), count);
        assert_eq!((of(1), of(2), of(4), of(99)), (6.0, 4.5, 3.0, 3.0));
    }
}
