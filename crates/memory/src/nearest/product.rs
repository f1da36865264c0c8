//! Nearest neighbours by matrix products.
//!
//! With c the mean row, q' = q - c and m' = m - c, the squared distance is |q'|² - 2 y with y = q'·m' - |m'|² / 2. All y of a
//! block of queries and a block of rows are one matrix product with a bias, the fastest thing a CPU can do. But y is rounded,
//! and the subtraction cancels digits, so that y alone cannot tell close rows apart. The search therefore computes how large
//! the rounding error can be, and measures the distance to each row that this error leaves among the nearest: usually one or
//! two. The result is that of measuring all rows, on every CPU.
//!
//! ```text
//!                      rows of the bank
//!                 256      256      256   …
//! queries 4096  [  y  ]  [  y  ]  [  y  ]      max of a row of y  ──▶ below the threshold: nothing to do
//!         4096  [  y  ]     …                                    └──▶ else measure the rows above it, raise the threshold
//! ```
#![expect(
    clippy::inline_always,
    reason = "a function that is not inlined into the dispatch loses the wide registers"
)]

use std::ops::Range;

use oddframe_kernels::{Activation, Conv, Packed, Volumes, Window, Workspace};
use pulp::{Arch, NullaryFnOnce};
use rayon::prelude::*;

use super::best::{Best, Neighbour};
use crate::Error;
use crate::distance::{largest, squared_distance, squared_norm};
use crate::stored_rows::StoredRows;

/// Rows of the bank in a product: their packed form stays in the second-level cache for up to 1,536 dimensions.
const BLOCK_ROWS: usize = 256;
/// Queries in a product: so many that waking the threads for it takes little of its time.
const BLOCK_QUERIES: usize = 4096;
/// Values of the queries that are prepared at a time, 32 MiB. Each time the rows are packed again, which then takes a
/// fiftieth of the time of the products.
const PREPARED_VALUES: usize = 8 << 20;

/// Values of y that are compared with the threshold at a time.
const CHUNK: usize = 32;

/// The largest relative error of rounding to `f32`.
const ROUNDING: f64 = f32::EPSILON as f64 / 2.0;

/// The mean of the rows, and what the bound of the distances needs. Distances do not change when the mean is subtracted, but
/// the products, and with them their rounding errors, become smaller.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Centred {
    mean: Vec<f32>,
    /// `-|m'|² / 2` of each row.
    biases: Vec<f32>,
    /// The largest |m'|.
    largest_norm: f64,
}

impl Centred {
    pub(super) fn new(rows: &StoredRows) -> Self {
        let mut buffer = Vec::new();
        let mut sums = vec![0.0_f64; rows.dimensions()];
        for row in 0..rows.len() {
            for (sum, value) in sums.iter_mut().zip(rows.in_f32(row..row + 1, &mut buffer)) {
                *sum += f64::from(*value);
            }
        }
        let mut centred = Self {
            mean: sums
                .iter()
                .map(|sum| (sum / rows.len() as f64) as f32)
                .collect(),
            biases: Vec::with_capacity(rows.len()),
            largest_norm: 0.0,
        };
        let mut row_centred = vec![0.0; rows.dimensions()];
        let mut largest = 0.0_f64;
        for row in 0..rows.len() {
            centred.subtract_mean(rows.in_f32(row..row + 1, &mut buffer), &mut row_centred);
            let squared = squared_norm(&row_centred);
            centred.biases.push((-squared / 2.0) as f32);
            largest = largest.max(squared);
        }
        centred.largest_norm = largest.sqrt();
        centred
    }

    fn subtract_mean(&self, rows: &[f32], centred: &mut [f32]) {
        let dimensions = self.mean.len();
        let both = centred
            .chunks_exact_mut(dimensions)
            .zip(rows.chunks_exact(dimensions));
        for (centred, row) in both {
            for ((centred, value), mean) in centred.iter_mut().zip(row).zip(&self.mean) {
                *centred = value - mean;
            }
        }
    }

