use std::any::Any;
use std::sync::{Arc, Mutex};

use oddframe_core::{
    Delay, Error, Frame, FrameInput, FrameShape, PreparedFrame, Scorer, Settled, StreamInfo,
    VideoId,
};

use crate::window_scorer::{OpenFrame, SharedNetwork, WindowScorer};
use crate::{ClipScorer, ScoreOptions};

/// Scores videos with a trained network, frame by frame, in memory that does not grow with the length of a video.
///
/// ```text
/// frame ─▶ frame buffer ─▶ windows ─▶ batch ─▶ network ─▶ pool ─▶ merge windows ─▶ edge policy ─▶ settled
///          bytes           complete   full     one run    for each output: measure, overlap, edge
/// ```
///
/// Windows are scored in the order of the [window plan](oddframe_core::WindowPlan), in batches within one video: the last
/// batch of a video may be smaller. So the scores of a video do not depend on the other videos, and a video whose length is
/// known beforehand gets the same scores as one whose length is not.
///
/// # Delay
/// A score is settled after `window + batch + edge` further frames:
///
/// - `window` is `length - 1 - place`, where `place` is the scored place of a window (0 when every frame is scored), and
///   one more when the stride is above 1, because the last window of a run is known only when the run ends. It is at
///   least 1 when a run shorter than a window repeats its last frame;
/// - `batch` is `(batch - 1) * stride`: further windows that fill the batch. When windows break at gaps, the windows of
///   two runs are up to `length` frames apart, and `batch` is `(batch - 1) * max(stride, length)`;
/// - `edge` is [`EdgePolicy::delay`](oddframe_core::EdgePolicy::delay) of the longest row of frames that no window scores.
///
/// When windows break at gaps and skip short runs, any number of frames may lie between two windows. Then only a batch of
/// one and an edge policy that does not borrow settle scores before the end of the video.
///
/// # Example
/// ```
/// use oddframe_clips::{ClipScorer, Measure, NetworkScorer, ScoreOptions};
/// use oddframe_core::{
///     ClipShape, Error, Frame, FrameInput, FrameNumber, FrameShape, PixelFormat, PreparedFrame, Scorer, Settled,
///     StreamInfo, WindowSpec,
/// };
/// use oddframe_score::Mean;
///
/// /// Predicts that every pixel is black.
/// #[derive(Debug)]
/// struct Black(ClipShape);
///
/// impl ClipScorer for Black {
///     fn clip(&self) -> ClipShape {
///         self.0
///     }
///     fn reconstruct(&mut self, _: &[f32], _: usize, out: &mut [f32]) -> Result<(), Error> {
///         out.fill(0.0);
///         Ok(())
///     }
/// }
///
/// let input = FrameInput::new(4, 4, PixelFormat::Gray)?;
/// let options = ScoreOptions::new(input, WindowSpec::new(2, 1)?, Measure::new(Mean));
/// let mut scorer = NetworkScorer::new(Box::new(Black(input.clip(2)?)), options)?;
///
/// let (mut settled, mut scores) = (Settled::new(), Vec::new());
/// scorer.start(&StreamInfo::new("01".into()))?;
/// for index in 0..10 {
///     let mut image = Frame::new(FrameShape::new(4, 4, PixelFormat::Gray)?);
///     image.pixels_mut().fill(if index == 5 { 255 } else { 0 });
///     let number = FrameNumber(index as u64);
///     scorer.push(&PreparedFrame { index, number, time: None, image: Some(&image) }, &mut settled)?;
///     scores.extend(settled.take_scores(0));
/// }
/// scorer.finish(&mut settled)?;
/// scores.extend(settled.take_scores(0));
/// let values: Vec<f64> = scores.iter().map(|score| score.value).collect();
/// assert_eq!(values, [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
/// # Ok::<(), oddframe_core::Error>(())
/// ```
#[derive(Debug)]
pub struct NetworkScorer {
    windows: WindowScorer<Frame>,
    /// The shape of the prepared frames.
    image: FrameShape,
}

impl NetworkScorer {
    /// A scorer for a network.
    ///
    /// # Errors
    /// When the network takes clips of another shape than the input and the windows give, predicts only some frames of a
    /// clip while the windows score every frame, or a batch has no clips.
    pub fn new(network: Box<dyn ClipScorer>, options: ScoreOptions) -> Result<Self, crate::Error> {
        Self::from_shared(Arc::new(Mutex::new(network)), None, options)
    }

    /// States which network this is. [`Scorer::merge`] then also merges scorers whose networks were opened separately but
    /// have equal keys, and drops one of the networks.
    #[must_use]
    pub fn with_model_key(self, key: impl Into<String>) -> Self {
        Self {
            windows: self.windows.with_model_key(key.into()),
            ..self
        }
    }

    /// A scorer that uses the same network with other options. When input, windows and batch are equal,
    /// [`Scorer::merge`] makes one run of the network serve both.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_options(&self, options: ScoreOptions) -> Result<Self, crate::Error> {
        let (network, key) = self.windows.share_network();
        Self::from_shared(network, key, options)
    }

    fn from_shared(
        network: SharedNetwork,
        model_key: Option<String>,
        options: ScoreOptions,
    ) -> Result<Self, crate::Error> {
        // The size of a clip follows from the input alone. An input without a size would give clips of whatever size the first
        // frame has, and a network is built for one.
        let clips = options
            .input
            .clip(options.windows.length())
            .map_err(|_| crate::Error::NoInputSize)?;
        let image = FrameShape::new(clips.width, clips.height, options.input.format())
            .map_err(|_| crate::Error::NoInputSize)?;
        Ok(Self {
            windows: WindowScorer::new(network, model_key, clips, options)?,
            image,
        })
    }

    /// How the scorer's own output is computed.
    pub fn options(&self) -> &ScoreOptions {
        self.windows.options()
    }

    fn check_image(
        &self,
        video: &VideoId,
        frame: &PreparedFrame<'_>,
        image: &Frame,
    ) -> Result<(), crate::Error> {
        if image.shape() == self.image {
            return Ok(());
        }
        let (video, expected, found) = (video.clone(), self.image, image.shape());
        Err(crate::Error::UnpreparedFrame {
            video,
            frame: frame.number,
            expected,
            found,
        })
    }
}

impl Scorer for NetworkScorer {
    fn input(&self) -> FrameInput {
        self.options().input
    }

    fn start(&mut self, info: &StreamInfo) -> Result<(), Error> {
        self.windows.start_video(info)
    }

    fn push(&mut self, frame: &PreparedFrame<'_>, settled: &mut Settled) -> Result<(), Error> {
        if let Some(image) = frame.image {
            self.check_image(self.windows.video()?, frame, image)?;
        }
        let open = OpenFrame {
            number: frame.number,
            donor: frame.borrowed_from(),
            shown: frame.image.is_some(),
        };
        self.windows.push_frame(open, frame.image, settled)
    }

    fn finish(&mut self, settled: &mut Settled) -> Result<(), Error> {
        self.windows.finish_video(settled)
    }

    fn delay(&self) -> Delay {
        self.windows.delay()
    }

    fn merge(&mut self, other: Box<dyn Scorer>) -> Result<(), Box<dyn Scorer>> {
        let scorer: &dyn Any = &*other;
        if !scorer
            .downcast_ref::<Self>()
            .is_some_and(|other| self.windows.shares_runs(&other.windows))
        {
            return Err(other);
        }
        let other: Box<dyn Any> = other;
        if let Ok(other) = other.downcast::<Self>() {
            let outputs = self.windows.count_outputs();
            self.windows.merge(other.windows, outputs);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
