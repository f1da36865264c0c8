use oddframe_core::{FrameNumber, FrameSource, Labels, Video, VideoId};

use crate::{Error, UprightOptions};

/// The decision for one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// The frame's number.
    pub number: FrameNumber,
    /// The probability that the frame is upside down, from this frame alone.
    pub probability: f64,
    /// Whether the frame counts as flipped, after the vote of its neighbours.
    pub flipped: bool,
}

/// The decisions for every frame of one video.
#[derive(Debug, Clone, PartialEq)]
pub struct Decisions {
    id: VideoId,
    frames: Vec<Decision>,
}

impl Decisions {
    /// Decides from the probabilities of a video's frames, in the order of the frames.
    ///
    /// # Errors
    /// When there are more or fewer probabilities than frames, one is not finite, or an option is out of range.
    pub fn new(
        video: &Video,
        probabilities: &[f64],
        options: UprightOptions,
    ) -> Result<Self, Error> {
        options.check()?;
        oddframe_core::Error::check_length(
            "probabilities of a video's frames",
            video.len(),
            probabilities.len(),
        )?;
        let frames = video.numbers().iter().zip(probabilities);
        if let Some((&frame, &value)) = frames.clone().find(|(_, value)| !value.is_finite()) {
            return Err(oddframe_core::Error::NotFinite {
                video: video.id().clone(),
                frame,
                value,
            }
            .into());
        }
        // First each frame by itself, then the vote: neighbours vote with their decisions, not with their
        // probabilities.
        let alone: Vec<bool> = probabilities
            .iter()
            .map(|p| *p > options.threshold)
            .collect();
        let flipped = majority(&alone, options.majority_frames);
        let decision = |((number, probability), flipped): ((&FrameNumber, &f64), bool)| Decision {
            number: *number,
            probability: *probability,
            flipped,
        };
        Ok(Self {
            id: video.id().clone(),
            frames: frames.zip(flipped).map(decision).collect(),
        })
    }

    /// The correct decisions, from labels that are true where a frame is upside down.
    ///
    /// # Errors
    /// When a frame has no label.
    pub fn from_labels(video: &Video, labels: &Labels) -> Result<Self, Error> {
        let labels = labels.video(video.id());
        let decide = |number: &FrameNumber| match labels.and_then(|labels| labels.get(*number)) {
            Some(flipped) => Ok(Decision {
                number: *number,
                probability: f64::from(flipped),
                flipped,
            }),
            None => Err(Error::Unlabelled {
                video: video.id().clone(),
                frame: *number,
            }),
        };
        let frames = video
            .numbers()
            .iter()
            .map(decide)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            id: video.id().clone(),
            frames,
        })
    }

    /// The video.
    pub fn id(&self) -> &VideoId {
        &self.id
    }

    /// The decisions in the order of the frames.
    pub fn frames(&self) -> &[Decision] {
        &self.frames
    }

    /// The number of frames that count as flipped.
    pub fn flipped_count(&self) -> usize {
        self.frames.iter().filter(|frame| frame.flipped).count()
    }

    /// Checks that the decisions belong to the frames of `source`.
    pub(crate) fn check(&self, source: &dyn FrameSource) -> Result<(), Error> {
        let numbers = self.frames.iter().map(|frame| &frame.number);
        if source.id() == &self.id && source.numbers().iter().eq(numbers) {
            return Ok(());
        }
        // Numbers are compared one by one: two videos of equal length may still miss different frames.
        let (frames, decided) = (source.numbers().len(), self.frames.len());
        Err(Error::OtherFrames {
            video: source.id().clone(),
            frames,
            of: self.id.clone(),
            decided,
        })
    }
}

/// Replaces each value by the majority of the `width` values around it. At the ends there are fewer, and a tie keeps the
/// value.
fn majority(values: &[bool], width: usize) -> Vec<bool> {
    let reach = width / 2;
    let around = |place: usize| {
        // Saturating: a width of the whole `usize` range stands for "all frames".
        let near =
            &values[place.saturating_sub(reach)..place.saturating_add(reach + 1).min(values.len())];
        let yes = near.iter().filter(|value| **value).count();
        // A window of odd width is even at the ends of a video, where a part of it is missing: only there can votes
        // tie.
        //   width 5    frame 0: 3 voters    frame 1: 4 voters    frame 2: 5 voters
        match (2 * yes).cmp(&near.len()) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => values[place],
            std::cmp::Ordering::Greater => true,
        }
    };
    (0..values.len()).map(around).collect()
}

