//! Where objects go: the directions in which training objects moved at the place where an object stands.
//!
//! Motion windows are judged where they lie. In a picture the head of a person on a near lane lies over the feet of people on a
//! far one, and where the two lanes lead in different directions, neither direction is unusual there. The place where an
//! object stands tells the lanes apart.

use crate::grid::{CELL, Grid};
use crate::local_tail::{DIRECTIONS, direction_of};
use crate::objects::FoundObject;
use crate::statistics::{median_f64, percentile};

/// Slower objects have no direction, as a share of the speed that nine of ten objects stay below.
const SLOW: f64 = 0.15;

/// The reach of a training object into neighbouring cells, in heights of a person. It is narrow, because lanes are.
const SPREAD: f64 = 0.25;

/// The smallest reach, in cells.
const LEAST_SPREAD: f64 = 0.4;

/// The farthest cells that an object counts in, in standard deviations.
const FURTHEST: f64 = 2.0;

/// Objects that are taken to have moved in each direction and its two neighbours, where nothing was seen.
const PRIOR: f64 = 1.0;

/// The motion of an object.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ObjectMotion {
    /// The position of the object among those of its frame.
    pub(crate) object: usize,
    /// The pixel on which it stands.
    pub(crate) foot: (usize, usize),
    /// The height of a person who stands there, in pixels.
    pub(crate) height: f64,
    /// In heights of a person per frame.
    pub(crate) speed: f64,
    /// The number of the direction.
    pub(crate) direction: usize,
}

impl ObjectMotion {
    /// The median motion of the windows within an object. None without windows.
    pub(crate) fn of_windows(
        position: usize,
        object: FoundObject,
        height: f64,
        windows: impl Iterator<Item = (f32, f32)>,
    ) -> Option<Self> {
        let (mut across, mut down): (Vec<f64>, Vec<f64>) = windows
            .map(|(dx, dy)| (f64::from(dx), f64::from(dy)))
            .unzip();
        if across.is_empty() {
            return None;
        }
        let (dx, dy) = (median_f64(&mut across), median_f64(&mut down));
        Some(Self {
            object: position,
            foot: object.standing_on(),
            height,
            speed: dx.hypot(dy) / height,
            direction: direction_of(dy.atan2(dx) as f32),
        })
    }
}

/// How many training objects moved in each direction, by place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Directions {
    pub(crate) grid: Grid,
    /// Slower objects have no direction, in heights of a person per frame.
    pub(crate) slow: f64,
    /// The reach of an object, in cells.
    pub(crate) spread: f64,
    /// Cell after cell, in each the directions in order.
    pub(crate) counts: Vec<f32>,
}

impl Directions {
    /// Learns from the objects of each fold. Also returns what each fold contributes.
    pub(crate) fn learn(grid: Grid, folds: &[Vec<&[ObjectMotion]>]) -> (Self, Vec<Vec<f32>>) {
        let motions = || folds.iter().flatten().copied().flatten();
        let mut speeds: Vec<f64> = motions().map(|motion| motion.speed).collect();
        let mut heights: Vec<f64> = motions().map(|motion| motion.height).collect();
        let mut directions = Self {
            grid,
            slow: SLOW * percentile(&mut speeds, 90.0),
            spread: (SPREAD * median_f64(&mut heights) / CELL as f64).max(LEAST_SPREAD),
            counts: vec![0.0; grid.len() * DIRECTIONS],
        };
        let parts: Vec<Vec<f32>> = folds
            .iter()
            .map(|fold| directions.count(fold.iter().copied().flatten()))
            .collect();
        for part in &parts {
            add(&mut directions.counts, part);
        }
        (directions, parts)
    }

