use oddframe_core::{FrameNumber, VideoScores};

use crate::error::Error;

/// When an event starts and ends.
///
/// An event starts at the first frame with a score at or above `start`, and lasts as long as the scores stay at or above
/// `end`. Two of them with fewer than `join` frame numbers between them are one event. Then those that span fewer than
/// `min_frames` frame numbers are dropped.
///
/// ```
/// use oddframe_post::EventOptions;
///
/// let options = EventOptions::new(3.0)?.with_end(2.0)?.with_min_frames(5).with_join(25);
/// assert_eq!((options.start(), options.end()), (3.0, 2.0));
/// assert!(options.with_end(4.0).is_err());
/// # Ok::<(), oddframe_post::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EventOptions {
    start: f64,
    end: f64,
    min_frames: u64,
    join: u64,
}

impl EventOptions {
    /// Events of one frame or more at or above a threshold, without joining.
    ///
    /// # Errors
    /// When the threshold is not finite.
    pub fn new(threshold: f64) -> Result<Self, Error> {
        if !threshold.is_finite() {
            return Err(Error::parameter(NAME, "threshold", threshold, "finite"));
        }
        Ok(Self {
            start: threshold,
            end: threshold,
            min_frames: 1,
            join: 0,
        })
    }

    /// Sets the lower threshold, below which an event ends. Scores that swing around one threshold do not cut an event then.
    ///
    /// # Errors
    /// When it is not finite, or above the threshold.
    pub fn with_end(self, end: f64) -> Result<Self, Error> {
        if end.is_finite() && end <= self.start {
            return Ok(Self { end, ..self });
        }
        Err(Error::parameter(
            NAME,
            "low",
            end,
            "finite and at most the threshold",
        ))
    }

    /// Sets how many frames the shortest event spans.
    #[must_use]
    pub const fn with_min_frames(self, min_frames: u64) -> Self {
        Self { min_frames, ..self }
    }

    /// Sets how many frames have to lie between two events.
    #[must_use]
    pub const fn with_join(self, join: u64) -> Self {
        Self { join, ..self }
    }

    /// The same with another threshold, and the lower one at this distance below it.
    pub(crate) fn at(self, threshold: f64, distance: f64) -> Result<Self, Error> {
        let same = Self::new(threshold)?.with_end(threshold - distance)?;
        Ok(Self {
            start: same.start,
            end: same.end,
            ..self
        })
    }

    /// The score at which an event starts.
    pub fn start(&self) -> f64 {
        self.start
    }

    /// The score below which an event ends.
    pub fn end(&self) -> f64 {
        self.end
    }
}

const NAME: &str = "events";

/// Consecutive frames of one video with high scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FrameEvent {
    /// The first frame.
    pub start: FrameNumber,
    /// The last frame.
    pub end: FrameNumber,
    /// The first of the frames with the highest score.
    pub peak: FrameNumber,
    /// The highest score.
    pub peak_score: f64,
    /// The sum over all frames of how far the score is above the threshold.
    pub severity: f64,
}

/// Finds the events in the scores of one video, frame by frame.
///
/// An event is handed out as soon as no later frame can belong to it: `join` frames after its last frame. Start a new finder
/// for each video, so that no event spans two.
///
/// ```
/// use oddframe_core::FrameNumber;
/// use oddframe_post::{EventFinder, EventOptions};
///
/// let mut finder = EventFinder::new(EventOptions::new(3.0)?.with_end(2.0)?);
/// let mut events = Vec::new();
/// for (frame, score) in [0.5, 3.5, 2.5, 4.0, 1.0, 0.0].into_iter().enumerate() {
///     events.extend(finder.push(FrameNumber(frame as u64), score));
/// }
/// events.extend(finder.finish());
/// assert_eq!(events.len(), 1);
/// assert_eq!((events[0].start, events[0].end, events[0].peak), (FrameNumber(1), FrameNumber(3), FrameNumber(3)));
/// assert_eq!(events[0].severity, 0.5 + 1.0);
/// # Ok::<(), oddframe_post::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct EventFinder {
    options: EventOptions,
    /// The event that the next frames may extend, or join.
    current: Option<FrameEvent>,
    /// Whether the last frame belongs to it; otherwise only a frame at or above `start` does so.
    lasts: bool,
}