#[cfg(test)]
mod tests {
    use oddframe_core::{FrameShape, PixelFormat, VideoLabels};

    use super::*;

    fn video(frames: u64) -> Video {
        let shape = FrameShape::new(4, 4, PixelFormat::Gray).unwrap();
        Video::new(
            "03".into(),
            shape,
            (0..frames).map(|n| FrameNumber(10 + 2 * n)).collect(),
        )
        .unwrap()
    }

    fn decide(text: &str, width: usize) -> String {
        let bits: Vec<bool> = text.chars().map(|c| c == '1').collect();
        majority(&bits, width)
            .into_iter()
            .map(|flipped| if flipped { '1' } else { '0' })
            .collect()
    }

    #[test]
    fn the_majority_decides_and_edges_shrink() {
        assert_eq!(decide("0010111101000", 1), "0010111101000");
        assert_eq!(decide("0010111101000", 3), "0001111110000");
        // A tie at the ends keeps the value of the frame.
        assert_eq!(decide("01", 3), "01");
        assert_eq!(decide("10001", 3), "10001");
        assert_eq!(decide("1", 5), "1");
        assert_eq!(decide("1101100", 5), "1111000");
        assert_eq!(decide("0110", usize::MAX), "0110");
        assert_eq!(decide("0111", usize::MAX), "1111");
    }

    #[test]
    fn a_probability_equal_to_the_threshold_is_not_flipped() {
        let decide = |options| Decisions::new(&video(3), &[0.5, 0.51, 0.2], options).unwrap();
        let flipped = |decisions: Decisions| {
            decisions
                .frames()
                .iter()
                .map(|f| f.flipped)
                .collect::<Vec<_>>()
        };
        assert_eq!(flipped(decide(UprightOptions::new())), [false, true, false]);
        assert_eq!(
            flipped(decide(UprightOptions::new().with_threshold(0.19))),
            [true; 3]
        );
        let decisions = decide(UprightOptions::new().with_majority_frames(3));
        assert_eq!(
            (decisions.flipped_count(), decisions.frames()[1].probability),
            (0, 0.51)
        );
        assert_eq!(decisions.frames()[2].number, FrameNumber(14));
    }

    #[test]
    fn options_out_of_range_are_rejected() {
        let error = |options| {
            Decisions::new(&video(1), &[0.5], options)
                .unwrap_err()
                .to_string()
        };
        let options = UprightOptions::new();
        assert_eq!(
            error(options.with_majority_frames(4)),
            "the number of frames in a majority is 4; it must be odd"
        );
        assert!(error(options.with_majority_frames(0)).contains("is 0; it must be odd"));
        assert!(error(options.with_threshold(f64::NAN)).contains("is NaN; it must be at least 0"));
        assert!(error(options.with_batch(0)).contains("at least 1"));
        let found = Decisions::new(&video(2), &[0.5, f64::NAN], options)
            .unwrap_err()
            .to_string();
        assert!(found.contains("frame 12 is NaN"), "{found}");
        assert!(Decisions::new(&video(2), &[0.5], options).is_err());
    }

    #[test]
    fn labels_must_cover_every_frame() {
        let truth = |frames: &[u64]| {
            let numbers: Vec<_> = frames.iter().map(|n| FrameNumber(*n)).collect();
            let flipped = numbers.iter().map(|n| n.0 == 12).collect();
            Labels::new(vec![
                VideoLabels::new("3".into(), numbers, flipped).unwrap(),
            ])
            .unwrap()
        };
        let known = Decisions::from_labels(&video(3), &truth(&[8, 10, 12, 14])).unwrap();
        assert_eq!(
            known.frames().iter().map(|f| f.flipped).collect::<Vec<_>>(),
            [false, true, false]
        );
        let error = Decisions::from_labels(&video(3), &truth(&[10, 12]))
            .unwrap_err()
            .to_string();
        assert!(error.contains("frame 14 of video 03"), "{error}");
    }
}
