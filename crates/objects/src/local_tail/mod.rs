//! How rare a speed and a direction are at a place: the logarithm of the share of training motion here that is at least as
//! fast, about in this direction.
//!
//! ```text
//! windows of the training ─▶ histograms: cell x speed x direction, one for each fold
//!                               │ smoothed over neighbouring cells, summed
//!                               ▼
//!                            counts of a cell ─▶ tails over speeds ─▶ mixed with the tails of the whole picture ─▶ -log
//! ```

mod counts;
mod scale;
mod surprise;
mod usual;

pub(crate) use self::counts::TailCounts;
pub(crate) use self::scale::{DIRECTIONS, SPEEDS, SpeedScale};
pub(crate) use self::surprise::SurpriseMap;
use self::surprise::tail_of;
use crate::grid::{CELL, Grid};
use crate::statistics::{median_f64, percentile};
use crate::windows::MotionWindow;

/// Which motion of a window counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    /// That of the window, a part of a person.
    Part,
    /// That of the body around it.
    Body,
}

impl Measure {
    /// The speed in pixels per frame, and the angle from the right, clockwise as `y` points down.
    pub(crate) fn of(self, window: &MotionWindow) -> (f32, f32) {
        let (dx, dy) = match self {
            Self::Part => (window.dx, window.dy),
            Self::Body => (window.body_dx, window.body_dy),
        };
        (dx.hypot(dy), dy.atan2(dx))
    }
}

/// The two constants that differ from camera to camera. Pseudo-anomalies choose them unless they are given.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Switch {
    /// Below this multiple of the usual fast speed the direction does not count, because slow motion has no clear one. With
    /// [`Self::ALL_SPEEDS`] it never counts, as where people go both ways.
    pub slow: f64,
    /// The reach of one training window into neighbouring cells, in heights of a person.
    pub spread: f64,
}

impl Switch {
    /// The [`Self::slow`] with which no speed has a direction.
    pub const ALL_SPEEDS: f64 = 8.0;

    /// Where nothing can be learned about the choice.
    pub(crate) const DEFAULT: Self = Self {
        slow: 0.0,
        spread: 0.35,
    };
}

/// Motion that was seen in training, by place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LocalTail {
    pub(crate) measure: Measure,
    pub(crate) switch: Switch,
    pub(crate) scale: SpeedScale,
    pub(crate) grid: Grid,
    pub(crate) total: TailCounts,
    /// The speed below which the direction does not count, as a number of speeds.
    undirected: usize,
}

impl LocalTail {
    /// Learns from the windows of each fold; `heights` are those of people by the row of their centre. Also returns what each
    /// fold contributes.
    pub(crate) fn learn(
        measure: Measure,
        switch: Switch,
        grid: Grid,
        heights: &[f64],
        folds: &[Vec<&[MotionWindow]>],
    ) -> (Self, Vec<TailCounts>) {
        let mut seen: Vec<f64> = windows_of(folds)
            .map(|window| heights[usize::from(window.y)])
            .collect();
        if seen.is_empty() {
            seen.extend(heights);
        }
        let usual_height = median_f64(&mut seen);
        let unscaled = SpeedScale::new(usual_height, 1.0);
        let mut speeds: Vec<f64> = windows_of(folds)
            .map(|window| unscaled.relative(measure.of(window).0, heights[usize::from(window.y)]))
            .collect();
        let fast = percentile(&mut speeds, 90.0).max(SpeedScale::SLOWEST_UNIT);
        let scale = SpeedScale::new(usual_height, fast);
        let nothing = TailCounts::new(grid);
        let empty = Self::from_counts(measure, switch, scale, grid, nothing);
        let parts: Vec<TailCounts> = folds
            .iter()
            .map(|fold| {
                let windows = fold.iter().copied().flatten();
                empty.count_windows(windows, heights)
            })
            .collect();
        let mut tail = empty;
        for part in &parts {
            tail.total.add_all(part);
        }
        (tail, parts)
    }

