//! The times of the frames of a video.

use oddframe_pipeline::FramePicture;

/// Known times of some frames, between which the others are interpolated. Video files have times, folders of images none.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Clock {
    /// Frame numbers and seconds, both rising.
    known: Vec<(f64, f64)>,
}

impl Clock {
    pub(crate) fn of_pictures(pictures: &[FramePicture]) -> Self {
        let known = pictures
            .iter()
            .filter_map(|picture| Some((picture.frame as f64, picture.seconds?)));
        Self {
            known: known.collect(),
        }
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_between_known_frames_are_interpolated_and_go_on_beyond() {
        let clock = Clock {
            known: vec![(10.0, 1.0), (20.0, 2.0), (30.0, 4.0)],
        };
        let seconds = [10, 15, 25, 40, 0].map(|frame| clock.seconds_of(frame));
        assert_eq!(seconds, [1.0, 1.5, 3.0, 6.0, 0.0].map(Some));
        assert_eq!(Clock::default().seconds_of(3), None);
        let one = Clock {
            known: vec![(10.0, 1.0)],
        };
        assert_eq!(one.seconds_of(10), None);
    }
}
