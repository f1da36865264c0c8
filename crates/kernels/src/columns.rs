//! The walk over `[positions, channels]` values that batch normalisation and the bias gradient share.
//!
//! Vectors are 16 values wide, channels may be 1 or 3. So several positions are joined into a row whose width is a
//! multiple of both; a per-channel value (mean, scale) is repeated across the row. For 3 channels:
//!
//! ```text
//! memory   p0:c0 c1 c2  p1:c0 c1 c2  ...  p15:c0 c1 c2 | p16: ...
//! row      <----------- 48 values = 3 vectors --------> | next row
//! ```
//!
//! Rows form chunks (summed in `f32`, read twice while they are in the cache), chunks form parts (one task each). All
//! sizes depend on the shape alone, so results do not depend on the number of threads.

use crate::error::Error;
use crate::partition::PART_LEN;
use crate::volumes::Volumes;

/// Values of the widest vector.
const LANES: usize = 16;
/// Smallest width of a row where there are enough values: sums over a row are then eight independent vectors, which
/// hides the latency of an addition.
const MIN_WIDTH: usize = 8 * LANES;
/// Widest row that joins several positions. Beyond it a row is a single position, and the incomplete vector at its end
/// costs little.
const MAX_JOINED_WIDTH: usize = 2048;
/// Fewest rows of a chunk, so that the work done once for each chunk stays small.
const MIN_CHUNK_ROWS: usize = 4;
/// Most rows of a chunk: `f32` sums of this many values keep their precision.
const MAX_CHUNK_ROWS: usize = 64;
/// Fewest rows of a part, so that the sums of all parts take little memory compared with the values.
const MIN_PART_ROWS: usize = 16;
/// Most parts, so that merging them stays cheap.
const MAX_PARTS: usize = 32;

/// `[positions, channels]` values in rows of one or several positions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns {
    channels: usize,
    width: usize,
    len: usize,
}

impl Columns {
    pub(crate) fn new(positions: usize, channels: usize) -> Result<Self, Error> {
        for (what, size) in [
            ("the number of positions", positions),
            ("the number of channels", channels),
        ] {
            if size == 0 {
                return Err(Error::Zero { what });
            }
        }
        let len = Volumes::rows(positions, channels)?.len();
        // The least number of positions whose values fill whole vectors: LANES / gcd(LANES, channels).
        let repeats = LANES >> channels.trailing_zeros().min(LANES.trailing_zeros());
        let width = if channels <= MAX_JOINED_WIDTH && repeats * channels <= MAX_JOINED_WIDTH {
            // Short rows are lengthened to a multiple of themselves of at least MIN_WIDTH values.
            let joined = repeats * channels;
            joined * MIN_WIDTH.div_ceil(joined)
        } else {
            channels
        };
        Ok(Self {
            channels,
            width: width.min(len),
            len,
        })
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

    /// Values that one task of an elementwise pass changes.
    pub(crate) fn piece_len(&self) -> usize {
        (PART_LEN / self.width).max(1) * self.width
    }

    /// Values that are summed in `f32`, and that stay in the cache while they are read a second time.
    pub(crate) fn chunk_len(&self) -> usize {
        (PART_LEN / self.width).clamp(MIN_CHUNK_ROWS, MAX_CHUNK_ROWS) * self.width
    }

    /// Values that one task sums: a whole number of chunks.
    pub(crate) fn part_len(&self) -> usize {
        let rows = MIN_PART_ROWS.min(self.len / self.width);
        let least = self.len.div_ceil(MAX_PARTS).max(rows * self.width);
        least.div_ceil(self.chunk_len()) * self.chunk_len()
    }

    /// A row that repeats one value for each channel.
    pub(crate) fn repeat_channels(&self, values: impl Iterator<Item = f32>) -> Vec<f32> {
        let mut row = Vec::with_capacity(self.width);
        row.extend(values.take(self.channels));
        row.resize(self.channels, 0.0);
        while row.len() < self.width {
            row.extend_from_within(..self.channels.min(self.width - row.len()));
        }
        row
    }

    /// Adds a row of sums to the totals of the channels.
    pub(crate) fn add_row_to_totals(&self, row: &[f32], totals: &mut [f64]) {
        for position in row.chunks_exact(self.channels) {
            totals
                .iter_mut()
                .zip(position)
                .for_each(|(total, sum)| *total += f64::from(*sum));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_hold_whole_positions_and_vectors() {
        for channels in [1, 2, 3, 16, 20, 32, 100, 129, 512, 2048, 2049, 100_000] {
            for positions in [1, 2, 7, 64, 1000, 1_000_003] {
                let columns = Columns::new(positions, channels).unwrap();
                let (width, len) = (columns.width(), columns.len());
                assert_eq!(width % channels, 0);
                assert!(width <= len && width <= channels.max(MAX_JOINED_WIDTH));
                assert!(
                    width == len || channels > 128 || (width % LANES == 0 && width >= MIN_WIDTH)
                );
                assert_eq!(
                    (columns.piece_len() % width, columns.chunk_len() % width),
                    (0, 0)
                );
                assert_eq!(columns.part_len() % columns.chunk_len(), 0);
                let parts = len.div_ceil(columns.part_len());
                assert!(
                    parts <= MAX_PARTS && (parts == 1 || parts * channels * 8 <= len),
                    "{parts} parts"
                );
            }
        }
    }

    #[test]
    fn a_row_repeats_the_channels() {
        let columns = Columns::new(1000, 3).unwrap();
        let row = columns.repeat_channels([1.0, 2.0, 3.0].into_iter());
        assert_eq!(row.len(), columns.width());
        assert!(
            row.chunks_exact(3)
                .all(|position| position == [1.0, 2.0, 3.0])
        );
        let mut totals = [0.5; 3];
        columns.add_row_to_totals(&row, &mut totals);
        let positions = columns.width() as f64 / 3.0;
        assert_eq!(
            totals,
            [
                0.5 + positions,
                0.5 + 2.0 * positions,
                0.5 + 3.0 * positions
            ]
        );
    }
}