    /// Prepares the bound for a query whose |q'|² is this.
    fn bound(&self, squared_norm: f64) -> Bound {
        let (query, row) = (squared_norm.sqrt(), self.largest_norm);
        let dimensions = self.mean.len() as f64;
        // A sum of n products in any order is off by at most n roundings of the sum of their magnitudes, which is at most
        // |q'| |m'| (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1). The bias adds |m'|² / 2, and its
        // own rounding; subtracting the mean rounds each value of q' and m' once, which moves y by at most 2 (|q'| + |m'|)².
        let products = (dimensions + 8.0) * (query * row + row * row / 2.0);
        let rounded = ROUNDING * (products + 4.0 * (query + row) * (query + row));
        // Products too small for f32 become 0, whatever their relative error.
        let error = rounded + (dimensions + 8.0) * f64::from(f32::MIN_POSITIVE);
        // A measured distance is a sum over one of 32 lanes, then over the lanes.
        let measured = 1.0 + 2.0 * ROUNDING * (dimensions / 32.0 + 16.0);
        Bound {
            squared_norm,
            error,
            measured,
        }
    }
}

/// Turns a squared distance into the y that a row must reach to be as near.
#[derive(Clone, Copy)]
struct Bound {
    squared_norm: f64,
    error: f64,
    measured: f64,
}

impl Bound {
    fn threshold(self, squared_distance: f32) -> f32 {
        let distance = f64::from(squared_distance) * self.measured;
        (((self.squared_norm - distance) / 2.0 - self.error) as f32).next_down()
    }
}

/// Continues the lists of the nearest rows of all queries with all rows.
pub(super) fn search_by_products(
    rows: &StoredRows,
    centred: &Centred,
    queries: &[f32],
    count: usize,
    neighbours: &mut [Neighbour],
) -> Result<(), Error> {
    let dimensions = rows.dimensions();
    let mut work = Work {
        workspace: Workspace::new(),
        centred_rows: Vec::new(),
        y: Vec::new(),
    };
    // What is kept for each query besides its values would be most of the memory for very short rows.
    let prepared = (PREPARED_VALUES / dimensions.max(32)).max(1);
    let parts = queries
        .chunks(prepared * dimensions)
        .zip(neighbours.chunks_mut(prepared * count));
    let mut buffer = Vec::new();
    for (queries, neighbours) in parts {
        buffer.resize(queries.len(), 0.0);
        let queries = Queries::prepare(centred, queries, &mut buffer);
        for first in (0..rows.len()).step_by(BLOCK_ROWS) {
            let block = first..rows.len().min(first + BLOCK_ROWS);
            let packed = work.pack_rows(rows, centred, block.clone())?;
            work.search_block(
                rows,
                &queries,
                &packed,
                block,
                (count, &mut *neighbours),
                centred,
            )?;
        }
    }
    Ok(())
}

/// Queries with their mean subtracted.
struct Queries<'a> {
    values: &'a [f32],
    centred: &'a [f32],
    bounds: Vec<Bound>,
}

impl<'a> Queries<'a> {
    fn prepare(centred: &Centred, values: &'a [f32], buffer: &'a mut [f32]) -> Self {
        let dimensions = centred.mean.len();
        let bounds = buffer
            .par_chunks_mut(dimensions)
            .zip(values.par_chunks(dimensions))
            .map(|(buffer, query)| {
                centred.subtract_mean(query, buffer);
                centred.bound(squared_norm(buffer))
            })
            .collect();
        Self {
            values,
            centred: buffer,
            bounds,
        }
    }
}

/// Memory that the products of one search share.
struct Work {
    workspace: Workspace,
    centred_rows: Vec<f32>,
    y: Vec<f32>,
}

