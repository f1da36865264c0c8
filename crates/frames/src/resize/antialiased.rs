//! Bilinear resizing with antialiasing, in Pillow's fixed point.
//!
//! The filter is a triangle around the centre of the output pixel. When shrinking, it widens with
//! the scale, so that every input pixel counts. Here six pixels become three, and the filter of
//! output pixel 1 reaches two pixels to each side:
//!
//! ```text
//! input      |  0  |  1  |  2  |  3  |  4  |  5  |
//! output     |     0     |     1     |     2     |
//! weights             1/8   3/8   3/8   1/8
//! ```
//!
//! Rows are resized first, then columns, each with rounding to bytes.

/// Fractional bits of the weights.
const BITS: u32 = 22;
const HALF: u32 = 1 << (BITS - 1);

/// Tables and buffers for one pair of sizes.
#[derive(Debug)]
pub(super) struct Antialiased {
    from: (usize, usize),
    to: (usize, usize),
    columns: Axis,
    rows: Axis,
    /// The input rows, resized to the output's width.
    narrow: Vec<u8>,
    /// The weighted sums of an output row.
    sums: Vec<u32>,
}

impl Antialiased {
    /// The tables for frames of the size `from` and the target size `to`, each (width, height).
    pub(super) fn new(from: (usize, usize), to: (usize, usize)) -> Self {
        let (columns, rows) = (Axis::new(from.0, to.0), Axis::new(from.1, to.1));
        Self {
            from,
            to,
            columns,
            rows,
            narrow: Vec::new(),
            sums: Vec::new(),
        }
    }

    /// Resizes pixels of `C` bytes, rows first. An axis that keeps its length is not filtered.
    pub(super) fn resize<const C: usize>(&mut self, pixels: &[u8], out: &mut [u8]) {
        // Pillow skips the pass over an axis that keeps its length, and with it one rounding.
        if self.from.1 == self.to.1 {
            self.resize_rows::<C>(pixels, out);
        } else if self.from.0 == self.to.0 {
            self.resize_columns(pixels, out);
        } else {
            let mut narrow = std::mem::take(&mut self.narrow);
            narrow.resize(self.to.0 * self.from.1 * C, 0);
            self.resize_rows::<C>(pixels, &mut narrow);
            self.resize_columns(&narrow, out);
            self.narrow = narrow;
        }
    }

    /// Resizes all rows to the output's width.
    fn resize_rows<const C: usize>(&self, pixels: &[u8], out: &mut [u8]) {
        // A constant number of weights lets the compiler unroll the loop over them, whose overhead is larger than its few
        // multiplications. Frames that shrink more than fivefold have more weights and take the general loop.
        match self.columns.taps {
            3 => self.resize_rows_with::<C, 3>(pixels, out),
            5 => self.resize_rows_with::<C, 5>(pixels, out),
            7 => self.resize_rows_with::<C, 7>(pixels, out),
            9 => self.resize_rows_with::<C, 9>(pixels, out),
            11 => self.resize_rows_with::<C, 11>(pixels, out),
            _ => self.for_each_output::<C>(pixels, out, |row, start, weights| {
                weighted_sum(&row[start..][..weights.len()], weights)
            }),
        }
    }

    /// As [`Self::resize_rows`], for `T` weights.
    fn resize_rows_with<const C: usize, const T: usize>(&self, pixels: &[u8], out: &mut [u8]) {
        self.for_each_output::<C>(pixels, out, |row, start, weights| {
            match (row[start..].first_chunk::<T>(), weights.first_chunk::<T>()) {
                (Some(pixels), Some(weights)) => weighted_sum(pixels, weights),
                // The axis has as many weights for each position, within the row.
                _ => [HALF; C],
            }
        });
    }

