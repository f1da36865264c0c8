use super::filter::FilterKind;
use crate::geometry::{Direction, Geometry};
use crate::simd::Simd;
use crate::volumes::Volumes;
use crate::window::Window;

/// Most weights of a pair of channels.
pub(super) const MOST_PAIR_LEN: usize = 256;
/// Largest stride along the height and the width.
const MOST_STRIDE: usize = 3;
/// Values of a strip that are computed from pixels and those that become pixels: 1 MiB together, of which the
/// second-level cache holds what the current step reads.
const STRIP_LEN: usize = 1 << 18;
/// Least number of tiles of a strip, so that reading the weights costs less than multiplying with them.
const LEAST_STRIP: usize = if cfg!(miri) { 3 } else { 24 };
/// With fewer strips than this, threads share the work on one strip.
const LEAST_STRIPS: usize = 12;
/// Values of a strip that threads share, at most, unless a strip of the least size has more: 64 MiB.
const SHARED_LEN: usize = 1 << 24;
/// Values between the ends of one frequency's rows and the next frequency's: without them, all frequencies of a tile would
/// often lie at the same place of a page, and thus compete for the same few lines of the first-level cache.
pub(super) const GAP: usize = 16;

/// How the pixels of one grid lie in tiles.
///
/// Tiles cover cells, which are pixels where the stride is 1. With stride 2 a cell of the larger grid has four pixels, one
/// of each phase. The pixels of a phase form an image of half the size, and the taps that meet them a convolution with
/// stride 1:
///
/// ```text
/// kernel 4, stride 2, padding 1 along one axis, small y and big x:
///
/// y[i] = w0 x[2i - 1] + w2 x[2i + 1]     phase 0: x[-1], x[1], x[3] ... with the taps w0, w2
///      + w1 x[2i]     + w3 x[2i + 2]     phase 1: x[0],  x[2], x[4] ... with the taps w1, w3
/// ```
///
/// A convolution sums over the phases of its input, as if they were more channels. A transposed convolution computes the
/// phases of its output from the same pixels, again as if they were more channels. With kernel 3 there is no `w3`, and phase 1
/// has a single tap: [`TapPlaces`](super::taps::TapPlaces) says what is multiplied then.
///
/// Along the depth of a volume nothing is saved: a cell is one plane of the output, or one for each phase, and the planes
/// of the input that it needs are more channels too.
///
/// A *group* is the channels of one phase, or of one of these planes: along depth, height and width.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side {
    pub(super) volumes: Volumes,
    /// Groups along each axis.
    groups: [usize; 3],
    /// Pixels from one cell to the next along each axis.
    pub(super) steps: [usize; 3],
    /// The position of the first cell's first group along each axis.
    shift: [isize; 3],
}

impl Side {
    /// Groups of a cell.
    pub(super) fn group_count(&self) -> usize {
        self.groups.iter().product()
    }

    /// Groups of a cell along an axis.
    pub(super) fn groups_along(&self, axis: usize) -> usize {
        self.groups[axis]
    }

    /// Values of a tile at one frequency: the channels of all groups.
    pub(super) fn width(&self) -> usize {
        self.group_count() * self.volumes.channels()
    }

    /// The place of a group along each axis.
    pub(super) fn group_at(&self, group: usize) -> [usize; 3] {
        let [_, down, across] = self.groups;
        [group / across / down, group / across % down, group % across]
    }

    /// The position of a cell in a group along an axis. It may lie beside the image.
    pub(super) fn position(&self, axis: usize, cell: usize, group: usize) -> isize {
        (cell * self.steps[axis] + group) as isize + self.shift[axis]
    }

    /// The same, where it lies on the image.
    pub(super) fn position_inside(&self, axis: usize, cell: usize, group: usize) -> Option<usize> {
        let position = usize::try_from(self.position(axis, cell, group)).ok()?;
        (position < self.volumes.size()[axis]).then_some(position)
    }
}

/// Where the first cell of a spread begins on the larger grid: at its first pixel, or in the padding before it.
///
/// ```text
/// kernel 4, stride 2, padding 1, along one axis; y is the larger grid, x the smaller one
///
/// None      cell 0 is y[0] and y[1]:     y[0] = w3 x[-1] + w1 x[0]
///                                        y[1] =            w2 x[0] + w0 x[1]     three taps, of which each phase lacks one
/// Padding   cell 0 is y[-1] and y[0]:    y[-1] = w2 x[-1] + w0 x[0]
///                                        y[0]  = w3 x[-1] + w1 x[0]              two taps, but one cell more along the axis
/// ```
#[derive(Debug, Clone, Copy)]
enum Shift {
    None,
    Padding,
}

/// The two grids of a gather or a spread, and the tiles that cover them.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) input: Side,
    pub(super) output: Side,
    /// Taps of the filter along the height and the width: at least those of each phase.
    pub(super) taps: usize,
    /// Cells along the height and the width of a tile's output.
    side: usize,
    /// Tiles along each axis.
    tiles: [usize; 3],
}

