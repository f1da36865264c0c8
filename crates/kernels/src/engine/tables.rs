//! Pointers for the inner loop: where the rows of every tile of a task begin, and which taps each tile has.
//!
//! ```text
//! output positions of a pass     lines     a row of the output, or one position of every image
//! line                           blocks    up to six positions, the rows of a tile
//! block and group of taps        tables    for each tap six pointers into the input and a row of the panel
//! ```
//!
//! A block asks for every tap whether any of its positions lies on the input's grid. If none does, the tap is left out:
//! skipping it costs one test for the whole tile, while multiplying zeros would cost as much as any other tap. Rows of a
//! tap that lie in the padding while others do not point to a run of zeros.
#![allow(unsafe_code)]

use std::ops::Range;

use super::micro::{ROWS, TapRows};
use super::pass::{AxisPass, Pass, Tap};
use super::source::Source;
use crate::aligned::Aligned;
use crate::partition::part_range;
use crate::volumes::Volumes;

/// Images with fewer positions than this put the same position of several images into one tile. All rows of such a tile
/// lie in the padding for the same taps, so every tap at a border is skipped. In larger images borders matter less.
const SMALL_IMAGE: usize = 300;

/// The output positions of a pass, cut into blocks of at most six positions of one line. A line is a row of the output,
/// or one position of every image.
#[derive(Debug, Clone)]
pub(crate) struct Blocks {
    pub(crate) pass: Pass,
    across_images: bool,
    /// Positions of a line.
    line_len: usize,
    /// Blocks of a line.
    per_line: usize,
    pub(crate) count: usize,
    /// Taps in a group, a part of the sum whose weights fit the cache.
    group_taps: usize,
    pub(crate) groups: usize,
}

impl Blocks {
    pub(crate) fn new(pass: Pass, batch: usize, group_taps: usize) -> Self {
        let [depth, height, width] = [0, 1, 2].map(|axis: usize| pass[axis].count);
        let positions = depth * height * width;
        let across_images = batch >= ROWS && positions < SMALL_IMAGE;
        let (line_len, lines) = if across_images {
            (batch, positions)
        } else {
            (width, batch * depth * height)
        };
        let per_line = line_len.div_ceil(ROWS);
        let groups = count_taps(&pass).div_ceil(group_taps).max(1);
        let count = lines * per_line;
        Self {
            pass,
            across_images,
            line_len,
            per_line,
            count,
            group_taps,
            groups,
        }
    }

    /// Taps of every output position.
    pub(super) fn tap_count(&self) -> usize {
        count_taps(&self.pass)
    }

    /// The numbers in the kernel of the taps of a group, and of those between them.
    pub(super) fn tap_numbers(&self, group: usize, kernel: [usize; 3]) -> Range<usize> {
        let ordinals = group * self.group_taps..self.tap_count().min((group + 1) * self.group_taps);
        if ordinals.is_empty() {
            return 0..0;
        }
        let [z, y, x] = &self.pass;
        let number = |ordinal: usize| {
            let (line, right) = (ordinal / x.taps.len(), ordinal % x.taps.len());
            let (deep, down) = (line / y.taps.len(), line % y.taps.len());
            tap_number([z.taps[deep], y.taps[down], x.taps[right]], kernel)
        };
        number(ordinals.start)..number(ordinals.end - 1) + 1
    }
}

/// The number in the kernel of a tap, from those along the axes.
fn tap_number([z, y, x]: [Tap; 3], kernel: [usize; 3]) -> usize {
    (z.number * kernel[1] + y.number) * kernel[2] + x.number
}

fn count_taps(pass: &Pass) -> usize {
    pass.iter().map(|axis| axis.taps.len()).product()
}

/// Pointers to the left and the right side of each product of a sum.
pub(super) type Pairs = Vec<(*const f32, *const f32)>;

/// The pointers of all tiles of a task.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(super) taps: Vec<TapRows>,
    /// For every block and group of taps, the index of its first tap in `taps`, and for every block one end.
    starts: Vec<usize>,
    /// For every block its output rows and their number.
    outputs: Vec<([*mut f32; ROWS], usize)>,
    groups: usize,
    /// For the gradient of the weights: the two sides of each product.
    pub(super) pairs: Pairs,
    /// For the gradient of the weights: copies of the right sides. For a fold: the products of a row.
    pub(super) right: Aligned,
    /// For a fold: the sums of an output row.
    pub(super) row: Aligned,
    /// The weights of a part of a sum, where they are packed in 16 bits.
    pub(super) weights: Aligned,
}

/// The most entries that the tables of a task need.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TablesCapacity {
    pub(super) blocks: usize,
    pub(super) taps: usize,
    pub(super) starts: usize,
    pub(super) pairs: usize,
    pub(super) right: usize,
    pub(super) row: usize,
    pub(super) weights: usize,
}

// SAFETY: pointers are only written and read within one task, never in a later one.
unsafe impl Send for Tables {}

impl Tables {
    /// Clears the tables and reserves this capacity.
    pub(crate) fn reserve(&mut self, capacity: &TablesCapacity) {
        // `Vec::reserve` counts from the length: an empty table gets exactly this capacity.
        self.taps.clear();
        self.starts.clear();
        self.outputs.clear();
        self.pairs.clear();
        self.taps.reserve(capacity.taps);
        self.starts.reserve(capacity.starts);
        self.outputs.reserve(capacity.blocks);
        self.pairs.reserve(capacity.pairs);
        self.right.resize(capacity.right);
        self.row.resize(capacity.row);
        self.weights.resize(capacity.weights);
    }

