//! What is usual in a cell, for people to look at.

use std::f64::consts::TAU;

use super::LocalTail;
use super::scale::DIRECTIONS;
use crate::grid::CELL;

/// Where less of a window was seen in training, nothing moves.
const LEAST_SEEN: f64 = 1.0;

/// The neighbours whose counts reach into a cell, in cells to each side.
const AROUND: usize = 2;

/// The share of a neighbour's counts that may come from it alone: that of a Gaussian beyond 1.3 standard deviations.
const LEAKED: f64 = 0.1;

impl LocalTail {
    /// About how many training windows lie in the reach of a cell.
    pub(crate) fn seen_around(&self, cell: usize) -> f64 {
        self.total.cell(cell).iter().copied().map(f64::from).sum()
    }

    /// About how many training windows lie in a cell itself.
    pub(crate) fn windows_in_cell(&self, cell: usize) -> f64 {
        // A count around a cell is that of the cell times the area of the Gaussian.
        let sigma = self.switch.spread * self.scale.usual_height / CELL as f64;
        self.seen_around(cell) / (TAU * sigma * sigma)
    }

    /// Whether something moves in a cell itself: not only in its neighbours, whose counts reach into it.
    pub(crate) fn is_visited(&self, cell: usize) -> bool {
        let (column, row) = (cell % self.grid.columns, cell / self.grid.columns);
        let mut most = LEAST_SEEN / LEAKED;
        for row in row.saturating_sub(AROUND)..(row + AROUND + 1).min(self.grid.rows) {
            let last = (column + AROUND + 1).min(self.grid.columns);
            for column in column.saturating_sub(AROUND)..last {
                most = most.max(self.seen_around(row * self.grid.columns + column));
            }
        }
        self.seen_around(cell) >= LEAKED * most
    }

    /// The median speed in a cell in pixels per frame, for people of this height; none where nothing moves.
    pub(crate) fn usual_speed(&self, cell: usize, height: f64) -> Option<f64> {
        if !self.is_visited(cell) {
            return None;
        }
        let counts: Vec<f64> = self
            .total
            .cell(cell)
            .iter()
            .map(|count| f64::from(*count))
            .collect();
        let speed = self.scale.median_speed(&counts)?;
        Some(speed * height / self.scale.usual_height)
    }

    /// The most frequent direction in a cell and its share; none where nothing moves.
    pub(crate) fn main_direction(&self, cell: usize) -> Option<(usize, f64)> {
        let mut shares = [0.0; DIRECTIONS];
        for speed in self.total.cell(cell).chunks_exact(DIRECTIONS) {
            for (share, count) in shares.iter_mut().zip(speed) {
                *share += f64::from(*count);
            }
        }
        let total: f64 = shares.iter().sum();
        let main = (0..shares.len()).max_by(|a, b| shares[*a].total_cmp(&shares[*b]))?;
        self.is_visited(cell).then(|| (main, shares[main] / total))
    }
}
