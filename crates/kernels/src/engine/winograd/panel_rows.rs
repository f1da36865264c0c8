use std::ops::Range;

use super::taps::GroupPoints;
use crate::partition::part_range;

/// Rows of a panel in one part of a sum: so many rows stay in the second-level cache while the tiles of a strip pass over
/// them.
const PART_ROWS: usize = if cfg!(miri) { 4 } else { 1024 };

/// Where the weights of a panel lie.
#[derive(Debug, Clone)]
pub(super) struct PanelRows {
    /// For each group of the input, and for each frequency, the row of the group's first channel; `None` where the products are
    /// zero.
    pub(super) groups: Vec<Vec<Option<usize>>>,
    /// Rows of the panel.
    pub(super) count: usize,
}

/// Rows of a panel that belong to neighbouring values of a tile at one frequency.
#[derive(Debug, Clone)]
pub(super) struct RowPart {
    /// The values of a tile.
    pub(super) values: Range<usize>,
    /// The row of the first of them.
    pub(super) first_row: usize,
}

impl PanelRows {
    /// The rows of a panel whose products with each group are not zero at these points. A group has `channels` rows, and there
    /// are `reach` points along each axis.
    pub(super) fn new(points: &[GroupPoints], channels: usize, reach: usize) -> Self {
        let frequencies = reach * reach;
        let mut groups = vec![vec![None; frequencies]; points.len()];
        let mut count = 0;
        for frequency in 0..frequencies {
            for (rows, points) in groups.iter_mut().zip(points) {
                if points.contain(frequency, reach) {
                    rows[frequency] = Some(count);
                    count += channels;
                }
            }
            // A row that is not used: without it, the frequencies would often lie a power of two apart, and thus compete for the
            // same few lines of the cache while they are written.
            count += 1;
        }
        Self { groups, count }
    }

    /// The rows that are summed over at a frequency, in parts of at most [`PART_ROWS`].
    pub(super) fn list_parts(&self, channels: usize, frequency: usize) -> Vec<RowPart> {
        let mut parts: Vec<RowPart> = Vec::new();
        for (group, rows) in self.groups.iter().enumerate() {
            let Some(first_row) = rows[frequency] else {
                continue;
            };
            let values = group * channels..(group + 1) * channels;
            match parts.last_mut() {
                Some(last) if last.values.end == values.start => last.values.end = values.end,
                _ => parts.push(RowPart { values, first_row }),
            }
        }
        parts
            .into_iter()
            .flat_map(|RowPart { values, first_row }| {
                let count = values.len().div_ceil(PART_ROWS);
                (0..count).map(move |part| {
                    let part = part_range(values.len(), count, part);
                    RowPart {
                        first_row: first_row + part.start,
                        values: values.start + part.start..values.start + part.end,
                    }
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg_attr(
        miri,
        ignore = "parts are smaller under Miri, and it runs no unsafe code"
    )]
    fn products_that_are_zero_have_no_rows() {
        let some = GroupPoints {
            rows: 0..2,
            columns: 1..3,
        };
        let all = GroupPoints {
            rows: 0..3,
            columns: 0..3,
        };
        let panel = PanelRows::new(&[some, all], 5, 3);
        // Five channels of the first group at four frequencies and of the second one at nine, and one row after each frequency.
        assert_eq!(panel.count, 5 * (4 + 9) + 9);
        let parts = |frequency| {
            let parts = panel.list_parts(5, frequency).into_iter();
            parts
                .map(|part| (part.values, part.first_row))
                .collect::<Vec<_>>()
        };
        // The first group takes no part in the first product; in the second one both are summed over together.
        assert_eq!(parts(0), [(5..10, 0)]);
        assert_eq!(parts(1), [(0..10, 6)]);
    }
}
