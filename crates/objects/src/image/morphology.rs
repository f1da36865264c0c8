//! Erosion and dilation of masks with rectangles. Pixels outside the picture do not count.

/// A rectangle of pixels around an anchor. For an even side the anchor is right of, or below, the middle, as in OpenCV.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rectangle {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
}

/// Opens a mask: removes what the rectangle does not fit into.
pub(crate) fn open_mask(mask: &mut [u8], width: usize, rectangle: Rectangle) {
    let mut scratch = Vec::new();
    spread(mask, &mut scratch, width, rectangle, 0);
    spread(mask, &mut scratch, width, rectangle, 1);
}

/// Closes a mask: fills gaps that the rectangle does not fit into.
pub(crate) fn close_mask(mask: &mut [u8], width: usize, rectangle: Rectangle) {
    let mut scratch = Vec::new();
    spread(mask, &mut scratch, width, rectangle, 1);
    spread(mask, &mut scratch, width, rectangle, 0);
}

/// Marks every pixel with a marked pixel under the rectangle.
pub(crate) fn dilate_mask(mask: &mut [u8], width: usize, rectangle: Rectangle) {
    spread(mask, &mut Vec::new(), width, rectangle, 1);
}

/// Gives every pixel with a pixel of `value` (0 or 1) under the rectangle that value.
fn spread(mask: &mut [u8], scratch: &mut Vec<u8>, width: usize, rectangle: Rectangle, value: u8) {
    let (rows, columns) = (rectangle.rows, rectangle.columns);
    let height = mask.len() / width;
    // A minimum or a maximum of bits: the complement turns one into the other. Rows first, then columns.
    let flip = 1 - value;
    scratch.clear();
    scratch.resize(mask.len(), 0);
    for (row, out) in mask
        .chunks_exact(width)
        .zip(scratch.chunks_exact_mut(width))
    {
        for offset in 0..columns {
            // The pixel at x - anchor + offset counts for the pixel at x.
            let shift = offset as isize - (columns / 2) as isize;
            let (from, to) = overlap(width, shift);
            let len = width - shift.unsigned_abs().min(width);
            for (out, pixel) in out[to..to + len].iter_mut().zip(&row[from..from + len]) {
                *out |= pixel ^ flip;
            }
        }
    }
    mask.fill(0);
    for offset in 0..rows {
        let shift = offset as isize - (rows / 2) as isize;
        let (from, to) = overlap(height, shift);
        let len = (height - shift.unsigned_abs().min(height)) * width;
        let source = &scratch[from * width..][..len];
        for (out, pixel) in mask[to * width..][..len].iter_mut().zip(source) {
            *out |= pixel;
        }
    }
    for pixel in mask {
        *pixel ^= flip;
    }
}

/// Where reading and writing begin when each of `len` places takes what lies `shift` places further.
fn overlap(len: usize, shift: isize) -> (usize, usize) {
    let distance = shift.unsigned_abs().min(len);
    if shift >= 0 {
        (distance, 0)
    } else {
        (0, distance)
    }
}

/// The largest value of each cell and its eight neighbours.
pub(crate) fn dilate_map(map: &[f32], width: usize) -> Vec<f32> {
    let height = map.len() / width.max(1);
    let mut out = Vec::with_capacity(map.len());
    for y in 0..height {
        for x in 0..width {
            let mut largest = f32::NEG_INFINITY;
            for row in map[y.saturating_sub(1) * width..(y + 2).min(height) * width].chunks(width) {
                for value in &row[x.saturating_sub(1)..(x + 2).min(width)] {
                    largest = largest.max(*value);
                }
            }
            out.push(largest);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(rows: &[&str]) -> Vec<u8> {
        rows.iter()
            .flat_map(|row| row.bytes().map(|byte| u8::from(byte == b'#')))
            .collect()
    }

    #[test]
    fn opening_with_an_even_square_shifts_what_fits() {
        // Both passes take the pixel and the one before it, as OpenCV does: what stays moves by one.
        let mut found = mask(&["....#", ".##..", ".##..", "....."]);
        let square = Rectangle {
            rows: 2,
            columns: 2,
        };
        open_mask(&mut found, 5, square);
        assert_eq!(found, mask(&[".....", ".....", "..##.", "..##."]));
    }

    #[test]
    fn closing_at_the_edge_does_not_erode_from_outside() {
        let mut found = mask(&["#.#", "...", "..."]);
        close_mask(
            &mut found,
            3,
            Rectangle {
                rows: 3,
                columns: 3,
            },
        );
        assert_eq!(found, mask(&["###", "...", "..."]));
        let mut tall = mask(&["#", ".", ".", "#", "."]);
        close_mask(
            &mut tall,
            1,
            Rectangle {
                rows: 5,
                columns: 3,
            },
        );
        assert_eq!(tall, mask(&["#", "#", "#", "#", "#"]));
    }

    #[test]
    fn maps_take_the_largest_neighbour() {
        assert_eq!(
            dilate_map(&[1.0, 0.0, 0.0, 0.0, 0.0, 5.0], 3),
            [1.0, 5.0, 5.0, 1.0, 5.0, 5.0]
        );
    }
}
