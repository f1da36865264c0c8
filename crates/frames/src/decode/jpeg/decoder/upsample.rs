//! Upsampling of subsampled components to the picture's size, as libjpeg's "fancy" upsampling does.
//!
//! A component of half the width has its samples between the pixels. Each pixel is 3/4 of the
//! nearer sample and 1/4 of the farther one (a triangle filter):
//!
//! ```text
//! samples      a       b       c
//! pixels     0   1   2   3   4   5        pixel 1 = (3a + b) / 4,  pixel 2 = (3b + a) / 4
//! ```
//!
//! With half the height too, the rows are combined in the same way before the columns, without
//! rounding in between.

use super::headers::{Component, FrameHeader};
use super::plane::Plane;

/// The way in which a component is upsampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Upsampling {
    /// Not at all: it has the picture's size.
    Full,
    /// To twice the width, by the triangle filter.
    DoubleWidth,
    /// To twice the height, by the triangle filter.
    DoubleHeight,
    /// To twice the width and height, by the triangle filter.
    DoubleBoth,
    /// By repeating every sample so many times across and down.
    Repeat(usize, usize),
}

impl Upsampling {
    /// The upsampling of a component; `None` if its size is not a whole fraction of the picture's.
    pub(super) fn for_component(component: &Component, frame: &FrameHeader) -> Option<Self> {
        if !frame.max_h.is_multiple_of(component.h) || !frame.max_v.is_multiple_of(component.v) {
            return None;
        }
        // libjpeg repeats the samples of a component that is less than three wide.
        let wide_enough = component.width > 2;
        Some(
            match (frame.max_h / component.h, frame.max_v / component.v) {
                (1, 1) => Self::Full,
                (2, 1) if wide_enough => Self::DoubleWidth,
                (1, 2) => Self::DoubleHeight,
                (2, 2) if wide_enough => Self::DoubleBoth,
                (h, v) => Self::Repeat(h, v),
            },
        )
    }
}

/// Upsamples a plane row by row, with buffers that it reuses.
#[derive(Debug)]
pub(super) struct Upsampler {
    plane: Plane,
    upsampling: Upsampling,
    /// A row before its width is doubled, with its first and last sample repeated at the ends.
    sums: Vec<u16>,
    row: Vec<u8>,
}

impl Upsampler {
    /// An upsampler of a plane.
    pub(super) fn new(plane: Plane, upsampling: Upsampling) -> Self {
        Self {
            plane,
            upsampling,
            sums: Vec::new(),
            row: Vec::new(),
        }
    }

    /// A row at the picture's size; it may be longer than the picture is wide.
    #[inline(always)]
    pub(super) fn upsample_row(&mut self, y: usize) -> &[u8] {
        // With half the height: the nearer row of samples, and the farther one on the other side of
        // row `y`.
        let near = self.plane.row(y / 2);
        let far = self.plane.row(if y.is_multiple_of(2) {
            (y / 2).saturating_sub(1)
        } else {
            y / 2 + 1
        });
        match self.upsampling {
            Upsampling::Full => return self.plane.row(y),
            Upsampling::DoubleHeight => {
                self.row.resize(near.len(), 0);
                // Alternating rounding, so that the errors of the two rows do not add up.
                let bias = if y.is_multiple_of(2) { 1 } else { 2 };
                for ((out, near), far) in self.row.iter_mut().zip(near).zip(far) {
                    *out = ((3 * u16::from(*near) + u16::from(*far) + bias) >> 2) as u8;
                }
            }
            Upsampling::DoubleWidth => {
                let row = self.plane.row(y);
                self.sums.resize(row.len() + 2, 0);
                for (sum, sample) in self.sums[1..].iter_mut().zip(row) {
                    *sum = u16::from(*sample);
                }
                double_width::<2>(&mut self.sums, [1, 2], &mut self.row);
            }
            Upsampling::DoubleBoth => {
                self.sums.resize(near.len() + 2, 0);
                for ((sum, near), far) in self.sums[1..].iter_mut().zip(near).zip(far) {
                    *sum = 3 * u16::from(*near) + u16::from(*far);
                }
                double_width::<4>(&mut self.sums, [8, 7], &mut self.row);
            }
            Upsampling::Repeat(h, v) => {
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

/// Doubles the width of `sums`, which hold `2^SHIFT / 4` times the samples. The left and the right
/// pixel of each sample round with different biases, so that the errors do not add up.
#[inline(always)]
fn double_width<const SHIFT: u32>(sums: &mut [u16], biases: [u16; 2], row: &mut Vec<u8>) {
    let width = sums.len() - 2;
    sums[0] = sums[1];
    sums[width + 1] = sums[width];
    row.resize(2 * width, 0);
    let neighbours = sums.iter().zip(&sums[1..]).zip(&sums[2..]);
    for (out, ((left, here), right)) in row.as_chunks_mut::<2>().0.iter_mut().zip(neighbours) {
        *out = [
            ((3 * here + left + biases[0]) >> SHIFT) as u8,
            ((3 * here + right + biases[1]) >> SHIFT) as u8,
        ];
    }
}
