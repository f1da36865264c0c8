use std::ops::Range;

use super::taps::{GroupPoints, list_runs};
use crate::partition::part_range;

/// Rows of a panel in one part of a sum: so many rows stay in the second-level cache while the tiles of a strip pass over
/// them.
pub(super) const PART_ROWS: usize = if cfg!(miri) { 4 } else { 1024 };

/// Where the weights of a panel lie. Products that are zero have no rows.
#[derive(Debug, Clone)]
pub(super) struct PanelRows {
    /// For each group of the input, and for each frequency, the row of the group's first channel; `None` where the products are
    /// zero.
    pub(super) groups: Vec<Vec<Option<usize>>>,
    /// For each frequency the rows that are summed over, in parts of at most [`PART_ROWS`].
    pub(super) parts: Vec<Vec<RowPart>>,
    /// Rows of the panel.
    pub(super) count: usize,
}

/// Consecutive rows of a panel, and the values of a tile that they are multiplied with.
#[derive(Debug, Clone)]
pub(super) struct RowPart {
    pub(super) values: Range<usize>,
    pub(super) first_row: usize,
}

impl PanelRows {
    /// The rows of a panel whose products with each group are not zero at these points. A group has `channels` rows, and there
    /// are `reach` points along each axis.
    pub(super) fn new(points: &[GroupPoints], channels: usize, reach: usize) -> Self {
        let frequencies = reach * reach;
        let mut groups = vec![vec![None; frequencies]; points.len()];
        let mut parts = vec![Vec::new(); frequencies];
        let mut count = 0;
        for frequency in 0..frequencies {
            let runs = list_runs(points, channels, frequency, reach).into_iter();
            for run in runs.filter(|run| run.takes_part) {
                let values = run.rows;
                for start in values.clone().step_by(channels) {
                    groups[start / channels][frequency] = Some(count + start - values.start);
                }
                let cuts = values.len().div_ceil(PART_ROWS);
                parts[frequency].extend((0..cuts).map(|cut| {
                    let part = part_range(values.len(), cuts, cut);
                    RowPart {
                        first_row: count + part.start,
                        values: values.start + part.start..values.start + part.end,
                    }
                }));
                count += values.len();
            }
            // A row that is not used: without it, the frequencies would often lie a power of two apart, and thus compete for the
            // same few lines of the cache while they are written.
            count += 1;
        }
        Self {
            groups,
            parts,
            count,
        }
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
        // The first group has five rows at each of its four frequencies, the second one at all nine. One unused row follows each
        // frequency.
        assert_eq!(panel.count, 5 * (4 + 9) + 9);
        let parts = |frequency: usize| {
            let parts: &Vec<RowPart> = &panel.parts[frequency];
            parts
                .iter()
                .map(|part| (part.values.clone(), part.first_row))
                .collect::<Vec<_>>()
        };
        // The first group takes no part in the first product; in the second one both are summed over together.
        assert_eq!(parts(0), [(5..10, 0)]);
        assert_eq!(parts(1), [(0..10, 6)]);
    }
}
