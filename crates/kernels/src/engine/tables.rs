#![allow(unsafe_code)]

use super::micro::{ROWS, TapRows};
use super::pass::{AxisPass, Pass, Tap};
use super::source::Source;
use crate::Volumes;
use crate::aligned::Aligned;
use crate::share::share;

/// Images with fewer positions than this put the same position of several images into one tile: then all rows of the
/// tile lack the same taps at the border, and those are skipped rather than multiplied by zeros.
const SMALL_IMAGE: usize = 300;

/// The output positions of a pass cut into blocks of at most six, none of which crosses a line: a row of the output, or
/// one position of every image.
#[derive(Debug, Clone)]
pub(crate) struct Blocks {
    pub(crate) pass: Pass,
    across_images: bool,
    line: usize,
    per_line: usize,
    pub(crate) count: usize,
    /// Taps of one part of the sum.
    group: usize,
    pub(crate) groups: usize,
}

impl Blocks {
    pub(crate) fn new(pass: Pass, batch: usize, group: usize) -> Self {
        let [depth, height, width] = [0, 1, 2].map(|axis: usize| pass[axis].count);
        let positions = depth * height * width;
        let across_images = batch >= ROWS && positions < SMALL_IMAGE;
        let (line, lines) = if across_images { (batch, positions) } else { (width, batch * depth * height) };
        let per_line = line.div_ceil(ROWS);
        let groups = taps(&pass).div_ceil(group).max(1);
        Self { pass, across_images, line, per_line, count: lines * per_line, group, groups }
    }

    pub(super) fn taps(&self) -> usize {
        taps(&self.pass)
    }
}

fn taps(pass: &Pass) -> usize {
    pass.iter().map(|axis| axis.taps.len()).product()
}

/// Where the left and the right side of each product of a sum begin.
pub(super) type Pairs = Vec<(*const f32, *const f32)>;

/// Where the rows of every tile of a task begin.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(super) taps: Vec<TapRows>,
    /// For every block and group of taps where its taps begin, and one end more.
    starts: Vec<usize>,
    outs: Vec<([*mut f32; ROWS], usize)>,
    groups: usize,
    /// For the gradient of the weights: where the two sides of each product begin.
    pub(super) pairs: Pairs,
    /// The right sides of those products; the products themselves where a row is folded.
    pub(super) right: Aligned,
    /// A folded row.
    pub(super) row: Aligned,
}

/// What a task's tables hold at most.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Room {
    pub(super) blocks: usize,
    pub(super) taps: usize,
    pub(super) starts: usize,
    pub(super) pairs: usize,
    pub(super) right: usize,
    pub(super) row: usize,
}

// SAFETY: the pointers are written and read within one task and mean nothing afterwards.
unsafe impl Send for Tables {}

impl Tables {
    pub(crate) fn reserve(&mut self, room: &Room) {
        // The tables are empty between tasks, so that what is reserved is what there is room for.
        self.taps.clear();
        self.starts.clear();
        self.outs.clear();
        self.pairs.clear();
        self.taps.reserve(room.taps);
        self.starts.reserve(room.starts);
        self.outs.reserve(room.blocks);
        self.pairs.reserve(room.pairs);
        self.right.resize(room.right);
        self.row.resize(room.row);
    }

    pub(crate) fn blocks(&self) -> usize {
        self.outs.len()
    }

    /// Output rows of a block, and how many.
    pub(crate) fn outs(&self, block: usize) -> ([*mut f32; ROWS], usize) {
        self.outs[block]
    }

    pub(crate) fn taps(&self, block: usize, group: usize) -> &[TapRows] {
        let at = block * (self.groups + 1) + group;
        &self.taps[self.starts[at]..self.starts[at + 1]]
    }

