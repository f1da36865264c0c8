//! The greedy loop: each step selects the row that is farthest from the rows selected before.
//!
//! A step needs only the farthest row, not the distance of every row. The distance of a row to its nearest selected row never
//! grows, so a distance measured some steps ago is an upper bound of the current one. A queue orders the rows by these bounds:
//!
//! ```text
//!            top of the queue
//! bound      9.1   8.7   8.6   5.0   4.9  …
//! seen        17    20    18     3     3  …       centres that the row was compared with
//! ```
//!
//! If the top row has seen all centres, it is the farthest, because the bound of every other row is smaller. Otherwise it is
//! compared with the centres that it has not seen, and returns to the queue with its new bound. Rows close to an early centre
//! sink in the queue and are seldom measured again (the lazy evaluation of Minoux 1978). The result is that of measuring every
//! row in every step.
#![expect(
    clippy::inline_always,
    reason = "a function that is not inlined into the dispatch loses the wide registers"
)]

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use oddframe_core::{Event, Observer};
use pulp::{Arch, NullaryFnOnce};
use rayon::prelude::*;

use crate::Error;
use crate::distance::squared_distance;

/// Stale rows that a step measures first. Each further batch of the step is twice as large: few rows are measured in vain,
/// and long batches keep all threads busy.
const FIRST_BATCH: usize = 16;
/// Multiplications that are worth waking another thread for, about 20 microseconds.
const PARALLEL_VALUES: usize = 512 << 10;
/// Rows that a thread measures at a time.
const GRAIN: usize = 64;

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

/// A row in the queue.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    /// The squared distance to the nearest of the first `seen` centres.
    bound: f32,
    row: usize,
    /// Centres that the row was compared with.
    seen: u32,
}

/// The largest bound comes first; of equal bounds the first row, so that the selection is defined.
impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_bound = self.bound.total_cmp(&other.bound);
        by_bound.then_with(|| other.row.cmp(&self.row))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Candidate {}

/// A selection in progress.
pub(crate) struct Selection<'a> {
    values: &'a [f32],
    dimensions: usize,
    queue: BinaryHeap<Candidate>,
    /// The values of the selected rows, one after the other.
    centres: Vec<f32>,
    /// Rows that are being measured; kept for its memory.
    batch: Vec<Candidate>,
    indices: Vec<usize>,
    radii: Vec<f32>,
}

/// Memory of a selection for each row besides its values.
pub(crate) const BYTES_PER_ROW: usize = size_of::<Candidate>();

impl<'a> Selection<'a> {
    /// Selects a first row.
    pub(crate) fn start(values: &'a [f32], dimensions: usize, first: usize) -> Self {
        let nearest = vec![f32::INFINITY; values.len() / dimensions];
        let mut selection = Self::resume(values, dimensions, &nearest);
        selection.select_row(first);
        selection
    }

    /// Continues from centres that are not among the rows. `nearest` holds the squared distance of each row to them.
    pub(crate) fn resume(values: &'a [f32], dimensions: usize, nearest: &[f32]) -> Self {
        let candidates = nearest.iter().enumerate().map(|(row, &bound)| Candidate {
            bound,
            row,
            seen: 0,
        });
        Self {
            values,
            dimensions,
            queue: candidates.collect(),
            centres: Vec::new(),
            batch: Vec::new(),
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
        while self.indices.len() < stop.size
            && self.radius() > stop.radius
            && let Some(&Candidate { row, .. }) = self.queue.peek()
        {
            self.select_row(row);
            observer.tell(Event::Advanced {
                done: self.indices.len() as u64,
            })?;
        }
        observer.tell(Event::Finished)?;
        Ok(())
    }

    /// Makes a row a centre, and brings the row that is now the farthest to the top of the queue.
    fn select_row(&mut self, index: usize) {
        self.centres
            .extend_from_slice(&self.values[index * self.dimensions..][..self.dimensions]);
        self.indices.push(index);
        // Every bound that was measured before this centre is stale now. Batches are measured until the row at the top has seen
        // all centres: no other row can be farther then, because their bounds, which are too large if anything, are smaller.
        let mut batch_size = FIRST_BATCH;
        while self.take_stale_rows(batch_size) {
            self.measure_batch();
            self.queue.extend(self.batch.drain(..));
            batch_size *= 2;
        }
        self.radii.push(self.radius());
    }

    /// Moves the stale rows at the top of the queue to the batch, at most `size`. False when the top is current.
    fn take_stale_rows(&mut self, size: usize) -> bool {
        let centres = self.indices.len() as u32;
        while self.batch.len() < size
            && let Some(top) = self.queue.peek()
            && top.seen < centres
        {
            self.batch.extend(self.queue.pop());
        }
        !self.batch.is_empty()
    }

    /// Compares each row of the batch with the centres that it has not seen.
    fn measure_batch(&mut self) {
        let Self {
            values,
            dimensions,
            centres,
            batch,
            ..
        } = self;
        let selected = self.indices.len();
        // The work of a batch is a distance for each row and each centre that the row has not seen. Little work is left to this
        // thread: waking the others would take longer.
        let unseen: usize = batch.iter().map(|row| selected - row.seen as usize).sum();
        let grain = if unseen * *dimensions < PARALLEL_VALUES {
            batch.len()
        } else {
            GRAIN
        };
        batch.par_chunks_mut(grain).for_each(|candidates| {
            Arch::new().dispatch(MeasureRows {
                values,
                dimensions: *dimensions,
                centres,
                candidates,
            });
        });
    }

    /// The largest distance of a row to its nearest centre.
    pub(crate) fn radius(&self) -> f32 {
        let farthest = self.queue.peek().map_or(0.0, |farthest| farthest.bound);
        farthest.max(0.0).sqrt()
    }

    pub(crate) fn into_coreset(self) -> Coreset {
        Coreset {
            indices: self.indices,
            radii: self.radii,
        }
    }
}

/// Measures rows to the centres that they have not seen.
struct MeasureRows<'a> {
    values: &'a [f32],
    dimensions: usize,
    centres: &'a [f32],
    candidates: &'a mut [Candidate],
}

impl NullaryFnOnce for MeasureRows<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let dimensions = self.dimensions;
        for candidate in self.candidates {
            let row = &self.values[candidate.row * dimensions..][..dimensions];
            let unseen = &self.centres[candidate.seen as usize * dimensions..];
            for centre in unseen.chunks_exact(dimensions) {
                candidate.bound = candidate.bound.min(squared_distance(centre, row));
            }
            candidate.seen = (self.centres.len() / dimensions) as u32;
        }
    }
}
