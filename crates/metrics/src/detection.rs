use std::collections::HashMap;

use oddframe_core::{FrameNumber, Rect, Track, VideoId};

use crate::error::Error;

/// A box that a detector reports as abnormal, with its score.
///
/// ```
/// use oddframe_core::{FrameNumber, Rect};
/// use oddframe_metrics::Detection;
///
/// let rect = Rect { left: 10.0, top: 20.0, right: 42.0, bottom: 84.0 };
/// let detection = Detection { video: "01".into(), frame: FrameNumber(7), rect, score: 0.9 };
/// assert_eq!(detection.video, "1".into());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Detection {
    /// The video. Names are compared naturally: `01` equals `1`.
    pub video: VideoId,
    /// The frame.
    pub frame: FrameNumber,
    /// The box in the frame, in pixels.
    pub rect: Rect,
    /// The score; a higher score is more abnormal.
    pub score: f64,
}

/// The ground-truth boxes by frame.
pub(crate) struct Truth<'a> {
    boxes: Vec<TrueBox>,
    /// The number of boxes of each track.
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
        let mut truth = Self {
            boxes: Vec::new(),
            lengths: Vec::new(),
            by_frame: HashMap::new(),
        };
        for (index, track) in tracks.iter().enumerate() {
            if track.boxes.is_empty() {
                return Err(Error::EmptyTrack {
                    video: track.video.clone(),
                    track: track.id,
                });
            }
            for &(frame, rect) in &track.boxes {
                check_box(&track.video, frame, rect)?;
                truth
                    .by_frame
                    .entry((&track.video, frame))
                    .or_default()
                    .push(truth.boxes.len());
                truth.boxes.push(TrueBox { rect, track: index });
            }
            truth.lengths.push(track.boxes.len());
        }
        Ok(truth)
    }
}

/// The ground truth that the detections added so far have found.
pub(crate) struct Found<'a> {
    truth: &'a Truth<'a>,
    /// Whether each box is found.
    boxes: Vec<bool>,
    /// The number of boxes found of each track.
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

    /// Adds a detection; `alpha` and `beta` as in `LocalisationOptions`.
    pub(crate) fn add_detection(&mut self, detection: &Detection, alpha: f64, beta: f64) {
        let candidates = self
            .truth
            .by_frame
            .get(&(&detection.video, detection.frame));
        let mut matched = false;
        for &index in candidates.into_iter().flatten() {
            let TrueBox { rect, track } = self.truth.boxes[index];
            // A detection may match several boxes; each box counts once, however many detections match it.
            if rect.iou(detection.rect) < beta {
                continue;
            }
            matched = true;
            if !std::mem::replace(&mut self.boxes[index], true) {
                self.box_count += 1;
                // A track counts once, at the box that lifts its share to alpha.
                let length = self.truth.lengths[track] as f64;
                let before = self.per_track[track];
                self.per_track[track] += 1;
                let was_found = before as f64 / length >= alpha;
                let is_found = (before + 1) as f64 / length >= alpha;
                self.track_count += usize::from(is_found && !was_found);
            }
        }
        self.false_positives += usize::from(!matched);
    }

    /// The number of detections that match no ground-truth box.
    pub(crate) fn false_positives(&self) -> usize {
        self.false_positives
    }

    /// The share of boxes that are found.
    pub(crate) fn box_share(&self) -> f64 {
        self.box_count as f64 / self.boxes.len() as f64
    }

    /// The share of tracks that are found.
    pub(crate) fn track_share(&self) -> f64 {
        self.track_count as f64 / self.per_track.len() as f64
    }
}

/// Checks that all numbers of a detection are finite.
pub(crate) fn check_detection(detection: &Detection) -> Result<(), Error> {
    check_box(&detection.video, detection.frame, detection.rect)?;
    if detection.score.is_finite() {
        return Ok(());
    }
    Err(non_finite(
        &detection.video,
        detection.frame,
        "the score of a detection",
    ))
}

fn check_box(video: &VideoId, frame: FrameNumber, rect: Rect) -> Result<(), Error> {
    // The area is checked too: the product of two finite sides may overflow, and the overlap would be NaN.
    let finite = [rect.left, rect.top, rect.right, rect.bottom, rect.area()]
        .iter()
        .all(|v| v.is_finite());
    if finite {
        Ok(())
    } else {
        Err(non_finite(video, frame, "a box"))
    }
}

fn non_finite(video: &VideoId, frame: FrameNumber, what: &'static str) -> Error {
    Error::BadBox {
        video: video.clone(),
        frame,
        what,
    }
}