    /// Adds normal objects.
    pub(crate) fn add_objects<'a>(&mut self, motions: impl Iterator<Item = &'a ObjectMotion>) {
        let counts = self.count(motions);
        add(&mut self.counts, &counts);
    }

    fn count<'a>(&self, motions: impl Iterator<Item = &'a ObjectMotion>) -> Vec<f32> {
        let mut counts = vec![0.0; self.counts.len()];
        for motion in motions.filter(|motion| motion.speed > self.slow) {
            counts[self.cell(motion) * DIRECTIONS + motion.direction] += 1.0;
        }
        self.grid
            .share_with_neighbours(&mut counts, self.spread, FURTHEST);
        counts
    }

    fn cell(&self, motion: &ObjectMotion) -> usize {
        self.grid.cell(motion.foot.0, motion.foot.1)
    }

    /// How surprising the direction of an object is: `-ln` of the share of training objects that moved about in this direction
    /// here; 0 for slow objects. `without` is what a fold contributed that does not count.
    pub(crate) fn surprise(&self, motion: &ObjectMotion, without: Option<&[f32]>) -> f64 {
        if motion.speed <= self.slow {
            return 0.0;
        }
        let (same, all) = self.known(motion, without);
        let evenly = DIRECTIONS as f64 / 3.0;
        -((same + PRIOR) / (all + evenly * PRIOR)).ln()
    }

    /// How many training objects moved in about the direction of an object where it stands, and how many moved there at all.
    pub(crate) fn known(&self, motion: &ObjectMotion, without: Option<&[f32]>) -> (f64, f64) {
        let start = self.cell(motion) * DIRECTIONS;
        let count = |direction: usize| {
            let place = start + direction % DIRECTIONS;
            let other = without.map_or(0.0, |counts| counts[place]);
            // Sums in another order may differ in the last bit.
            f64::from((self.counts[place] - other).max(0.0))
        };
        let own = motion.direction;
        let same = count(own) + count(own + 1) + count(own + DIRECTIONS - 1);
        (same, (0..DIRECTIONS).map(count).sum())
    }
}

fn add(sums: &mut [f32], counts: &[f32]) {
    for (sum, count) in sums.iter_mut().zip(counts) {
        *sum += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(foot: (f64, f64), dx: f32) -> ObjectMotion {
        let found = FoundObject {
            left: foot.0 - 4.0,
            top: foot.1 - 24.0,
            width: 8.0,
            height: 24.0,
        };
        let windows = [(dx, 0.0), (dx, 0.2), (9.0, 9.0)];
        ObjectMotion::of_windows(0, found, 24.0, windows.into_iter()).unwrap()
    }

    #[test]
    fn lanes_that_overlap_in_the_picture_are_told_apart_by_their_feet() {
        // People stand on row 40 and go right, or stand on row 66 and go left; both are 24 pixels high.
        let lane = |foot: f64, dx: f32| -> Vec<ObjectMotion> {
            (0..100)
                .map(|i| object((8.0 + f64::from(i % 80), foot), dx))
                .collect()
        };
        let (far, near) = (lane(40.0, 2.0), lane(66.0, -2.0));
        let folds = [vec![far.as_slice()], vec![near.as_slice()]];
        let (directions, parts) = Directions::learn(Grid::of_picture(96, 72), &folds);
        let surprise = |motion: &ObjectMotion| directions.surprise(motion, None);
        let (usual, wrong) = (object((50.0, 40.0), 2.0), object((50.0, 40.0), -2.0));
        assert!(surprise(&usual) < 0.2, "{}", surprise(&usual));
        assert!(surprise(&wrong) > 2.0, "{}", surprise(&wrong));
        assert!(surprise(&object((50.0, 66.0), -2.0)) < 0.2);
        let (same, all) = directions.known(&wrong, None);
        assert!(same < 0.5 && all > 10.0, "{same} {all}");
        // Slow people have no direction, and where nothing was seen every direction is as usual as three of eight.
        assert_eq!(surprise(&object((50.0, 40.0), -0.1)), 0.0);
        let alone = directions.surprise(&usual, Some(&parts[0]));
        assert!((alone - (8.0_f64 / 3.0).ln()).abs() < 0.05, "{alone}");
    }

    #[test]
    fn nothing_seen_and_no_windows_are_defined() {
        let (directions, parts) = Directions::learn(Grid::of_picture(16, 16), &[Vec::new()]);
        assert_eq!(parts.len(), 1);
        assert!(
            directions
                .surprise(&object((8.0, 8.0), 1.0), None)
                .is_finite()
        );
        let found = FoundObject {
            left: 0.0,
            top: 0.0,
            width: 2.0,
            height: 2.0,
        };
        assert!(ObjectMotion::of_windows(0, found, 9.0, std::iter::empty()).is_none());
    }
}
