//! How values of a few channels at many positions are walked: several positions at a time, so that rows hold whole
//! vectors whatever the channels are, and in parts that depend on the shape alone.

use crate::each::PART;
use crate::{Error, Volumes};

/// Values of the widest vector.
const LANES: usize = 16;
/// Rows are at least so wide, where there are so many values: sums over them are then enough to add up side by side.
const WIDE: usize = 8 * LANES;
/// Channels that are no multiple of a vector make rows of at most so many values; a row that is wider is a single
/// position, and the rest of a vector at its end costs little.
const WIDEST: usize = 2048;
/// Rows of a chunk at least, so that what is done once a chunk does not weigh.
const LEAST_ROWS: usize = 4;
/// Rows of a chunk at most: so many values may be summed in `f32`.
const MOST_ROWS: usize = 64;
/// Rows of a part at least, so that the sums of all parts are small beside the values.
const PART_ROWS: usize = 16;
/// Parts at most, so that merging them does not weigh.
const PARTS: usize = 32;

/// `[positions, channels]`, in rows of one or several positions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns {
    channels: usize,
    width: usize,
    len: usize,
}

impl Columns {
    pub(crate) fn new(positions: usize, channels: usize) -> Result<Self, Error> {
        for (what, size) in [("the number of positions", positions), ("the number of channels", channels)] {
            if size == 0 {
                return Err(Error::Zero { what });
            }
        }
        let len = Volumes::rows(positions, channels)?.len();
        let repeats = LANES >> channels.trailing_zeros().min(LANES.trailing_zeros());
        let width = if channels <= WIDEST && repeats * channels <= WIDEST {
            let whole = repeats * channels;
            whole * WIDE.div_ceil(whole)
        } else {
            channels
        };
        Ok(Self { channels, width: width.min(len), len })
    }

    pub(crate) fn channels(&self) -> usize {
        self.channels
    }

    pub(crate) fn positions(&self) -> usize {
        self.len / self.channels
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Values in a row: a multiple of the channels.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Values that one task changes place by place.
    pub(crate) fn piece(&self) -> usize {
        (PART / self.width).max(1) * self.width
    }

    /// Values that are summed in `f32`, and stay in the cache while they are read again.
    pub(crate) fn chunk(&self) -> usize {
        (PART / self.width).clamp(LEAST_ROWS, MOST_ROWS) * self.width
    }

    /// Values that one task sums: a number of chunks.
    pub(crate) fn part(&self) -> usize {
        let least = self.len.div_ceil(PARTS).max(PART_ROWS.min(self.len / self.width) * self.width);
        least.div_ceil(self.chunk()) * self.chunk()
    }

    /// A row that holds a value for each channel.
    pub(crate) fn row(&self, values: impl Iterator<Item = f32>) -> Vec<f32> {
        let mut row = Vec::with_capacity(self.width);
        row.extend(values.take(self.channels));
        row.resize(self.channels, 0.0);
        while row.len() < self.width {
            row.extend_from_within(..self.channels.min(self.width - row.len()));
        }
        row
    }

    /// Adds a row of sums to those of the channels.
    pub(crate) fn add_up(&self, row: &[f32], totals: &mut [f64]) {
        for row in row.chunks_exact(self.channels) {
            totals.iter_mut().zip(row).for_each(|(total, sum)| *total += f64::from(*sum));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_hold_whole_positions_and_vectors_and_parts_stay_few() {
        for channels in [1, 2, 3, 16, 20, 32, 100, 129, 512, 2048, 2049, 100_000] {
            for positions in [1, 2, 7, 64, 1000, 1_000_003] {
                let columns = Columns::new(positions, channels).unwrap();
                let (width, len) = (columns.width(), columns.len());
                assert_eq!(width % channels, 0);
                assert!(width <= len && width <= channels.max(WIDEST));
                assert!(width == len || channels > 128 || (width % LANES == 0 && width >= WIDE));
                assert_eq!((columns.piece() % width, columns.chunk() % width), (0, 0));
                assert_eq!(columns.part() % columns.chunk(), 0);
                let parts = len.div_ceil(columns.part());
                assert!(parts <= PARTS && (parts == 1 || parts * channels * 8 <= len), "{parts} parts");
            }
        }
    }

    #[test]
    fn a_row_repeats_the_channels() {
        let columns = Columns::new(1000, 3).unwrap();
        let row = columns.row([1.0, 2.0, 3.0].into_iter());
        assert_eq!(row.len(), columns.width());
        assert!(row.chunks_exact(3).all(|position| position == [1.0, 2.0, 3.0]));
        let mut totals = [0.5; 3];
        columns.add_up(&row, &mut totals);
        let positions = columns.width() as f64 / 3.0;
        assert_eq!(totals, [0.5 + positions, 0.5 + 2.0 * positions, 0.5 + 3.0 * positions]);
    }
}
