//! The greedy loop: one pass over the rows for each selected row.
//!
//! A pass lowers the distance of each row to its nearest centre, where the new centre is nearer, and finds the row that is then
//! the farthest. Most rows need not be measured. With o the nearest centre of a row so far and c the new one, the triangle
//! inequality says
//!
//! ```text
//!                      o ─────────────── c           |row - c| ≥ |o - c| - |row - o|
//!                       \
//!                        row                         so |o - c| ≥ 2 |row - o| means |row - c| ≥ |row - o|
//! ```
//!
//! The distances |o - c| to all centres are measured once a pass. Skipping changes no result: see [`skip_factor`].
#![expect(
    clippy::inline_always,
    reason = "a function that is not inlined into the dispatch loses the wide registers"
)]

use oddframe_core::{Event, Observer};
use pulp::{Arch, NullaryFnOnce};
use rayon::prelude::*;

use crate::Error;
use crate::distance::{distances_to_row, squared_distance};

/// Values of the rows in a block, the unit of work of a thread: 256 KiB.
const BLOCK_VALUES: usize = 64 << 10;

/// Rows that represent all others, in the order of their selection.
#[derive(Debug, Clone, PartialEq)]
pub struct Coreset {
    /// The selected rows; the first was chosen by the seed, each other one was the farthest from those before it.
    pub indices: Vec<usize>,
    /// For each selected row, the largest distance of any row to the nearest one selected so far. Never rises.
    pub radii: Vec<f32>,
}

/// When a selection ends: at whichever comes first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stop {
    /// Selected rows.
    pub(crate) size: usize,
    /// The radius that suffices.
    pub(crate) radius: f32,
}

/// A selection in progress.
pub(crate) struct Selection<'a> {
    values: &'a [f32],
    dimensions: usize,
    /// For each row the squared distance to its nearest centre.
    nearest: Vec<f32>,
    /// For each row the number of that centre.
    owners: Vec<u32>,
    /// The values of the selected rows. Centre 0 stands for those that the selection was resumed with, centre n for the
    /// n-th selected row.
    centres: Vec<f32>,
    farthest: Farthest,
    indices: Vec<usize>,
    radii: Vec<f32>,
}

/// The row that is farthest from all centres, and its squared distance; of several the first.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Farthest {
    row: usize,
    squared_distance: f32,
}

impl Farthest {
    const NONE: Self = Self {
        row: usize::MAX,
        squared_distance: f32::NEG_INFINITY,
    };

    /// The farther one. The order of the arguments does not matter.
    fn or(self, other: Self) -> Self {
        // Of equally far rows the first one wins, whichever block is done first: the selection must not depend on
        // threads.
        let is_farther = other.squared_distance > self.squared_distance
            || (other.squared_distance == self.squared_distance && other.row < self.row);
        if is_farther { other } else { self }
    }
}

impl<'a> Selection<'a> {
    /// Selects a first row.
    pub(crate) fn start(values: &'a [f32], dimensions: usize, first: usize) -> Self {
        let nearest = vec![f32::INFINITY; values.len() / dimensions];
        let mut selection = Self::resume(values, dimensions, nearest);
        selection.select_row(first);
        selection
    }

    /// Continues from centres that are not among the rows. `nearest` holds the squared distance of each row to them.
    pub(crate) fn resume(values: &'a [f32], dimensions: usize, nearest: Vec<f32>) -> Self {
        let rows = nearest.iter().enumerate();
        let farthest = rows.fold(Farthest::NONE, |farthest, (row, &squared_distance)| {
            farthest.or(Farthest {
                row,
                squared_distance,
            })
        });
        Self {
            values,
            dimensions,
            owners: vec![0; nearest.len()],
            nearest,
            centres: Vec::new(),
            farthest,
            indices: Vec::new(),
            radii: Vec::new(),
        }
    }

    /// Selects the farthest row, again and again.
    pub(crate) fn grow(&mut self, stop: Stop, observer: &mut dyn Observer) -> Result<(), Error> {
        observer.tell(Event::Started {
            task: "selecting the memory bank",
            total: Some(stop.size as u64),
        })?;
        while self.indices.len() < stop.size && self.radius() > stop.radius {
            self.select_row(self.farthest.row);
            observer.tell(Event::Advanced {
                done: self.indices.len() as u64,
            })?;
        }
        observer.tell(Event::Finished)?;
        Ok(())
    }

