mod clip_batch;
mod frame_buffer;
mod map_merger;
mod output;

use std::any::Any;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use oddframe_core::{
    Delay, Error, Frame, FrameInput, FrameShape, PreparedFrame, Scorer, Settled, StreamInfo,
    VideoId, Window, WindowStream,
};

use self::clip_batch::ClipBatch;
use self::frame_buffer::FrameBuffer;
use self::output::{OpenFrame, Output};
use crate::{ClipScorer, Measure, ScoreOptions};

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
    network: Arc<Mutex<Box<dyn ClipScorer>>>,
    model_key: Option<String>,
    /// The scorer's own output, then those of the scorers that it took over. Input, windows and batch are the same.
    outputs: Vec<Output>,
    /// The measure of each output.
    measures: Vec<Measure>,
    image: FrameShape,
    batch: ClipBatch,
    frames: FrameBuffer,
    video: Option<VideoProgress>,
}

/// How far a video is scored.
#[derive(Debug)]
struct VideoProgress {
    id: VideoId,
    windows: WindowStream,
    /// Frames whose score is not settled, in order.
    open: VecDeque<OpenFrame>,
    /// How many shown frames are settled. Windows count the shown frames only.
    settled: usize,
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
            model_key: Some(key.into()),
            ..self
        }
    }

    /// A scorer that uses the same network with other options. When input, windows and batch are equal,
    /// [`Scorer::merge`] makes one run of the network serve both.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_options(&self, options: ScoreOptions) -> Result<Self, crate::Error> {
        Self::from_shared(Arc::clone(&self.network), self.model_key.clone(), options)
    }

    fn from_shared(
        network: Arc<Mutex<Box<dyn ClipScorer>>>,
        model_key: Option<String>,
        options: ScoreOptions,
    ) -> Result<Self, crate::Error> {
        let (clip, predicted) = {
            let network = network.lock().unwrap_or_else(PoisonError::into_inner);
            (network.clip(), network.predicted_frames())
        };
        let clips = options
            .input
            .clip(options.windows.length())
            .map_err(|_| crate::Error::NoInputSize)?;
        if clip != clips {
            return Err(crate::Error::ClipMismatch {
                network: clip,
                clips,
            });
        }
        if options.scores_every_frame() && predicted != (0..clip.frames) {
            let (first, last) = (predicted.start, predicted.end.saturating_sub(1));
            return Err(crate::Error::PartialPrediction {
                first,
                last,
                frames: clip.frames,
            });
        }
        if options.batch == 0 {
            return Err(crate::Error::EmptyBatch);
        }
        let image = FrameShape::new(clip.width, clip.height, options.input.format())
            .map_err(|_| crate::Error::NoInputSize)?;
        let batch = ClipBatch::new(clip, predicted, options.batch);
        let (outputs, measures) = (vec![Output::new(options)], vec![options.measure]);
        Ok(Self {
            network,
            model_key,
            outputs,
            measures,
            image,
            batch,
            frames: FrameBuffer::default(),
            video: None,
        })
    }

    /// How the scorer's own output is computed.
    pub fn options(&self) -> &ScoreOptions {
        self.outputs[0].options()
    }

    /// Whether one run of the network serves both scorers.
    fn shares_runs(&self, other: &Self) -> bool {
        let same_network = Arc::ptr_eq(&self.network, &other.network)
            || (self.model_key.is_some() && self.model_key == other.model_key);
        let (one, two) = (self.options(), other.options());
        // The batch counts too: a network may round differently in a batch of another size.
        let same_clips = (one.input, one.windows, one.batch) == (two.input, two.windows, two.batch);
        same_network && same_clips && self.video.is_none() && other.video.is_none()
    }

    /// Puts a complete window into the batch, and scores the batch when it is full.
    fn push_window(&mut self, window: Window, wants_maps: bool) -> Result<(), Error> {
        let scale = self.options().input.scale();
        self.batch.push_window(window, &self.frames, scale)?;
        if self.batch.is_full() {
            self.score_batch(wants_maps)
        } else {
            Ok(())
        }
    }

    /// Runs the network on the windows that wait, and hands the scores and error maps to the outputs.
    fn score_batch(&mut self, wants_maps: bool) -> Result<(), Error> {
        let Self {
            network,
            outputs,
            measures,
            batch,
            frames,
            ..
        } = self;
        if batch.windows().is_empty() {
            return Ok(());
        }
        // A panic in an earlier run does no harm: every run writes the buffers of the network anew.
        let mut network = network.lock().unwrap_or_else(PoisonError::into_inner);
        batch.run_network(&mut **network, measures, wants_maps)?;
        drop(network);
        for (measure, output) in outputs.iter_mut().enumerate() {
            for (place, window) in batch.windows().iter().enumerate() {
                output.push_window(*window, batch.scores(measure, place))?;
            }
            if wants_maps {
                for frame in batch.predicted_frames() {
                    let (index, pair) = frame?;
                    output.push_map(index, frames.number_at(index), pair);
                }
            }
        }
        batch.clear();
        Ok(())
    }

    /// Hands out the frames that no later window scores, and frees those that no later window needs.
    fn settle_frames(&mut self, settled: &mut Settled) {
        let Self {
            outputs,
            batch,
            frames,
            video: Some(video),
            ..
        } = self
        else {
            return;
        };
        // A window in the batch is complete, but its scores are still to come.
        let waiting = batch.windows().first();
        let end = waiting
            .map_or(usize::MAX, |window| window.scored().start)
            .min(video.windows.first_open());
        while let Some(frame) = video.open.front().copied() {
            if frame.shown && video.settled >= end {
                break;
            }
            for (number, output) in outputs.iter_mut().enumerate() {
                output.settle_frame(frame, end, |score| settled.push_to(number, score));
            }
            video.settled += usize::from(frame.shown);
            video.open.pop_front();
        }
        // The batch holds the values of its windows, so their images can go. Their numbers are still needed for the maps.
        let needed = video.windows.first_needed();
        let covered = waiting
            .map_or(usize::MAX, |window| window.start())
            .min(needed);
        for (number, output) in outputs.iter_mut().enumerate() {
            output.settle_maps(number, covered, settled);
        }
        frames.free_before(needed, covered);
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
        // A video that failed may have left its state behind.
        self.video = None;
        for output in &mut self.outputs {
            output.options().check_video(info)?;
            output.start_video();
        }
        self.batch.clear();
        self.frames.clear();
        let windows = self.options().windows.stream(info.id().clone());
        self.video = Some(VideoProgress {
            id: info.id().clone(),
            windows,
            open: VecDeque::new(),
            settled: 0,
        });
        Ok(())
    }

    fn push(&mut self, frame: &PreparedFrame<'_>, settled: &mut Settled) -> Result<(), Error> {
        let video = self.video.as_mut().ok_or(crate::Error::NotStarted)?;
        video.open.push_back(OpenFrame {
            number: frame.number,
            donor: frame.borrowed_from(),
            shown: frame.image.is_some(),
        });
        if let Some(image) = frame.image {
            let windows = video.windows.push(frame.number)?;
            let id = video.id.clone();
            self.check_image(&id, frame, image)?;
            // A window that ends before this frame is scored now as well: its frames are freed only below.
            self.frames.push_frame(frame.number, image);
            for window in windows {
                self.push_window(window, settled.wants_maps())?;
            }
        }
        self.settle_frames(settled);
        Ok(())
    }

    fn finish(&mut self, settled: &mut Settled) -> Result<(), Error> {
        let video = self.video.as_mut().ok_or(crate::Error::NotStarted)?;
        if let Some(window) = video.windows.finish()? {
            self.push_window(window, settled.wants_maps())?;
        }
        // The rest of the video is a smaller batch: batches never mix videos, so that a video scores the same alone.
        self.score_batch(settled.wants_maps())?;
        self.settle_frames(settled);
        // What no window scored at the end of the video is left to the edge policy.
        let Some(video) = self.video.take() else {
            return Ok(());
        };
        for (number, output) in self.outputs.iter_mut().enumerate() {
            output.finish_video(&video.id, |score| settled.push_to(number, score))?;
        }
        Ok(())
    }

    fn delay(&self) -> Delay {
        let delays = self
            .outputs
            .iter()
            .map(|output| output.options().longest_delay());
        // `None` stands for a delay until the end of the video, which exceeds all others.
        delays
            .collect::<Option<Vec<usize>>>()
            .map_or(Delay::WholeVideo, |delays| {
                Delay::Frames(delays.into_iter().max().unwrap_or(0))
            })
    }

    fn merge(&mut self, other: Box<dyn Scorer>) -> Result<(), Box<dyn Scorer>> {
        let scorer: &dyn Any = &*other;
        if !scorer
            .downcast_ref::<Self>()
            .is_some_and(|other| self.shares_runs(other))
        {
            return Err(other);
        }
        let other: Box<dyn Any> = other;
        if let Ok(other) = other.downcast::<Self>() {
            // The other network is dropped with the rest of `other`.
            self.outputs.extend(other.outputs);
            self.measures.extend(other.measures);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
