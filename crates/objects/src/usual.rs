//! How far objects usually are from the nearest known look, by place.
//!
//! A person who is far away, cut off by the edge of the picture or half hidden is unlike all others, wherever and whenever
//! that happens. So a distance is judged by those of normal objects at the same place.

use crate::grid::Grid;

/// The weight of the whole picture beside a cell, in objects.
const PRIOR: f64 = 20.0;

/// The farthest cells that an object counts in, in standard deviations. Objects are few, so that even far ones tell something.
const FURTHEST: f64 = 4.0;

/// Added to a distance before its logarithm is taken.
const LEAST_DISTANCE: f64 = 1e-3;

/// The smallest variance that is used, because equal objects have a variance of 0.
const LEAST_VARIANCE: f64 = 1e-4;

/// Sums over objects: their number, the logarithms of their distances, and the squares of these.
const SUMS: usize = 3;

/// The mean and the standard deviation of the logarithms of normal distances in each cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct UsualDistances {
    pub(crate) grid: Grid,
    pub(crate) means: Vec<f32>,
    pub(crate) deviations: Vec<f32>,
}

impl UsualDistances {
    /// Learns from normal objects: the pixel on which each stands, and its distance. Each counts in the cells around its own
    /// too, with a reach of `spread` cells.
    pub(crate) fn learn(grid: Grid, spread: f64, objects: &[((usize, usize), f64)]) -> Self {
        let mut sums = vec![0.0; grid.len() * SUMS];
        let mut overall = [0.0; SUMS];
        for ((x, y), distance) in objects {
            let logarithm = (distance + LEAST_DISTANCE).ln();
            let terms = [1.0, logarithm, logarithm * logarithm];
            let cell = &mut sums[grid.cell(*x, *y) * SUMS..][..SUMS];
            for ((sum, overall), term) in cell.iter_mut().zip(&mut overall).zip(terms) {
                *sum += term as f32;
                *overall += term;
            }
        }
        grid.share_with_neighbours(&mut sums, spread, FURTHEST);
        let count = overall[0].max(1.0);
        let usual = overall.map(|sum| PRIOR * sum / count);
        let (means, deviations) = sums
            .as_chunks::<SUMS>()
            .0
            .iter()
            .map(|cell| {
                let [count, sum, squares] =
                    std::array::from_fn(|at| f64::from(cell[at]) + usual[at]);
                // Without any object every distance is as usual as any other.
                let mean = sum / count.max(1.0);
                let variance = (squares / count.max(1.0) - mean * mean).max(LEAST_VARIANCE);
                (mean as f32, variance.sqrt() as f32)
            })
            .unzip();
        Self {
            grid,
            means,
            deviations,
        }
    }

    /// How many standard deviations the logarithm of a distance lies above the mean of its place.
    pub(crate) fn unusualness(&self, (x, y): (usize, usize), distance: f64) -> f64 {
        let cell = self.grid.cell(x, y);
        let logarithm = (distance + LEAST_DISTANCE).ln();
        (logarithm - f64::from(self.means[cell])) / f64::from(self.deviations[cell])
    }

    /// The usual distance at a place.
    pub(crate) fn usual(&self, (x, y): (usize, usize)) -> f64 {
        f64::from(self.means[self.grid.cell(x, y)]).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_is_judged_by_those_of_its_place() {
        // On the left objects are .2 apart, on the right .8, each give or take a tenth.
        let objects: Vec<((usize, usize), f64)> = (0..400)
            .map(|i| {
                let (x, usual) = if i % 2 == 0 { (20, 0.2) } else { (140, 0.8) };
                ((x, 40), usual * (0.9 + 0.2 * f64::from(i / 2 % 2)))
            })
            .collect();
        let usual = UsualDistances::learn(Grid::of_picture(160, 80), 1.0, &objects);
        let [left, right] = [(20, 40), (140, 40)].map(|place| usual.unusualness(place, 0.8));
        assert!(left > 3.0 && right.abs() < 1.0, "{left} {right}");
        assert!((usual.usual((140, 40)) - 0.8).abs() < 0.1);
        // Where nobody was seen the whole picture counts.
        let nowhere = usual.unusualness((80, 0), 0.8);
        assert!((0.5..2.0).contains(&nowhere), "{nowhere}");
    }

    #[test]
    fn equal_distances_and_none_are_defined() {
        let grid = Grid::of_picture(16, 16);
        let equal = UsualDistances::learn(grid, 1.0, &[((3, 3), 0.5); 9]);
        assert!(
            equal.unusualness((3, 3), 0.5).abs() < 1e-3 && equal.unusualness((3, 3), 0.6) > 5.0
        );
        let empty = UsualDistances::learn(grid, 1.0, &[]);
        assert!(empty.unusualness((3, 3), 0.5).is_finite());
    }
}