    /// How often each speed and direction is among some windows, smoothed over cells.
    fn count_windows<'a>(
        &self,
        windows: impl Iterator<Item = &'a MotionWindow>,
        heights: &[f64],
    ) -> TailCounts {
        let mut counts = TailCounts::new(self.grid);
        for window in windows {
            let (speed, angle) = self.measure.of(window);
            let speed = self.scale.place(speed, heights[usize::from(window.y)]);
            counts.add(cell_of(self.grid, window), speed, direction_of(angle));
        }
        let spread = self.switch.spread * self.scale.usual_height / CELL as f64;
        counts.smooth(self.grid, spread);
        counts
    }

    /// Adds windows of further normal frames. The scale of speeds stays.
    pub(crate) fn add_windows<'a>(
        &mut self,
        windows: impl Iterator<Item = &'a MotionWindow>,
        heights: &[f64],
    ) {
        let counts = self.count_windows(windows, heights);
        self.total.add_all(&counts);
    }

    /// What was learned before, as it is stored.
    pub(crate) fn from_counts(
        measure: Measure,
        switch: Switch,
        scale: SpeedScale,
        grid: Grid,
        total: TailCounts,
    ) -> Self {
        Self {
            undirected: scale.undirected_speeds(switch.slow),
            measure,
            switch,
            scale,
            grid,
            total,
        }
    }

    /// How surprising each speed and direction is in each cell; `without` is a fold that does not count.
    pub(crate) fn surprise(&self, without: Option<&TailCounts>) -> SurpriseMap {
        SurpriseMap::new(&self.total, without, self.undirected)
    }

    /// The surprise at a window.
    pub(crate) fn score(&self, map: &SurpriseMap, window: &MotionWindow, heights: &[f64]) -> f64 {
        let (speed, angle) = self.measure.of(window);
        let place = self.scale.place(speed, heights[usize::from(window.y)]);
        let direction = direction_of(angle);
        map.at(cell_of(self.grid, window), place, direction)
    }

    /// How many training windows around this place were at least as fast and moved about in this direction, and how many times
    /// the usual speed here the window moves.
    pub(crate) fn explain(&self, window: &MotionWindow, heights: &[f64]) -> (f64, Option<f64>) {
        let (speed, angle) = self.measure.of(window);
        let height = heights[usize::from(window.y)];
        let place = self.scale.place(speed, height);
        let cell: Vec<f64> = self
            .total
            .cell(cell_of(self.grid, window))
            .iter()
            .map(|count| f64::from(*count))
            .collect();
        let tail = tail_of(&cell, self.undirected);
        let nearest = (place.round() as usize).min(SPEEDS - 1);
        let as_fast = tail[nearest * DIRECTIONS + direction_of(angle)];
        // The median over speeds, whatever the direction; of the whole picture where nothing moved here.
        let usual = self
            .scale
            .median_speed(&cell)
            .or_else(|| self.scale.median_speed(&self.total.overall));
        let ratio = usual.map(|usual| self.scale.relative(speed, height) / usual);
        (as_fast, ratio)
    }
}

/// The windows of all folds.
fn windows_of<'a>(folds: &'a [Vec<&'a [MotionWindow]>]) -> impl Iterator<Item = &'a MotionWindow> {
    folds.iter().flatten().copied().flatten()
}

fn cell_of(grid: Grid, window: &MotionWindow) -> usize {
    grid.cell(window.x.into(), window.y.into())
}

/// The number of a direction: 0 is to the right, the others follow clockwise.
pub(crate) fn direction_of(angle: f32) -> usize {
    let turns = angle * DIRECTIONS as f32 / std::f32::consts::TAU;
    ((turns + 0.5).floor() as i64).rem_euclid(DIRECTIONS as i64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walker(x: u16, dx: f32, dy: f32) -> MotionWindow {
        MotionWindow {
            x,
            y: 20,
            dx,
            dy,
            body_dx: dx,
            body_dy: dy,
        }
    }

    #[test]
    fn directions_are_numbered_clockwise() {
        let angle = |dx: f32, dy: f32| direction_of(dy.atan2(dx));
        assert_eq!(
            [angle(1., 0.), angle(1., 1.), angle(0., 1.), angle(-1., 0.)],
            [0, 1, 2, 4]
        );
        assert_eq!((angle(0., -1.), angle(1., -0.1)), (6, 0));
    }

    #[test]
    fn fast_reversed_and_foreign_motion_is_surprising() {
        // People walk to the right on the left half of the picture.
        let normal: Vec<MotionWindow> = (0..400)
            .map(|i| walker(8 + i % 40, 1.0 + 0.1 * f32::from(i % 5), 0.0))
            .collect();
        let grid = Grid::of_picture(96, 48);
        let heights = vec![20.0; 48];
        let (tail, parts) = LocalTail::learn(
            Measure::Part,
            Switch {
                slow: 0.4,
                spread: 0.25,
            },
            grid,
            &heights,
            &[vec![&normal]],
        );
        let map = tail.surprise(None);
        let score = |window: MotionWindow| tail.score(&map, &window, &heights);
        let usual = score(walker(24, 1.2, 0.0));
        assert!(usual < 1.5, "{usual}");
        assert!(score(walker(24, 4.0, 0.0)) > usual + 2.0);
        assert!(score(walker(24, -1.2, 0.0)) > usual + 2.0);
        assert!(score(walker(24, 0.1, 0.0)) < usual);
        // Slow motion has no direction.
        assert_eq!(score(walker(24, -0.1, 0.0)), score(walker(24, 0.1, 0.0)));
        let (as_fast, ratio) = tail.explain(&walker(24, 3.6, 0.0), &heights);
        assert!(
            as_fast < 1.0 && (ratio.unwrap() - 3.0).abs() < 0.5,
            "{as_fast} {ratio:?}"
        );
        // Without its only fold nothing is left but the prior of equal shares.
        let empty = tail.surprise(Some(&parts[0]));
        assert!(tail.score(&empty, &walker(24, 1.2, 0.0), &heights) > usual + 1.0);
    }

    #[test]
    fn without_any_motion_every_score_is_finite() {
        let grid = Grid::of_picture(16, 16);
        let (tail, _) = LocalTail::learn(
            Measure::Body,
            Switch::DEFAULT,
            grid,
            &[5.0; 16],
            &[Vec::new()],
        );
        let map = tail.surprise(None);
        let window = MotionWindow {
            x: 3,
            y: 3,
            dx: 9.0,
            dy: 0.0,
            body_dx: 9.0,
            body_dy: 0.0,
        };
        assert!(tail.score(&map, &window, &[5.0; 16]).is_finite());
        assert_eq!(tail.explain(&window, &[5.0; 16]), (0.0, None));
    }
}
