//! Everything a report is made from, read from the run folder.

use std::collections::BTreeMap;

use oddframe_core::{FrameDetails, FrameNumber, Rect, VideoId, VideoScores};
use oddframe_pipeline::{
    EventRecord, EventsFile, FramePicture, FrameState, FrameStateRow, FrameStates, KnownTruth,
    Moment, Outcome, RunFolder, top_moments,
};

use crate::clock::Clock;
use crate::heat::HeatMaps;
use crate::{Error, ReportOptions};

/// A finished run.
#[derive(Debug)]
pub(crate) struct Contents<'a> {
    pub(crate) folder: &'a RunFolder,
    pub(crate) outcome: Outcome,
    pub(crate) known: KnownTruth,
    /// One for each test video, in the order of the scores.
    pub(crate) videos: Vec<VideoContents>,
    pub(crate) moments: Vec<Moment>,
    /// The events and their threshold, in a run with calibration.
    pub(crate) events: Option<EventsFile>,
    /// The error maps of the first system that has any, where pictures are shown.
    pub(crate) heat: Option<HeatMaps<'a>>,
    /// Whether pictures are shown, and whether they are pixelated.
    pub(crate) pictures: bool,
    pub(crate) blur: bool,
}

/// A test video.
#[derive(Debug)]
pub(crate) struct VideoContents {
    pub(crate) scores: VideoScores,
    /// Which frames are abnormal, where known.
    pub(crate) labels: Option<Vec<bool>>,
    /// Boxes and reasons of the frames that have any.
    pub(crate) details: BTreeMap<FrameNumber, FrameDetails>,
    /// What is pixelated where pictures are: the boxes of all systems.
    pub(crate) hidden: BTreeMap<FrameNumber, Vec<Rect>>,
    pub(crate) pictures: Vec<FramePicture>,
    pub(crate) clock: Clock,
    /// The events of this video, with their positions among all events.
    pub(crate) events: Vec<(usize, EventRecord)>,
    /// The frames that are not in order, by index.
    pub(crate) states: BTreeMap<usize, FrameStateRow>,
}

impl<'a> Contents<'a> {
    pub(crate) fn read(folder: &'a RunFolder, options: ReportOptions) -> Result<Self, Error> {
        let outcome = Outcome::read(folder)?;
        let known = folder.read_known_truth(&outcome.fused.scores)?;
        let events = if folder.events_file().exists() {
            Some(folder.read_events_file()?)
        } else {
            None
        };
        let states = folder.read_states()?;
        let mut labels = match &known.labels {
            Some(labels) => labels.align(&outcome.fused.scores)?.videos,
            None => Vec::new(),
        }
        .into_iter();
        let recipe = folder.recipe().report;
        let blur = options.blur || recipe.blur;
        let mut videos = Vec::new();
        for scores in outcome.fused.scores.videos() {
            let mut pictures = folder.read_pictures(scores.id())?;
            // A picture may have been deleted because nobody should see it.
            pictures.retain(|picture| {
                let frame = FrameNumber(picture.frame);
                folder.picture_file(scores.id(), frame).exists()
            });
            let events = events_of(events.as_ref(), scores);
            videos.push(VideoContents {
                labels: labels.next(),
                details: read_details(folder, scores)?,
                hidden: if blur {
                    read_all_boxes(folder, scores)?
                } else {
                    BTreeMap::new()
                },
                clock: Clock::of(&pictures, &events),
                events,
                states: states_of(&states, scores),
                pictures,
                scores: scores.clone(),
            });
        }
        let pictures = options.pictures && recipe.pictures;
        let heat = if pictures && recipe.maps {
            HeatMaps::find(folder, &frames_with_pictures(&videos), blur)?
        } else {
            None
        };
        Ok(Self {
            heat,
            moments: top_moments(folder, &outcome.fused.scores)?,
            events,
            folder,
            outcome,
            known,
            videos,
            pictures,
            blur,
        })
    }

    /// The score from which on frames are odd, where it can be drawn beside the scores.
    pub(crate) fn threshold(&self) -> Option<f64> {
        let events = self.events.as_ref()?;
        // A chain may have changed the scale of the scores after the events were found: the threshold belongs to the scores
        // of the peaks.
        let same_scale = self.videos.iter().all(|video| {
            video.events.iter().all(|(_, event)| {
                let index = video.index_of(FrameNumber(event.peak));
                index.is_some_and(|index| {
                    let score = video.scores.values()[index];
                    (score - event.peak_score).abs() <= 1e-9 * event.peak_score.abs().max(1.0)
                })
            })
        });
        (same_scale && !events.events.is_empty()).then_some(events.threshold)
    }

    /// The lowest and the highest score of all videos.
    pub(crate) fn score_range(&self) -> (f64, f64) {
        let scores = self.outcome.fused.scores.values();
        scores.fold((f64::MAX, f64::MIN), |(low, high), score| {
            (low.min(score), high.max(score))
        })
    }

