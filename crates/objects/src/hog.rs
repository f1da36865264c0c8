//! How an object looks: histograms of oriented gradients.

use half::f16;

/// The size of the pictures of objects.
pub(crate) const WIDTH: usize = 32;
pub(crate) const HEIGHT: usize = 48;

/// Pixels along a side of a cell.
const CELL: usize = 8;
const COLUMNS: usize = WIDTH / CELL;
const ROWS: usize = HEIGHT / CELL;

/// Directions of gradients, without their sign.
const BINS: usize = 9;

/// Values of a block of 2x2 cells.
const BLOCK: usize = 4 * BINS;

/// The values of one object: 5x3 overlapping blocks.
pub(crate) const LENGTH: usize = (ROWS - 1) * (COLUMNS - 1) * BLOCK;

/// Added to the length of a block, so that weak gradients stay weak.
const FLOOR: f32 = 30.0;

/// Appends the histograms of a picture of [`WIDTH`] times [`HEIGHT`] pixels to `out`.
pub(crate) fn describe(picture: &[u8], out: &mut Vec<f16>) {
    let mut cells = [[0.0_f32; BINS]; ROWS * COLUMNS];
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let dx = slope(picture, y * WIDTH, 1, x, WIDTH);
            let dy = slope(picture, x, WIDTH, y, HEIGHT);
            let length = dx.hypot(dy);
            if length > 0.0 {
                cells[y / CELL * COLUMNS + x / CELL][bin(dx, dy)] += length;
            }
        }
    }
    for y in 0..ROWS - 1 {
        for x in 0..COLUMNS - 1 {
            let at = y * COLUMNS + x;
            let block = [at, at + COLUMNS, at + 1, at + COLUMNS + 1].map(|cell| cells[cell]);
            // Divided by its length, a block does not depend on contrast; the root weakens its few strongest gradients.
            let values = block.as_flattened();
            let norm = values.iter().map(|value| value * value).sum::<f32>().sqrt();
            out.extend(
                values
                    .iter()
                    .map(|value| f16::from_f32((value / (norm + FLOOR)).sqrt())),
            );
        }
    }
}

/// The slope along a line of `len` pixels at `place`: half the difference of the neighbours, at the ends the difference to one.
fn slope(picture: &[u8], start: usize, step: usize, place: usize, len: usize) -> f32 {
    let (before, after) = (place.saturating_sub(1), (place + 1).min(len - 1));
    let difference =
        f32::from(picture[start + after * step]) - f32::from(picture[start + before * step]);
    difference / (after - before) as f32
}

/// The direction of a gradient: nine bins of 20 degrees, opposite directions in one.
fn bin(dx: f32, dy: f32) -> usize {
    let angle = dy.atan2(dx).rem_euclid(std::f32::consts::PI);
    (angle * BINS as f32 / std::f32::consts::PI) as usize % BINS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opposite_directions_are_one() {
        assert_eq!((bin(1.0, 0.0), bin(-1.0, 0.0)), (0, 0));
        assert_eq!((bin(0.0, 2.0), bin(0.0, -2.0)), (4, 4));
        assert_eq!((bin(1.0, 1.0), bin(-1.0, -1.0)), (2, 2));
    }

    #[test]
    fn a_vertical_edge_fills_the_bin_of_horizontal_gradients() {
        let picture: Vec<u8> = (0..WIDTH * HEIGHT)
            .map(|i| if i % WIDTH < 16 { 0 } else { 200 })
            .collect();
        let mut out = Vec::new();
        describe(&picture, &mut out);
        assert_eq!(out.len(), LENGTH);
        // Columns 15 and 16 have a slope of 100; the edge runs between the second and the third column of cells.
        let norm = 4.0_f32.sqrt() * 800.0;
        let expected = (800.0 / (norm + 30.0)).sqrt();
        let middle: Vec<f32> = out[BLOCK..2 * BLOCK].iter().map(|v| v.to_f32()).collect();
        assert!(
            (middle[0] - expected).abs() < 1e-3 && middle[1] == 0.0,
            "{middle:?}"
        );
    }
}
