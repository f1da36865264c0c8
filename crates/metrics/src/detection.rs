use std::collections::HashMap;

use oddframe_core::{FrameNumber, Rect, Track, VideoId};

use crate::Error;

/// A box that a detector calls abnormal, and how sure it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Detection {
    /// The video; matched to a track's by its natural name, `01` being `1`.
    pub video: VideoId,
    /// The frame.
    pub frame: FrameNumber,
    /// Where in the frame.
    pub rect: Rect,
    /// The higher, the more abnormal.
    pub score: f64,
}

/// The ground-truth boxes, by frame.
pub(crate) struct Truth<'a> {
    boxes: Vec<TrueBox>,
    /// How many boxes each track has.
    lengths: Vec<usize>,
    by_frame: HashMap<(&'a VideoId, FrameNumber), Vec<usize>>,
}

#[derive(Clone, Copy)]
struct TrueBox {
    rect: Rect,
    track: usize,
}

impl<'a> Truth<'a> {
    pub(crate) fn new(tracks: &'a [Track]) -> Result<Self, Error> {
        if tracks.is_empty() {
            return Err(Error::NoTracks);
        }
        let mut truth = Self { boxes: Vec::new(), lengths: Vec::new(), by_frame: HashMap::new() };
        for (index, track) in tracks.iter().enumerate() {
            if track.boxes.is_empty() {
                return Err(Error::EmptyTrack { video: track.video.clone(), track: track.id });
            }
            for &(frame, rect) in &track.boxes {
                check_box(&track.video, frame, rect)?;
                truth.by_frame.entry((&track.video, frame)).or_default().push(truth.boxes.len());
                truth.boxes.push(TrueBox { rect, track: index });
            }
            truth.lengths.push(track.boxes.len());
        }
        Ok(truth)
    }
}

/// What the detections taken so far have found.
pub(crate) struct Found<'a> {
    truth: &'a Truth<'a>,
    /// Whether each box is found.
    boxes: Vec<bool>,
    /// How many boxes of each track are.
    per_track: Vec<usize>,
    box_count: usize,
    track_count: usize,
    false_positives: usize,
}

impl<'a> Found<'a> {
    pub(crate) fn new(truth: &'a Truth<'a>) -> Self {
        Self {
            truth,
            boxes: vec![false; truth.boxes.len()],
            per_track: vec![0; truth.lengths.len()],
            box_count: 0,
            track_count: 0,
            false_positives: 0,
        }
    }

    /// Takes one more detection; `alpha` and `beta` as in `LocalisationOptions`.
    pub(crate) fn add(&mut self, detection: &Detection, alpha: f64, beta: f64) {
        let there = self.truth.by_frame.get(&(&detection.video, detection.frame));
        let mut matched = false;
        for &index in there.into_iter().flatten() {
            let TrueBox { rect, track } = self.truth.boxes[index];
            if rect.iou(detection.rect) < beta {
                continue;
            }
            matched = true;
            if !std::mem::replace(&mut self.boxes[index], true) {
                self.box_count += 1;
                let enough = |found: usize| found as f64 / self.truth.lengths[track] as f64 >= alpha;
                let before = self.per_track[track];
                self.per_track[track] += 1;
                self.track_count += usize::from(enough(before + 1) && !enough(before));
            }
        }
        self.false_positives += usize::from(!matched);
    }

    /// Detections that meet no ground-truth box.
    pub(crate) fn false_positives(&self) -> usize {
        self.false_positives
    }

    /// Share of the boxes that are found.
    pub(crate) fn box_share(&self) -> f64 {
        self.box_count as f64 / self.boxes.len() as f64
    }

    /// Share of the tracks that are found.
    pub(crate) fn track_share(&self) -> f64 {
        self.track_count as f64 / self.per_track.len() as f64
    }
}

/// Refuses a detection with a number that is not finite.
pub(crate) fn check(detection: &Detection) -> Result<(), Error> {
    check_box(&detection.video, detection.frame, detection.rect)?;
    if detection.score.is_finite() {
        return Ok(());
    }
    Err(bad(&detection.video, detection.frame, "the score of a detection"))
}

fn check_box(video: &VideoId, frame: FrameNumber, rect: Rect) -> Result<(), Error> {
    // The area too: the product of two finite sides may overflow, and the overlap would be NaN.
    let finite = [rect.left, rect.top, rect.right, rect.bottom, rect.area()].iter().all(|v| v.is_finite());
    if finite { Ok(()) } else { Err(bad(video, frame, "a box")) }
}

fn bad(video: &VideoId, frame: FrameNumber, what: &'static str) -> Error {
    Error::BadBox { video: video.clone(), frame, what }
}