    /// Number of blocks.
    pub(crate) fn block_count(&self) -> usize {
        self.outputs.len()
    }

    /// Output rows of a block, and their number.
    pub(crate) fn output_rows(&self, block: usize) -> ([*mut f32; ROWS], usize) {
        self.outputs[block]
    }

    /// The taps of a block in one group of taps.
    pub(crate) fn group_taps(&self, block: usize, group: usize) -> &[TapRows] {
        let at = block * (self.groups + 1) + group;
        &self.taps[self.starts[at]..self.starts[at + 1]]
    }

    /// Fills the tables for a range of blocks. `x` is the input with its source and a run of zeros, `y` the output with its
    /// grid.
    pub(crate) fn fill_blocks(
        &mut self,
        blocks: &Blocks,
        range: Range<usize>,
        x: (&[f32], Source, &[f32]),
        y: (*mut f32, Volumes),
        kernel: [usize; 3],
    ) {
        self.taps.clear();
        self.starts.clear();
        self.outputs.clear();
        self.groups = blocks.groups;
        for block in range {
            let (line, part) = (block / blocks.per_line, block % blocks.per_line);
            let columns = part_range(blocks.line_len, blocks.per_line, part);
            let place = Place::new(blocks, line, columns.start, columns.len());
            self.outputs
                .push((place.output_rows(&blocks.pass, y), columns.len()));
            self.add_taps(blocks, &place, x, kernel);
        }
    }

    fn add_taps(
        &mut self,
        blocks: &Blocks,
        place: &Place,
        x: (&[f32], Source, &[f32]),
        kernel: [usize; 3],
    ) {
        let (values, source, zeros) = x;
        let [depth, height, width] = source.grid.size();
        let channels = source.grid.channels();
        let [z, y, w] = &blocks.pass;
        let mut ordinal = 0;
        for &tz in &z.taps {
            let iz = z.input_position(place.z, tz, depth);
            for &ty in &y.taps {
                let iy = y.input_position(place.y, ty, height);
                for &tx in &w.taps {
                    if ordinal % blocks.group_taps == 0 {
                        self.starts.push(self.taps.len());
                    }
                    ordinal += 1;
                    // In the padding along depth or height for the whole block: the tap is skipped.
                    let (Some(iz), Some(iy)) = (iz, iy) else {
                        continue;
                    };
                    let base = ((place.n * depth + iz) * height + iy) * width;
                    let mut rows = [zeros.as_ptr(); ROWS];
                    let inside = place.set_tap_rows(
                        w,
                        tx,
                        (base, depth * height * width, width),
                        &mut rows,
                        |at| values[at * channels..].as_ptr(),
                    );
                    if inside {
                        self.taps.push(TapRows {
                            rows,
                            weight_row: tap_number([tz, ty, tx], kernel) * source.depth,
                        });
                    }
                }
            }
        }
        if ordinal == 0 {
            self.starts.push(self.taps.len());
        }
        self.starts.push(self.taps.len());
    }
}

/// The positions of one block: `rows` positions from image `n` and position (z, y, w) on, along the width or across
/// images.
struct Place {
    n: usize,
    z: usize,
    y: usize,
    w: usize,
    rows: usize,
    across_images: bool,
}

impl Place {
    fn new(blocks: &Blocks, line: usize, start: usize, rows: usize) -> Self {
        let [depth, height, width] = [0, 1, 2].map(|axis: usize| blocks.pass[axis].count);
        let across_images = blocks.across_images;
        let (n, line, w) = if across_images {
            (start, line / width, line % width)
        } else {
            (line / (depth * height), line, start)
        };
        Self {
            n,
            z: line / height % depth,
            y: line % height,
            w,
            rows,
            across_images,
        }
    }

    /// Image and column of a row of the tile.
    #[inline]
    fn image_and_column(&self, m: usize) -> (usize, usize) {
        if self.across_images {
            (self.n + m, self.w)
        } else {
            (self.n, self.w + m)
        }
    }

    /// Pointers to the output positions.
    fn output_rows(&self, pass: &Pass, (start, grid): (*mut f32, Volumes)) -> [*mut f32; ROWS] {
        let [depth, height, width] = grid.size();
        let mut outputs = [start; ROWS];
        for (m, output) in outputs.iter_mut().enumerate().take(self.rows) {
            let (n, w) = self.image_and_column(m);
            let (z, y, x) = (
                pass[0].output_position(self.z),
                pass[1].output_position(self.y),
                pass[2].output_position(w),
            );
            let at = ((n * depth + z) * height + y) * width + x;
            debug_assert!(at < grid.positions());
            // SAFETY: a position of the grid whose slice begins at `start`.
            *output = unsafe { start.add(at * grid.channels()) };
        }
        outputs
    }

    /// Sets the pointers of the rows that lie on the grid for this tap; returns false where none does.
    #[inline]
    fn set_tap_rows(
        &self,
        axis: &AxisPass,
        tap: Tap,
        (base, image, width): (usize, usize, usize),
        rows: &mut [*const f32; ROWS],
        pointer: impl Fn(usize) -> *const f32,
    ) -> bool {
        let mut any = false;
        for (m, row) in rows.iter_mut().enumerate().take(self.rows) {
            let (n, w) = self.image_and_column(m);
            if let Some(x) = axis.input_position(w, tap, width) {
                *row = pointer(base + (n - self.n) * image + x);
                any = true;
            }
        }
        any
    }
}
