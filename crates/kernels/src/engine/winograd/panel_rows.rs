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
