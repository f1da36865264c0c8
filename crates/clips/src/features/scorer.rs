use std::fmt;
use std::sync::{Arc, Mutex};

use oddframe_core::{
    Delay, Error, FrameInput, PreparedFrame, Scorer, Settled, StreamInfo, VideoId,
};

use super::DescribeFrame;
use super::describe::{check_finite, clip_of_features};
use crate::window_scorer::{OpenFrame, PlainImage, WindowScorer};
use crate::{ClipScorer, ScoreOptions};

/// Scores videos with a network that sees the features of frames.
///
/// ```text
/// frame ─▶ features of the frame ─▶ windows, batches, pools and edges as in NetworkScorer
/// ```
///
/// A vector of features is an image of one pixel with many channels, so that all measures work on it. Delays are those of
/// [`NetworkScorer`](crate::NetworkScorer).
pub struct FeatureScorer {
    method: Box<dyn DescribeFrame>,
    image: PlainImage,
    windows: WindowScorer<PlainImage>,
    /// The current video, for errors.
    video: VideoId,
}

impl FeatureScorer {
    /// A scorer for a network that sees the features that `method` computes of each frame.
    ///
    /// # Errors
    /// When the network takes clips of another shape than the features and the windows give, predicts only some frames of
    /// a clip while the windows score every frame, or a batch has no clips.
    pub fn new(
        network: Box<dyn ClipScorer>,
        method: Box<dyn DescribeFrame>,
        options: ScoreOptions,
    ) -> Result<Self, crate::Error> {
        let dimensions = method.dimensions();
        let clips = clip_of_features(options.windows.length(), dimensions);
        let network = Arc::new(Mutex::new(network));
        Ok(Self {
            method,
            image: PlainImage::new(dimensions),
            windows: WindowScorer::new(network, None, clips, options)?,
            video: VideoId::new(""),
        })
    }
}

impl fmt::Debug for FeatureScorer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeatureScorer")
            .field("windows", &self.windows)
            .finish_non_exhaustive()
    }
}

impl Scorer for FeatureScorer {
    fn input(&self) -> FrameInput {
        self.windows.options().input
    }

    fn start(&mut self, info: &StreamInfo) -> Result<(), Error> {
        self.video = info.id().clone();
        self.windows.start_video(info)
    }

    fn push(&mut self, frame: &PreparedFrame<'_>, settled: &mut Settled) -> Result<(), Error> {
        if let Some(image) = frame.image {
            let features = self.image.values_mut();
            self.method.describe(image, features)?;
            check_finite(&self.video, frame.number, features)?;
        }
        let open = OpenFrame {
            number: frame.number,
            donor: frame.borrowed_from(),
            shown: frame.image.is_some(),
        };
        let image = frame.image.map(|_| &self.image);
        self.windows.push_frame(open, image, settled)
    }

    fn finish(&mut self, settled: &mut Settled) -> Result<(), Error> {
        self.windows.finish_video(settled)
    }

    fn delay(&self) -> Delay {
        self.windows.delay()
    }
}
