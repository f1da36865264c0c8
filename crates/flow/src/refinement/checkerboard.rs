//! The layout of the refinement: the pixels of a row are split into red and black ones like the fields of a
//! checkerboard, so that all neighbours of a color's pixels are contiguous values of the other color.
//!
//! ```text
//! pixels       x0 x1 x2 x3 x4 x5 …          even row: red first; odd row: black first
//! red row      .  x0 x2 x4 …                entry k is the pixel 2k + offset; one border entry before, some after
//! black row    .  x1 x3 x5 …
//! ```
//!
//! One border row lies above and one below. Several planes share a board: each row holds one part for each plane.

use rayon::prelude::*;

use crate::simd::{LANES, round_up};

/// Fewer values than this are not worth a task of their own.
const TASK_VALUES: usize = 4096;

/// `PLANES` planes of one size.
#[derive(Debug)]
pub(super) struct Checkerboard<const PLANES: usize> {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Values from one plane's part of a row to the next plane's.
    pub(super) pitch: usize,
    /// Red: the sum of column and row is even. Black: it is odd.
    colors: [Vec<f32>; 2],
}

impl<const PLANES: usize> Clone for Checkerboard<PLANES> {
    fn clone(&self) -> Self {
        Self {
            colors: self.colors.clone(),
            ..*self
        }
    }

    fn clone_from(&mut self, source: &Self) {
        (self.width, self.height, self.pitch) = (source.width, source.height, source.pitch);
        self.colors.clone_from(&source.colors);
    }
}

/// Where the neighbours of a row's entries of one color are, among the entries of the other color.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// The first entry's column: 0 or 1. Also the place of its left neighbour.
    pub(super) left: usize,
    /// The place of the first entry's right neighbour.
    pub(super) right: usize,
    /// Entries of the row.
    pub(super) length: usize,
}

/// The place of a row's first entry; before it is the border.
pub(super) const FIRST: usize = 1;

impl<const PLANES: usize> Checkerboard<PLANES> {
    /// A board of zeros.
    pub(super) fn new(width: usize, height: usize) -> Self {
        // Blocks may hang over the end of a row by less than a block; right neighbours are up to two places further.
        let pitch = round_up(width.div_ceil(2)) + 2;
        let color = vec![0.0; PLANES * pitch * (height + 2)];
        Self {
            width,
            height,
            pitch,
            colors: [color.clone(), color],
        }
    }

    /// The entries of a color in row `y`.
    pub(super) fn span(&self, color: usize, y: usize) -> Span {
        let left = (y + color) % 2;
        Span {
            left,
            right: left + 1,
            length: (self.width + 1 - left) / 2,
        }
    }

    /// The entries of a row that have a right neighbour, where the first one is in column `left`.
    pub(super) fn tied_right(&self, left: usize) -> usize {
        (self.width - left) / 2
    }

    /// Sets everything to zero.
    pub(super) fn clear(&mut self) {
        self.colors.iter_mut().for_each(|color| color.fill(0.0));
    }

    /// A row of a color, all planes; -1 and the height are the border rows.
    #[inline]
    pub(super) fn row(&self, color: usize, y: isize) -> [&[f32]; PLANES] {
        let row = PLANES * self.pitch;
        let values = &self.colors[color][(y + 1) as usize * row..][..row];
        std::array::from_fn(|plane| &values[plane * self.pitch..][..self.pitch])
    }

    fn split_colors_mut(&mut self) -> (ColorMut<'_, PLANES>, ColorMut<'_, PLANES>) {
        let (height, pitch) = (self.height, self.pitch);
        let [red, black] = self.colors.each_mut().map(|values| ColorMut {
            values,
            height,
            pitch,
        });
        (red, black)
    }

    /// Both colors apart, the given one to write.
    pub(super) fn split_colors(
        &mut self,
        color: usize,
    ) -> (ColorMut<'_, PLANES>, Color<'_, PLANES>) {
        let [red, black] = &mut self.colors;
        let (own, other) = if color == 0 {
            (red, black)
        } else {
            (black, red)
        };
        let (height, pitch) = (self.height, self.pitch);
        (
            ColorMut {
                values: own,
                height,
                pitch,
            },
            Color {
                values: other,
                pitch,
            },
        )
    }

