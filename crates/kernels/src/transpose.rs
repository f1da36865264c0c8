//! Matrices turned round, one for each image: the way from `[channels, positions]` to `[positions, channels]`.
#![allow(unsafe_code)]

use crate::Error;
use crate::error::check_length;
use crate::threads::parallel;
use crate::writer::Writer;

/// A tile's side: the `f32` of a cache line, so that lines are read and written whole.
const TILE: usize = 16;
/// Elements a thread writes at a time: enough to be worth waking it. Miri sees several in a small matrix.
const BAND: usize = if cfg!(miri) { 1 << 6 } else { 1 << 15 };

/// Writes every `[rows, columns]` matrix of `from` as `[columns, rows]`: images with channels first as images with
/// channels last where `rows` are the channels, and back where `columns` are.
///
/// # Errors
/// A size of zero, slices of different lengths, or no whole number of matrices.
pub fn transpose(from: &[f32], to: &mut [f32], rows: usize, columns: usize) -> Result<(), Error> {
    if rows == 0 || columns == 0 {
        return Err(Error::Zero { what: "a side of a matrix" });
    }
    let image = rows.checked_mul(columns).ok_or(Error::TooLarge { what: "a matrix" })?;
    check_length("the matrices", from.len(), from.len() / image * image)?;
    check_length("the turned matrices", to.len(), from.len())?;
    let band = (BAND / rows).max(1).next_multiple_of(TILE);
    let bands = columns.div_ceil(band);
    let writer = Writer::new(to);
    parallel(from.len() / image * bands, &|task, _| {
        let (start, first) = (task / bands * image, task % bands * band);
        let count = band.min(columns - first);
        // SAFETY: a task has its own columns of its own matrix.
        let to = unsafe { writer.part(start + first * rows, count * rows) };
        one_band(&from[start..start + image], rows, columns, first, to);
    });
    Ok(())
}

/// The columns from `start` on, as rows of `to`.
fn one_band(from: &[f32], rows: usize, columns: usize, start: usize, to: &mut [f32]) {
    let count = to.len() / rows;
    match (rows, columns) {
        (2, _) => interleave::<2>(from, columns, start, to),
        (3, _) => interleave::<3>(from, columns, start, to),
        (4, _) => interleave::<4>(from, columns, start, to),
        _ => {
            for column in (0..count).step_by(TILE) {
                for row in (0..rows).step_by(TILE) {
                    let source = &from[row * columns + start + column..];
                    let target = &mut to[column * rows + row..];
                    let size = (TILE.min(rows - row), TILE.min(count - column));
                    if size == (TILE, TILE) {
                        whole_tile(source, columns, target, rows);
                    } else {
                        edge_tile(source, columns, target, rows, size);
                    }
                }
            }
        }
    }
}

/// A few channels side by side: `to[position][channel]`.
fn interleave<const ROWS: usize>(from: &[f32], columns: usize, start: usize, to: &mut [f32]) {
    let count = to.len() / ROWS;
    let channels: [&[f32]; ROWS] = std::array::from_fn(|row| &from[row * columns + start..][..count]);
    for (at, pixel) in to.as_chunks_mut::<ROWS>().0.iter_mut().enumerate() {
        *pixel = channels.map(|channel| channel[at]);
    }
}

fn whole_tile(from: &[f32], columns: usize, to: &mut [f32], rows: usize) {
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

fn edge_tile(from: &[f32], columns: usize, to: &mut [f32], rows: usize, (tall, wide): (usize, usize)) {
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
    fn every_shape_is_the_definition() {
        let sides: &[usize] =
            if cfg!(miri) { &[1, 3, 16, 19] } else { &[1, 2, 3, 4, 5, 15, 16, 17, 33, 64, 100] };
        for batch in [1, 3] {
            for (rows, columns) in
                sides.iter().flat_map(|&rows| sides.iter().map(move |&columns| (rows, columns)))
            {
                check(batch, rows, columns);
            }
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow there, where small matrices have several bands as well")]
    fn matrices_of_several_bands_are_the_definition() {
        check(2, 3, 70_000);
        check(2, 70_000, 3);
        check(1, 40, 9_001);
    }

    #[test]
    fn sizes_that_do_not_fit_are_refused() {
        let mut to = [0.0; 6];
        assert_eq!(transpose(&[0.0; 6], &mut to, 0, 3), Err(Error::Zero { what: "a side of a matrix" }));
        assert!(matches!(
            transpose(&[0.0; 7], &mut to, 2, 3),
            Err(Error::Length { found: 7, expected: 6, .. })
        ));
        assert!(matches!(
            transpose(&[0.0; 12], &mut to, 2, 3),
            Err(Error::Length { found: 6, expected: 12, .. })
        ));
        assert!(matches!(transpose(&[], &mut [], usize::MAX, 2), Err(Error::TooLarge { .. })));
    }

    fn check(batch: usize, rows: usize, columns: usize) {
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