    /// Makes a row a centre, and updates the distances of all rows in one pass.
    fn select_row(&mut self, index: usize) {
        let dimensions = self.dimensions;
        let centre = &self.values[index * dimensions..][..dimensions];
        // Rows of centre 0 are always measured, as that centre is several rows or none.
        let mut limits = vec![f32::NEG_INFINITY; self.indices.len() + 1];
        measure_limits(centre, &self.centres, &mut limits[1..]);
        self.centres.extend_from_slice(centre);
        let owner = self.indices.len() as u32 + 1;
        // One parallel pass both lowers the distances and finds the next farthest row.
        let block_rows = BLOCK_VALUES.div_ceil(dimensions);
        let blocks = self
            .values
            .par_chunks(block_rows * dimensions)
            .zip(self.nearest.par_chunks_mut(block_rows))
            .zip(self.owners.par_chunks_mut(block_rows))
            .enumerate();
        self.farthest = blocks
            .map(|(block, ((rows, nearest), owners))| {
                let mut farthest = Arch::new().dispatch(Pass {
                    centre,
                    owner,
                    limits: &limits,
                    rows,
                    nearest,
                    owners,
                });
                farthest.row += block * block_rows;
                farthest
            })
            .reduce(|| Farthest::NONE, Farthest::or);
        self.indices.push(index);
        self.radii.push(self.radius());
    }

    /// The largest distance of a row to its nearest centre.
    pub(crate) fn radius(&self) -> f32 {
        self.farthest.squared_distance.max(0.0).sqrt()
    }

    pub(crate) fn into_coreset(self) -> Coreset {
        Coreset {
            indices: self.indices,
            radii: self.radii,
        }
    }
}

/// For each centre, the squared distance up to which its rows cannot be nearer to the new centre.
fn measure_limits(new: &[f32], centres: &[f32], limits: &mut [f32]) {
    let block_rows = BLOCK_VALUES.div_ceil(new.len());
    let factor = skip_factor(new.len());
    limits
        .par_chunks_mut(block_rows)
        .zip(centres.par_chunks(block_rows * new.len()))
        .for_each(|(limits, centres)| {
            distances_to_row(new, centres, limits);
            for limit in limits {
                *limit *= factor;
            }
        });
}

/// What |o - c|² is multiplied with before it is compared with |row - o|²: a little less than 1/4.
///
/// A measured square is off by at most `error` of itself. With the factor (1 - 8 error) / 4 the measured |row - c|² of a
/// skipped row is certainly not below its measured |row - o|², so that measuring it would have changed nothing.
fn skip_factor(dimensions: usize) -> f32 {
    // A sum over one of 32 lanes, then over the lanes.
    let error = (dimensions as f32 / 32.0 + 16.0) * f32::EPSILON / 2.0;
    (0.25 * (1.0 - 8.0 * error)).max(0.0)
}

/// The pass over a block of rows.
struct Pass<'a> {
    centre: &'a [f32],
    /// The number of the centre.
    owner: u32,
    /// For each centre, the squared distance up to which its rows are skipped.
    limits: &'a [f32],
    rows: &'a [f32],
    nearest: &'a mut [f32],
    owners: &'a mut [u32],
}

impl NullaryFnOnce for Pass<'_> {
    type Output = Farthest;

    #[inline(always)]
    fn call(self) -> Farthest {
        let mut farthest = Farthest::NONE;
        let rows = self.rows.chunks_exact(self.centre.len());
        let states = self.nearest.iter_mut().zip(self.owners);
        for (at, (row, (nearest, owner))) in rows.zip(states).enumerate() {
            // The triangle inequality at the top of this file: a row so close to its own centre cannot be nearer to the
            // new one.
            if *nearest > self.limits[*owner as usize] {
                let distance = squared_distance(self.centre, row);
                if distance < *nearest {
                    *nearest = distance;
                    *owner = self.owner;
                }
            }
            if *nearest > farthest.squared_distance {
                farthest = Farthest {
                    row: at,
                    squared_distance: *nearest,
                };
            }
        }
        farthest
    }
}
