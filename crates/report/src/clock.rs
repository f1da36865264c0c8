//! The times of the frames of a video.

use oddframe_pipeline::{EventRecord, FramePicture};

/// Known times of some frames, between which the others are interpolated. Video files have times, folders of images none
/// unless a recipe states their frame rate.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Clock {
    /// Frame numbers and seconds, both rising.
    known: Vec<(f64, f64)>,
}

impl Clock {
    pub(crate) fn new(known: Vec<(f64, f64)>) -> Self {
        Self { known }
    }

    /// The times of pictures, which are exact, or those of events.
    pub(crate) fn of(pictures: &[FramePicture], events: &[(usize, EventRecord)]) -> Self {
        let known: Vec<(f64, f64)> = pictures
            .iter()
            .filter_map(|picture| Some((picture.frame as f64, picture.seconds?)))
            .collect();
        if known.len() > 1 {
            return Self::new(known);
        }
        let mut known: Vec<(f64, f64)> = events
            .iter()
            .flat_map(|(_, event)| {
                let start = event.start_seconds.map(|time| (event.start as f64, time));
                // An event ends when its last frame gives way to the next one.
                let end = event.end_seconds.map(|time| (event.end as f64 + 1.0, time));
                [start, end]
            })
            .flatten()
            .collect();
        known.sort_by(|a, b| a.0.total_cmp(&b.0));
        known.dedup_by(|later, earlier| later.0 <= earlier.0);
        Self::new(known)
    }

    /// The seconds between the start of the video and a frame, where known.
    pub(crate) fn seconds_of(&self, frame: u64) -> Option<f64> {
        let frame = frame as f64;
        // The two known frames around this one; at the ends the two nearest, so that the same speed goes on.
        let after = self.known.partition_point(|(known, _)| *known < frame);
        let after = after.clamp(1, self.known.len().max(2) - 1);
        let (left, right) = (self.known.get(after - 1)?, self.known.get(after)?);
        let share = (frame - left.0) / (right.0 - left.0);
        Some((left.1 + share * (right.1 - left.1)).max(0.0))
    }

    /// How long a frame is shown, on average.
    pub(crate) fn seconds_per_frame(&self) -> Option<f64> {
        let (first, last) = (self.known.first()?, self.known.last()?);
        (last.0 > first.0).then(|| (last.1 - first.1) / (last.0 - first.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_between_known_frames_are_interpolated_and_go_on_beyond() {
        let clock = Clock::new(vec![(10.0, 1.0), (20.0, 2.0), (30.0, 4.0)]);
        let seconds = [10, 15, 25, 40, 0].map(|frame| clock.seconds_of(frame));
        assert_eq!(seconds, [1.0, 1.5, 3.0, 6.0, 0.0].map(Some));
        assert_eq!(clock.seconds_per_frame(), Some(0.15));
        assert_eq!(Clock::default().seconds_of(3), None);
        let one = Clock::new(vec![(10.0, 1.0)]);
        assert_eq!((one.seconds_of(10), one.seconds_per_frame()), (None, None));
    }

    #[test]
    fn events_know_the_times_of_videos_without_pictures() {
        let event = |start: u64, end: u64| EventRecord {
            video: "1".to_owned(),
            start,
            end,
            start_seconds: Some(start as f64 / 25.0),
            end_seconds: Some((end + 1) as f64 / 25.0),
            peak: start,
            peak_score: 1.0,
            severity: 1.0,
            area: None,
            system: None,
            cue: None,
            reason: None,
        };
        let clock = Clock::of(&[], &[(0, event(50, 74)), (1, event(75, 99))]);
        assert_eq!(clock.seconds_of(60), Some(2.4));
    }
}
