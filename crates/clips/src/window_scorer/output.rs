use oddframe_core::{EdgeFiller, Error, FrameNumber, FrameScore, Origin, Settled, VideoId, Window};
use oddframe_score::{Pair, WindowMerger};

use super::map_merger::MapMerger;
use crate::ScoreOptions;

/// One way in which the errors of a network become scores, and its state within a video.
#[derive(Debug)]
pub(super) struct Output {
    /// Its place among the outputs of the scorer: scores are settled under this number.
    number: usize,
    options: ScoreOptions,
    merger: WindowMerger,
    filler: EdgeFiller,
    maps: MapMerger,
}

/// A frame whose score is not settled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenFrame {
    pub(crate) number: FrameNumber,
    /// The frame whose pixels this one shows, when they are not its own.
    pub(crate) donor: Option<FrameNumber>,
    /// Whether the input has an image of this frame; otherwise no window contains it.
    pub(crate) shown: bool,
}

impl Output {
    pub(super) fn new(number: usize, options: ScoreOptions) -> Self {
        Self {
            number,
            options,
            merger: WindowMerger::new(options.overlap),
            filler: EdgeFiller::new(options.edge),
            maps: MapMerger::new(&options.measure),
        }
    }

    pub(super) fn options(&self) -> &ScoreOptions {
        &self.options
    }

    /// The same output at another place among the outputs of a scorer.
    pub(super) fn with_number(self, number: usize) -> Self {
        Self { number, ..self }
    }

    /// Begins a new video.
    pub(super) fn start_video(&mut self) {
        *self = Self::new(self.number, self.options);
    }

    /// Takes the scores of the predicted frames of a window.
    pub(super) fn push_window(&mut self, window: Window, scores: &[f64]) -> Result<(), Error> {
        let reduced = [self.options.reduction.reduce(scores)];
        // A short window predicts its last frame several times: only the first of these places counts.
        let scores = if self.options.scores_every_frame() {
            &scores[..window.frames().len()]
        } else {
            &reduced
        };
        self.merger
            .push(window, scores)
            .map_err(|source| Error::System {
                system: "windows",
                source: source.into(),
            })
    }

    /// Adds the error map of a frame in one window.
    pub(super) fn push_map(&mut self, index: usize, number: FrameNumber, pair: Pair<'_>) {
        self.maps.push_map(index, number, pair);
    }

    /// Settles the next frame: merges the scores of its windows, and passes it on to the edge policy. `end` is the index
    /// of the first shown frame that later windows may score.
    pub(super) fn settle_frame(&mut self, frame: OpenFrame, end: usize, settled: &mut Settled) {
        let number = self.number;
        // Windows count the shown frames only, so the merger knows nothing of a frame without an image.
        let merged = if frame.shown {
            self.merger.next_settled(end)
        } else {
            None
        };
        let origin = frame
            .donor
            .map_or(Origin::Computed, |from| Origin::Borrowed { from });
        // Only a computed score carries the donor of the pixels: a score that the edge policy makes says itself where it
        // comes from.
        let score = merged
            .and_then(|(_, score)| score)
            .map(|value| FrameScore::new(value, origin));
        let emit = |score| settled.push_to(number, score);
        self.filler.push(frame.number, score, emit);
    }

    /// Settles the error maps of the frames before `end`.
    pub(super) fn settle_maps(&mut self, end: usize, settled: &mut Settled) {
        self.maps
            .settle_before(end, |map| settled.push_map(self.number, map));
    }

    /// Ends the video.
    pub(super) fn finish_video(
        &mut self,
        video: &VideoId,
        settled: &mut Settled,
    ) -> Result<(), Error> {
        let number = self.number;
        self.filler
            .finish(video, |score| settled.push_to(number, score))
    }
}