impl EventFinder {
    /// Waits for the first frame of a video.
    pub fn new(options: EventOptions) -> Self {
        Self {
            options,
            current: None,
            lasts: false,
        }
    }

    /// Takes the score of the next frame, and returns the event that is over because of it. Frame numbers rise strictly.
    pub fn push(&mut self, frame: FrameNumber, score: f64) -> Option<FrameEvent> {
        let EventOptions { start, end, .. } = self.options;
        // Hysteresis: an event starts at the higher threshold and lasts to the lower one, so that scores around one threshold do
        // not cut it into pieces.
        let belongs = score >= if self.lasts { end } else { start };
        if !belongs {
            return self.pass(frame);
        }
        // An event that has ended is kept for `join` frames: this frame may reopen it, or be too far away, which finishes it.
        let finished = if self.lasts || self.joins(frame) {
            None
        } else {
            self.take_event()
        };
        self.lasts = true;
        let event = self.current.get_or_insert(FrameEvent {
            start: frame,
            end: frame,
            peak: frame,
            peak_score: score,
            severity: 0.0,
        });
        event.end = frame;
        event.severity += (score - start).max(0.0);
        if score > event.peak_score {
            event.peak = frame;
            event.peak_score = score;
        }
        finished
    }

    /// Takes a frame whose score says nothing, such as one that a covered camera recorded: it can neither start nor extend an
    /// event. An event before it continues only where a frame within `join` frames reaches `start` again.
    pub fn push_ignored(&mut self, frame: FrameNumber) -> Option<FrameEvent> {
        self.pass(frame)
    }

    /// Ends the video, and returns its last event.
    pub fn finish(&mut self) -> Option<FrameEvent> {
        self.take_event()
    }

    /// The event so far, finished or not.
    pub fn current(&self) -> Option<&FrameEvent> {
        self.current.as_ref()
    }

    fn pass(&mut self, frame: FrameNumber) -> Option<FrameEvent> {
        self.lasts = false;
        // The next frame has a higher number, so it is one frame further away than this one.
        if self.joins(FrameNumber(frame.0.saturating_add(1))) {
            None
        } else {
            self.take_event()
        }
    }

    /// Whether an event that starts at this frame is part of the current one.
    fn joins(&self, frame: FrameNumber) -> bool {
        let Some(event) = &self.current else {
            return false;
        };
        let between = frame.0.saturating_sub(event.end.0).saturating_sub(1);
        between < self.options.join
    }

    fn take_event(&mut self) -> Option<FrameEvent> {
        self.lasts = false;
        let shortest = self.options.min_frames;
        self.current
            .take()
            .filter(|event| event.end.0 - event.start.0 >= shortest.saturating_sub(1))
    }
}

/// Finds the events in the scores of one video. Frames for which `ignored` is true can neither start nor extend an event; an
/// empty slice ignores none.
///
/// ```
/// # use oddframe_core::{FrameNumber, Origin, VideoScores};
/// use oddframe_post::{EventOptions, find_events};
///
/// # let numbers = (0..6).map(FrameNumber).collect();
/// # let scores = vec![0.0, 5.0, 5.0, 0.0, 5.0, 0.0];
/// # let video = VideoScores::from_parts("01".into(), numbers, scores, vec![Origin::Computed; 6])?;
/// // The scores of the video are 0, 5, 5, 0, 5, 0.
/// let options = EventOptions::new(3.0)?;
/// assert_eq!(find_events(&video, &[], options)?.len(), 2);
/// assert_eq!(find_events(&video, &[], options.with_join(5))?.len(), 1);
/// let covered = [false, false, false, false, true, true];
/// assert_eq!(find_events(&video, &covered, options)?.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When `ignored` is not empty and has not one value for each frame.
pub fn find_events(
    scores: &VideoScores,
    ignored: &[bool],
    options: EventOptions,
) -> Result<Vec<FrameEvent>, Error> {
    if !ignored.is_empty() {
        oddframe_core::Error::check_length("ignored frames", scores.len(), ignored.len())?;
    }
    let mut finder = EventFinder::new(options);
    let mut events = Vec::new();
    for (place, (frame, score)) in scores.numbers().iter().zip(scores.values()).enumerate() {
        events.extend(if ignored.get(place) == Some(&true) {
            finder.push_ignored(*frame)
        } else {
            finder.push(*frame, *score)
        });
    }
    events.extend(finder.finish());
    Ok(events)
}
