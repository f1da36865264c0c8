use std::ops::Range;

use super::layout::Layout;
use crate::geometry::{Direction, Geometry};
use crate::window::Window;

/// Most taps of a phase along an axis.
pub(super) const MOST_TAPS: usize = 3;

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
    /// The place of each tap among the weights of a pair of channels, for every pair of groups; `None` for a tap that the
    /// two groups lack.
    offsets: Vec<[Option<usize>; MOST_TAPS * MOST_TAPS]>,
}

/// The offset of a column's channel among the weights, and the group of the output that the column belongs to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PairEnd {
    pub(super) start: usize,
    pub(super) group: usize,
}

/// Neighbouring rows of a panel that all take part in a product, or that all do not.
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
    pub(super) fn tap_offsets(&self, from: usize, to: usize) -> &[Option<usize>] {
        &self.offsets[from * self.groups[1] + to][..self.taps * self.taps]
    }

    /// The offset of an input channel among the weights.
    pub(super) fn input_start(&self, channel: usize) -> usize {
        channel * self.steps[0]
    }

    pub(super) fn output_end(&self, column: usize) -> PairEnd {
        PairEnd {
            start: column % self.channels[1] * self.steps[1],
            group: column / self.channels[1],
        }
    }

    /// For each group of the input, the points at which its products with some columns are not all zero.
    pub(super) fn input_points(&self, reach: usize, columns: Range<usize>) -> Vec<GroupPoints> {
        let outputs = columns.start / self.channels[1]..columns.end.div_ceil(self.channels[1]);
        (0..self.groups[0])
            .map(|group| self.find_points(group..group + 1, outputs.clone(), reach))
            .collect()
    }

    /// For each group of the output, the points at which its sums are not zero.
    pub(super) fn output_points(&self, reach: usize) -> Vec<GroupPoints> {
        (0..self.groups[1])
            .map(|group| self.find_points(0..self.groups[0], group..group + 1, reach))
            .collect()
    }

    /// The points at which the taps between some groups of the input and some of the output are not all zero. Only the first
    /// and the last point along an axis can be left out, or all points where there are no taps.
    fn find_points(&self, from: Range<usize>, to: Range<usize>, reach: usize) -> GroupPoints {
        let taps: Vec<usize> = from
            .flat_map(|from| to.clone().map(move |to| (from, to)))
            .flat_map(|(from, to)| self.tap_offsets(from, to).iter().enumerate())
            .filter_map(|(tap, offset)| offset.map(|_| tap))
            .collect();
        let along = |tap_along: &dyn Fn(usize) -> usize| {
            // The value at the first point is that of the first tap, at the last point that of the last tap, and at every
            // other point a sum of all taps.
            let is_zero_without = |wanted: usize| !taps.iter().any(|&tap| tap_along(tap) == wanted);
            if taps.is_empty() {
                return 0..0;
            }
            usize::from(is_zero_without(0))..reach - usize::from(is_zero_without(self.taps - 1))
        };
        GroupPoints {
            rows: along(&|tap| tap / self.taps),
            columns: along(&|tap| tap % self.taps),
        }
    }
}

/// The points along the height and along the width at which a group takes part in products.
#[derive(Debug, Clone)]
pub(super) struct GroupPoints {
    pub(super) rows: Range<usize>,
    pub(super) columns: Range<usize>,
}

impl GroupPoints {
    /// Whether a frequency is among these points. There are `reach` points along each axis.
    fn contain_frequency(&self, frequency: usize, reach: usize) -> bool {
        self.rows.contains(&(frequency / reach)) && self.columns.contains(&(frequency % reach))
    }
}

/// The rows of a panel at one frequency, as runs of groups that take part in its products and runs of groups that do not.
/// A group has `channels` rows, and there are `reach` points along each axis.
pub(super) fn list_runs(
    points: &[GroupPoints],
    channels: usize,
    frequency: usize,
    reach: usize,
) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (group, points) in points.iter().enumerate() {
        let takes_part = points.contain_frequency(frequency, reach);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Volumes;
    use crate::engine::winograd::filter::{
        Filter, FourOfThree, FourOfTwo, ThreeOfTwo, TwoOfThree, TwoOfTwo,
    };

    /// What [`TapPlaces::find_points`] relies on.
    #[test]
    fn the_first_point_has_the_first_tap_alone_and_the_last_point_the_last() {
        fn check_points<
            F: Filter<IN, OUT, TAPS>,
            const IN: usize,
            const OUT: usize,
            const TAPS: usize,
        >() {
            for (point, factors) in F::POINTS.iter().enumerate() {
                for (tap, factor) in factors.iter().enumerate() {
                    let zero = (point == 0 && tap > 0) || (point == IN - 1 && tap < TAPS - 1);
                    assert_eq!(*factor == 0.0, zero, "point {point}, tap {tap}");
                }
            }
        }
        check_points::<TwoOfTwo, 3, 2, 2>();
        check_points::<ThreeOfTwo, 4, 3, 2>();
        check_points::<FourOfTwo, 5, 4, 2>();
        check_points::<TwoOfThree, 4, 2, 3>();
        check_points::<FourOfThree, 6, 4, 3>();
    }

    /// Products of a tile for each pair of channels.
    fn count_products(window: Window, side: usize) -> usize {
        let direction = Direction::of_forward(&window);
        let input = Volumes::new(1, [4, 8, 8], 5).unwrap();
        let geometry = Geometry::new(input, 3, window).unwrap();
        let layout = Layout::new(&geometry, direction, side).unwrap();
        let places = &TapPlaces::new(&geometry, direction, &layout);
        let reach = side + layout.taps - 1;
        let products = (0..reach * reach).flat_map(|frequency| {
            let columns = (0..places.groups[1]).map(|to| to * 3..(to + 1) * 3);
            columns.flat_map(move |columns| {
                list_runs(&places.input_points(reach, columns), 5, frequency, reach)
            })
        });
        let rows = products
            .filter(|run| run.takes_part)
            .map(|run| run.rows.len());
        rows.sum::<usize>() / 5
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri, and it runs no unsafe code")]
    fn phases_with_fewer_taps_take_part_in_fewer_products() {
        // Directly: 144 products for 4 by 4 outputs of 3 by 3 taps.
        assert_eq!(count_products(Window::square(3, 1, 1), 4), 36);
        assert_eq!(count_products(Window::square(3, 2, 1), 4), 81);
        let double = Window::square(3, 2, 1).with_transposed(true);
        assert_eq!(count_products(double.with_output_padding([0, 1, 1]), 4), 81);
        // Directly: 256 products for 4 by 4 outputs of 4 by 4 taps, 144 for 3 by 3 outputs. Transposed, three taps of which each
        // phase lacks one are as good as two.
        assert_eq!(count_products(Window::square(4, 2, 1), 4), 100);
        let double = Window::square(4, 2, 1).with_transposed(true);
        assert_eq!(count_products(double, 4), 100);
        assert_eq!(count_products(double, 3), 64);
        // A window of four planes multiplies each of them. Transposed with stride 2, each of the two planes of a cell needs two.
        let window = Window::volume([4; 3])
            .with_stride([2; 3])
            .with_padding([1; 3]);
        assert_eq!(count_products(window, 4), 4 * 100);
        assert_eq!(count_products(window.with_transposed(true), 4), 2 * 2 * 100);
    }
}
