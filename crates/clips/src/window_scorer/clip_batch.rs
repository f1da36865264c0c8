use std::ops::Range;

use oddframe_core::{ClipShape, Error, Scale, Window};
use oddframe_score::Pair;

use super::frame_buffer::{FrameBuffer, WaitingImage};
use crate::clip_scorer::{pool_predictions, predicted_pairs};
use crate::{ClipScorer, Measure};

/// Windows that wait for their batch to be full, and what the network says of them. All buffers are kept from batch to
/// batch.
#[derive(Debug)]
pub(super) struct ClipBatch {
    clip: ClipShape,
    /// The places of a clip that the network predicts.
    predicted: Range<usize>,
    /// Clips in a full batch.
    size: usize,
    windows: Vec<Window>,
    /// `[batch,T,C,H,W]`.
    clips: Vec<f32>,
    /// `[batch,P,C,H,W]`, when the network was asked for predictions.
    predictions: Vec<f32>,
    /// `[measures,batch,P]`.
    scores: Vec<f64>,
}

impl ClipBatch {
    pub(super) fn new(clip: ClipShape, predicted: Range<usize>, size: usize) -> Self {
        let (windows, clips, predictions, scores) = Default::default();
        Self {
            clip,
            predicted,
            size,
            windows,
            clips,
            predictions,
            scores,
        }
    }

    /// Adds the frames of a window. The bytes become numbers here, window by window: bytes take a quarter of the memory
    /// while they wait, and converting them again for every window costs little next to a network.
    pub(super) fn push_window<I: WaitingImage>(
        &mut self,
        window: Window,
        frames: &FrameBuffer<I>,
        scale: Scale,
    ) -> Result<(), Error> {
        let image = self.clip.frame_values();
        for index in window.places() {
            let start = self.clips.len();
            self.clips.resize(start + image, 0.0);
            let out = &mut self.clips[start..];
            frames.image_at(index).write_values(scale, out)?;
        }
        self.windows.push(window);
        Ok(())
    }

    pub(super) fn is_full(&self) -> bool {
        self.windows.len() == self.size
    }

    /// The windows that wait, in order.
    pub(super) fn windows(&self) -> &[Window] {
        &self.windows
    }

    pub(super) fn clear(&mut self) {
        self.windows.clear();
        self.clips.clear();
    }

    /// Runs the network once for all measures. With `keep_predictions` the predictions are there afterwards; otherwise the
    /// network may pool on its own device and never hand them out.
    pub(super) fn run_network(
        &mut self,
        network: &mut dyn ClipScorer,
        measures: &[Measure],
        keep_predictions: bool,
    ) -> Result<(), Error> {
        let batch = self.windows.len();
        let frames = batch * self.predicted.len();
        self.scores.resize(measures.len() * frames, 0.0);
        if !keep_predictions {
            return network.score(
                &self.clips,
                batch,
                measures,
                &mut self.predictions,
                &mut self.scores,
            );
        }
        // Pooled here instead of on the device, so that the error maps and the scores are of the same predictions.
        self.predictions
            .resize(frames * self.clip.frame_values(), 0.0);
        network.reconstruct(&self.clips, batch, &mut self.predictions)?;
        pool_predictions(
            self.clip,
            &self.predicted,
            &self.clips,
            &self.predictions,
            measures,
            &mut self.scores,
        )
    }

    /// The scores of a window's predicted frames by one of the measures.
    pub(super) fn scores(&self, measure: usize, window: usize) -> &[f64] {
        // `[measures,batch,P]`, where the batch holds only as many windows as wait.
        let frames = self.predicted.len();
        &self.scores[(measure * self.windows.len() + window) * frames..][..frames]
    }

    /// Every frame of a window with its prediction, as (index, pair). Places that repeat the last frame of a short run are
    /// left out.
    pub(super) fn predicted_frames(
        &self,
    ) -> impl Iterator<Item = Result<(usize, Pair<'_>), Error>> {
        // A window repeats its last frame in the places from `real` on. The network predicts these as well, so they are
        // paired with their predictions before they are dropped.
        let places = self.windows.iter().flat_map(|window| {
            let real = window.frames().len();
            window
                .places()
                .enumerate()
                .map(move |(place, index)| (place, (place < real).then_some(index)))
        });
        places
            .filter(|(place, _)| self.predicted.contains(place))
            .zip(predicted_pairs(
                self.clip,
                &self.predicted,
                &self.clips,
                &self.predictions,
            ))
            .filter_map(|((_, index), pair)| index.map(|index| Ok((index, pair?))))
    }
}
