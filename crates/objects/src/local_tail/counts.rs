use super::scale::{DIRECTIONS, SPEEDS};
use crate::grid::Grid;

/// The farthest cells that a window counts in, in standard deviations.
const FURTHEST: f64 = 2.0;

/// How often each speed and direction was seen, in each cell and in the whole picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TailCounts {
    /// Cell after cell; in each the speeds in order, for each speed the directions.
    pub(crate) cells: Vec<f32>,
    /// The same over all cells, without smoothing.
    pub(crate) overall: Vec<f64>,
}

impl TailCounts {
    pub(crate) fn new(grid: Grid) -> Self {
        Self {
            cells: vec![0.0; grid.len() * SPEEDS * DIRECTIONS],
            overall: vec![0.0; SPEEDS * DIRECTIONS],
        }
    }

    /// The counts of a cell.
    pub(super) fn cell(&self, cell: usize) -> &[f32] {
        let len = self.overall.len();
        &self.cells[cell * len..][..len]
    }

    /// Counts a window: its cell, the place of its speed, its direction.
    pub(super) fn add(&mut self, cell: usize, speed: f64, direction: usize) {
        let bin = (speed + 0.5) as usize * DIRECTIONS + direction;
        self.cells[cell * self.overall.len() + bin] += 1.0;
        self.overall[bin] += 1.0;
    }

    pub(super) fn add_all(&mut self, other: &Self) {
        let cells = self.cells.iter_mut().zip(&other.cells);
        cells.for_each(|(sum, count)| *sum += count);
        let overall = self.overall.iter_mut().zip(&other.overall);
        overall.for_each(|(sum, count)| *sum += count);
    }

    /// Lets each window count in the cells around its own too, with a reach of `sigma` cells.
    pub(super) fn smooth(&mut self, grid: Grid, sigma: f64) {
        grid.share_with_neighbours(&mut self.cells, sigma, FURTHEST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_counts_about_once_around_its_cell() {
        let grid = Grid {
            columns: 9,
            rows: 9,
        };
        let mut counts = TailCounts::new(grid);
        counts.add(4 * 9 + 4, 7.4, 0);
        counts.smooth(grid, 1.0);
        assert_eq!(counts.overall[7 * DIRECTIONS], 1.0);
        let at = |x: usize, y: usize| counts.cell(y * 9 + x)[7 * DIRECTIONS];
        // exp(-1/2) beside the cell, nothing beyond two cells. Truncating and normalising raises the centre a little.
        assert!((at(4, 4) - 1.05).abs() < 0.06 && (at(5, 4) / at(4, 4) - 0.6065).abs() < 1e-4);
        assert_eq!((at(7, 4), at(4, 1)), (0.0, 0.0));
        assert!((at(5, 5) / at(4, 4) - 0.3679).abs() < 1e-4);
    }
}
