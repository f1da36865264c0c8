use super::SPEEDS;
use crate::found::MotionWindow;

/// Pixels along a side of a cell.
pub(crate) const CELL: usize = 8;

/// Neighbouring cells count up to this many standard deviations away.
const TRUNCATE: f64 = 2.0;

/// The cells of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grid {
    pub(crate) columns: usize,
    pub(crate) rows: usize,
}

impl Grid {
    pub(crate) fn of_picture(width: usize, height: usize) -> Self {
        Self {
            columns: width / CELL + 1,
            rows: height / CELL + 1,
        }
    }

    /// The number of the cell of a window.
    pub(crate) fn cell(self, window: &MotionWindow) -> usize {
        let column = (usize::from(window.x) / CELL).min(self.columns - 1);
        let row = (usize::from(window.y) / CELL).min(self.rows - 1);
        row * self.columns + column
    }

    pub(crate) fn len(self) -> usize {
        self.columns * self.rows
    }
}

/// How often each speed and direction was seen, in each cell and in the whole picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TailCounts {
    pub(crate) directions: usize,
    /// Cell after cell; in each the speeds in order, for each speed the directions.
    pub(crate) cells: Vec<f32>,
    /// The same over all cells, without smoothing.
    pub(crate) overall: Vec<f64>,
}

impl TailCounts {
    pub(crate) fn new(grid: Grid, directions: usize) -> Self {
        Self {
            directions,
            cells: vec![0.0; grid.len() * SPEEDS * directions],
            overall: vec![0.0; SPEEDS * directions],
        }
    }

    /// The counts of a cell.
    pub(super) fn cell(&self, cell: usize) -> &[f32] {
        let len = self.overall.len();
        &self.cells[cell * len..][..len]
    }

    /// Counts a window: its cell, the place of its speed, its direction.
    pub(super) fn add(&mut self, cell: usize, speed: f64, direction: usize) {
        let bin = (speed + 0.5) as usize * self.directions + direction;
        self.cells[cell * self.overall.len() + bin] += 1.0;
        self.overall[bin] += 1.0;
    }

    pub(super) fn add_all(&mut self, other: &Self) {
        let cells = self.cells.iter_mut().zip(&other.cells);
        cells.for_each(|(sum, count)| *sum += count);
        let overall = self.overall.iter_mut().zip(&other.overall);
        overall.for_each(|(sum, count)| *sum += count);
    }

    /// Lets each window count in the cells around its own too, with Gaussian weights of `sigma` cells that sum to the area of
    /// the Gaussian: a count stays about the number of windows in reach.
    pub(super) fn smooth(&mut self, grid: Grid, sigma: f64) {
        let weights = gaussian_weights(sigma);
        let len = self.overall.len();
        let source = self.cells.clone();
        smooth_lines(&source, &mut self.cells, &weights, grid.columns * len);
        // Rows of one line each: cells outside the picture are empty.
        for row in self.cells.chunks_exact_mut(grid.columns * len) {
            let source = row.to_vec();
            smooth_lines(&source, row, &weights, len);
        }
        let area = (std::f64::consts::TAU * sigma * sigma) as f32;
        self.cells.iter_mut().for_each(|count| *count *= area);
    }
}

/// The weights of the cells before, at and after a cell.
fn gaussian_weights(sigma: f64) -> Vec<f32> {
    let radius = (TRUNCATE * sigma + 0.5) as i32;
    let weights: Vec<f64> = (-radius..=radius)
        .map(|distance| {
            let distance = f64::from(distance);
            (-0.5 / (sigma * sigma) * distance * distance).exp()
        })
        .collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| (weight / sum) as f32).collect()
}

/// Smooths over lines of `len` values that follow each other.
fn smooth_lines(source: &[f32], out: &mut [f32], weights: &[f32], len: usize) {
    let reach = weights.len() / 2;
    let lines = source.len() / len;
    for (line, out) in out.chunks_exact_mut(len).enumerate() {
        out.fill(0.0);
        for (tap, weight) in weights.iter().enumerate() {
            let Some(from) = (line + tap).checked_sub(reach).filter(|from| *from < lines) else {
                continue;
            };
            for (out, value) in out.iter_mut().zip(&source[from * len..]) {
                *out += weight * value;
            }
        }
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
        let mut counts = TailCounts::new(grid, 1);
        counts.add(4 * 9 + 4, 7.4, 0);
        counts.smooth(grid, 1.0);
        assert_eq!(counts.overall[7], 1.0);
        let at = |x: usize, y: usize| counts.cell(y * 9 + x)[7];
        // exp(-1/2) beside the cell, nothing beyond two cells. Truncating and normalising raises the centre a little.
        assert!((at(4, 4) - 1.05).abs() < 0.06 && (at(5, 4) / at(4, 4) - 0.6065).abs() < 1e-4);
        assert_eq!((at(7, 4), at(4, 1)), (0.0, 0.0));
        assert!((at(5, 5) / at(4, 4) - 0.3679).abs() < 1e-4);
    }
}