    /// Fills the tables for some blocks.
    pub(crate) fn fill(
        &mut self,
        blocks: &Blocks,
        range: std::ops::Range<usize>,
        x: (&[f32], Source, &[f32]),
        y: (*mut f32, Volumes),
        kernel: [usize; 3],
    ) {
        self.taps.clear();
        self.starts.clear();
        self.outs.clear();
        self.groups = blocks.groups;
        for block in range {
            let (line, part) = (block / blocks.per_line, block % blocks.per_line);
            let columns = share(blocks.line, blocks.per_line, part);
            let place = Place::of(blocks, line, columns.start, columns.len());
            self.outs.push((place.outs(&blocks.pass, y), columns.len()));
            self.add_taps(blocks, &place, x, kernel);
        }
    }

    fn add_taps(&mut self, blocks: &Blocks, place: &Place, x: (&[f32], Source, &[f32]), kernel: [usize; 3]) {
        let (values, source, zeros) = x;
        let [depth, height, width] = source.grid.size();
        let channels = source.grid.channels();
        let [z, y, w] = &blocks.pass;
        let mut ordinal = 0;
        for &tz in &z.taps {
            let iz = z.at(place.z, tz, depth);
            for &ty in &y.taps {
                let iy = y.at(place.y, ty, height);
                for &tx in &w.taps {
                    if ordinal % blocks.group == 0 {
                        self.starts.push(self.taps.len());
                    }
                    ordinal += 1;
                    let (Some(iz), Some(iy)) = (iz, iy) else { continue };
                    let base = ((place.n * depth + iz) * height + iy) * width;
                    let mut rows = [zeros.as_ptr(); ROWS];
                    if place.fill(w, tx, (base, depth * height * width, width), &mut rows, |at| {
                        values[at * channels..].as_ptr()
                    }) {
                        let tap = (tz.number * kernel[1] + ty.number) * kernel[2] + tx.number;
                        self.taps.push(TapRows { rows, weight_row: tap * source.depth });
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

/// The positions of one block: `rows` of them from (n, z, y, w) on, along the width or across images.
struct Place {
    n: usize,
    z: usize,
    y: usize,
    w: usize,
    rows: usize,
    across_images: bool,
}

impl Place {
    fn of(blocks: &Blocks, line: usize, start: usize, rows: usize) -> Self {
        let [depth, height, width] = [0, 1, 2].map(|axis: usize| blocks.pass[axis].count);
        let across_images = blocks.across_images;
        let (n, line, w) = if across_images {
            (start, line / width, line % width)
        } else {
            (line / (depth * height), line, start)
        };
        Self { n, z: line / height % depth, y: line % height, w, rows, across_images }
    }

    /// Output position and image of a row.
    #[inline]
    fn row(&self, m: usize) -> (usize, usize) {
        if self.across_images { (self.n + m, self.w) } else { (self.n, self.w + m) }
    }

    fn outs(&self, pass: &Pass, (start, grid): (*mut f32, Volumes)) -> [*mut f32; ROWS] {
        let [depth, height, width] = grid.size();
        let on = |axis: &AxisPass, q: usize| axis.first + q * axis.step;
        let mut outs = [start; ROWS];
        for (m, out) in outs.iter_mut().enumerate().take(self.rows) {
            let (n, w) = self.row(m);
            let at = ((n * depth + on(&pass[0], self.z)) * height + on(&pass[1], self.y)) * width
                + on(&pass[2], w);
            debug_assert!(at < grid.positions());
            // SAFETY: a position of the grid, whose slice `start` begins.
            *out = unsafe { start.add(at * grid.channels()) };
        }
        outs
    }

    /// Sets the rows whose position for this tap lies on the grid; false where none does.
    #[inline]
    fn fill(
        &self,
        axis: &AxisPass,
        tap: Tap,
        (base, image, width): (usize, usize, usize),
        rows: &mut [*const f32; ROWS],
        pointer: impl Fn(usize) -> *const f32,
    ) -> bool {
        let mut any = false;
        for (m, row) in rows.iter_mut().enumerate().take(self.rows) {
            let (n, w) = self.row(m);
            if let Some(x) = axis.at(w, tap, width) {
                *row = pointer(base + (n - self.n) * image + x);
                any = true;
            }
        }
        any
    }
}
