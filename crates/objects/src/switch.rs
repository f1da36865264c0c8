//! Choosing the switch of a camera without labels: pseudo-anomalies are made from normal video, and the setting that tells
//! them best from untouched video wins. The direction of motion counts only where reversed motion can be told at all.
//!
//! A tracked training object is pasted into another moment: faster, backwards, or where nobody walks. Every setting scores the
//! pasted frames and the same frames before, each by what the other folds taught.

use std::ops::Range;
use std::sync::Arc;

use oddframe_core::{Event, Frame, FrameSource, Observer, Random};
use oddframe_metrics::roc_auc;
use rayon::prelude::*;

use crate::Error;
use crate::analysis::{Analysis, Geometry};
use crate::found::FrameFindings;
use crate::local_tail::{LocalTail, Measure, SurpriseMap, Switch};
use crate::masks::{Masker, View};
use crate::model::most_surprising;
use crate::motion::REACH;
use crate::pasting::{
    Cutout, KINDS, Kind, LENGTH, MOST_TRACKS, Paste, Track, draw, find_tracks, free_places,
};
use crate::reading::read_shrunk;
use crate::registration::SteadyBlur;
use crate::training::{Segment, Training};
use crate::windows::MotionWindow;

/// The settings to choose from where the direction of motion counts.
const DIRECTED: [Switch; 4] = [
    Switch {
        slow: 0.0,
        spread: 0.25,
    },
    Switch {
        slow: 0.0,
        spread: 0.35,
    },
    Switch {
        slow: 0.4,
        spread: 0.25,
    },
    Switch {
        slow: 0.4,
        spread: 0.35,
    },
];

/// The settings to choose from where it does not count.
const UNDIRECTED: [Switch; 2] = [
    Switch {
        slow: Switch::ALL_SPEEDS,
        spread: 0.25,
    },
    Switch {
        slow: Switch::ALL_SPEEDS,
        spread: 0.35,
    },
];

/// The direction counts where some setting tells reversed motion from normal motion with at least this AUC. Below it people go
/// both ways everywhere: the direction says nothing then, and only adds chance.
const REVERSAL_IS_TOLD: f64 = 0.7;

/// Pseudo-anomalies of each kind in each fold.
const EACH: usize = 2;

/// Frames that are analysed at a time.
const BATCH: usize = 4;

/// What pseudo-anomalies are made from.
pub(crate) struct Material<'a> {
    pub(crate) sources: &'a [&'a dyn FrameSource],
    /// One for each video.
    pub(crate) views: &'a [View],
    pub(crate) training: &'a Training,
    pub(crate) geometry: Arc<Geometry>,
}

impl Material<'_> {
    /// Reads frames of a video, shrunk.
    fn read(&self, video: usize, frames: Range<usize>) -> Result<Vec<Frame>, Error> {
        frames
            .map(|frame| read_shrunk(self.sources[video], frame, self.geometry.shape))
            .collect()
    }
}

/// A pseudo-anomaly before it is made.
struct Plan<'a> {
    /// The position in [`KINDS`].
    kind: usize,
    /// The video that the object comes from.
    source: usize,
    paste: Paste,
    segment: &'a Segment,
    /// The first frame that counts.
    start: usize,
}

/// A pseudo-anomaly, and the same frames without it.
struct Pasted<'a> {
    kind: usize,
    fold: usize,
    /// Whether the object is visible, for each frame that counts.
    visible: Vec<bool>,
    with: Vec<FrameFindings>,
    without: &'a [FrameFindings],
}