impl Work {
    /// Packs some rows, with their mean subtracted, for the product.
    fn pack_rows(
        &mut self,
        rows: &StoredRows,
        centred: &Centred,
        block: Range<usize>,
    ) -> Result<Packed, Error> {
        let dimensions = rows.dimensions();
        let product = product_of(1, dimensions, block.len())?;
        self.centred_rows.resize(block.len() * dimensions, 0.0);
        self.centred_rows
            .par_chunks_mut(dimensions)
            .enumerate()
            .for_each_init(Vec::new, |buffer, (at, out)| {
                let row = block.start + at;
                centred.subtract_mean(rows.in_f32(row..row + 1, buffer), out);
            });
        Ok(product.pack(&self.centred_rows)?)
    }

    /// Offers the rows of a block to every query.
    fn search_block(
        &mut self,
        rows: &StoredRows,
        queries: &Queries<'_>,
        packed: &Packed,
        block: Range<usize>,
        (count, neighbours): (usize, &mut [Neighbour]),
        centred: &Centred,
    ) -> Result<(), Error> {
        let dimensions = rows.dimensions();
        let blocks = queries
            .centred
            .chunks(BLOCK_QUERIES * dimensions)
            .zip(queries.values.chunks(BLOCK_QUERIES * dimensions))
            .zip(queries.bounds.chunks(BLOCK_QUERIES))
            .zip(neighbours.chunks_mut(BLOCK_QUERIES * count));
        for (((query_block, values), bounds), neighbours) in blocks {
            let product = product_of(bounds.len(), dimensions, block.len())?;
            self.y.resize(product.output().len(), 0.0);
            let biases = Some(&centred.biases[block.clone()]);
            let identity = Activation::Identity;
            product.forward(
                query_block,
                packed,
                biases,
                identity,
                &mut self.y,
                &mut self.workspace,
            )?;
            self.y
                .par_chunks(block.len())
                .zip(values.par_chunks(dimensions))
                .zip(bounds)
                .zip(neighbours.par_chunks_mut(count))
                .for_each_init(Vec::new, |buffer, (((y, query), bound), neighbours)| {
                    Arch::new().dispatch(OfferBlock {
                        y,
                        query,
                        bound: *bound,
                        best: Best::resume(neighbours),
                        rows,
                        first_row: block.start,
                        buffer,
                    });
                });
        }
        Ok(())
    }
}

/// The product of rows with a matrix of `outputs` rows: a convolution with a window of one position.
fn product_of(rows: usize, dimensions: usize, outputs: usize) -> Result<Conv, Error> {
    Ok(Conv::new(
        Volumes::rows(rows, dimensions)?,
        outputs,
        Window::point(),
    )?)
}

/// Offers the rows of a block to one query.
struct OfferBlock<'a> {
    /// y of each row of the block.
    y: &'a [f32],
    query: &'a [f32],
    bound: Bound,
    best: Best<'a>,
    rows: &'a StoredRows,
    first_row: usize,
    buffer: &'a mut Vec<f32>,
}

impl NullaryFnOnce for OfferBlock<'_> {
    type Output = ();

    #[inline(always)]
    fn call(mut self) {
        let top = largest(self.y);
        if top < self.bound.threshold(self.best.limit()) {
            return;
        }
        // The row that is probably the nearest comes first: after it, few others reach the threshold.
        let first = self.y.iter().position(|&y| y == top).unwrap_or(0);
        self.measure(first);
        let mut threshold = self.bound.threshold(self.best.limit());
        for (chunk, values) in self.y.chunks(CHUNK).enumerate() {
            if largest(values) < threshold {
                continue;
            }
            for (at, &y) in (chunk * CHUNK..).zip(values) {
                if y >= threshold && at != first {
                    self.measure(at);
                    threshold = self.bound.threshold(self.best.limit());
                }
            }
        }
    }
}

impl OfferBlock<'_> {
    /// Measures the distance to a row of the block and offers the row.
    #[inline(always)]
    fn measure(&mut self, at: usize) {
        let row = self.first_row + at;
        let values = self.rows.in_f32(row..row + 1, self.buffer);
        self.best.offer(squared_distance(self.query, values), row);
    }
}
