use crate::geometry::{Direction, Geometry};
use crate::simd::Simd;
use crate::volumes::Volumes;

/// Largest stride.
pub(super) const MOST_STRIDE: usize = 3;
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
/// phases of its output from the same pixels, again as if they were more channels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side {
    pub(super) volumes: Volumes,
    /// Phases along an axis.
    pub(super) phases: usize,
    /// Row of the first cell's first phase; the same for columns.
    shift: isize,
}

impl Side {
    /// Phases of the image.
    pub(super) fn phase_count(&self) -> usize {
        self.phases * self.phases
    }

    /// Values of a tile at one frequency: the channels of all phases.
    pub(super) fn width(&self) -> usize {
        self.phase_count() * self.volumes.channels()
    }

    /// The row of a cell in a phase, or the column. It may lie beside the image.
    pub(super) fn position(&self, cell: usize, phase: usize) -> isize {
        (cell * self.phases + phase) as isize + self.shift
    }
}

/// The two grids of a gather or a spread, and the tiles that cover them.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) input: Side,
    pub(super) output: Side,
    /// Cells along a side of a tile's output.
    side: usize,
    /// Tiles along the height and the width of an image.
    tiles: [usize; 2],
}

impl Layout {
    /// The layout for tiles of `side` by `side` outputs; `None` for a window that has no phases with the same number of
    /// taps, or is no square over images.
    pub(super) fn new(geometry: &Geometry, direction: Direction, side: usize) -> Option<Self> {
        let stride = square_stride(geometry)?;
        let taps = geometry.window.kernel[2] / stride;
        let padding = geometry.window.padding[2];
        let (input, output) = direction.ends(geometry);
        let [_, height, width] = output.size();
        let (input, output, cells) = match direction {
            Direction::Gather => {
                let input = Side {
                    volumes: input,
                    phases: stride,
                    shift: -(padding as isize),
                };
                let output = Side {
                    volumes: output,
                    phases: 1,
                    shift: 0,
                };
                (input, output, [height, width])
            }
            Direction::Spread => {
                // big + padding = stride * (small + t) + phase: the first cell is the one with the first pixel.
                let first = padding / stride;
                let input = Side {
                    volumes: input,
                    phases: 1,
                    shift: first as isize - (taps as isize - 1),
                };
                let output = Side {
                    volumes: output,
                    phases: stride,
                    shift: (first * stride) as isize - padding as isize,
                };
                let cells = [height, width].map(|side| (side - 1 + padding) / stride - first + 1);
                (input, output, cells)
            }
        };
        Some(Self {
            input,
            output,
            side,
            tiles: cells.map(|cells| cells.div_ceil(side)),
        })
    }

    /// Number of tiles of the whole batch.
    pub(super) fn tile_count(&self) -> usize {
        self.input.volumes.batch() * self.tiles[0] * self.tiles[1]
    }

    /// The image of a tile, and the row and column of its first cell.
    pub(super) fn first_cell(&self, tile: usize) -> (usize, [usize; 2]) {
        let [down, across] = self.tiles;
        let (line, column) = (tile / across, tile % across);
        (line / down, [line % down * self.side, column * self.side])
    }
}

/// The taps of a phase along an axis; `None` for windows that minimal filtering does not serve.
pub(super) fn taps_of_phase(geometry: &Geometry) -> Option<usize> {
    square_stride(geometry).map(|stride| geometry.window.kernel[2] / stride)
}

/// The stride of a square window over images; `None` where some phases have more taps than others, and for other windows.
fn square_stride(geometry: &Geometry) -> Option<usize> {
    let window = &geometry.window;
    let [kernel, stride, padding] = [window.kernel, window.stride, window.padding];
    let square = [kernel, stride, padding]
        .iter()
        .all(|axes| axes[1] == axes[2]);
    let images = geometry.big.size()[0] == 1
        && geometry.small.size()[0] == 1
        && (kernel[0], stride[0], padding[0]) == (1, 1, 0);
    let plain = window.groups == 1 && window.dilation == [1; 3];
    let whole = kernel[2].is_multiple_of(stride[2]) && stride[2] <= MOST_STRIDE;
    (square && images && plain && whole).then_some(stride[2])
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
