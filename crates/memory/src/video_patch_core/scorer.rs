use oddframe_core::{
    Delay, Error, FrameInput, FrameNumber, FrameScore, Origin, PreparedFrame, Scorer, Settled,
    StreamInfo, VideoId,
};

use super::box_finder::BoxFinder;
use super::clip_buffer::ClipBuffer;
use super::clip_features::ClipReader;
use super::clip_score::{ClipScore, ClipScorer};
use super::settings::NAME;

/// Scores clips of 10 frames as they fill.
pub(super) struct VideoPatchScorer {
    input: FrameInput,
    reader: ClipReader,
    scorer: ClipScorer,
    finder: BoxFinder,
    buffer: ClipBuffer,
    video: VideoId,
    /// Whether boxes can be found in it.
    has_boxes: bool,
    /// The frames without a score yet, with the frames that their pixels come from.
    waiting: Vec<(FrameNumber, Option<FrameNumber>)>,
    /// The score of the last clip and its last frame, for the frames after it.
    last: Option<(FrameNumber, f64)>,
}

impl VideoPatchScorer {
    pub(super) fn new(
        input: FrameInput,
        clip_frames: usize,
        reader: ClipReader,
        scorer: ClipScorer,
        finder: BoxFinder,
    ) -> Self {
        Self {
            input,
            reader,
            scorer,
            finder,
            buffer: ClipBuffer::new(clip_frames),
            video: VideoId::new(""),
            has_boxes: true,
            waiting: Vec::new(),
            last: None,
        }
    }

    fn push_frame(
        &mut self,
        frame: &PreparedFrame<'_>,
        settled: &mut Settled,
    ) -> Result<(), crate::Error> {
        let number = frame.number;
        let image = frame.image.ok_or(crate::Error::NoImage { frame: number })?;
        self.waiting.push((number, image.borrowed_from()));
        if self.buffer.push(&self.video, image, &mut self.finder)? {
            self.settle_clip(settled)?;
        }
        Ok(())
    }

    /// Scores the clip in the buffer, and gives all frames that wait its score.
    fn settle_clip(&mut self, settled: &mut Settled) -> Result<(), crate::Error> {
        let frames = &self.buffer.frames;
        let areas = &self.buffer.boxes.areas;
        let features = self.reader.read_clip(&self.video, frames, areas)?;
        let ClipScore {
            value,
            boxes,
            mut reason,
        } = self.scorer.score_clip(&features)?;
        if let Some(reason) = reason.as_mut().filter(|_| !self.has_boxes) {
            // Nothing else shows that a file of boxes is that of other videos.
            reason.sentence += "; the file of boxes has no row of this video";
        }
        for (number, borrowed) in self.waiting.drain(..) {
            let origin = borrowed.map_or(Origin::Computed, |from| Origin::Borrowed { from });
            settled.push(FrameScore {
                value,
                origin,
                boxes: boxes.clone(),
                reason: reason.clone(),
            });
            self.last = Some((number, value));
        }
        Ok(())
    }

    fn finish_video(&mut self, settled: &mut Settled) -> Result<(), crate::Error> {
        if self.buffer.finish() {
            return self.settle_clip(settled);
        }
        // What remains after the last clip is shorter than one: it borrows the score of that clip.
        if let Some((from, value)) = self.last {
            for _ in self.waiting.drain(..) {
                settled.push(FrameScore::new(value, Origin::Borrowed { from }));
            }
        }
        Ok(())
    }
}

impl Scorer for VideoPatchScorer {
    fn input(&self) -> FrameInput {
        self.input
    }

    fn start(&mut self, info: &StreamInfo) -> Result<(), Error> {
        self.video = info.id().clone();
        self.has_boxes = self.finder.knows_video(&self.video);
        self.waiting.clear();
        self.last = None;
        self.buffer.start();
        self.finder.start();
        Ok(())
    }

    fn push(&mut self, frame: &PreparedFrame<'_>, settled: &mut Settled) -> Result<(), Error> {
        self.push_frame(frame, settled)
            .map_err(|error| error.of_system(NAME))
    }

    fn finish(&mut self, settled: &mut Settled) -> Result<(), Error> {
        self.finish_video(settled)
            .map_err(|error| error.of_system(NAME))
    }

    fn delay(&self) -> Delay {
        Delay::Frames(self.buffer.frames.len() - 1)
    }
}
