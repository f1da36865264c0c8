//! Cuts the images of a video into windows, runs a network on them in batches, and settles the scores of the frames. It
//! does not know what the images are: [`NetworkScorer`](crate::NetworkScorer) gives it frames,
//! [`FlowScorer`](crate::FlowScorer) optical flow, and [`FeatureScorer`](crate::FeatureScorer) features.

mod clip_batch;
mod frame_buffer;
mod map_merger;
mod output;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use oddframe_core::{ClipShape, Delay, Error, Settled, StreamInfo, VideoId, Window, WindowStream};

use self::clip_batch::ClipBatch;
use self::frame_buffer::FrameBuffer;
use self::output::Output;
use crate::{ClipScorer, Measure, ScoreOptions};

pub(crate) use self::frame_buffer::{PlainImage, WaitingImage};
pub(crate) use self::output::OpenFrame;

/// A network that several scorers use.
pub(crate) type SharedNetwork = Arc<Mutex<Box<dyn ClipScorer>>>;

/// Scores the windows of one stream of images.
#[derive(Debug)]
pub(crate) struct WindowScorer<I> {
    network: SharedNetwork,
    model_key: Option<String>,
    /// The scorer's own output, then those of the scorers that it took over. Input, windows and batch are the same.
    outputs: Vec<Output>,
    /// The measure of each output.
    measures: Vec<Measure>,
    batch: ClipBatch,
    pub(crate) frames: FrameBuffer<I>,
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

impl<I: WaitingImage> WindowScorer<I> {
    /// A scorer for a network. `clips` is the shape that the input and the windows give.
    pub(crate) fn new(
        network: SharedNetwork,
        model_key: Option<String>,
        clips: ClipShape,
        options: ScoreOptions,
    ) -> Result<Self, crate::Error> {
        let (clip, predicted) = {
            let network = network.lock().unwrap_or_else(PoisonError::into_inner);
            (network.clip(), network.predicted_frames())
        };
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
        Ok(Self {
            network,
            model_key,
            outputs: vec![Output::new(0, options)],
            measures: vec![options.measure],
            batch: ClipBatch::new(clip, predicted, options.batch),
            frames: FrameBuffer::default(),
            video: None,
        })
    }

    pub(crate) fn with_model_key(self, key: String) -> Self {
        Self {
            model_key: Some(key),
            ..self
        }
    }

    /// The network and its key, for another scorer.
    pub(crate) fn share_network(&self) -> (SharedNetwork, Option<String>) {
        (Arc::clone(&self.network), self.model_key.clone())
    }

    /// How the scorer's own output is computed.
    pub(crate) fn options(&self) -> &ScoreOptions {
        self.outputs[0].options()
    }

    /// How many outputs the scorer has.
    pub(crate) fn count_outputs(&self) -> usize {
        self.outputs.len()
    }

    /// Whether no video is being scored.
    pub(crate) fn is_idle(&self) -> bool {
        self.video.is_none()
    }

    /// The name of the video that is being scored.
    pub(crate) fn video(&self) -> Result<&VideoId, crate::Error> {
        let video = self.video.as_ref().ok_or(crate::Error::NotStarted)?;
        Ok(&video.id)
    }

    /// Whether one run of the network serves both scorers.
    pub(crate) fn shares_runs(&self, other: &Self) -> bool {
        let same_network = Arc::ptr_eq(&self.network, &other.network)
            || (self.model_key.is_some() && self.model_key == other.model_key);
        let (one, two) = (self.options(), other.options());
        // The batch counts too: a network may round differently in a batch of another size.
        let same_clips = (one.input, one.flow, one.windows, one.batch)
            == (two.input, two.flow, two.windows, two.batch);
        same_network && same_clips && self.is_idle() && other.is_idle()
    }

    /// Takes over the outputs of another scorer, which are numbered from `first` on. Its network is dropped.
    pub(crate) fn merge(&mut self, other: Self, first: usize) {
        let outputs = other.outputs.into_iter().enumerate();
        self.outputs
            .extend(outputs.map(|(place, output)| output.with_number(first + place)));
        self.measures.extend(other.measures);
    }

    /// Numbers the outputs from `first` on.
    pub(crate) fn with_first_output(self, first: usize) -> Self {
        let outputs = self.outputs.into_iter().enumerate();
        Self {
            outputs: outputs
                .map(|(place, output)| output.with_number(first + place))
                .collect(),
            ..self
        }
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
            for output in &mut *outputs {
                output.settle_frame(frame, end, settled);
            }
            video.settled += usize::from(frame.shown);
            video.open.pop_front();
        }
        // The batch holds the values of its windows, so their images can go. Their numbers are still needed for the maps.
        let needed = video.windows.first_needed();
        let covered = waiting
            .map_or(usize::MAX, |window| window.start())
            .min(needed);
        for output in &mut *outputs {
            output.settle_maps(covered, settled);
        }
        frames.free_before(needed, covered);
    }

    /// Begins a video.
    pub(crate) fn start_video(&mut self, info: &StreamInfo) -> Result<(), Error> {
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

    /// Takes the next frame, with its image where it is shown.
    pub(crate) fn push_frame(
        &mut self,
        frame: OpenFrame,
        image: Option<&I>,
        settled: &mut Settled,
    ) -> Result<(), Error> {
        let video = self.video.as_mut().ok_or(crate::Error::NotStarted)?;
        video.open.push_back(frame);
        if let Some(image) = image {
            let windows = video.windows.push(frame.number)?;
            // A window that ends before this frame is scored now as well: its frames are freed only below.
            self.frames.push_image(frame.number, image);
            for window in windows {
                self.push_window(window, settled.wants_maps())?;
            }
        }
        self.settle_frames(settled);
        Ok(())
    }

    /// Ends the video.
    pub(crate) fn finish_video(&mut self, settled: &mut Settled) -> Result<(), Error> {
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
        for output in &mut self.outputs {
            output.finish_video(&video.id, settled)?;
        }
        Ok(())
    }

    /// The most frames between a frame and its score.
    pub(crate) fn delay(&self) -> Delay {
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
}
