//! The cells that places in the picture are divided into.

/// Pixels along a side of a cell.
pub(crate) const CELL: usize = 8;

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

    /// The number of the cell of a pixel.
    pub(crate) fn cell(self, x: usize, y: usize) -> usize {
        let column = (x / CELL).min(self.columns - 1);
        let row = (y / CELL).min(self.rows - 1);
        row * self.columns + column
    }

    pub(crate) fn len(self) -> usize {
        self.columns * self.rows
    }

    /// Lets the values of each cell count in the cells around it too, with Gaussian weights of `sigma` cells that sum to the
    /// area of the Gaussian: a count becomes about the number of what lies in reach. Cells more than `furthest` standard deviations
    /// away do not count.
    ///
    /// # Shapes
    /// `values`: cell after cell, the same number of values in each.
    pub(crate) fn share_with_neighbours(self, values: &mut [f32], sigma: f64, furthest: f64) {
        let weights = gaussian_weights(sigma, furthest);
        let len = values.len() / self.len();
        let source = values.to_vec();
        smooth_lines(&source, values, &weights, self.columns * len);
        // Rows of one line each: cells outside the picture are empty.
        for row in values.chunks_exact_mut(self.columns * len) {
            let source = row.to_vec();
            smooth_lines(&source, row, &weights, len);
        }
        let area = (std::f64::consts::TAU * sigma * sigma) as f32;
        for value in values {
            *value *= area;
        }
    }
}

/// The weights of the cells before, at and after a cell.
pub(crate) fn gaussian_weights(sigma: f64, furthest: f64) -> Vec<f32> {
    let radius = (furthest * sigma + 0.5) as i32;
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
pub(crate) fn smooth_lines(source: &[f32], out: &mut [f32], weights: &[f32], len: usize) {
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
    fn pixels_beyond_the_last_cell_belong_to_it() {
        let grid = Grid::of_picture(24, 16);
        assert_eq!((grid.columns, grid.rows, grid.len()), (4, 3, 12));
        assert_eq!(
            [grid.cell(7, 7), grid.cell(8, 15), grid.cell(99, 99)],
            [0, 5, 11]
        );
    }
}