    /// Computes every pixel of resized rows from its input row, the first pixel under the filter, and the weights.
    #[expect(
        clippy::inline_always,
        reason = "the number of weights is known in the caller"
    )]
    #[inline(always)]
    fn for_each_output<const C: usize>(
        &self,
        pixels: &[u8],
        out: &mut [u8],
        sums: impl Fn(&[[u8; C]], usize, &[u32]) -> [u32; C],
    ) {
        let (line, narrow) = (self.from.0 * C, self.to.0 * C);
        for (row, out) in pixels.chunks_exact(line).zip(out.chunks_exact_mut(narrow)) {
            let row = row.as_chunks::<C>().0;
            let out = out.as_chunks_mut::<C>().0;
            for (out, (start, weights)) in out.iter_mut().zip(self.columns.iter()) {
                *out = sums(row, start, weights).map(to_byte);
            }
        }
    }

    /// Resizes all columns to the output's height.
    fn resize_columns(&mut self, pixels: &[u8], out: &mut [u8]) {
        let line = pixels.len() / self.from.1;
        for ((start, weights), out) in self.rows.iter().zip(out.chunks_exact_mut(line)) {
            // Row by row instead of column by column: the additions of a whole row vectorise.
            self.sums.clear();
            self.sums.resize(line, HALF);
            for (row, weight) in pixels[start * line..].chunks_exact(line).zip(weights) {
                for (sum, value) in self.sums.iter_mut().zip(row) {
                    *sum += u32::from(*value) * weight;
                }
            }
            for (out, sum) in out.iter_mut().zip(&self.sums) {
                *out = to_byte(*sum);
            }
        }
    }
}

/// The weighted sums of the channels of some pixels, with the rounding half.
#[expect(
    clippy::inline_always,
    reason = "the number of weights is known in the caller"
)]
#[inline(always)]
fn weighted_sum<const C: usize>(pixels: &[[u8; C]], weights: &[u32]) -> [u32; C] {
    let mut sums = [HALF; C];
    for (pixel, weight) in pixels.iter().zip(weights) {
        for channel in 0..C {
            sums[channel] += u32::from(pixel[channel]) * weight;
        }
    }
    sums
}

/// A sum that includes the rounding half, as a byte.
fn to_byte(sum: u32) -> u8 {
    (sum >> BITS).min(255) as u8
}

/// For each output position on an axis, the first input position of the filter and the weights from
/// there on.
///
/// All positions have the same number of weights, padded with zeros, so that the loop over them has
/// a constant length.
#[derive(Debug)]
struct Axis {
    starts: Vec<usize>,
    taps: usize,
    weights: Vec<u32>,
}

impl Axis {
    /// The filter for an axis of `from` pixels that becomes one of `to` pixels.
    fn new(from: usize, to: usize) -> Self {
        let scale = from as f64 / to as f64;
        // The reach of the filter to each side.
        let reach = scale.max(1.0);
        // The most pixels whose centres an interval of twice the reach can hold.
        let taps = (2 * reach.ceil() as usize + 1).min(from);
        let mut axis = Self {
            starts: Vec::with_capacity(to),
            taps,
            weights: Vec::with_capacity(to * taps),
        };
        for place in 0..to {
            let centre = (place as f64 + 0.5) * scale;
            let first = (centre - reach + 0.5).max(0.0) as usize;
            let end = ((centre + reach + 0.5) as usize).min(from);
            // At the edges a part of the triangle lies outside; the weights inside are scaled up to make up for it.
            let total: f64 = (first..end)
                .map(|i| triangle_weight(i, centre, reach))
                .sum();
            let start = first.min(from - taps);
            for i in start..start + taps {
                // Normalised, so that the weights of a pixel add up to 1.
                axis.weights.push(if (first..end).contains(&i) {
                    (triangle_weight(i, centre, reach) / total * f64::from(1 << BITS) + 0.5) as u32
                } else {
                    0
                });
            }
            axis.starts.push(start);
        }
        axis
    }

    fn iter(&self) -> impl Iterator<Item = (usize, &[u32])> {
        self.starts
            .iter()
            .copied()
            .zip(self.weights.chunks_exact(self.taps))
    }
}

/// The weight of input pixel `i` in a triangle around `centre`, as Pillow computes it.
fn triangle_weight(i: usize, centre: f64, reach: f64) -> f64 {
    (1.0 - ((i as f64 - centre + 0.5) * (1.0 / reach)).abs()).max(0.0)
}
