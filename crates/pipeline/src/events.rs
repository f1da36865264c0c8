//! The events of a run: where its calibrated scores are above the threshold, with the place and the reason.

use std::collections::BTreeMap;

use oddframe_core::{FrameDetails, FrameNumber, Labels, ScoreTable, VideoId, VideoScores};
use oddframe_metrics::{
    EventEvaluation, PredictedEvent, evaluate_events, latency_average_precision, list_true_events,
};
use oddframe_post::{FrameEvent, find_events};

use crate::outcome::{EventFigures, EventOutcome};
use crate::{
    Error, EventRecord, FrameStates, ModelCalibration, Recipe, RunFolder, SystemRecipe,
    ThresholdFrom, VideoRecord,
};

/// What the events of a run are found in.
pub(crate) struct EventSearch<'a> {
    pub(crate) folder: &'a RunFolder,
    pub(crate) recipe: &'a Recipe,
    pub(crate) calibration: &'a ModelCalibration,
    /// The calibrated scores of each system, in the order of the recipe.
    pub(crate) tables: &'a [ScoreTable],
    /// The calibrated fused scores.
    pub(crate) fused: &'a ScoreTable,
    /// The frames that can neither start nor extend an event.
    pub(crate) states: Option<&'a FrameStates>,
    pub(crate) labels: Option<&'a Labels>,
    /// The threshold with the highest F1 on the labels, where there are labels of both classes.
    pub(crate) best_threshold: Option<f64>,
}

impl EventSearch<'_> {
    /// Finds the events, explains them, and measures them against the labels.
    pub(crate) fn find(&self, warnings: &mut Vec<String>) -> Result<EventOutcome, Error> {
        let options = self.calibration.options();
        let rate = self.calibration.alarm_rate()?;
        let threshold = match options.threshold_from {
            ThresholdFrom::NormalScores => rate.threshold(options.false_alarms_per_hour),
            ThresholdFrom::TestLabels => self.best_threshold.ok_or(Error::NoLabelsForThreshold)?,
        };
        if threshold > rate.counted_up_to() {
            warnings.push(format!(
                "the {:.0} s of held-out normal video hold too few events at the threshold {threshold:.2} to count false alarms; \
                 their number is extrapolated from the events up to {:.2}",
                rate.hours() * 3600.0,
                rate.counted_up_to()
            ));
        }
        let mut events = Vec::new();
        let found_by = self.calibration.event_options(threshold)?;
        for video in self.fused.videos() {
            let mut details = VideoDetails::new(self.folder, video.id());
            let rate = details.record.and_then(|record| record.frames_per_second);
            let second = rate.unwrap_or(options.frames_per_second).ceil() as u64;
            let ignored = self
                .states
                .map_or_else(Vec::new, |states| states.unreliable_frames(video, second));
            for event in find_events(video, &ignored, found_by)? {
                events.push(self.describe(event, &mut details, options.frames_per_second)?);
            }
        }
        let (evaluation, latency_ap) = self.evaluate(&events, options.frames_per_second)?;
        Ok(EventOutcome {
            figures: EventFigures {
                threshold,
                threshold_from: options.threshold_from.name().to_owned(),
                false_alarms_per_hour: rate.per_hour(threshold),
                interval: rate.interval(threshold),
                normal_hours: rate.hours(),
                evaluation,
                latency_ap,
            },
            events,
        })
    }

    fn describe(
        &self,
        event: FrameEvent,
        details: &mut VideoDetails<'_>,
        default_rate: f64,
    ) -> Result<EventRecord, Error> {
        let (video, record) = (details.video, details.record);
        let seconds = |frame: u64| record.map(|record| record.seconds_of(frame, default_rate));
        let system = self.highest_system(video, event.peak);
        let details = match system {
            Some(system) => details.at_peak(system, event)?,
            None => None,
        };
        let area = details.as_ref().and_then(|details| {
            let boxes = details.boxes.iter();
            boxes
                .max_by(|a, b| a.score.total_cmp(&b.score))
                .map(|found| {
                    let area = found.area;
                    [area.left, area.top, area.right, area.bottom]
                })
        });
        let reason = details.and_then(|details| details.reason);
        Ok(EventRecord {
            video: video.name().to_owned(),
            start: event.start.0,
            end: event.end.0,
            start_seconds: seconds(event.start.0),
            end_seconds: seconds(event.end.0 + 1),
            peak: event.peak.0,
            peak_score: event.peak_score,
            severity: event.severity,
            area,
            system: system.map(|system| system.name.clone()),
            cue: reason.as_ref().map(|reason| reason.cue.to_string()),
            reason: reason.map(|reason| reason.sentence),
        })
    }

    /// The fused system with the highest calibrated score at a frame; of equal ones the first.
    fn highest_system(&self, video: &VideoId, frame: FrameNumber) -> Option<&SystemRecipe> {
        let mut highest: Option<(f64, &SystemRecipe)> = None;
        for (system, table) in self.recipe.systems.iter().zip(self.tables) {
            let score = score_at(table, video, frame).filter(|_| system.fused);
            if let Some(score) = score
                && highest.is_none_or(|(other, _)| score > other)
            {
                highest = Some((score, system));
            }
        }
        highest.map(|(_, system)| system)
    }

    /// Measures events against the labels, where there are abnormal frames.
    fn evaluate(
        &self,
        events: &[EventRecord],
        half_life: f64,
    ) -> Result<(Option<EventEvaluation>, Option<f64>), Error> {
        let Some(labels) = self.labels else {
            return Ok((None, None));
        };
        let known = list_true_events(self.fused, labels)?;
        if known.is_empty() {
            return Ok((None, None));
        }
        let predicted: Vec<PredictedEvent> = events
            .iter()
            .map(|event| PredictedEvent {
                video: VideoId::new(&event.video),
                start: FrameNumber(event.start),
                end: FrameNumber(event.end),
                score: event.peak_score,
            })
            .collect();
        // A detection that is one second late counts half.
        let latency_ap = latency_average_precision(&known, &predicted, half_life)?;
        Ok((Some(evaluate_events(&known, &predicted)?), Some(latency_ap)))
    }
}

