//! Sums over the columns of an error map.

use std::ops::Range;

use super::source::{Source, WIDE};

/// Sums each column of a map over the rows `rows`.
///
/// At most `depth` values are added in `f32`, in the buffer `part`, before their sum is added in
/// `f64`.
///
/// # Panics
/// When `part` or `sums` is not as long as a row, or when the map has fewer rows.
#[inline(always)]
pub(super) fn column_sums<S: Source>(
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

/// Sums each column of a map over a few rows, in `f32`.
///
/// # Panics
/// When `sums` is not as long as a row, or when the map has fewer rows.
#[inline(always)]
pub(super) fn add_rows<S: Source>(source: S, rows: Range<usize>, sums: &mut [f32]) {
    let width = sums.len();
    let whole = width - width % WIDE;
    let (body, tail) = sums.split_at_mut(whole);
    body.fill(0.0);
    let group = if source.stream_count() == 1 { GROUP } else { 1 };
    let mut top = rows.start;
    while top < rows.end {
        let bottom = rows.end.min(top + group);
        let mut at = top * width;
        for sums in body.as_chunks_mut::<WIDE>().0 {
            // A local copy stays in registers.
            let mut sum = *sums;
            source.add_rows(at, width, bottom - top, &mut sum);
            *sums = sum;
            at += WIDE;
        }
        top = bottom;
    }
    if tail.is_empty() {
        return;
    }
    // A map narrower than `WIDE` is summed value by value.
    if whole == 0 {
        for (x, sum) in tail.iter_mut().enumerate() {
            *sum = rows.clone().map(|y| source.value_at(y * width + x)).sum();
        }
        return;
    }
    // The last columns, fewer than `WIDE`: load the last `WIDE` columns and drop those that were
    // summed before.
    let mut sum = [0.0; WIDE];
    source.add_rows(
        rows.start * width + width - WIDE,
        width,
        rows.len(),
        &mut sum,
    );
    tail.copy_from_slice(&sum[WIDE - tail.len()..]);
}

/// Rows of one channel that are read side by side, so that the sums are stored once per group
/// instead of once per row.
///
/// A source of several channels reads these side by side already; one row at a time then keeps the
/// memory accesses in order.
const GROUP: usize = 8;
