//! How long something has stood at a place, compared with the longest time known there.

use crate::grid::CELL;
use crate::image::{SummedArea, average_blocks, dilate_map};
use crate::statistics::median_f64;

/// Frames that a pixel forgets for each frame in which it is free.
const FORGETTING: f32 = 3.0;

/// The longest gap between two frames that counts, in frames: after a longer one somebody else may stand there.
const LONGEST_GAP: f32 = 32.0;

/// The shortest time that differences are measured against, in frames.
const LEAST: f64 = 5.0;

/// The size of a person in cells, over which dwell times are averaged: a single cell may be covered by many people one after
/// the other, all cells of a person only by one who stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PersonCells {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
}

impl PersonCells {
    /// The width of a person as a share of the height.
    const WIDTH: f64 = 0.35;

    /// For people of this height, in pixels.
    pub(crate) fn of_height(height: f64) -> Self {
        let cells = |length: f64| (length / CELL as f64).round_ties_even().max(1.0) as usize;
        Self {
            rows: cells(height),
            columns: cells(Self::WIDTH * height),
        }
    }
}

/// What a frame covers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Covered<'a> {
    /// Not 0 for each covered pixel.
    pub(crate) mask: &'a [u8],
    pub(crate) width: usize,
    /// Frames of time since the frame before.
    pub(crate) frames: f32,
}

/// Counts for how long each pixel has been covered.
#[derive(Debug, Default)]
pub(crate) struct DwellClock {
    ages: Vec<f32>,
    covered: Vec<f32>,
    cells: Vec<f32>,
    sums: SummedArea,
}

impl DwellClock {
    /// Takes the mask of a frame, and the size of a person in each row of cells. Writes for each cell the mean age of the covered
    /// pixels of a person around it to `out`.
    pub(crate) fn advance(
        &mut self,
        frame: Covered<'_>,
        people: &[PersonCells],
        out: &mut Vec<f32>,
    ) {
        let (covered, width) = (frame.mask, frame.width);
        self.ages.resize(covered.len(), 0.0);
        self.covered.resize(covered.len(), 0.0);
        // What frames that are missing would show is not known. Half of them is taken to be as the frame before, half as
        // this one.
        let missing = (frame.frames.min(LONGEST_GAP) - 1.0) / 2.0;
        for ((age, counted), covered) in self.ages.iter_mut().zip(&mut self.covered).zip(covered) {
            let (was_covered, is_covered) = (*counted > 0.0, *covered != 0);
            *age = advance_age(*age, missing, was_covered);
            *age = advance_age(*age, missing + 1.0, is_covered);
            *counted = *age * f32::from(*covered);
        }
        average_blocks(&self.covered, width, CELL, &mut self.cells);
        let columns = width / CELL;
        let rows = self.cells.len() / columns.max(1);
        self.sums.fill(&self.cells, columns);
        out.clear();
        for (row, person) in people.iter().enumerate().take(rows) {
            // Cells outside the picture are free.
            let area = (person.rows * person.columns) as f64;
            let top = row.saturating_sub(person.rows / 2);
            let bottom = (row + person.rows - person.rows / 2).min(rows);
            for column in 0..columns {
                let left = column.saturating_sub(person.columns / 2);
                let right = (column + person.columns - person.columns / 2).min(columns);
                out.push((self.sums.sum(left, top, right, bottom) / area) as f32);
            }
        }
    }
}

/// The age of a pixel that is covered, or free, for some more frames.
fn advance_age(age: f32, frames: f32, is_covered: bool) -> f32 {
    if is_covered {
        age + frames
    } else {
        (age - FORGETTING * frames).max(0.0)
    }
}

/// The dwell times of one frame, of the cells where there are any.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct SparseDwell(Vec<(u32, f32)>);

impl SparseDwell {
    pub(crate) fn new(dwell: &[f32]) -> Self {
        let cells = (0..).zip(dwell).filter(|(_, time)| **time > 0.0);
        Self(cells.map(|(cell, time)| (cell, *time)).collect())
    }

    /// Raises each cell of `longest` to the time of this frame.
    pub(crate) fn raise(&self, longest: &mut [f32]) {
        for (cell, time) in &self.0 {
            let cell = &mut longest[*cell as usize];
            *cell = cell.max(*time);
        }
    }

    /// The dwell time of every cell.
    pub(crate) fn fill(&self, dwell: &mut [f32]) {
        dwell.fill(0.0);
        self.raise(dwell);
    }
}

/// The longest dwell times that are normal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dwell {
    /// Cells in a row.
    pub(crate) columns: usize,
    /// The longest time of each cell and its neighbours, at least half of the usual longest time.
    pub(crate) longest: Vec<f32>,
    /// The usual longest time anywhere in a video, at least [`LEAST`].
    pub(crate) usual: f64,
}

