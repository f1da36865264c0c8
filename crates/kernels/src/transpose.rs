//! Transposition of one matrix for each image: from `[channels, positions]` to `[positions, channels]` and back.
//!
//! A plain double loop would touch a new cache line for every value it reads or writes. Tiles of 16 x 16 values read and
//! write whole cache lines; the few channels of an image are interleaved position by position.
#![allow(unsafe_code)]

use crate::error::{Error, check_length};
use crate::threads::run_parallel;
use crate::writer::Writer;

/// Side of a tile: the `f32` values of a cache line.
const TILE: usize = 16;
/// Values that one task writes: enough to be worth waking a thread. Under Miri bands are small, so that a small matrix
/// has several.
const BAND: usize = if cfg!(miri) { 1 << 6 } else { 1 << 15 };

/// Writes every `[rows, columns]` matrix of `from` as `[columns, rows]`.
///
/// With the channels as `rows` this converts images from channels first to channels last; with the channels as `columns`
/// it converts them back.
///
/// ```
/// // One image of two pixels with three channels.
/// let (channels_first, mut channels_last) = ([1.0, 2.0, 10.0, 20.0, 100.0, 200.0], [0.0; 6]);
/// oddframe_kernels::transpose(&channels_first, &mut channels_last, 3, 2)?;
/// assert_eq!(channels_last, [1.0, 10.0, 100.0, 2.0, 20.0, 200.0]);
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
///
/// # Errors
/// A size of zero, slices of different lengths, or a length that is not a whole number of matrices.
pub fn transpose(from: &[f32], to: &mut [f32], rows: usize, columns: usize) -> Result<(), Error> {
    if rows == 0 || columns == 0 {
        return Err(Error::Zero {
            what: "a side of a matrix",
        });
    }
    let image = rows
        .checked_mul(columns)
        .ok_or(Error::TooLarge { what: "a matrix" })?;
    check_length("the matrices", from.len(), from.len() / image * image)?;
    check_length("the transposed matrices", to.len(), from.len())?;
    let band = (BAND / rows).max(1).next_multiple_of(TILE);
    let bands = columns.div_ceil(band);
    let writer = Writer::new(to);
    run_parallel(from.len() / image * bands, &|task, _| {
        let (start, first) = (task / bands * image, task % bands * band);
        let count = band.min(columns - first);
        // SAFETY: a task has its own columns of its own matrix.
        let to = unsafe { writer.part(start + first * rows, count * rows) };
        transpose_band(&from[start..start + image], rows, columns, first, to);
    });
    Ok(())
}

/// Writes the columns from `start` on as the rows of `to`.
fn transpose_band(from: &[f32], rows: usize, columns: usize, start: usize, to: &mut [f32]) {
    let count = to.len() / rows;
    match (rows, columns) {
        (2, _) => interleave_rows::<2>(from, columns, start, to),
        (3, _) => interleave_rows::<3>(from, columns, start, to),
        (4, _) => interleave_rows::<4>(from, columns, start, to),
        _ => {
            for column in (0..count).step_by(TILE) {
                for row in (0..rows).step_by(TILE) {
                    let source = &from[row * columns + start + column..];
                    let target = &mut to[column * rows + row..];
                    let size = (TILE.min(rows - row), TILE.min(count - column));
                    if size == (TILE, TILE) {
                        transpose_tile(source, columns, target, rows);
                    } else {
                        transpose_edge_tile(source, columns, target, rows, size);
                    }
                }
            }
        }
    }
}

/// Writes a few channels as `to[position][channel]`. The number of channels is a constant, so that the loop over them is
/// unrolled.
fn interleave_rows<const ROWS: usize>(from: &[f32], columns: usize, start: usize, to: &mut [f32]) {
    let count = to.len() / ROWS;
    let channels: [&[f32]; ROWS] =
        std::array::from_fn(|row| &from[row * columns + start..][..count]);
    for (at, pixel) in to.as_chunks_mut::<ROWS>().0.iter_mut().enumerate() {
        *pixel = channels.map(|channel| channel[at]);
    }
}

/// A whole tile, through a local copy: the compiler then knows every length.
fn transpose_tile(from: &[f32], columns: usize, to: &mut [f32], rows: usize) {
    let mut tile = [[0.0; TILE]; TILE];
    for (line, source) in tile.iter_mut().zip(from.chunks(columns)) {
        line.copy_from_slice(&source[..TILE]);
    }
    for (at, target) in to.chunks_mut(rows).take(TILE).enumerate() {
        for (value, line) in target[..TILE].iter_mut().zip(&tile) {
            *value = line[at];
        }
    }
}

/// The incomplete tiles at the right and the lower edge.
fn transpose_edge_tile(
    from: &[f32],
    columns: usize,
    to: &mut [f32],
    rows: usize,
    (tall, wide): (usize, usize),
) {
    for row in 0..tall {
        for column in 0..wide {
            to[column * rows + row] = from[row * columns + column];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_agrees_with_the_definition() {
        let sides: &[usize] = if cfg!(miri) {
            &[1, 3, 16, 19]
        } else {
            &[1, 2, 3, 4, 5, 15, 16, 17, 33, 64, 100]
        };
        for batch in [1, 3] {
            for (rows, columns) in sides
                .iter()
                .flat_map(|&rows| sides.iter().map(move |&columns| (rows, columns)))
            {
                check_transpose(batch, rows, columns);
            }
        }
    }

    #[test]
    #[cfg_attr(
        miri,
        ignore = "too slow under Miri, where small matrices have several bands as well"
    )]
    fn matrices_of_several_bands_agree_with_the_definition() {
        check_transpose(2, 3, 70_000);
        check_transpose(2, 70_000, 3);
        check_transpose(1, 40, 9_001);
    }

    #[test]
    fn invalid_sizes_and_lengths_are_refused() {
        let mut to = [0.0; 6];
        assert_eq!(
            transpose(&[0.0; 6], &mut to, 0, 3),
            Err(Error::Zero {
                what: "a side of a matrix"
            })
        );
        assert!(matches!(
            transpose(&[0.0; 7], &mut to, 2, 3),
            Err(Error::Length {
                found: 7,
                expected: 6,
                ..
            })
        ));
        assert!(matches!(
            transpose(&[0.0; 12], &mut to, 2, 3),
            Err(Error::Length {
                found: 6,
                expected: 12,
                ..
            })
        ));
        assert!(matches!(
            transpose(&[], &mut [], usize::MAX, 2),
            Err(Error::TooLarge { .. })
        ));
    }

    fn check_transpose(batch: usize, rows: usize, columns: usize) {
        let from: Vec<f32> = (0..batch * rows * columns).map(|at| at as f32).collect();
        let mut to = vec![-1.0; from.len()];
        transpose(&from, &mut to, rows, columns).unwrap();
        for (at, value) in to.iter().enumerate() {
            let (image, rest) = (at / (rows * columns), at % (rows * columns));
            let expected = from[image * rows * columns + rest % rows * columns + rest / rows];
            assert_eq!(*value, expected, "{batch}x{rows}x{columns} at {at}");
        }
    }
}
