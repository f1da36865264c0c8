//! Rows of a component at the picture's full size, as libjpeg's "fancy" upsampling makes them.

use super::layout::{Component, Layout};
use super::plane::Plane;

/// How a component comes to full size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Upsampling {
    /// It has it.
    Full,
    /// Twice as wide: three parts the nearer sample, one part the farther.
    Wide,
    /// Twice as high, likewise.
    High,
    /// Twice as wide and high, likewise.
    Both,
    /// Every sample so many times across and down.
    Repeated(usize, usize),
}

impl Upsampling {
    /// The one for a component; none where its samples would lie between the picture's.
    pub(super) fn of(component: &Component, layout: &Layout) -> Option<Self> {
        if !layout.most_h.is_multiple_of(component.h) || !layout.most_v.is_multiple_of(component.v) {
            return None;
        }
        // libjpeg wants three columns before it looks at neighbours.
        let wide = component.width > 2;
        Some(match (layout.most_h / component.h, layout.most_v / component.v) {
            (1, 1) => Self::Full,
            (2, 1) if wide => Self::Wide,
            (1, 2) => Self::High,
            (2, 2) if wide => Self::Both,
            (h, v) => Self::Repeated(h, v),
        })
    }
}

/// Makes rows, and keeps the memory for them.
#[derive(Debug)]
pub(super) struct Upsampler {
    plane: Plane,
    how: Upsampling,
    /// A row before it is widened, with its first and last sample once more at its ends.
    sums: Vec<u16>,
    row: Vec<u8>,
}

impl Upsampler {
    pub(super) fn new(plane: Plane, how: Upsampling) -> Self {
        Self { plane, how, sums: Vec::new(), row: Vec::new() }
    }

    /// A row of the picture, at least as long as it is wide.
    #[inline(always)]
    pub(super) fn row(&mut self, y: usize) -> &[u8] {
        // The nearer row, and the one on the other side of the picture's row.
        let near = self.plane.row(y / 2);
        let far = self.plane.row(if y.is_multiple_of(2) { (y / 2).saturating_sub(1) } else { y / 2 + 1 });
        match self.how {
            Upsampling::Full => return self.plane.row(y),
            Upsampling::High => {
                self.row.resize(near.len(), 0);
                let bias = if y.is_multiple_of(2) { 1 } else { 2 };
                for ((out, near), far) in self.row.iter_mut().zip(near).zip(far) {
                    *out = ((3 * u16::from(*near) + u16::from(*far) + bias) >> 2) as u8;
                }
            }
            Upsampling::Wide => {
                let row = self.plane.row(y);
                self.sums.resize(row.len() + 2, 0);
                for (sum, sample) in self.sums[1..].iter_mut().zip(row) {
                    *sum = u16::from(*sample);
                }
                widen::<2>(&mut self.sums, [1, 2], &mut self.row);
            }
            Upsampling::Both => {
                self.sums.resize(near.len() + 2, 0);
                for ((sum, near), far) in self.sums[1..].iter_mut().zip(near).zip(far) {
                    *sum = 3 * u16::from(*near) + u16::from(*far);
                }
                widen::<4>(&mut self.sums, [8, 7], &mut self.row);
            }
            Upsampling::Repeated(h, v) => {
                let row = self.plane.row(y / v);
                self.row.resize(h * row.len(), 0);
                for (out, sample) in self.row.chunks_exact_mut(h).zip(row) {
                    out.fill(*sample);
                }
            }
        }
        &self.row
    }
}

/// Twice as many columns. The roundings of left and right samples differ, so that they make no drift together.
#[inline(always)]
fn widen<const SHIFT: u32>(sums: &mut [u16], biases: [u16; 2], row: &mut Vec<u8>) {
    let width = sums.len() - 2;
    sums[0] = sums[1];
    sums[width + 1] = sums[width];
    row.resize(2 * width, 0);
    let neighbours = sums.iter().zip(&sums[1..]).zip(&sums[2..]);
    for (out, ((left, here), right)) in row.as_chunks_mut::<2>().0.iter_mut().zip(neighbours) {
        *out =
            [((3 * here + left + biases[0]) >> SHIFT) as u8, ((3 * here + right + biases[1]) >> SHIFT) as u8];
    }
}