fn score_at(table: &ScoreTable, video: &VideoId, frame: FrameNumber) -> Option<f64> {
    let scores = table.video(video)?;
    let place = scores.numbers().binary_search(&frame).ok()?;
    scores.values().get(place).copied()
}

/// The boxes and reasons of one video, read once for all its events.
struct VideoDetails<'a> {
    folder: &'a RunFolder,
    video: &'a VideoId,
    record: Option<&'a VideoRecord>,
    /// For each system, its members that explain any frame.
    read: BTreeMap<String, Vec<MemberDetails>>,
}

struct MemberDetails {
    scores: VideoScores,
    frames: BTreeMap<FrameNumber, FrameDetails>,
}

impl<'a> VideoDetails<'a> {
    fn new(folder: &'a RunFolder, video: &'a VideoId) -> Self {
        let mut videos = folder.record().data.test.iter();
        Self {
            folder,
            video,
            record: videos.find(|record| record.id() == *video),
            read: BTreeMap::new(),
        }
    }

    /// Boxes and reason of the frame of the event that is nearest to the peak and has any, from the member with the highest
    /// raw score at the peak.
    fn at_peak(
        &mut self,
        system: &SystemRecipe,
        event: FrameEvent,
    ) -> Result<Option<FrameDetails>, Error> {
        if !self.read.contains_key(&system.name) {
            let members = self.read_members(system)?;
            self.read.insert(system.name.clone(), members);
        }
        let mut best: Option<(f64, &FrameDetails)> = None;
        for member in self.read.get(&system.name).into_iter().flatten() {
            let inside = member.frames.range(event.start..=event.end);
            // Smoothing moves a peak by some frames, so that the peak itself need not have a box.
            let nearest = inside.min_by_key(|(frame, _)| frame.0.abs_diff(event.peak.0));
            let place = member.scores.numbers().binary_search(&event.peak);
            if let (Some((_, nearest)), Ok(place)) = (nearest, place) {
                let score = member.scores.values()[place];
                if best.is_none_or(|(highest, _)| score > highest) {
                    best = Some((score, nearest));
                }
            }
        }
        Ok(best.map(|(_, details)| details.clone()))
    }

    fn read_members(&self, system: &SystemRecipe) -> Result<Vec<MemberDetails>, Error> {
        let mut members = Vec::new();
        for member in 0..system.members {
            let frames = self.folder.read_details(&system.name, member, self.video)?;
            if let (Some(record), false) = (self.record, frames.is_empty()) {
                let scores = self.folder.read_test_video(&system.name, member, record)?;
                members.push(MemberDetails { scores, frames });
            }
        }
        Ok(members)
    }
}