/// Chooses the switch. Where no object can be followed, nothing says which is better and the default is taken.
pub(crate) fn choose_switch(
    material: &Material<'_>,
    seed: u64,
    observer: &mut dyn Observer,
) -> Result<Switch, Error> {
    // Plans are drawn first and in order, so that the threads that carry them out cannot change them.
    let plans = plan_pastes(material, seed);
    observer.tell(Event::Started {
        task: "making pseudo-anomalies",
        total: Some(plans.len() as u64),
    })?;
    let mut pasted = Vec::with_capacity(plans.len());
    for plans in plans.chunks(4 * rayon::current_num_threads()) {
        let done: Vec<Pasted<'_>> = plans
            .par_iter()
            .map_init(
                || Analysis::new(Arc::clone(&material.geometry), false),
                |analysis, plan| make(material, plan, analysis),
            )
            .collect::<Result<_, Error>>()?;
        pasted.extend(done);
        observer.tell(Event::Advanced {
            done: pasted.len() as u64,
        })?;
    }
    observer.tell(Event::Finished)?;
    let directed = DIRECTED.map(|option| (option, measure_option(material, &pasted, option)));
    let best = if direction_counts(&directed) {
        best_option(&directed)
    } else {
        best_option(&UNDIRECTED.map(|option| (option, measure_option(material, &pasted, option))))
    };
    Ok(best.unwrap_or(Switch::DEFAULT))
}

/// How well a setting tells each kind of pseudo-anomaly, where there are any.
type Qualities = [Option<f64>; KINDS.len()];

/// Whether some option tells reversed motion, or nothing is known about that.
fn direction_counts(directed: &[(Switch, Qualities)]) -> bool {
    let reversal = KINDS.iter().position(|kind| *kind == Kind::Reversed);
    let known: Vec<f64> = directed
        .iter()
        .filter_map(|(_, qualities)| qualities[reversal?])
        .collect();
    known.is_empty() || known.iter().any(|quality| *quality >= REVERSAL_IS_TOLD)
}

/// The first option with the largest mean over kinds.
fn best_option(options: &[(Switch, Qualities)]) -> Option<Switch> {
    let mut best: Option<(f64, Switch)> = None;
    for (option, qualities) in options {
        let known: Vec<f64> = qualities.iter().copied().flatten().collect();
        let mean = known.iter().sum::<f64>() / known.len() as f64;
        if !known.is_empty() && best.is_none_or(|(largest, _)| mean > largest) {
            best = Some((mean, *option));
        }
    }
    best.map(|(_, option)| option)
}

/// Draws what is pasted where: so many of each kind into each fold.
fn plan_pastes<'a>(material: &'a Material<'a>, seed: u64) -> Vec<Plan<'a>> {
    let (training, geometry) = (material.training, &*material.geometry);
    let mut random = Random::stream(seed, &[u64::from_le_bytes(*b"switch  ")]);
    let mut tracks: Vec<(usize, Vec<Track>)> = Vec::new();
    for (video, frames) in training.videos.iter().enumerate() {
        let own = find_tracks(frames, &geometry.heights, MOST_TRACKS, &mut random);
        if !own.is_empty() {
            tracks.push((video, own));
        }
    }
    let free = free_places(&training.videos, geometry);
    let mut plans = Vec::new();
    if tracks.is_empty() {
        return plans;
    }
    for fold in 0..training.folds {
        let segments: Vec<&Segment> = training
            .segments
            .iter()
            .filter(|segment| segment.fold == fold && segment.frames.len() > LENGTH + 2 * REACH + 1)
            .collect();
        for (kind, what) in KINDS.into_iter().enumerate() {
            for _ in 0..EACH {
                let Some(segment) = draw(&segments, &mut random).copied() else {
                    continue;
                };
                let places = (segment.frames.len() - LENGTH - 2 * REACH) as u64;
                let start = segment.frames.start + REACH + random.below(places) as usize;
                let Some((source, own)) = draw(&tracks, &mut random) else {
                    continue;
                };
                let track = draw(own, &mut random).cloned();
                let place = draw(&free, &mut random).copied();
                let paste = track.and_then(|track| Paste::new(what, track, place));
                plans.extend(paste.map(|paste| Plan {
                    kind,
                    source: *source,
                    paste,
                    segment,
                    start,
                }));
            }
        }
    }
    plans
}

