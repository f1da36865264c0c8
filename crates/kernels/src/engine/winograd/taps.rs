use std::ops::Range;

use super::layout::Layout;
use crate::geometry::{Direction, Geometry};
use crate::window::Window;

/// Largest stride along the height and the width.
const MOST_STRIDE: usize = 3;
/// Most taps of a phase along an axis.
pub(super) const MOST_TAPS: usize = 3;
/// Most weights of a pair of channels.
pub(super) const MOST_PAIR_LEN: usize = 256;

/// Whether minimal filtering serves a window: square, without groups and dilation, and not too large.
pub(super) fn is_served(window: &Window) -> bool {
    let square = [window.kernel, window.stride, window.padding]
        .iter()
        .all(|axes| axes[1] == axes[2]);
    let plain = window.groups == 1 && window.dilation == [1; 3];
    square && plain && window.stride[2] <= MOST_STRIDE && window.taps() <= MOST_PAIR_LEN
}

/// Where the taps between a group and channel of the input, which is a row of the panels, and one of the output, a column,
/// lie in the weights.
///
/// A pair of groups may lack some taps of the filter. Without its first tap a filter has the value zero at its first point,
/// which is 0, and without its last tap at its last point, infinity. Nothing is multiplied there:
///
/// ```text
/// convolution with kernel 3, stride 2, along one axis: 4 outputs with 9 products instead of 12
///
/// phase 0, taps w0, w2     points 0, 1, -1, 1/2, infinity
/// phase 1, tap w1          points 0, 1, -1, 1/2
/// ```
#[derive(Debug, Clone)]
pub(super) struct TapPlaces {
    channels: [usize; 2],
    /// Weights from one channel to the next, for the input and for the output.
    steps: [usize; 2],
    /// Weights of a pair of channels.
    pair_len: usize,
    /// Taps of the filter along an axis.
    taps: usize,
    /// Groups of the input and of the output.
    groups: [usize; 2],
    /// For every pair of groups, the place of each tap among the weights of a pair of channels; `None` where the pair has
    /// no such tap.
    offsets: Vec<[Option<usize>; MOST_TAPS * MOST_TAPS]>,
}

/// What one of two channels contributes to the place of their taps.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PairEnd {
    pub(super) start: usize,
    pub(super) group: usize,
}

/// Neighbouring rows of the panels whose groups all take part in a product, or all do not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) rows: Range<usize>,
    pub(super) takes_part: bool,
}

impl TapPlaces {
    pub(super) fn new(geometry: &Geometry, direction: Direction, layout: &Layout) -> Self {
        let Window {
            kernel,
            stride,
            padding,
            ..
        } = geometry.window;
        let (taps, pair_len) = (layout.taps, geometry.window.taps());
        // The tap of the window that is number `tap` of the filter, along one axis. Along the depth there is no filter.
        let tap_along = |axis: usize, tap: usize, from: usize, to: usize| {
            let input = layout.input.position(axis, tap, from);
            let output = layout.output.position(axis, 0, to);
            let (big, small) = match direction {
                Direction::Gather => (input, output),
                Direction::Spread => (output, input),
            };
            let at = big + padding[axis] as isize - stride[axis] as isize * small;
            usize::try_from(at).ok().filter(|&at| at < kernel[axis])
        };
        let groups = [layout.input.group_count(), layout.output.group_count()];
        let pairs = (0..groups[0]).flat_map(|from| (0..groups[1]).map(move |to| (from, to)));
        let offsets = pairs
            .map(|(from, to)| {
                let (from, to) = (layout.input.group_at(from), layout.output.group_at(to));
                std::array::from_fn(|tap| {
                    if tap >= taps * taps {
                        return None;
                    }
                    let plane = tap_along(0, 0, from[0], to[0])?;
                    let row = tap_along(1, tap / taps, from[1], to[1])?;
                    let column = tap_along(2, tap % taps, from[2], to[2])?;
                    Some((plane * kernel[1] + row) * kernel[2] + column)
                })
            })
            .collect();
        let of_small = geometry.big.channels() * pair_len;
        let (from, to) = direction.ends(geometry);
        Self {
            channels: [from.channels(), to.channels()],
            steps: match direction {
                Direction::Gather => [pair_len, of_small],
                Direction::Spread => [of_small, pair_len],
            },
            pair_len,
            taps,
            groups,
            offsets,
        }
    }

