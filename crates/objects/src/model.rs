//! What was learned from normal video, and learning it from the findings.

use rayon::prelude::*;

use crate::Error;
use crate::analysis::Geometry;
use crate::calibration::{CUES, Cue};
use crate::camera::Camera;
use crate::color::Colors;
use crate::direction::Directions;
use crate::dwell::Dwell;
use crate::found::FrameFindings;
use crate::grid::CELL;
use crate::hog;
use crate::local_tail::{LocalTail, Measure, SurpriseMap, Switch};
use crate::look::Look;
use crate::shape::Shapes;
use crate::training::{Segment, Training};
use crate::usual::UsualDistances;
use crate::windows::MotionWindow;

/// A learned camera: everything that scoring needs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ObjectModel {
    /// Width and height of the frames, before they are shrunk.
    pub(crate) source: (usize, usize),
    pub(crate) camera: Camera,
    pub(crate) parts: LocalTail,
    pub(crate) bodies: LocalTail,
    pub(crate) directions: Directions,
    pub(crate) look: Look,
    /// The usual distances of objects from the nearest known look.
    pub(crate) usual_looks: UsualDistances,
    pub(crate) shapes: Shapes,
    /// The usual distances of objects from the nearest known shapes.
    pub(crate) usual_shapes: UsualDistances,
    pub(crate) colors: Colors,
    pub(crate) dwell: Dwell,
    /// The numbers of the frames of each normal video.
    pub(crate) numbers: Vec<Vec<u64>>,
    /// In the order of [`Cue::ALL`].
    pub(crate) normal: [NormalValues; CUES],
    /// The number of objects in each normal frame, for each video.
    pub(crate) normal_objects: Vec<Vec<f32>>,
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
        let (bodies, body) = learn_tail(Measure::Body, switch, training, &geometry);
        let (directions, direction) = learn_directions(training, &geometry);
        let (look, usual_looks, appearance) = learn_look(training, &geometry, seed);
        let (shapes, usual_shapes, shape) = learn_shapes(training, &geometry, seed);
        let (colors, color) = learn_colors(training);
        let (dwell, dwelling) = learn_dwell(training, &camera);
        Ok(Self {
            source,
            camera,
            parts,
            bodies,
            directions,
            look,
            usual_looks,
            shapes,
            usual_shapes,
            colors,
            dwell,
            numbers: training.numbers(),
            normal: [motion, body, direction, appearance, shape, color, dwelling],
            normal_objects: training.object_counts(),
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

/// What every training frame gives when its own fold is left out, computed in parallel over the frames of a segment.
struct LeaveOneOut<'a, T> {
    training: &'a Training,
    frames: Vec<Vec<T>>,
}

impl<'a, T: Clone + Default + Send> LeaveOneOut<'a, T> {
    fn new(training: &'a Training) -> Self {
        let frames = training.videos.iter();
        Self {
            frames: frames
                .map(|video| vec![T::default(); video.len()])
                .collect(),
            training,
        }
    }

    /// Examines the frames of one fold: `examine` takes a segment and the position of a frame in its video.
    fn examine_fold(&mut self, fold: usize, examine: impl Fn(&Segment, usize) -> T + Sync) {
        for segment in self
            .training
            .segments
            .iter()
            .filter(|segment| segment.fold == fold)
        {
            let frames = &mut self.frames[segment.video][segment.frames.clone()];
            frames
                .par_iter_mut()
                .zip(segment.frames.clone())
                .for_each(|(result, frame)| *result = examine(segment, frame));
        }
    }
}

fn learn_tail(
    measure: Measure,
    switch: Switch,
    training: &Training,
    geometry: &Geometry,
) -> (LocalTail, NormalValues) {
    let heights = &geometry.by_centre;
    let folds = training.windows_by_fold();
    let (tail, parts) = LocalTail::learn(measure, switch, geometry.grid(), heights, &folds);
    let mut normal = LeaveOneOut::new(training);
    for fold in 0..training.folds {
        let map = tail.surprise(training.left_out(fold).map(|fold| &parts[fold]));
        normal.examine_fold(fold, |segment, frame| {
            let windows = &training.videos[segment.video][frame].windows;
            most_surprising(&tail, &map, windows, heights).map(|(score, _)| score)
        });
    }
    (tail, NormalValues::new(&normal.frames))
}

fn learn_directions(training: &Training, geometry: &Geometry) -> (Directions, NormalValues) {
    let (directions, parts) = Directions::learn(geometry.grid(), &training.motions_by_fold());
    let mut normal = LeaveOneOut::new(training);
    for fold in 0..training.folds {
        let without = training.left_out(fold).map(|fold| parts[fold].as_slice());
        normal.examine_fold(fold, |segment, frame| {
            let motions = training.videos[segment.video][frame].motions.iter();
            motions
                .map(|motion| directions.surprise(motion, without))
                .reduce(f64::max)
        });
    }
    (directions, NormalValues::new(&normal.frames))
}

fn learn_colors(training: &Training) -> (Colors, NormalValues) {
    let (colors, parts) = Colors::learn(&training.palettes_by_fold());
    let mut normal = LeaveOneOut::new(training);
    for fold in 0..training.folds {
        let without = training.left_out(fold).map(|fold| &parts[fold]);
        let Some(rarities) = colors.rarities(without) else {
            continue;
        };
        normal.examine_fold(fold, |segment, frame| {
            let palettes = training.videos[segment.video][frame].palettes.iter();
            palettes
                .filter_map(|palette| rarities.of(palette))
                .reduce(f64::max)
        });
    }
    (colors, NormalValues::new(&normal.frames))
}

fn learn_look(
    training: &Training,
    geometry: &Geometry,
    seed: u64,
) -> (Look, UsualDistances, NormalValues) {
    let (look, bounds) = Look::learn(&training.looks_by_fold(), seed);
    let mut distances = LeaveOneOut::<Vec<Option<f64>>>::new(training);
    for fold in 0..training.folds {
        let without = training.left_out(fold).map(|fold| bounds[fold].clone());
        distances.examine_fold(fold, |segment, frame| {
            let looks = &training.videos[segment.video][frame].looks;
            let objects = looks.chunks_exact(hog::LENGTH);
            objects
                .map(|object| look.distance(object, without.clone()))
                .collect()
        });
    }
    let (usual, normal) = judge_by_place(&distances, geometry);
    (look, usual, normal)
}

fn learn_shapes(
    training: &Training,
    geometry: &Geometry,
    seed: u64,
) -> (Shapes, UsualDistances, NormalValues) {
    let (shapes, bounds) = Shapes::learn(&training.shapes_by_fold(), seed);
    let mut distances = LeaveOneOut::<Vec<Option<f64>>>::new(training);
    for fold in 0..training.folds {
        let without = training.left_out(fold).map(|fold| bounds[fold].clone());
        distances.examine_fold(fold, |segment, frame| {
            let objects = training.videos[segment.video][frame].shapes.iter();
            objects
                .map(|object| shapes.distance(*object, without.clone()))
                .collect()
        });
    }
    let (usual, normal) = judge_by_place(&distances, geometry);
    (shapes, usual, normal)
}

/// Learns the usual distances at each place from those of all normal objects. Also returns the most unusual one of each frame.
fn judge_by_place(
    distances: &LeaveOneOut<'_, Vec<Option<f64>>>,
    geometry: &Geometry,
) -> (UsualDistances, NormalValues) {
    let mut placed: Vec<((usize, usize), f64)> = Vec::new();
    for (frames, distances) in distances.training.videos.iter().zip(&distances.frames) {
        for (frame, distances) in frames.iter().zip(distances) {
            placed.extend(place_distances(frame, distances));
        }
    }
    let spread = geometry.usual_height() / CELL as f64;
    let usual = UsualDistances::learn(geometry.grid(), spread, &placed);
    let videos = distances.training.videos.iter().zip(&distances.frames);
    let normal: Vec<Vec<Option<f64>>> = videos
        .map(|(frames, distances)| {
            let frames = frames.iter().zip(distances);
            frames
                .map(|(frame, distances)| {
                    place_distances(frame, distances)
                        .map(|(place, distance)| usual.unusualness(place, distance))
                        .reduce(f64::max)
                })
                .collect()
        })
        .collect();
    (usual, NormalValues::new(&normal))
}

/// The distances of the objects of a frame, with the pixel that each object stands on.
fn place_distances<'a>(
    frame: &'a FrameFindings,
    distances: &'a [Option<f64>],
) -> impl Iterator<Item = ((usize, usize), f64)> + 'a {
    let objects = frame.objects.iter().zip(distances);
    objects.filter_map(|(object, distance)| Some((object.standing_on(), (*distance)?)))
}

fn learn_dwell(training: &Training, camera: &Camera) -> (Dwell, NormalValues) {
    let (columns, rows) = (camera.width() / CELL, camera.height() / CELL);
    let longest = training.longest_dwell(columns * rows);
    let mut normal = LeaveOneOut::new(training);
    for fold in 0..training.folds {
        let dwell = dwell_without(&longest, training.left_out(fold), columns);
        normal.examine_fold(fold, |segment, frame| {
            let mut cells = vec![0.0; columns * rows];
            training.dwell[segment.video][frame].fill(&mut cells);
            dwell.score(&cells).map(|(score, _)| score)
        });
    }
    (
        dwell_without(&longest, None, columns),
        NormalValues::new(&normal.frames),
    )
}

/// Learns from the longest times of all folds, or of all but one.
fn dwell_without(longest: &[Vec<f32>], left_out: Option<usize>, columns: usize) -> Dwell {
    let folds = longest.iter().enumerate();
    let kept = folds.filter(|(fold, _)| Some(*fold) != left_out);
    Dwell::learn(columns, kept.map(|(_, longest)| longest.as_slice()))
}
