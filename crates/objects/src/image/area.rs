//! Shrinking by averages over areas, as OpenCV's `INTER_AREA`.

use oddframe_core::{Frame, PixelFormat};
use oddframe_frames::rgb_to_gray;

/// The widest picture that is analysed; wider frames are shrunk.
const WIDEST: usize = 360;

/// Converts frames to gray and shrinks them to at most 360 pixels in a row, keeping their aspect.
#[derive(Debug, Default)]
pub(crate) struct Shrinker {
    gray: Vec<u8>,
    from: (usize, usize),
    columns: Vec<Share>,
    rows: Vec<Share>,
    line: Vec<f32>,
    sums: Vec<f32>,
}

/// A part of an input pixel that an output pixel covers.
#[derive(Debug, Clone, Copy)]
struct Share {
    from: usize,
    to: usize,
    weight: f32,
}

impl Shrinker {
    /// The size that frames of this width and height are analysed in.
    pub(crate) fn size(width: usize, height: usize) -> (usize, usize) {
        if width <= WIDEST {
            return (width, height);
        }
        let rows = (height * WIDEST) as f64 / width as f64;
        (WIDEST, (rows.round_ties_even() as usize).max(1))
    }

    /// Writes the shrunk gray frame into `out`, row by row.
    pub(crate) fn shrink_into(&mut self, frame: &Frame, out: &mut Vec<u8>) {
        let from = (frame.shape().width(), frame.shape().height());
        let to = Self::size(from.0, from.1);
        let pixels = match frame.shape().format() {
            PixelFormat::Gray => frame.pixels(),
            PixelFormat::Rgb => {
                self.gray.resize(from.0 * from.1, 0);
                rgb_to_gray(frame.pixels(), &mut self.gray);
                &self.gray
            }
        };
        out.clear();
        if from == to {
            out.extend_from_slice(pixels);
            return;
        }
        if from.0.is_multiple_of(to.0) && from.1.is_multiple_of(to.1) {
            average_whole_pixels(pixels, from.0, (from.0 / to.0, from.1 / to.1), out);
            return;
        }
        if self.from != from {
            self.columns = share_pixels(from.0, to.0);
            self.rows = share_pixels(from.1, to.1);
            self.from = from;
        }
        self.sums.clear();
        self.sums.resize(to.0, 0.0);
        let mut row = 0;
        for share in &self.rows {
            if share.to != row {
                out.extend(self.sums.iter().map(|sum| round_to_byte(*sum)));
                self.sums.fill(0.0);
                row = share.to;
            }
            self.line.clear();
            self.line.resize(to.0, 0.0);
            let line = &pixels[share.from * from.0..][..from.0];
            for column in &self.columns {
                self.line[column.to] += f32::from(line[column.from]) * column.weight;
            }
            for (sum, value) in self.sums.iter_mut().zip(&self.line) {
                *sum += share.weight * value;
            }
        }
        out.extend(self.sums.iter().map(|sum| round_to_byte(*sum)));
    }
}

fn round_to_byte(value: f32) -> u8 {
    value.round_ties_even().clamp(0.0, 255.0) as u8
}

/// Which parts of which input pixels each output pixel covers, in order.
fn share_pixels(from: usize, to: usize) -> Vec<Share> {
    let scale = 1.0 / (to as f64 / from as f64);
    let mut shares = Vec::with_capacity(from + 2 * to);
    for place in 0..to {
        let (start, end) = (place as f64 * scale, (place as f64 * scale) + scale);
        let covered = scale.min(from as f64 - start);
        let (first, last) = (
            (start.ceil() as usize).min(from),
            (end.floor() as usize).min(from),
        );
        let first = first.min(last);
        let mut push = |from: usize, part: f64| {
            shares.push(Share {
                from,
                to: place,
                weight: (part / covered) as f32,
            });
        };
        // OpenCV drops parts below a thousandth of a pixel.
        if first as f64 - start > 1e-3 {
            push(first - 1, first as f64 - start);
        }
        (first..last).for_each(|pixel| push(pixel, 1.0));
        let rest = (end - last as f64).min(1.0).min(covered);
        if rest > 1e-3 && last < from {
            push(last, rest);
        }
    }
    shares
}

/// Averages of whole pixels: sums of integers, rounded once.
fn average_whole_pixels(
    pixels: &[u8],
    width: usize,
    (columns, rows): (usize, usize),
    out: &mut Vec<u8>,
) {
    let scale = 1.0 / (columns * rows) as f32;
    let mut sums = vec![0_u32; width / columns];
    for lines in pixels.chunks_exact(width * rows) {
        sums.fill(0);
        for line in lines.chunks_exact(width) {
            for (sum, part) in sums.iter_mut().zip(line.chunks_exact(columns)) {
                *sum += part.iter().copied().map(u32::from).sum::<u32>();
            }
        }
        // Two by two is rounded half up, every other size half to even.
        out.extend(sums.iter().map(|sum| match (columns, rows) {
            (2, 2) => ((sum + 2) >> 2) as u8,
            _ => round_to_byte(*sum as f32 * scale),
        }));
    }
}

/// The mean of each block of `side` x `side` values; what is left over at the right and at the bottom does not count.
pub(crate) fn average_blocks(values: &[f32], width: usize, side: usize, out: &mut Vec<f32>) {
    let (columns, rows) = (width / side, values.len() / width / side);
    let scale = 1.0 / (side * side) as f32;
    out.clear();
    out.resize(columns * rows, 0.0);
    for (y, line) in values.chunks_exact(width).take(rows * side).enumerate() {
        let out = &mut out[y / side * columns..][..columns];
        for (sum, part) in out.iter_mut().zip(line.chunks_exact(side)) {
            *sum += part.iter().sum::<f32>();
        }
    }
    for sum in out {
        *sum *= scale;
    }
}

#[cfg(test)]
mod tests {
    use oddframe_core::{FrameNumber, FrameShape, PixelFormat};

    use super::*;

    fn shrink(width: usize, pixels: Vec<u8>) -> Vec<u8> {
        let shape = FrameShape::new(width, pixels.len() / width, PixelFormat::Gray).unwrap();
        let frame = Frame::from_pixels(shape, FrameNumber(0), pixels).unwrap();
        let mut out = Vec::new();
        Shrinker::default().shrink_into(&frame, &mut out);
        out
    }

    #[test]
    fn narrow_frames_stay_as_they_are() {
        assert_eq!(Shrinker::size(360, 240), (360, 240));
        assert_eq!(Shrinker::size(640, 360), (360, 202));
        assert_eq!(shrink(3, vec![1, 2, 3]), [1, 2, 3]);
    }

    #[test]
    fn wide_frames_are_averaged() {
        let twice: Vec<u8> = (0..720 * 2).map(|i| (i % 720 / 2 % 250) as u8).collect();
        let expected: Vec<u8> = (0..360).map(|x| (x % 250) as u8).collect();
        assert_eq!(shrink(720, twice), expected);
        // 1.5 pixels each: a whole one and a half of the next.
        let row: Vec<u8> = (0..540).map(|i| [0, 90, 30][i % 3]).collect();
        let out = shrink(540, row.repeat(3));
        assert_eq!(out.len(), 360 * 2);
        assert_eq!(out[..4], [30, 50, 30, 50]);
    }

    #[test]
    fn blocks_are_averaged() {
        let mut out = Vec::new();
        average_blocks(&[1.0, 3.0, 9.0, 5.0, 7.0, 9.0], 3, 2, &mut out);
        assert_eq!(out, [4.0]);
    }
}
