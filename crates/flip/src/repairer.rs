use std::collections::VecDeque;

use oddframe_core::{
    Delay, Error as CoreError, FrameInput, FrameNumber, PreparedFrame, RepairAction,
    RepairDecision, Repairer, StreamInfo, VideoId,
};

use crate::classifier::check_input;
use crate::{Error, FlipClassifier, UprightOptions};

/// Frames that are classified at once. Whole frames wait for the decision about them, so this is kept small.
const BATCH: usize = 8;

/// Decides frame by frame which frames of a video are upside down.
#[derive(Debug)]
pub(crate) struct FlipRepairer {
    classifier: Box<dyn FlipClassifier>,
    options: UprightOptions,
    video: Option<VideoId>,
    /// Frames that wait to be classified, `[batch, C, H, W]`, and their numbers.
    waiting: Vec<f32>,
    numbers: Vec<FrameNumber>,
    votes: Votes,
}

impl FlipRepairer {
    /// Decides with a trained classifier.
    ///
    /// # Errors
    /// When an option is out of its range, or the classifier's input drops the first frame of a video.
    pub(crate) fn new(
        classifier: Box<dyn FlipClassifier>,
        options: UprightOptions,
    ) -> Result<Self, Error> {
        options.check()?;
        check_input(classifier.input())?;
        let votes = Votes::new(options.majority_frames);
        Ok(Self {
            classifier,
            options,
            video: None,
            waiting: Vec::new(),
            numbers: Vec::new(),
            votes,
        })
    }

    /// Classifies the frames that wait.
    fn classify(&mut self) -> Result<(), CoreError> {
        let batch = self.numbers.len();
        if batch == 0 {
            return Ok(());
        }
        let mut probabilities = [0.0; BATCH];
        self.classifier
            .flip_probabilities(&self.waiting, batch, &mut probabilities[..batch])?;
        for (&frame, &value) in self.numbers.iter().zip(&probabilities) {
            if !value.is_finite() {
                let video = self.video.clone().unwrap_or_else(|| "unnamed".into());
                return Err(CoreError::NotFinite {
                    video,
                    frame,
                    value,
                });
            }
            self.votes.push(value, value > self.options.threshold);
        }
        self.waiting.clear();
        self.numbers.clear();
        Ok(())
    }
}

impl Repairer for FlipRepairer {
    fn input(&self) -> FrameInput {
        self.classifier.input()
    }

    fn start(&mut self, info: &StreamInfo) -> Result<(), CoreError> {
        self.video = Some(info.id().clone());
        self.waiting.clear();
        self.numbers.clear();
        self.votes = Votes::new(self.options.majority_frames);
        Ok(())
    }

    fn push(
        &mut self,
        frame: &PreparedFrame<'_>,
        decisions: &mut Vec<RepairDecision>,
    ) -> Result<(), CoreError> {
        let input = self.classifier.input();
        let values = input.clip(1)?.frame_values();
        let from = self.waiting.len();
        self.waiting.resize(from + values, 0.0);
        // The input has an image for every frame, as was checked when the repairer was built.
        if let Some(image) = frame.image {
            input.scale().fill(image, &mut self.waiting[from..])?;
        }
        self.numbers.push(frame.number);
        // A frame waits until its batch is full and until the votes after it are known, which is the delay that `delay`
        // states:
        //
        //   pushed     0 1 2 3 4 5 6 7 | 8 …        batches of 8
        //   decided            0 1 2 3 4 5 6        after frame 7, with one vote on each side
        if self.numbers.len() == BATCH {
            self.classify()?;
            self.votes.settle(false, decisions);
        }
        Ok(())
    }

    fn finish(&mut self, decisions: &mut Vec<RepairDecision>) -> Result<(), CoreError> {
        self.classify()?;
        self.votes.settle(true, decisions);
        Ok(())
    }

    fn delay(&self) -> Delay {
        Delay::Frames(BATCH - 1 + self.options.majority_frames / 2)
    }
}

/// The majority decisions of a video whose end is not known yet.
///
/// A frame is decided by the frames up to `reach` before and after it; there are fewer at the ends of a video, and where the
/// votes are split evenly the frame decides.
#[derive(Debug)]
struct Votes {
    reach: usize,
    /// Classified frames from `first` on: those that are not decided yet, and up to `reach` before them.
    frames: VecDeque<Vote>,
    /// The number of frames that were dropped from the front of `frames`.
    first: usize,
    /// The number of frames that are decided.
    decided: usize,
}

