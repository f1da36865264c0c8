use oddframe_core::{
    Delay, EdgeFiller, EdgePolicy, Error, FrameInput, FrameScore, FrameSource, ModelFolder,
    Observer, Origin, PreparedFrame, Scorer, Settled, StreamInfo, System, VideoId,
};

use crate::FrameDifferenceSettings;
use crate::comparison::Comparison;
use crate::settings::gray_input;

/// The system's kind, as recipes name it and errors show it.
const NAME: &str = "frame_difference";

/// The score of every frame of a video in which no two frames can be compared: nothing was seen to move.
const NOTHING_COMPARED: f64 = 0.0;

/// Scores a frame by its squared difference from the frame before it. It learns nothing.
///
/// Both frames are gray with values from 0 to 1. The first frame of a video has no frame before it, and a frame with
/// borrowed pixels shows nothing of its own: neither is compared, and the edge policy gives them a score. The frame
/// after such a frame, or after a gap in the frame numbers, is compared with the last frame that has its own pixels.
///
/// When no two frames of a video can be compared (a video of one frame, or one whose other frames all borrow their
/// pixels), an edge policy that borrows has nothing to borrow. Every frame then gets 0, as a constant. Under
/// [`EdgePolicy::Error`] such a video stays an error, like every first frame.
///
/// [`Scorer::delay`] assumes that only the first frame lacks a score. Each frame with borrowed pixels next to it adds one
/// frame to the delay under [`EdgePolicy::Nearest`], and two under [`EdgePolicy::Reflect`].
///
/// ```
/// use oddframe_baseline::{FrameDifference, FrameDifferenceSettings};
/// use oddframe_core::{Delay, System};
/// let system = FrameDifference::new(FrameDifferenceSettings { width: 64, height: 48, ..Default::default() })?;
/// assert!(!system.needs_training());
/// assert_eq!(system.scorer().delay(), Delay::Frames(1));
/// # Ok::<(), oddframe_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FrameDifference {
    settings: FrameDifferenceSettings,
    input: FrameInput,
}

impl FrameDifference {
    /// A system with these settings.
    ///
    /// # Errors
    /// When a side is zero or too large.
    pub fn new(settings: FrameDifferenceSettings) -> Result<Self, Error> {
        let input = gray_input(settings.width, settings.height, settings.filter)?;
        Ok(Self { settings, input })
    }

    /// Makes a scorer. It needs no model folder because nothing is learned.
    pub fn scorer(&self) -> Box<dyn Scorer> {
        let FrameDifferenceSettings {
            width,
            height,
            pool,
            edge,
            ..
        } = self.settings;
        Box::new(DifferenceScorer {
            comparison: Comparison::new(NAME, self.input, (width, height), pool),
            previous: vec![0.0; width * height],
            has_previous: false,
            edge,
            filler: EdgeFiller::new(edge).with_fallback(NOTHING_COMPARED),
            video: VideoId::new(""),
        })
    }
}

impl System for FrameDifference {
    fn input(&self) -> FrameInput {
        self.input
    }

    fn fit(
        &self,
        _: &[&dyn FrameSource],
        _: &ModelFolder,
        _: &mut dyn Observer,
    ) -> Result<(), Error> {
        Ok(())
    }

    fn open(&self, _: &ModelFolder) -> Result<Box<dyn Scorer>, Error> {
        Ok(self.scorer())
    }

    fn check_video(&self, _: &StreamInfo) -> Result<(), Error> {
        match self.settings.edge {
            EdgePolicy::Error => Err(crate::Error::FirstFrame.of_system(NAME)),
            _ => Ok(()),
        }
    }

    fn needs_training(&self) -> bool {
        false
    }
}

/// Compares each frame with the last frame before it that has its own pixels.
#[derive(Debug)]
struct DifferenceScorer {
    comparison: Comparison,
    /// The last frame with its own pixels, from 0 to 1; meaningless before the first.
    previous: Vec<f32>,
    has_previous: bool,
    edge: EdgePolicy,
    filler: EdgeFiller,
    /// The current video, for errors.
    video: VideoId,
}

impl DifferenceScorer {
    /// The frame's own score, if it can be compared.
    fn score_frame(
        &mut self,
        frame: &PreparedFrame<'_>,
        settled: &mut Settled,
    ) -> Result<Option<f64>, Error> {
        // Borrowed pixels are those of another frame: their difference says something about that frame and nothing about
        // this one. Skipping them also keeps their owner, or an older frame, from becoming the frame before.
        let Some(image) = frame.image.filter(|image| image.borrowed_from().is_none()) else {
            return Ok(None);
        };
        self.comparison.load_frame(image)?;
        let score = if self.has_previous {
            Some(
                self.comparison
                    .score_against(&self.previous, frame.number, settled)?,
            )
        } else {
            None
        };
        // The current frame is the previous one of the next push.
        self.comparison.swap_frame(&mut self.previous);
        self.has_previous = true;
        Ok(score)
    }
}

impl Scorer for DifferenceScorer {
    fn input(&self) -> FrameInput {
        self.comparison.input()
    }

    fn start(&mut self, info: &StreamInfo) -> Result<(), Error> {
        // The last video may have ended in an error, without `finish`.
        self.video = info.id().clone();
        self.has_previous = false;
        self.filler.clear();
        Ok(())
    }

    fn push(&mut self, frame: &PreparedFrame<'_>, settled: &mut Settled) -> Result<(), Error> {
        let score = self
            .score_frame(frame, settled)?
            .map(|value| FrameScore::new(value, Origin::Computed));
        // A frame without a score of its own waits in the filler until the policy can give it one.
        self.filler
            .push(frame.number, score, |score| settled.push(score));
        Ok(())
    }

    fn finish(&mut self, settled: &mut Settled) -> Result<(), Error> {
        self.filler.finish(&self.video, |score| settled.push(score))
    }

    fn delay(&self) -> Delay {
        Delay::Frames(self.edge.delay(1))
    }
}
