//! The taps of every output position, axis by axis.
//!
//! In a gather every output position has all taps. In a spread with stride s, the output positions with the same
//! remainder by s share the taps that reach them; they form one pass. Along an axis with kernel 4, stride 2 and padding 1:
//!
//! ```text
//! output (big)   0     1     2     3     4     5    ...
//! taps           1,3   0,2   1,3   0,2   1,3   0,2       big = small * 2 + tap - 1
//! pass           0     1     0     1     0     1
//! ```

use std::ops::Range;

use crate::geometry::{Direction, Geometry};

/// A tap along one axis: its number in the kernel, and its offset from the scaled output position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tap {
    pub(crate) number: usize,
    pub(crate) shift: isize,
}

/// A pass along one axis. Its output positions are `first + q * step` for q below `count`; each sums over the input
/// positions `q * scale + shift` of its taps.
#[derive(Debug, Clone)]
pub(crate) struct AxisPass {
    pub(crate) count: usize,
    pub(crate) first: usize,
    pub(crate) step: usize,
    pub(crate) scale: usize,
    pub(crate) taps: Vec<Tap>,
}

impl AxisPass {
    /// The output position with this number in the pass.
    #[inline]
    pub(crate) fn output_position(&self, q: usize) -> usize {
        self.first + q * self.step
    }

    /// The input position of a tap for output `q`; `None` outside a grid of `input` positions, that is in the padding.
    #[inline]
    pub(crate) fn input_position(&self, q: usize, tap: Tap, input: usize) -> Option<usize> {
        usize::try_from((q * self.scale) as isize + tap.shift)
            .ok()
            .filter(|&p| p < input)
    }

    /// The part of a range of outputs for which a tap lies inside a grid of `input` positions.
    pub(crate) fn outputs_inside(
        &self,
        outputs: Range<usize>,
        tap: Tap,
        input: usize,
    ) -> Range<usize> {
        let first = ((-tap.shift).max(0) as usize).div_ceil(self.scale);
        let end = ((input as isize - tap.shift).max(0) as usize).div_ceil(self.scale);
        outputs.start.max(first)..outputs.end.min(end)
    }
}

/// Output positions that share their taps, along depth, height and width.
pub(crate) type Pass = [AxisPass; 3];

/// The passes of an operation: one for a gather; for a spread, one for every combination of remainders by the strides.
pub(crate) fn list_passes(geometry: &Geometry, direction: Direction) -> Vec<Pass> {
    let [depth, height, width] = [0, 1, 2].map(|axis| axis_passes(geometry, direction, axis));
    let mut all = Vec::with_capacity(depth.len() * height.len() * width.len());
    for d in &depth {
        for h in &height {
            for w in &width {
                all.push([d.clone(), h.clone(), w.clone()]);
            }
        }
    }
    all
}

fn axis_passes(geometry: &Geometry, direction: Direction, axis: usize) -> Vec<AxisPass> {
    let window = &geometry.window;
    let (kernel, stride) = (window.kernel[axis], window.stride[axis]);
    let (padding, dilation) = (
        window.padding[axis] as isize,
        window.dilation[axis] as isize,
    );
    match direction {
        Direction::Gather => {
            let taps = (0..kernel)
                .map(|k| Tap {
                    number: k,
                    shift: k as isize * dilation - padding,
                })
                .collect();
            vec![AxisPass {
                count: geometry.small.size()[axis],
                first: 0,
                step: 1,
                scale: stride,
                taps,
            }]
        }
        Direction::Spread => {
            let big = geometry.big.size()[axis];
            let passes = (0..stride.min(big)).map(|first| {
                // big = small * stride + k * dilation - padding, solved for small: tap k reaches the outputs of this
                // pass where the division by the stride leaves no remainder.
                let taps = (0..kernel).filter_map(|k| {
                    let scaled = first as isize + padding - k as isize * dilation;
                    let (shift, remainder) = (
                        scaled.div_euclid(stride as isize),
                        scaled.rem_euclid(stride as isize),
                    );
                    (remainder == 0).then_some(Tap { number: k, shift })
                });
                let count = (big - first).div_ceil(stride);
                AxisPass {
                    count,
                    first,
                    step: stride,
                    scale: 1,
                    taps: taps.collect(),
                }
            });
            passes.collect()
        }
    }
}