#[derive(Debug, Clone, Copy)]
struct Vote {
    probability: f64,
    flipped: bool,
}

impl Votes {
    fn new(majority_frames: usize) -> Self {
        Self {
            reach: majority_frames / 2,
            frames: VecDeque::new(),
            first: 0,
            decided: 0,
        }
    }

    fn push(&mut self, probability: f64, flipped: bool) {
        self.frames.push_back(Vote {
            probability,
            flipped,
        });
    }

    /// Decides every frame whose voters are all known; at the end of the video, every frame.
    fn settle(&mut self, at_end: bool, decisions: &mut Vec<RepairDecision>) {
        let known = self.first + self.frames.len();
        while self.decided < known && (at_end || self.decided.saturating_add(self.reach) < known) {
            decisions.push(self.decide_frame(self.decided, known));
            self.decided += 1;
        }
        // Frames before the next undecided one stay only as its voters:
        //
        //   dropped | kept as voters (up to `reach`) | undecided …
        //   0      first                        decided       known
        let keep_from = self.decided.saturating_sub(self.reach);
        let dropped = keep_from.saturating_sub(self.first).min(self.frames.len());
        self.frames.drain(..dropped);
        self.first += dropped;
    }

    fn decide_frame(&self, frame: usize, known: usize) -> RepairDecision {
        let from = frame.saturating_sub(self.reach).max(self.first);
        let to = frame.saturating_add(self.reach + 1).min(known);
        let voters = self.frames.range(from - self.first..to - self.first);
        let yes = voters.clone().filter(|vote| vote.flipped).count();
        let Vote {
            probability,
            flipped,
        } = self.frames[frame - self.first];
        let flipped = match (2 * yes).cmp(&voters.len()) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => flipped,
            std::cmp::Ordering::Greater => true,
        };
        let action = if flipped {
            RepairAction::FlipVertically
        } else {
            RepairAction::Keep
        };
        RepairDecision {
            action,
            probability,
        }
    }
}

#[cfg(test)]
mod tests {
    use oddframe_core::{FirstFrame, FrameShape, PixelFormat, Random, Video};

    use super::*;
    use crate::Decisions;

    /// Reads differences between frames, without one for the first frame.
    #[derive(Debug)]
    struct Differences;

    impl FlipClassifier for Differences {
        fn input(&self) -> FrameInput {
            let input = FrameInput::new(2, 2, PixelFormat::Gray).unwrap();
            input.with_difference(FirstFrame::Drop)
        }

        fn flip_probabilities(&mut self, _: &[f32], _: usize, _: &mut [f64]) -> Result<(), Error> {
            unreachable!("it is refused before it is asked")
        }
    }

    #[test]
    fn an_input_without_the_first_frame_is_refused() {
        let refused = FlipRepairer::new(Box::new(Differences), UprightOptions::new());
        assert!(matches!(refused, Err(Error::FirstFrameDropped)));
    }

    #[test]
    fn votes_in_a_stream_equal_those_of_the_whole_video() {
        let shape = FrameShape::new(2, 2, PixelFormat::Gray).unwrap();
        for case in 0..200 {
            let mut random = Random::stream(5, &[case]);
            let frames = 1 + random.below(40) as usize;
            let majority_frames = 1 + 2 * random.below(6) as usize;
            let probabilities: Vec<f64> = (0..frames).map(|_| random.unit()).collect();
            let video = Video::new(
                "1".into(),
                shape,
                (0..frames as u64).map(FrameNumber).collect(),
            )
            .unwrap();
            let options = UprightOptions::new().with_majority_frames(majority_frames);
            let whole = Decisions::new(&video, &probabilities, options).unwrap();

            let mut votes = Votes::new(majority_frames);
            let mut decisions = Vec::new();
            for batch in probabilities.chunks(1 + random.below(9) as usize) {
                for probability in batch {
                    votes.push(*probability, *probability > 0.5);
                }
                votes.settle(false, &mut decisions);
                assert!(
                    votes.frames.len() <= 2 * majority_frames + batch.len(),
                    "memory is bounded"
                );
            }
            votes.settle(true, &mut decisions);
            let flipped =
                |decision: &RepairDecision| decision.action == RepairAction::FlipVertically;
            let expected: Vec<bool> = whole.frames().iter().map(|frame| frame.flipped).collect();
            assert_eq!(decisions.iter().map(flipped).collect::<Vec<_>>(), expected);
        }
    }
}
