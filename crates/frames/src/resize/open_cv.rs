//! Bilinear over the four nearest pixels, in OpenCV's fixed point.

/// Weights are multiples of 1/2048.
const ONE: f32 = 2048.0;

/// One output position on an axis: the two input positions it lies between, and their weights.
#[derive(Debug, Clone, Copy)]
struct Between {
    at: [u32; 2],
    weights: [i32; 2],
}

/// Tables and buffers for one pair of sizes.
#[derive(Debug)]
pub(super) struct OpenCv {
    width: usize,
    columns: Vec<Between>,
    rows: Vec<Between>,
    /// Two input rows resized along the row, and which ones they are.
    lines: [(Option<u32>, Vec<i32>); 2],
}

impl OpenCv {
    /// Tables for frames of `from` to become `to`, each width and height.
    pub(super) fn new(from: (usize, usize), to: (usize, usize)) -> Self {
        Self {
            width: from.0,
            columns: axis(from.0, to.0, true),
            rows: axis(from.1, to.1, false),
            lines: Default::default(),
        }
    }

    /// Resizes pixels of `C` bytes.
    pub(super) fn resize<const C: usize>(&mut self, pixels: &[u8], out: &mut [u8]) {
        let [(first, a), (second, b)] = &mut self.lines;
        // What lies there is of another frame.
        (*first, *second) = (None, None);
        let line = self.columns.len() * C;
        a.resize(line, 0);
        b.resize(line, 0);
        let row = |y: u32| &pixels[y as usize * self.width * C..][..self.width * C];
        for (Between { at: [y0, y1], weights }, out) in self.rows.iter().zip(out.chunks_exact_mut(line)) {
            if *second == Some(*y0) {
                std::mem::swap(first, second);
                std::mem::swap(a, b);
            }
            if *first != Some(*y0) {
                along::<C>(row(*y0), &self.columns, a);
                *first = Some(*y0);
            }
            if *second != Some(*y1) {
                along::<C>(row(*y1), &self.columns, b);
                *second = Some(*y1);
            }
            across(a, b, weights.map(|w| w as i16), out);
        }
    }
}

/// One input row at the output's columns, in 1/2048.
fn along<const C: usize>(row: &[u8], columns: &[Between], line: &mut [i32]) {
    let pixels = row.as_chunks::<C>().0;
    for (out, Between { at: [x0, x1], weights }) in line.as_chunks_mut::<C>().0.iter_mut().zip(columns) {
        let (left, right) = (&pixels[*x0 as usize], &pixels[*x1 as usize]);
        for channel in 0..C {
            out[channel] = i32::from(left[channel]) * weights[0] + i32::from(right[channel]) * weights[1];
        }
    }
}

/// Two such rows to bytes. The bits that are dropped on the way are those OpenCV drops.
fn across(a: &[i32], b: &[i32], weights: [i16; 2], out: &mut [u8]) {
    // 255 * 2048 / 16 fits 16 bits, so that the product is one of 16 by 16.
    let part = |value: i32, weight: i16| (i32::from((value >> 4) as i16) * i32::from(weight)) >> 16;
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = ((part(*a, weights[0]) + part(*b, weights[1]) + 2) >> 2) as u8;
    }
}

/// The positions of an axis; where the edge lies between, `fold` gives its pixel the whole weight.
fn axis(from: usize, to: usize, fold: bool) -> Vec<Between> {
    let scale = 1.0 / (to as f64 / from as f64);
    let last = from as i64 - 1;
    let between = |place: usize| {
        let centre = ((place as f64 + 0.5) * scale - 0.5) as f32;
        let floor = centre.floor();
        let (near, mut part) = (floor as i64, centre - floor);
        if fold && (near < 0 || near >= last) {
            part = 0.0;
        }
        Between {
            at: [near, near + 1].map(|i| i.clamp(0, last) as u32),
            weights: [1.0 - part, part].map(|w| (w * ONE).round_ties_even() as i32),
        }
    };
    (0..to).map(between).collect()
}
