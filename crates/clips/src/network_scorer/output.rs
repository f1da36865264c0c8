use oddframe_core::{EdgeFiller, Error, FrameNumber, FrameScore, Origin, Settled, VideoId, Window};
use oddframe_score::{Pair, WindowMerger};

use super::map_merger::MapMerger;
use crate::ScoreOptions;

/// One way in which the errors of a network become scores, and its state within a video.
#[derive(Debug)]
pub(super) struct Output {
    options: ScoreOptions,
    merger: WindowMerger,
    filler: EdgeFiller,
    maps: MapMerger,
}

/// A frame whose score is not settled.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenFrame {
    pub(super) number: FrameNumber,
    /// The frame whose pixels this one shows, when they are not its own.
    pub(super) donor: Option<FrameNumber>,
    /// Whether the input has an image of this frame; otherwise no window contains it.
    pub(super) shown: bool,
}

impl Output {
    pub(super) fn new(options: ScoreOptions) -> Self {
        Self {
            options,
            merger: WindowMerger::new(options.overlap),
            filler: EdgeFiller::new(options.edge),
            maps: MapMerger::new(&options.measure),
        }
    }

    pub(super) fn options(&self) -> &ScoreOptions {
        &self.options
    }

    /// Begins a new video.
    pub(super) fn start_video(&mut self) {
        *self = Self::new(self.options);
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
    pub(super) fn settle_frame(
        &mut self,
        frame: OpenFrame,
        end: usize,
        mut emit: impl FnMut(FrameScore),
    ) {
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
        self.filler.push(frame.number, score, &mut emit);
    }

    /// Settles the error maps of the frames before `end`.
    pub(super) fn settle_maps(&mut self, output: usize, end: usize, settled: &mut Settled) {
        self.maps
            .settle_before(end, |map| settled.push_map(output, map));
    }

    /// Ends the video.
    pub(super) fn finish_video(
        &mut self,
        video: &VideoId,
        emit: impl FnMut(FrameScore),
    ) -> Result<(), Error> {
        self.filler.finish(video, emit)
    }
}