impl Dwell {
    /// Learns from the longest times of the folds that count.
    pub(crate) fn learn<'a>(columns: usize, folds: impl Iterator<Item = &'a [f32]>) -> Self {
        let (mut longest, mut tops): (Vec<f32>, Vec<f64>) = (Vec::new(), Vec::new());
        for fold in folds {
            longest.resize(fold.len(), 0.0);
            let dilated = dilate_map(fold, columns);
            for (longest, time) in longest.iter_mut().zip(&dilated) {
                *longest = longest.max(*time);
            }
            tops.push(fold.iter().copied().fold(0.0, f32::max).into());
        }
        let usual = median_f64(&mut tops);
        for time in &mut longest {
            *time = time.max((0.5 * usual) as f32);
        }
        Self {
            columns,
            longest,
            usual: usual.max(LEAST),
        }
    }

    /// The largest logarithm of the ratio of a cell's time to its longest normal time, and the cell. None without cells.
    pub(crate) fn score(&self, dwell: &[f32]) -> Option<(f64, usize)> {
        let ratios = dwell.iter().zip(&self.longest).map(|(time, longest)| {
            ((f64::from(*time) + self.usual) / (f64::from(*longest) + self.usual)).ln()
        });
        let mut best: Option<(f64, usize)> = None;
        for (cell, ratio) in ratios.enumerate() {
            if best.is_none_or(|(largest, _)| ratio > largest) {
                best = Some((ratio, cell));
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELL_ONLY: PersonCells = PersonCells {
        rows: 1,
        columns: 1,
    };

    /// A cell in the next frame.
    fn cell(mask: &[u8]) -> Covered<'_> {
        Covered {
            mask,
            width: 8,
            frames: 1.0,
        }
    }

    #[test]
    fn times_are_averaged_over_a_person() {
        // Three rows of two cells; a person covers two rows of the left column.
        let mut covered = vec![0; 16 * 24];
        for row in covered.chunks_exact_mut(16).take(16) {
            row[..8].fill(1);
        }
        let person = PersonCells::of_height(16.0);
        assert_eq!((person.rows, person.columns), (2, 1));
        let (mut clock, mut out) = (DwellClock::default(), Vec::new());
        for _ in 0..6 {
            let frame = Covered {
                width: 16,
                ..cell(&covered)
            };
            clock.advance(frame, &[person; 3], &mut out);
        }
        // A row and the one above it; above the first row nothing stands.
        assert_eq!(out, [3.0, 0.0, 6.0, 0.0, 3.0, 0.0]);
    }

    #[test]
    fn ages_grow_and_are_forgotten_faster() {
        let (mut clock, mut out) = (DwellClock::default(), Vec::new());
        for _ in 0..10 {
            clock.advance(cell(&[1; 64]), &[CELL_ONLY], &mut out);
        }
        assert_eq!(out, [10.0]);
        clock.advance(cell(&[0; 64]), &[CELL_ONLY], &mut out);
        assert_eq!(out, [0.0]);
        clock.advance(cell(&[1; 64]), &[CELL_ONLY], &mut out);
        assert_eq!(out, [8.0]);
    }

    #[test]
    fn missing_frames_count_as_those_around_them() {
        let (mut clock, mut out) = (DwellClock::default(), Vec::new());
        for (mask, frames, expected) in [
            (1, 1.0, 1.0),
            (1, 3.0, 4.0),
            // Of two missing frames one is covered and one is free.
            (0, 3.0, 0.0),
            (1, 3.0, 2.0),
            (1, 1e6, 34.0),
        ] {
            let mask = [mask; 64];
            let frame = Covered {
                frames,
                ..cell(&mask)
            };
            clock.advance(frame, &[CELL_ONLY], &mut out);
            assert_eq!(out, [expected]);
        }
    }

    #[test]
    fn longer_than_ever_is_unusual_and_beside_a_known_place_is_not() {
        let folds = [vec![40.0, 0.0, 0.0, 0.0], vec![20.0, 0.0, 0.0, 0.0]];
        let dwell = Dwell::learn(4, folds.iter().map(Vec::as_slice));
        assert_eq!(
            (dwell.longest.as_slice(), dwell.usual),
            (&[40.0, 40.0, 15.0, 15.0][..], 30.0)
        );
        let (score, cell) = dwell.score(&[0.0, 40.0, 0.0, 60.0]).unwrap();
        assert_eq!((score, cell), ((90.0_f64 / 45.0).ln(), 3));
        let sparse = SparseDwell::new(&[0.0, 3.0, 0.0, 0.0]);
        let mut all = vec![9.0; 4];
        sparse.fill(&mut all);
        assert_eq!(all, [0.0, 3.0, 0.0, 0.0]);
    }

    #[test]
    fn nothing_ever_seen_is_defined() {
        let dwell = Dwell::learn(2, std::iter::once(&[0.0, 0.0][..]));
        assert_eq!(dwell.score(&[0.0, 0.0]), Some((0.0, 0)));
        assert_eq!(Dwell::learn(0, std::iter::empty()).score(&[]), None);
    }
}
