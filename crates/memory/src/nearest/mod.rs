//! Exact nearest neighbours.
//!
//! ```text
//! few queries    direct      the distance to every row
//! many queries   product     matrix products bound the distance to every row; rows that may be among the nearest are measured
//! both           Best        the nearest rows so far, by measured distances
//! ```

mod best;
mod product;

use rayon::prelude::*;

use self::best::Best;
pub use self::best::Neighbour;
use self::product::{Centred, search_by_products};
use crate::Error;
use crate::distance::distances_to_row;
use crate::stored_rows::StoredRows;

/// Queries from which on packing the rows for a product takes less time than it saves.
const PRODUCT_QUERIES: usize = 8;

/// Rows that a thread measures at a time.
const BLOCK_ROWS: usize = 256;

/// Rows with what searching them needs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SearchRows {
    rows: StoredRows,
    centred: Centred,
}

impl SearchRows {
    pub(crate) fn new(rows: StoredRows) -> Self {
        Self {
            centred: Centred::new(&rows),
            rows,
        }
    }

    pub(crate) fn stored(&self) -> &StoredRows {
        &self.rows
    }

    /// The same rows and more after them.
    pub(crate) fn append(&mut self, more: StoredRows) {
        self.rows.append(more);
        self.centred = Centred::new(&self.rows);
    }

    /// Finds the `count` nearest rows of each query, the nearest first. Of equally near rows the first comes first.
    ///
    /// # Shapes
    /// `queries`: `[queries, dimensions]`, checked; `neighbours`: `[queries, min(count, rows)]`, cleared and filled.
    pub(crate) fn find_nearest(
        &self,
        queries: &[f32],
        count: usize,
        neighbours: &mut Vec<Neighbour>,
    ) -> Result<(), Error> {
        self.find_nearest_squared(queries, count, neighbours)?;
        for neighbour in neighbours {
            neighbour.distance = neighbour.distance.sqrt();
        }
        Ok(())
    }

    /// The same with squared distances.
    pub(crate) fn find_nearest_squared(
        &self,
        queries: &[f32],
        count: usize,
        neighbours: &mut Vec<Neighbour>,
    ) -> Result<(), Error> {
        let dimensions = self.rows.dimensions();
        let count = count.min(self.rows.len());
        let queries_len = queries.len() / dimensions;
        neighbours.clear();
        neighbours.resize(queries_len * count, Neighbour::default());
        if count == 0 {
            return Ok(());
        }
        Best::clear(neighbours);
        // Both ways find the same rows at the same distances: the products only choose which rows are measured.
        if queries_len >= PRODUCT_QUERIES {
            return search_by_products(&self.rows, &self.centred, queries, count, neighbours);
        }
        let lists = neighbours.chunks_exact_mut(count);
        for (neighbours, query) in lists.zip(queries.chunks_exact(dimensions)) {
            search_direct(&self.rows, query, neighbours);
        }
        Ok(())
    }
}

/// Measures the distance of one query to every row.
fn search_direct(rows: &StoredRows, query: &[f32], neighbours: &mut [Neighbour]) {
    // Threads measure; the list is then filled in the order of the rows, so that of equal distances the first row stays.
    let mut distances = vec![0.0; rows.len()];
    distances
        .par_chunks_mut(BLOCK_ROWS)
        .enumerate()
        .for_each_init(Vec::new, |buffer, (block, distances)| {
            let first = block * BLOCK_ROWS;
            let rows = rows.in_f32(first..first + distances.len(), buffer);
            distances_to_row(query, rows, distances);
        });
    let mut best = Best::resume(neighbours);
    for (row, &distance) in distances.iter().enumerate() {
        if distance < best.limit() {
            best.offer(distance, row);
        }
    }
}
