//! The size of the pictures that are judged, and their gradients.

/// The width of a judged picture.
pub(crate) const WIDTH: usize = 192;
/// The height of a judged picture.
pub(crate) const HEIGHT: usize = 144;
/// The side of a cell of the coarse picture.
pub(crate) const CELL: usize = 4;
/// The width of the coarse picture.
pub(crate) const COARSE_WIDTH: usize = WIDTH / CELL;

/// The differences between the neighbours of each pixel, half of them, from left to right and from top to bottom. Zero along
/// the border.
#[derive(Debug, Clone)]
pub(crate) struct Gradients {
    pub(crate) x: Vec<f32>,
    pub(crate) y: Vec<f32>,
}

impl Gradients {
    pub(crate) fn new(picture: &[f32], width: usize) -> Self {
        let (mut x, mut y) = (vec![0.0; picture.len()], vec![0.0; picture.len()]);
        let height = picture.len() / width;
        for row in 1..height - 1 {
            let start = row * width;
            let above = &picture[start - width..start];
            let own = &picture[start..start + width];
            let below = &picture[start + width..start + 2 * width];
            let (x, y) = (&mut x[start..start + width], &mut y[start..start + width]);
            for column in 1..width - 1 {
                x[column] = 0.5 * (own[column + 1] - own[column - 1]);
                y[column] = 0.5 * (below[column] - above[column]);
            }
        }
        Self { x, y }
    }
}

/// The means of the cells of a picture.
pub(crate) fn pool_cells(picture: &[u8]) -> Vec<f32> {
    let mut sums = vec![0_u32; picture.len() / (CELL * CELL)];
    for (row, pixels) in picture.chunks_exact(WIDTH).enumerate() {
        let cells = &mut sums[row / CELL * COARSE_WIDTH..][..COARSE_WIDTH];
        for (cell, pixels) in cells.iter_mut().zip(pixels.chunks_exact(CELL)) {
            *cell += pixels.iter().map(|pixel| u32::from(*pixel)).sum::<u32>();
        }
    }
    let means = sums.into_iter();
    means.map(|sum| sum as f32 / (CELL * CELL) as f32).collect()
}