    /// Groups of rows of both colors for parallel tasks, as of [`ColorMut::into_tasks`].
    pub(super) fn tasks(
        &mut self,
    ) -> impl IndexedParallelIterator<Item = (usize, [Rows<'_, PLANES>; 2])> {
        let (red, black) = self.split_colors_mut();
        red.into_tasks()
            .zip(black.into_tasks())
            .map(|((first, red), (_, black))| (first, [red, black]))
    }

    /// Fills the board from planes in reading order, and the borders from the edges.
    pub(super) fn split(&mut self, planes: [&[f32]; PLANES]) {
        let width = self.width;
        for y in 0..self.height {
            for color in 0..2 {
                let Span { left, length, .. } = self.span(color, y);
                let rows = planes.map(|plane| &plane[y * width + left..(y + 1) * width]);
                let (mut own, _) = self.split_colors(color);
                for (out, row) in own.row_mut(y).into_iter().zip(rows) {
                    for (out, value) in out[FIRST..][..length].iter_mut().zip(row.iter().step_by(2))
                    {
                        *out = *value;
                    }
                }
            }
        }
        self.repeat_edges();
    }

    /// Puts the planes back into reading order.
    pub(super) fn merge(&self, mut planes: [&mut [f32]; PLANES]) {
        for y in 0..self.height {
            for color in 0..2 {
                let Span { left, length, .. } = self.span(color, y);
                let rows = self.row(color, y as isize);
                for (plane, row) in planes.iter_mut().zip(rows) {
                    let out = &mut plane[y * self.width + left..(y + 1) * self.width];
                    for (out, value) in out.iter_mut().step_by(2).zip(&row[FIRST..][..length]) {
                        *out = *value;
                    }
                }
            }
        }
    }

    /// Sets the board to the sum of two others, and the borders from the edges.
    pub(super) fn set_sum(&mut self, a: &Self, b: &Self) {
        for ((sum, a), b) in self.colors.iter_mut().zip(&a.colors).zip(&b.colors) {
            for ((sum, a), b) in sum.iter_mut().zip(a).zip(b) {
                *sum = a + b;
            }
        }
        self.repeat_edges();
    }

    /// Repeats the edge pixels in the right border and in the row below, which forward differences read.
    fn repeat_edges(&mut self) {
        for y in 0..self.height {
            // The last pixel of the row; its right neighbour would have the other color.
            let color = (self.width - 1 + y) % 2;
            let last = self.span(color, y).length;
            let beyond = self.span(color, y).right + last - 1;
            let (mut own, other) = self.split_colors(1 - color);
            let edge = other.row(y as isize).map(|row| row[FIRST + last - 1]);
            for (row, edge) in own.row_mut(y).into_iter().zip(edge) {
                row[beyond] = edge;
            }
        }
        let row = PLANES * self.pitch;
        let last = row * self.height;
        for color in 0..2 {
            // The pixel below has the other color and the same place.
            let [red, black] = &mut self.colors;
            let (own, other) = if color == 0 {
                (red, black)
            } else {
                (black, red)
            };
            own[last + row..].copy_from_slice(&other[last..last + row]);
        }
    }
}

/// One color of a board, to read.
#[derive(Clone, Copy)]
pub(super) struct Color<'a, const PLANES: usize> {
    values: &'a [f32],
    pitch: usize,
}

impl<'a, const PLANES: usize> Color<'a, PLANES> {
    /// A row; -1 and the height are the border rows.
    #[inline]
    pub(super) fn row(self, y: isize) -> [&'a [f32]; PLANES] {
        let row = PLANES * self.pitch;
        let values = &self.values[(y + 1) as usize * row..][..row];
        std::array::from_fn(|plane| &values[plane * self.pitch..][..self.pitch])
    }
}

/// One color of a board, to write.
pub(super) struct ColorMut<'a, const PLANES: usize> {
    values: &'a mut [f32],
    height: usize,
    pitch: usize,
}

impl<'a, const PLANES: usize> ColorMut<'a, PLANES> {
    /// A row.
    fn row_mut(&mut self, y: usize) -> [&mut [f32]; PLANES] {
        let row = PLANES * self.pitch;
        split_row(&mut self.values[(y + 1) * row..][..row], self.pitch)
    }

    /// Groups of rows for parallel tasks, each with the number of its first row. Border rows are not among them.
    pub(super) fn into_tasks(
        self,
    ) -> impl IndexedParallelIterator<Item = (usize, Rows<'a, PLANES>)> {
        let row = PLANES * self.pitch;
        let rows = TASK_VALUES.div_ceil(self.pitch);
        let pitch = self.pitch;
        self.values[row..row * (self.height + 1)]
            .par_chunks_mut(rows * row)
            .enumerate()
            .map(move |(task, values)| (task * rows, Rows { values, pitch }))
    }
}

/// Rows of one task.
pub(super) struct Rows<'a, const PLANES: usize> {
    values: &'a mut [f32],
    pitch: usize,
}

impl<'a, const PLANES: usize> Rows<'a, PLANES> {
    pub(super) fn each(self) -> impl Iterator<Item = [&'a mut [f32]; PLANES]> {
        let pitch = self.pitch;
        self.values
            .chunks_exact_mut(PLANES * pitch)
            .map(move |row| split_row(row, pitch))
    }
}

/// The parts of a row.
#[inline]
fn split_row<const PLANES: usize>(row: &mut [f32], pitch: usize) -> [&mut [f32]; PLANES] {
    let mut parts = row.chunks_exact_mut(pitch);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// Sets what a loop over blocks wrote beyond the entries of a row back to zero.
#[inline]
pub(super) fn clear_overhang(row: &mut [f32], length: usize) {
    let end = FIRST + length.next_multiple_of(LANES);
    row[FIRST + length..end].fill(0.0);
}
