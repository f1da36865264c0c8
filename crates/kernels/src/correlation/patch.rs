//! The square of positions around a centre, and the values between them.

use std::ops::Range;

/// Largest offset from a centre that is looked up.
const RADIUS: usize = 4;
/// Offsets along a side, from `-RADIUS` to `RADIUS`.
pub(super) const SIDE: usize = 2 * RADIUS + 1;
/// Positions along a side: offsets lie between positions, so that one more is read.
pub(super) const PATCH: usize = SIDE + 1;

/// The positions around a centre, of which at least one lies on the map.
///
/// ```text
/// x0 = floor(x), f = x - x0
///
/// positions   x0-4   x0-3   ...   x0+4   x0+5      ten of them
/// offsets        -4     -3    ...      4            nine, each a share f behind its position
/// ```
#[derive(Debug)]
pub(super) struct Patch {
    /// The map's column and row at the patch's first one; beyond the edge they are negative.
    left: isize,
    top: isize,
    columns: Range<usize>,
    rows: Range<usize>,
    /// How far the centre lies behind its position, to the right and downwards.
    shares: [f32; 2],
}

impl Patch {
    /// The patch around `[x, y]` on a map of `[height, width]`; `None` where it does not touch the map, and for a centre
    /// that is no number.
    pub(super) fn around([x, y]: [f32; 2], [height, width]: [usize; 2]) -> Option<Self> {
        let (left, columns) = touch_axis(x, width)?;
        let (top, rows) = touch_axis(y, height)?;
        Some(Self {
            left,
            top,
            columns,
            rows,
            shares: [x - x.floor(), y - y.floor()],
        })
    }

    /// The columns of the patch that lie on the map.
    pub(super) fn columns(&self) -> Range<usize> {
        self.columns.clone()
    }

    /// The map's column at the first of [`columns`](Self::columns).
    pub(super) fn first_column(&self) -> usize {
        (self.left + self.columns.start as isize) as usize
    }

    /// The rows of the patch that lie on the map, and the map's rows there.
    pub(super) fn rows(&self) -> impl Iterator<Item = (usize, usize)> {
        let top = self.top;
        self.rows
            .clone()
            .map(move |row| (row, (top + row as isize) as usize))
    }

    /// Writes the interpolated values times `scale`, column by column.
    pub(super) fn interpolate(
        &self,
        square: &[[f32; PATCH]; PATCH],
        scale: f32,
        values: &mut [f32; SIDE * SIDE],
    ) {
        let [right, down] = self.shares;
        // All offsets share one pair of weights along each axis: first along the rows, then along the columns.
        let mut lines = [[0.0; SIDE]; PATCH];
        for (line, row) in lines.iter_mut().zip(square) {
            for (at, value) in line.iter_mut().enumerate() {
                *value = row[at] * (1.0 - right) + row[at + 1] * right;
            }
        }
        for (column, values) in values.as_chunks_mut::<SIDE>().0.iter_mut().enumerate() {
            for (row, value) in values.iter_mut().enumerate() {
                let mean = lines[row][column] * (1.0 - down) + lines[row + 1][column] * down;
                *value = mean * scale;
            }
        }
    }
}

/// The first position of a patch along one axis, and which of its positions lie within `0..size`.
fn touch_axis(centre: f32, size: usize) -> Option<(isize, Range<usize>)> {
    let whole = centre.floor();
    // Also false for NaN. Within this range the conversion below is exact.
    let touches = whole >= -(PATCH as f32) && whole <= (size + PATCH) as f32;
    if !touches {
        return None;
    }
    let first = whole as isize - RADIUS as isize;
    let start = (-first).max(0) as usize;
    let end = (size as isize - first).clamp(0, PATCH as isize) as usize;
    (start < end).then_some((first, start..end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_covers_what_lies_on_the_map() {
        let patch = Patch::around([1.25, 14.5], [16, 20]).unwrap();
        assert_eq!(
            (patch.columns(), patch.first_column()),
            (3..PATCH, 0) // the patch begins at column -3
        );
        let rows: Vec<_> = patch.rows().collect();
        assert_eq!((rows[0], rows[5], rows.len()), ((0, 10), (5, 15), 6));
        assert_eq!(patch.shares, [0.25, 0.5]);
    }

    #[test]
    fn a_patch_beyond_the_edge_or_at_no_number_is_none() {
        for x in [-6.0, 25.0, 1e30, -1e30, f32::NAN, f32::INFINITY] {
            assert!(Patch::around([x, 3.0], [16, 20]).is_none(), "{x}");
            assert!(Patch::around([3.0, x], [20, 20]).is_none(), "{x}");
        }
        assert!(Patch::around([-5.0, 23.0], [20, 20]).is_some());
    }
}
