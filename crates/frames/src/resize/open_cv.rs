//! Bilinear resizing over the four nearest pixels, in the fixed point of OpenCV's `INTER_LINEAR`.
//!
//! ```text
//! value = w00 a + w01 b        a  b     a, b, c, d: the pixels around the position of the output pixel
//!       + w10 c + w11 d        c  d     weights: products of a column's and a row's weights
//! ```
//!
//! Each input row is resized to the output's width once, in 1/2048; an output row combines two such
//! rows.

/// The weight 1 in fixed point.
const ONE: f32 = 2048.0;

/// An output position on an axis: the two input positions around it, and their weights.
#[derive(Debug, Clone, Copy)]
struct Tap {
    at: [u32; 2],
    weights: [i32; 2],
}

/// Tables and buffers for one pair of sizes.
#[derive(Debug)]
pub(super) struct OpenCv {
    width: usize,
    columns: Vec<Tap>,
    rows: Vec<Tap>,
    /// Two input rows at the output's width, and their row numbers.
    lines: [(Option<u32>, Vec<i32>); 2],
}

impl OpenCv {
    /// The tables for frames of the size `from` and the target size `to`, each (width, height).
    pub(super) fn new(from: (usize, usize), to: (usize, usize)) -> Self {
        Self {
            width: from.0,
            columns: axis_taps(from.0, to.0, true),
            rows: axis_taps(from.1, to.1, false),
            lines: Default::default(),
        }
    }

    /// Resizes pixels of `C` bytes.
    pub(super) fn resize<const C: usize>(&mut self, pixels: &[u8], out: &mut [u8]) {
        let [(first, a), (second, b)] = &mut self.lines;
        // The buffers hold rows of another frame.
        (*first, *second) = (None, None);
        let line = self.columns.len() * C;
        a.resize(line, 0);
        b.resize(line, 0);
        let row_bytes = self.width * C;
        for (
            Tap {
                at: [y0, y1],
                weights,
            },
            out,
        ) in self.rows.iter().zip(out.chunks_exact_mut(line))
        {
            // Output rows go downwards: the lower row of one is often the upper row of the next.
            if *second == Some(*y0) {
                std::mem::swap(first, second);
                std::mem::swap(a, b);
            }
            if *first != Some(*y0) {
                resize_row::<C>(
                    &pixels[*y0 as usize * row_bytes..][..row_bytes],
                    &self.columns,
                    a,
                );
                *first = Some(*y0);
            }
            if *second != Some(*y1) {
                resize_row::<C>(
                    &pixels[*y1 as usize * row_bytes..][..row_bytes],
                    &self.columns,
                    b,
                );
                *second = Some(*y1);
            }
            combine_rows(a, b, weights.map(|w| w as i16), out);
        }
    }
}

/// Resizes one input row to the output's width, in 1/2048.
fn resize_row<const C: usize>(row: &[u8], columns: &[Tap], line: &mut [i32]) {
    let pixels = row.as_chunks::<C>().0;
    for (
        out,
        Tap {
            at: [x0, x1],
            weights,
        },
    ) in line.as_chunks_mut::<C>().0.iter_mut().zip(columns)
    {
        let (left, right) = (&pixels[*x0 as usize], &pixels[*x1 as usize]);
        for channel in 0..C {
            out[channel] =
                i32::from(left[channel]) * weights[0] + i32::from(right[channel]) * weights[1];
        }
    }
}

/// Combines two such rows to bytes. It drops the same bits on the way as OpenCV.
fn combine_rows(a: &[i32], b: &[i32], weights: [i16; 2], out: &mut [u8]) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = ((weighted_part(*a, weights[0]) + weighted_part(*b, weights[1]) + 2) >> 2) as u8;
    }
}

/// The product of a value in 1/2048 and a weight, in quarters. 255 * 2048 / 16 fits 16 bits, so
/// that the factors do.
fn weighted_part(value: i32, weight: i16) -> i32 {
    (i32::from((value >> 4) as i16) * i32::from(weight)) >> 16
}

/// The taps of an axis. With `fold`, positions beyond the centre of an edge pixel give it the whole
/// weight, as OpenCV does for columns; rows repeat the edge pixel instead, which rounds
/// differently.
fn axis_taps(from: usize, to: usize, fold: bool) -> Vec<Tap> {
    // The scale is the inverse of an inverse, and the position is rounded to f32 before it is split.
    // These are OpenCV's steps, which decide the last bit of a weight.
    let scale = 1.0 / (to as f64 / from as f64);
    let last = from as i64 - 1;
    let mut taps = Vec::with_capacity(to);
    for place in 0..to {
        let centre = ((place as f64 + 0.5) * scale - 0.5) as f32;
        let floor = centre.floor();
        let (near, mut part) = (floor as i64, centre - floor);
        if fold && (near < 0 || near >= last) {
            part = 0.0;
        }
        // Rows beyond an edge get the edge row twice. `cvRound` rounds ties to even.
        taps.push(Tap {
            at: [near, near + 1].map(|i| i.clamp(0, last) as u32),
            weights: [1.0 - part, part].map(|w| (w * ONE).round_ties_even() as i32),
        });
    }
    taps
}
