//! Asks the repairer about every frame, and flips those that are upside down.

use std::collections::VecDeque;
use std::rc::Rc;

use oddframe_core::{
    Error, FrameNumber, RepairAction, RepairDecision, Repairer, SharedError, StreamInfo, VideoId,
};

use super::package::{Lent, PackagePool};
use super::plan::PlannedVideo;

use super::viewer::{Entry, Viewer};
use crate::converter::Converter;
use crate::flip_vertically;

/// The frames that wait for a decision, and the decisions of the video so far.
pub(super) struct RepairStage<'p, 'r> {
    repairer: &'p mut dyn Repairer,
    viewer: Viewer<'r>,
    pool: &'r PackagePool<'r>,
    /// Converts flipped frames again.
    converters: Vec<Converter>,
    waiting: VecDeque<Entry<'r>>,
    numbers: Vec<FrameNumber>,
    decisions: Vec<RepairDecision>,
    /// How many decisions were carried out.
    applied: usize,
}

impl<'p, 'r> RepairStage<'p, 'r> {
    pub(super) fn new(
        repairer: &'p mut dyn Repairer,
        viewer: Viewer<'r>,
        pool: &'r PackagePool<'r>,
        converters: Vec<Converter>,
    ) -> Self {
        Self {
            repairer,
            viewer,
            pool,
            converters,
            waiting: VecDeque::new(),
            numbers: Vec::new(),
            decisions: Vec::new(),
            applied: 0,
        }
    }

    pub(super) fn start(&mut self, info: &StreamInfo) -> Result<(), Error> {
        self.viewer.start();
        self.waiting.clear();
        self.numbers.clear();
        self.decisions.clear();
        self.applied = 0;
        self.repairer.start(info)
    }

    /// Takes the next frame, and appends the frames that were decided about to `out`.
    pub(super) fn push(
        &mut self,
        entry: Entry<'r>,
        video: &PlannedVideo,
        out: &mut Vec<Entry<'r>>,
    ) -> Result<(), Error> {
        let Self {
            repairer,
            viewer,
            decisions,
            ..
        } = self;
        viewer.push(&entry, video.info.id(), &mut |frame| {
            repairer.push(frame, decisions)
        })?;
        self.numbers.push(entry.number);
        self.waiting.push_back(entry);
        self.apply_decisions(video, out)
    }

    /// Ends the video; gives the numbers of its frames and what was decided about each.
    pub(super) fn finish(
        &mut self,
        video: &PlannedVideo,
        out: &mut Vec<Entry<'r>>,
    ) -> Result<(Vec<FrameNumber>, Vec<RepairDecision>), Error> {
        let Self {
            repairer,
            viewer,
            decisions,
            ..
        } = self;
        viewer.finish(&mut |frame| repairer.push(frame, decisions))?;
        repairer.finish(decisions)?;
        self.apply_decisions(video, out)?;
        if self.waiting.is_empty() {
            return Ok((
                std::mem::take(&mut self.numbers),
                std::mem::take(&mut self.decisions),
            ));
        }
        Err(self.count_error(video.info.id()))
    }

    fn apply_decisions(
        &mut self,
        video: &PlannedVideo,
        out: &mut Vec<Entry<'r>>,
    ) -> Result<(), Error> {
        // Decisions come in the order of the frames, so the next one is about the frame that waits longest.
        while let Some(decision) = self.decisions.get(self.applied) {
            let action = decision.action;
            self.applied += 1;
            let Some(entry) = self.waiting.pop_front() else {
                return Err(self.count_error(video.info.id()));
            };
            out.push(match action {
                RepairAction::Keep => entry,
                RepairAction::FlipVertically => self.flip_entry(&entry, &video.conversions),
            });
        }
        Ok(())
    }

    /// The frame upside down, in a package of its own: replaced frames may still need the old one.
    fn flip_entry(&mut self, entry: &Entry<'r>, needed: &[bool]) -> Entry<'r> {
        let ring = &self.pool.ring;
        let mut flipped = ring.take_spare().unwrap_or_else(|| self.pool.new_package());
        if let (Some(old), Some(mut whole)) = (&entry.package.package().whole, flipped.whole.take())
        {
            // The conversions that the reading thread made are not flipped instead: a resized frame need not have the
            // same bytes as when the whole frame is flipped before resizing.
            whole.copy_from(old);
            flip_vertically(&mut whole);
            flipped.convert(
                &whole,
                entry.package.package().number,
                &mut self.converters,
                needed,
            );
            flipped.whole = Some(whole);
        }
        Entry {
            package: Rc::new(Lent::new(ring, flipped)),
            ..entry.clone()
        }
    }

    fn count_error(&self, id: &VideoId) -> Error {
        let (frames, decisions) = (self.numbers.len(), self.decisions.len());
        let source: SharedError = format!(
            "the repairer made {decisions} decisions about the {frames} frames of video {id}; it must make one for each"
        )
        .into();
        Error::System {
            system: "frame repair",
            source,
        }
    }
}