    /// Weights of a pair of channels.
    pub(super) fn pair_len(&self) -> usize {
        self.pair_len
    }

    /// The places of the taps between two groups among the weights of a pair of channels.
    pub(super) fn offsets(&self, from: usize, to: usize) -> &[Option<usize>] {
        &self.offsets[from * self.groups[1] + to][..self.taps * self.taps]
    }

    pub(super) fn input_end(&self, row: usize) -> PairEnd {
        PairEnd {
            start: row % self.channels[0] * self.steps[0],
            group: row / self.channels[0],
        }
    }

    pub(super) fn output_end(&self, column: usize) -> PairEnd {
        PairEnd {
            start: column % self.channels[1] * self.steps[1],
            group: column / self.channels[1],
        }
    }

    /// The rows of the panels, cut where groups that take part in the products of some columns at a frequency meet groups
    /// that do not. There are `reach` points along each axis.
    pub(super) fn runs(&self, frequency: usize, reach: usize, columns: Range<usize>) -> Vec<Run> {
        let channels = self.channels[0];
        let outputs = columns.start / self.channels[1]..columns.end.div_ceil(self.channels[1]);
        let mut runs: Vec<Run> = Vec::new();
        for group in 0..self.groups[0] {
            let takes_part = outputs
                .clone()
                .any(|to| self.has_value(group, to, [frequency / reach, frequency % reach], reach));
            let end = (group + 1) * channels;
            match runs.last_mut() {
                Some(run) if run.takes_part == takes_part => run.rows.end = end,
                _ => runs.push(Run {
                    rows: group * channels..end,
                    takes_part,
                }),
            }
        }
        runs
    }

    /// The points along the height and the width at which the products of a group of the input are more than zero.
    pub(super) fn points_of_input(&self, from: usize, reach: usize) -> [Range<usize>; 2] {
        Self::points(reach, |points| {
            (0..self.groups[1]).any(|to| self.has_value(from, to, points, reach))
        })
    }

    /// The same for a group of the output.
    pub(super) fn points_of_output(&self, to: usize, reach: usize) -> [Range<usize>; 2] {
        Self::points(reach, |points| {
            (0..self.groups[0]).any(|from| self.has_value(from, to, points, reach))
        })
    }

    /// The points with a value. Only the first and the last along an axis may have none, unless there are no taps at all.
    fn points(reach: usize, has_value: impl Fn([usize; 2]) -> bool) -> [Range<usize>; 2] {
        let range = |along: &dyn Fn(usize) -> bool| {
            let first = (0..reach).find(|&point| along(point)).unwrap_or(reach);
            let last = (0..reach).rfind(|&point| along(point));
            first..last.map_or(first, |last| last + 1)
        };
        [
            range(&|row| (0..reach).any(|column| has_value([row, column]))),
            range(&|column| (0..reach).any(|row| has_value([row, column]))),
        ]
    }

    /// Whether the taps between two groups have a value at a point along the height and the width, or are zero there.
    fn has_value(&self, from: usize, to: usize, points: [usize; 2], reach: usize) -> bool {
        // The first point has the value of the first tap, the last one that of the last tap, every other one a sum of all.
        let counts = |tap: usize, point: usize| {
            (point != 0 || tap == 0) && (point != reach - 1 || tap == self.taps - 1)
        };
        let offsets = self.offsets(from, to).iter().enumerate();
        offsets.into_iter().any(|(tap, offset)| {
            offset.is_some()
                && counts(tap / self.taps, points[0])
                && counts(tap % self.taps, points[1])
        })
    }
}