    /// The position of a video, and the video.
    pub(crate) fn video(&self, moment: &Moment) -> Option<(usize, &VideoContents)> {
        let mut videos = self.videos.iter().enumerate();
        videos.find(|(_, video)| *video.scores.id() == moment.video)
    }
}

/// The events of a video.
fn events_of(events: Option<&EventsFile>, scores: &VideoScores) -> Vec<(usize, EventRecord)> {
    let events = events.map(|file| file.events.as_slice());
    let events = events.unwrap_or_default().iter().enumerate();
    events
        .filter(|(_, event)| *scores.id() == event.video.as_str().into())
        .map(|(place, event)| (place, event.clone()))
        .collect()
}

/// The videos and numbers of the frames that have a picture.
fn frames_with_pictures(videos: &[VideoContents]) -> Vec<(&VideoId, FrameNumber)> {
    let pairs = videos.iter().flat_map(|video| {
        let pictures = video.pictures.iter();
        pictures.map(|picture| (video.scores.id(), FrameNumber(picture.frame)))
    });
    pairs.collect()
}

/// The frames of a video that are not in order.
fn states_of(states: &FrameStates, scores: &VideoScores) -> BTreeMap<usize, FrameStateRow> {
    if states.rows().is_empty() {
        return BTreeMap::new();
    }
    let frames = scores.numbers().iter().enumerate();
    frames
        .filter_map(|(index, number)| Some((index, states.row(scores.id(), *number)?.clone())))
        .filter(|(_, row)| row.state != FrameState::Ok)
        .collect()
}

/// The boxes and reasons of the first fused system that has any for this video. Scores of boxes of different systems
/// cannot be compared, so they are not mixed.
fn read_details(
    folder: &RunFolder,
    scores: &VideoScores,
) -> Result<BTreeMap<FrameNumber, FrameDetails>, Error> {
    for system in folder.recipe().fused_systems() {
        for member in 0..system.members {
            let details = folder.read_details(&system.name, member, scores.id())?;
            if !details.is_empty() {
                return Ok(details);
            }
        }
    }
    Ok(BTreeMap::new())
}

/// The boxes that any system scored.
fn read_all_boxes(
    folder: &RunFolder,
    scores: &VideoScores,
) -> Result<BTreeMap<FrameNumber, Vec<Rect>>, Error> {
    let mut boxes: BTreeMap<FrameNumber, Vec<Rect>> = BTreeMap::new();
    for system in &folder.recipe().systems {
        for member in 0..system.members {
            for (frame, details) in folder.read_details(&system.name, member, scores.id())? {
                let areas = details.boxes.iter().map(|found| found.area);
                boxes.entry(frame).or_default().extend(areas);
            }
        }
    }
    Ok(boxes)
}

impl VideoContents {
    /// The index of a frame.
    pub(crate) fn index_of(&self, frame: FrameNumber) -> Option<usize> {
        self.scores.numbers().binary_search(&frame).ok()
    }

    /// The index and the value of the highest score.
    pub(crate) fn highest(&self) -> (usize, f64) {
        let scores = self.scores.values().iter().copied().enumerate();
        // The first of equal scores.
        scores
            .rev()
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or((0, 0.0))
    }

    /// The reason for the score of a frame, where a system gave one.
    pub(crate) fn reason(&self, frame: FrameNumber) -> Option<&str> {
        let details = self.details.get(&frame)?;
        details
            .reason
            .as_ref()
            .map(|reason| reason.sentence.as_str())
    }

    /// Runs of frames in a state as indices, from and up to, not including.
    pub(crate) fn state_runs(&self, state: FrameState) -> Vec<(usize, usize)> {
        let mut flags = vec![false; self.scores.len()];
        for (index, row) in &self.states {
            flags[*index] = row.state == state;
        }
        runs_of(&flags)
    }

    /// The frames of an event as indices, from and up to, not including.
    pub(crate) fn event_span(&self, event: &EventRecord) -> (usize, usize) {
        let numbers = self.scores.numbers();
        let from = numbers.partition_point(|number| number.0 < event.start);
        let to = numbers.partition_point(|number| number.0 <= event.end);
        (from, to.max(from))
    }

    /// Runs of abnormal frames as indices, from and up to, not including.
    pub(crate) fn abnormal_runs(&self) -> Vec<(usize, usize)> {
        runs_of(self.labels.as_deref().unwrap_or_default())
    }
}

/// Runs of set flags as indices, from and up to, not including.
pub(crate) fn runs_of(flags: &[bool]) -> Vec<(usize, usize)> {
    let mut runs = Vec::new();
    let mut index = 0;
    for run in flags.chunk_by(|a, b| a == b) {
        if run[0] {
            runs.push((index, index + run.len()));
        }
        index += run.len();
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_at_both_ends() {
        let flags = [true, true, false, true, false, false, true].to_vec();
        assert_eq!(runs_of(&flags), [(0, 2), (3, 4), (6, 7)]);
        assert_eq!(runs_of(&[]), []);
    }
}