impl Layout {
    /// The layout for tiles of `side` by `side` outputs; `None` for windows that minimal filtering does not serve.
    pub(super) fn new(geometry: &Geometry, direction: Direction, side: usize) -> Option<Self> {
        if !is_served(&geometry.window) {
            return None;
        }
        let with_filter = |layout: &Self| FilterKind::with_outputs(side, layout.taps).is_some();
        match direction {
            Direction::Gather => Some(Self::of_gather(geometry, side)).filter(with_filter),
            Direction::Spread => [Shift::None, Shift::Padding]
                .into_iter()
                .map(|shift| Self::of_spread(geometry, side, shift))
                .find(with_filter),
        }
    }

    fn of_gather(geometry: &Geometry, side: usize) -> Self {
        let window = &geometry.window;
        let input = Side {
            volumes: geometry.big,
            groups: [window.kernel[0], window.stride[1], window.stride[2]],
            steps: window.stride,
            shift: window.padding.map(|padding| -(padding as isize)),
        };
        let output = Side {
            volumes: geometry.small,
            groups: [1; 3],
            steps: [1; 3],
            shift: [0; 3],
        };
        let taps = window.kernel[2].div_ceil(window.stride[2]);
        Self::with_cells(input, output, taps, side, output.volumes.size())
    }

    fn of_spread(geometry: &Geometry, side: usize, shift: Shift) -> Self {
        let Window {
            kernel,
            stride,
            padding,
            ..
        } = geometry.window;
        // Pixel p of the larger grid meets s of the smaller one with tap p + padding - stride * s. In the first cell, the
        // first pixel of the larger grid is `start`, and the pixels of the smaller one that meet it go from `from` to `to`.
        let start: [isize; 3] = std::array::from_fn(|axis| match shift {
            Shift::None => 0,
            Shift::Padding => -((padding[axis] % stride[axis]) as isize),
        });
        let meets = |axis: usize| {
            let (first, stride) = (start[axis] + padding[axis] as isize, stride[axis] as isize);
            let from = (first - kernel[axis] as isize).div_euclid(stride) + 1;
            let to = (first + stride - 1).div_euclid(stride);
            (from, (to - from + 1) as usize)
        };
        let [depth, height, _] = [0, 1, 2].map(|axis| meets(axis).1);
        let input = Side {
            volumes: geometry.small,
            groups: [depth, 1, 1],
            steps: [1; 3],
            shift: [0, 1, 2].map(|axis| meets(axis).0),
        };
        let output = Side {
            volumes: geometry.big,
            groups: stride,
            steps: stride,
            shift: start,
        };
        let cells = std::array::from_fn(|axis| {
            let pixels = geometry.big.size()[axis] + start[axis].unsigned_abs();
            pixels.div_ceil(stride[axis])
        });
        Self::with_cells(input, output, height, side, cells)
    }

    fn with_cells(input: Side, output: Side, taps: usize, side: usize, cells: [usize; 3]) -> Self {
        Self {
            input,
            output,
            taps,
            side,
            tiles: [cells[0], cells[1].div_ceil(side), cells[2].div_ceil(side)],
        }
    }

    /// Number of tiles of the whole batch.
    pub(super) fn tile_count(&self) -> usize {
        self.input.volumes.batch() * self.tiles.iter().product::<usize>()
    }

    /// The image of a tile, and the place of its first cell along each axis.
    pub(super) fn first_cell(&self, tile: usize) -> (usize, [usize; 3]) {
        let [deep, down, across] = self.tiles;
        let (line, column) = (tile / across, tile % across);
        let (plane, row) = (line / down, line % down);
        (
            plane / deep,
            [plane % deep, row * self.side, column * self.side],
        )
    }
}

/// Whether minimal filtering serves a window: square, without groups and dilation, and not too large.
fn is_served(window: &Window) -> bool {
    let square = [window.kernel, window.stride, window.padding]
        .iter()
        .all(|axes| axes[1] == axes[2]);
    let plain = window.groups == 1 && window.dilation == [1; 3];
    square && plain && window.stride[2] <= MOST_STRIDE && window.taps() <= MOST_PAIR_LEN
}

/// How tiles are cut into strips, and where the values of a strip lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Strips {
    /// Tiles of a strip.
    pub(super) tiles: usize,
    /// Number of strips.
    pub(super) count: usize,
    /// Whether threads share the work on a strip.
    pub(super) shared: bool,
    /// Values of a tile at one frequency, for the input and for the output.
    pub(super) wide: [usize; 2],
    /// Values from one frequency to the next.
    pub(super) plane: [usize; 2],
}

impl Strips {
    /// Cuts the tiles of a layer into strips. Only the shapes decide where, so that results do not depend on the number of
    /// threads.
    pub(super) fn new(layout: &Layout, frequencies: usize, simd: Simd) -> Self {
        // Sums are written as whole vectors.
        let wide = [
            layout.input.width(),
            layout.output.width().next_multiple_of(simd.lanes()),
        ];
        let count = layout.tile_count();
        let tile_len = frequencies * (wide[0] + wide[1]);
        let mut tiles = (STRIP_LEN / tile_len).max(LEAST_STRIP);
        let shared = count < LEAST_STRIPS * tiles;
        if shared {
            tiles = tiles.max(SHARED_LEN / tile_len);
        }
        // Nearly even strips.
        let strips = count.div_ceil(tiles);
        let tiles = count.div_ceil(strips);
        Self {
            tiles,
            count: strips,
            shared,
            wide,
            plane: wide.map(|wide| (tiles * wide).next_multiple_of(16) + GAP),
        }
    }
}
