//! What was learned from normal video, and learning it from the findings.

use rayon::prelude::*;

use crate::Error;
use crate::analysis::Geometry;
use crate::calibration::{CUES, Cue};
use crate::camera::Camera;
use crate::dwell::Dwell;
use crate::found::MotionWindow;
use crate::hog;
use crate::local_tail::{CELL, Grid, LocalTail, Measure, SurpriseMap, Switch};
use crate::look::Look;
use crate::training::{Segment, Training};

/// A learned camera: everything that scoring needs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ObjectModel {
    /// Width and height of the frames, before they are shrunk.
    pub(crate) source: (usize, usize),
    pub(crate) camera: Camera,
    pub(crate) parts: LocalTail,
    pub(crate) bodies: LocalTail,
    pub(crate) look: Look,
    pub(crate) dwell: Dwell,
    /// The numbers of the frames of each normal video.
    pub(crate) numbers: Vec<Vec<u64>>,
    /// In the order of [`Cue::ALL`].
    pub(crate) normal: [NormalValues; CUES],
}

/// The values of a cue in normal video, each frame scored by what the other folds taught.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct NormalValues {
    /// The value of a frame in which the cue says nothing: the lowest of all others.
    pub(crate) missing: f32,
    /// For each video its frames.
    pub(crate) videos: Vec<Vec<f32>>,
}

impl NormalValues {
    fn new(videos: &[Vec<Option<f64>>]) -> Self {
        let lowest = videos
            .iter()
            .flatten()
            .flatten()
            .copied()
            .fold(f64::INFINITY, f64::min);
        let missing = if lowest.is_finite() {
            lowest as f32
        } else {
            0.0
        };
        let fill = |value: &Option<f64>| value.map_or(missing, |value| value as f32);
        Self {
            missing,
            videos: videos
                .iter()
                .map(|video| video.iter().map(fill).collect())
                .collect(),
        }
    }
}

impl ObjectModel {
    /// Learns from the findings of the training videos.
    pub(crate) fn learn(
        source: (usize, usize),
        camera: Camera,
        training: &Training,
        switch: Switch,
        seed: u64,
    ) -> Result<Self, Error> {
        let geometry = Geometry::new(&camera)?;
        let (parts, motion) = learn_tail(Measure::Part, switch, training, &geometry);
        let (bodies, speed) = learn_tail(Measure::Body, Switch::BODIES, training, &geometry);
        let (look, appearance) = learn_look(training, seed);
        let (dwell, dwelling) = learn_dwell(training, &camera);
        Ok(Self {
            source,
            camera,
            parts,
            bodies,
            look,
            dwell,
            numbers: training.numbers(),
            normal: [motion, speed, appearance, dwelling],
        })
    }

    /// The training frames.
    pub(crate) fn frames(&self) -> usize {
        let [motion, ..] = &self.normal;
        motion.videos.iter().map(Vec::len).sum()
    }

    /// The values of a cue in normal video.
    pub(crate) fn normal_values(&self, cue: Cue) -> &NormalValues {
        &self.normal[cue as usize]
    }
}

/// The most surprising of some windows.
pub(crate) fn most_surprising(
    tail: &LocalTail,
    map: &SurpriseMap,
    windows: &[MotionWindow],
    heights: &[f64],
) -> Option<(f64, MotionWindow)> {
    let scores = windows
        .iter()
        .map(|window| (tail.score(map, window, heights), *window));
    // Of equally surprising windows the first.
    scores.reduce(|best, other| if other.0 > best.0 { other } else { best })
}

/// The value of every training frame, in parallel over the frames of a segment. `score` gets a fold to leave out, if any.
struct LeaveOneOut<'a> {
    training: &'a Training,
    values: Vec<Vec<Option<f64>>>,
}

impl<'a> LeaveOneOut<'a> {
    fn new(training: &'a Training) -> Self {
        let values = training.videos.iter().map(|video| vec![None; video.len()]);
        Self {
            values: values.collect(),
            training,
        }
    }

    /// Scores the frames of one fold: `score` takes a segment and the position of a frame in its video.
    fn score_fold(&mut self, fold: usize, score: impl Fn(&Segment, usize) -> Option<f64> + Sync) {
        for segment in self
            .training
            .segments
            .iter()
            .filter(|segment| segment.fold == fold)
        {
            let values = &mut self.values[segment.video][segment.frames.clone()];
            values
                .par_iter_mut()
                .zip(segment.frames.clone())
                .for_each(|(value, frame)| *value = score(segment, frame));
        }
    }

    fn finish(self) -> NormalValues {
        NormalValues::new(&self.values)
    }
}

fn learn_tail(
    measure: Measure,
    switch: Switch,
    training: &Training,
    geometry: &Geometry,
) -> (LocalTail, NormalValues) {
    let grid = Grid::of_picture(geometry.shape.width(), geometry.shape.height());
    let heights = &geometry.by_centre;
    let folds = training.windows_by_fold();
    let (tail, parts) = LocalTail::learn(measure, switch, grid, heights, &folds);
    let mut normal = LeaveOneOut::new(training);
    for fold in 0..training.folds {
        let map = tail.surprise(training.left_out(fold).map(|fold| &parts[fold]));
        normal.score_fold(fold, |segment, frame| {
            let windows = &training.videos[segment.video][frame].windows;
            most_surprising(&tail, &map, windows, heights).map(|(score, _)| score)
        });
    }
    (tail, normal.finish())
}

fn learn_look(training: &Training, seed: u64) -> (Look, NormalValues) {
    let (look, bounds) = Look::learn(&training.looks_by_fold(), seed);
    let mut normal = LeaveOneOut::new(training);
    for fold in 0..training.folds {
        let without = training.left_out(fold).map(|fold| bounds[fold].clone());
        normal.score_fold(fold, |segment, frame| {
            let looks = &training.videos[segment.video][frame].looks;
            let distances = looks
                .chunks_exact(hog::LENGTH)
                .filter_map(|object| look.distance(object, without.clone()));
            distances.reduce(f64::max)
        });
    }
    (look, normal.finish())
}

fn learn_dwell(training: &Training, camera: &Camera) -> (Dwell, NormalValues) {
    let (columns, rows) = (camera.width() / CELL, camera.height() / CELL);
    let longest = training.longest_dwell(columns * rows);
    let mut normal = LeaveOneOut::new(training);
    for fold in 0..training.folds {
        let dwell = dwell_without(&longest, training.left_out(fold), columns);
        normal.score_fold(fold, |segment, frame| {
            let mut cells = vec![0.0; columns * rows];
            training.dwell[segment.video][frame].fill(&mut cells);
            dwell.score(&cells).map(|(score, _)| score)
        });
    }
    (dwell_without(&longest, None, columns), normal.finish())
}

/// Learns from the longest times of all folds, or of all but one.
fn dwell_without(longest: &[Vec<f32>], left_out: Option<usize>, columns: usize) -> Dwell {
    let folds = longest.iter().enumerate();
    let kept = folds.filter(|(fold, _)| Some(*fold) != left_out);
    Dwell::learn(columns, kept.map(|(_, longest)| longest.as_slice()))
}