/// Makes a pseudo-anomaly and analyses it.
fn make<'a>(
    material: &'a Material<'a>,
    plan: &Plan<'_>,
    analysis: &mut Analysis,
) -> Result<Pasted<'a>, Error> {
    let segment = plan.segment;
    let track = &plan.paste.track;
    let mut pictures = material.read(plan.source, track.start..track.start + LENGTH)?;
    let masks = mask_pictures(&mut pictures, &material.views[plan.source]);
    let mut frames = material.read(
        segment.video,
        plan.start - REACH..plan.start + LENGTH + REACH,
    )?;
    // Time runs evenly in a pseudo-anomaly.
    for (number, frame) in (0..).zip(&mut frames) {
        frame.relabel(oddframe_core::FrameNumber(number), None);
    }
    let cutout = Cutout {
        pictures: &pictures,
        masks: &masks,
    };
    let visible = plan.paste.apply(&cutout, &material.geometry, &mut frames);
    let mut with = Vec::with_capacity(frames.len());
    for frames in frames.chunks(BATCH) {
        analysis.push(frames, &material.views[segment.video], &mut with)?;
    }
    analysis.finish(&mut with);
    Ok(Pasted {
        kind: plan.kind,
        fold: segment.fold,
        visible: visible[REACH..REACH + LENGTH].to_vec(),
        with: with.drain(REACH..REACH + LENGTH).collect(),
        without: &material.training.videos[segment.video][plan.start..plan.start + LENGTH],
    })
}

/// Aligns pictures that a shaking camera has displaced, and gives the moving pixels of each.
fn mask_pictures(pictures: &mut [Frame], view: &View) -> Vec<Vec<u8>> {
    let (mut blur, mut masker) = (SteadyBlur::default(), Masker::default());
    let (mut blurred, mut any) = (Vec::new(), Vec::new());
    pictures
        .iter_mut()
        .map(|picture| {
            let (mut moving, width) = (Vec::new(), picture.shape().width());
            blur.blur_into(picture.pixels_mut(), width, &view.landmarks, &mut blurred);
            masker.mark(&blurred, view, &mut moving, &mut any);
            moving
        })
        .collect()
}

/// The scores of the visible frames of some pseudo-anomalies, and of the same frames without them.
#[derive(Default)]
struct Scores {
    with: Vec<f64>,
    without: Vec<f64>,
}

/// How well an option tells each kind of pseudo-anomaly from normal frames: the mean of the AUC against the same frames without
/// them and the AUC against all such frames.
fn measure_option(material: &Material<'_>, pasted: &[Pasted<'_>], option: Switch) -> Qualities {
    let (training, geometry) = (material.training, &*material.geometry);
    let heights = &geometry.by_centre;
    let folds = training.windows_by_fold();
    let (tail, parts) = LocalTail::learn(Measure::Part, option, geometry.grid(), heights, &folds);
    let mut kinds: [Scores; KINDS.len()] = Default::default();
    for fold in 0..training.folds {
        // A pseudo-anomaly is judged by what the other folds taught, as a new video is.
        let map = tail.surprise(training.left_out(fold).map(|fold| &parts[fold]));
        for pasted in pasted.iter().filter(|pasted| pasted.fold == fold) {
            let frames = pasted.with.iter().zip(pasted.without).zip(&pasted.visible);
            for ((with, without), _) in frames.filter(|(_, visible)| **visible) {
                let scores = &mut kinds[pasted.kind];
                scores
                    .with
                    .push(largest_score(&tail, &map, &with.windows, heights));
                scores
                    .without
                    .push(largest_score(&tail, &map, &without.windows, heights));
            }
        }
    }
    // Against the same frames without the object, only the object differs. Against all frames, a pseudo-anomaly must also
    // stand out from moments that are unusual by themselves.
    let all: Vec<f64> = kinds
        .iter()
        .flat_map(|scores| scores.without.clone())
        .collect();
    kinds.map(|scores| {
        let own = separation(&scores.without, &scores.with)?;
        Some(f64::midpoint(own, separation(&all, &scores.with)?))
    })
}

/// The score of a frame: that of its most surprising window, at least 0.
fn largest_score(
    tail: &LocalTail,
    map: &SurpriseMap,
    windows: &[MotionWindow],
    heights: &[f64],
) -> f64 {
    most_surprising(tail, map, windows, heights).map_or(0.0, |(score, _)| score.max(0.0))
}

/// The AUC of two groups of scores; none when one is empty.
fn separation(normal: &[f64], abnormal: &[f64]) -> Option<f64> {
    let labels: Vec<bool> = normal
        .iter()
        .map(|_| false)
        .chain(abnormal.iter().map(|_| true))
        .collect();
    roc_auc(&labels, &[normal, abnormal].concat()).ok()
}
