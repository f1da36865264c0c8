//! Bilinear with a filter that widens when shrinking, in Pillow's fixed point.

/// Weights are multiples of 2^-22.
const BITS: u32 = 22;
const HALF: u32 = 1 << (BITS - 1);

/// Tables and buffers for one pair of sizes.
#[derive(Debug)]
pub(super) struct Antialiased {
    from: (usize, usize),
    to: (usize, usize),
    columns: Axis,
    rows: Axis,
    /// All input rows at the output's columns.
    narrow: Vec<u8>,
    /// Sums of an output row.
    sums: Vec<u32>,
}

impl Antialiased {
    /// Tables for frames of `from` to become `to`, each width and height.
    pub(super) fn new(from: (usize, usize), to: (usize, usize)) -> Self {
        let (columns, rows) = (Axis::new(from.0, to.0), Axis::new(from.1, to.1));
        Self { from, to, columns, rows, narrow: Vec::new(), sums: Vec::new() }
    }

    /// Resizes pixels of `C` bytes, rows first. An axis that keeps its length keeps its bytes.
    pub(super) fn resize<const C: usize>(&mut self, pixels: &[u8], out: &mut [u8]) {
        if self.from.1 == self.to.1 {
            self.along::<C>(pixels, out);
        } else if self.from.0 == self.to.0 {
            self.across(pixels, out);
        } else {
            let mut narrow = std::mem::take(&mut self.narrow);
            narrow.resize(self.to.0 * self.from.1 * C, 0);
            self.along::<C>(pixels, &mut narrow);
            self.across(&narrow, out);
            self.narrow = narrow;
        }
    }

    /// All rows at the output's columns.
    fn along<const C: usize>(&self, pixels: &[u8], out: &mut [u8]) {
        let (line, narrow) = (self.from.0 * C, self.to.0 * C);
        for (row, out) in pixels.chunks_exact(line).zip(out.chunks_exact_mut(narrow)) {
            let row = row.as_chunks::<C>().0;
            for (out, (start, weights)) in out.as_chunks_mut::<C>().0.iter_mut().zip(self.columns.iter()) {
                let mut sums = [HALF; C];
                for (pixel, weight) in row[start..][..weights.len()].iter().zip(weights) {
                    for channel in 0..C {
                        sums[channel] += u32::from(pixel[channel]) * weight;
                    }
                }
                *out = sums.map(byte);
            }
        }
    }

    /// All columns at the output's rows.
    fn across(&mut self, pixels: &[u8], out: &mut [u8]) {
        let line = pixels.len() / self.from.1;
        for ((start, weights), out) in self.rows.iter().zip(out.chunks_exact_mut(line)) {
            self.sums.clear();
            self.sums.resize(line, HALF);
            for (row, weight) in pixels[start * line..].chunks_exact(line).zip(weights) {
                for (sum, value) in self.sums.iter_mut().zip(row) {
                    *sum += u32::from(*value) * weight;
                }
            }
            for (out, sum) in out.iter_mut().zip(&self.sums) {
                *out = byte(*sum);
            }
        }
    }
}

/// A sum with the rounding half in it, to a byte.
fn byte(sum: u32) -> u8 {
    (sum >> BITS).min(255) as u8
}

/// For each output position on an axis, where the filter starts on the input and its weights from there on.
///
/// All have equally many, zeros among them, so that the loop over them always takes the same turns.
#[derive(Debug)]
struct Axis {
    starts: Vec<usize>,
    taps: usize,
    weights: Vec<u32>,
}

impl Axis {
    fn new(from: usize, to: usize) -> Self {
        let scale = from as f64 / to as f64;
        // How far the filter reaches to each side.
        let reach = scale.max(1.0);
        let taps = (2 * reach.ceil() as usize + 1).min(from);
        let mut axis = Self { starts: Vec::with_capacity(to), taps, weights: Vec::with_capacity(to * taps) };
        for place in 0..to {
            let centre = (place as f64 + 0.5) * scale;
            let first = (centre - reach + 0.5).max(0.0) as usize;
            let end = ((centre + reach + 0.5) as usize).min(from);
            let weight = |i: usize| (1.0 - ((i as f64 - centre + 0.5) * (1.0 / reach)).abs()).max(0.0);
            let total: f64 = (first..end).map(weight).sum();
            let fixed = |i: usize| {
                if (first..end).contains(&i) {
                    (weight(i) / total * f64::from(1 << BITS) + 0.5) as u32
                } else {
                    0
                }
            };
            let start = first.min(from - taps);
            axis.weights.extend((start..start + taps).map(fixed));
            axis.starts.push(start);
        }
        axis
    }

    fn iter(&self) -> impl Iterator<Item = (usize, &[u32])> {
        self.starts.iter().copied().zip(self.weights.chunks_exact(self.taps))
    }
}
