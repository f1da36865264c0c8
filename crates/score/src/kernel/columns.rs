use std::ops::Range;

use super::{Source, source::WIDE};

/// Adds up each column of a map over the rows `rows`.
///
/// At most `depth` values are added in `f32`, in `part`, before they go to `f64`.
///
/// # Panics
/// When `part` or `sums` is not as long as a row, or the map has not so many rows.
#[inline(always)]
pub(crate) fn column_sums<S: Source>(
    source: S,
    rows: Range<usize>,
    depth: usize,
    part: &mut [f32],
    sums: &mut [f64],
) {
    let mut top = rows.start;
    while top < rows.end {
        let bottom = rows.end.min(top.saturating_add(depth));
        add_rows(source, top..bottom, part);
        if top == rows.start {
            for (sum, part) in sums.iter_mut().zip(&*part) {
                *sum = f64::from(*part);
            }
        } else {
            for (sum, part) in sums.iter_mut().zip(&*part) {
                *sum += f64::from(*part);
            }
        }
        top = bottom;
    }
}

/// Adds up each column over a few rows.
#[inline(always)]
pub(crate) fn add_rows<S: Source>(source: S, rows: Range<usize>, sums: &mut [f32]) {
    let width = sums.len();
    sums.fill(0.0);
    let group = (GROUP / source.streams()).max(1);
    let mut top = rows.start;
    while top < rows.end {
        let bottom = rows.end.min(top + group);
        let mut left = top * width;
        for sums in sums.as_chunks_mut::<WIDE>().0 {
            let mut sum = *sums;
            source.add_rows(left, width, bottom - top, &mut sum);
            *sums = sum;
            left += WIDE;
        }
        top = bottom;
    }
}

/// Rows that are read side by side: enough that the sums are not written back for every value, few enough that
/// memory is still read nearly in order.
const GROUP: usize = 8;
