//! The stages after the reader, on the thread of the caller.

use std::panic::resume_unwind;

use oddframe_core::{Error, FrameSink, PreparedFrame, Repairer};

use super::event::{PassEvent, PassObserver, VideoRepairs};
use super::package::{Lent, Package};
use super::plan::{Plan, PlannedInput, PlannedVideo};
use super::reader::{Reader, Scratch};
use super::repairing::RepairStage;
use super::stream_replacer::StreamReplacer;
use super::viewer::{Entry, Viewer};
use crate::BadFrames;
use crate::ring::Outcome;

/// Starts the sinks that want a video, and tells which of them accepted it.
pub(super) fn start_sinks(
    sinks: &mut [&mut dyn FrameSink],
    video: &PlannedVideo,
) -> Result<Vec<bool>, Error> {
    let wanted = sinks.iter_mut().zip(&video.sinks);
    wanted
        .map(|(sink, wants)| Ok(*wants && sink.start(video.video, &video.info)?))
        .collect()
}

/// Replaces unreadable frames, repairs frames and hands them to the sinks, one video after another.
pub(super) struct Consumer<'p, 'r, 's> {
    reader: &'r Reader<'r, 's>,
    plan: &'r Plan,
    bad_frames: BadFrames,
    repair: Option<RepairStage<'p, 'r>>,
    /// One for each distinct input of the sinks.
    viewers: Vec<Viewer<'r>>,
    /// No thread could be started, so frames are read when they are needed.
    reads_alone: bool,
    scratch: Scratch,
    /// Frames that have left the replacer of unreadable frames.
    readable: Vec<Entry<'r>>,
    /// Frames that have left the repairer.
    repaired: Vec<Entry<'r>>,
    done: u64,
}

impl<'p, 'r, 's> Consumer<'p, 'r, 's> {
    pub(super) fn new(
        reader: &'r Reader<'r, 's>,
        plan: &'r Plan,
        bad_frames: BadFrames,
        repairer: Option<&'p mut dyn Repairer>,
    ) -> Result<Self, Error> {
        let repair = match (repairer, plan.repairer) {
            (Some(repairer), Some(input)) => Some(RepairStage::new(
                repairer,
                new_viewer(plan, input),
                &reader.pool,
                plan.new_converters()?,
            )),
            _ => None,
        };
        Ok(Self {
            reader,
            plan,
            bad_frames,
            repair,
            viewers: plan
                .inputs
                .iter()
                .map(|input| new_viewer(plan, *input))
                .collect(),
            reads_alone: false,
            scratch: reader.new_scratch()?,
            readable: Vec::new(),
            repaired: Vec::new(),
            done: 0,
        })
    }

    pub(super) fn set_reads_alone(&mut self, reads_alone: bool) {
        self.reads_alone = reads_alone;
    }

    /// Pushes all frames of the planned video at `place` to the active sinks and finishes them.
    pub(super) fn run_video(
        &mut self,
        place: usize,
        video: &PlannedVideo,
        active: &[bool],
        sinks: &mut [&mut dyn FrameSink],
        observer: &mut PassObserver<'_>,
    ) -> Result<(), Error> {
        let (id, mut replacer) = (video.info.id(), StreamReplacer::new(self.bad_frames));
        self.viewers.iter_mut().for_each(Viewer::start);
        if let Some(repair) = &mut self.repair {
            repair.start(&video.info)?;
        }
        // A stream has no known number of frames: the loop then ends with the ring.
        let mut left = self.reader.video_frames(place).unwrap_or(usize::MAX);
        while left > 0 {
            let Some((package, outcome)) = self.take_next() else {
                break;
            };
            left -= 1;
            let number = package.number;
            let package = Lent::new(&self.reader.pool.ring, package);
            match outcome {
                Ok(Ok(())) => replacer.push_good(number, package, id, &mut self.readable)?,
                Ok(Err(error)) => replacer.push_bad(number, error, id)?,
                Err(panic) => resume_unwind(panic),
            }
            // A stage may hand on no frame now and several later, so each passes on whatever the one before released.
            self.repair_readable(video)?;
            self.show_repaired(video, active, sinks)?;
            self.done += 1;
            observer(PassEvent::Advanced { done: self.done })?;
        }
        // The end of the video releases what the stages still hold, from the first stage to the last.
        let substitutes = replacer.finish(id, &mut self.readable)?;
        self.repair_readable(video)?;
        let (numbers, decisions) = match &mut self.repair {
            Some(repair) => repair.finish(video, &mut self.repaired)?,
            None => (Vec::new(), Vec::new()),
        };
        self.show_repaired(video, active, sinks)?;
        self.finish_viewers(active, sinks)?;
        // Before any sink finishes: the caller can store the repairs before the first score of the video exists.
        let id = id.clone();
        observer(PassEvent::Repaired(VideoRepairs {
            video: video.video,
            id,
            numbers,
            substitutes,
            decisions,
        }))?;
        for (sink, _) in sinks.iter_mut().zip(active).filter(|(_, active)| **active) {
            sink.finish()?;
        }
        Ok(())
    }

    fn take_next(&mut self) -> Option<(Package, Outcome)> {
        if self.reads_alone {
            self.reader.read_one(&mut self.scratch);
        }
        self.reader.pool.ring.take_next()
    }

    fn repair_readable(&mut self, video: &PlannedVideo) -> Result<(), Error> {
        let Some(repair) = &mut self.repair else {
            self.repaired.append(&mut self.readable);
            return Ok(());
        };
        self.readable
            .drain(..)
            .try_for_each(|entry| repair.push(entry, video, &mut self.repaired))
    }

    /// Shows each frame to all sinks before the next one.
    fn show_repaired(
        &mut self,
        video: &PlannedVideo,
        active: &[bool],
        sinks: &mut [&mut dyn FrameSink],
    ) -> Result<(), Error> {
        for entry in self.repaired.drain(..) {
            // Sinks with equal inputs share a viewer, so a difference is computed once for all of them.
            for (input, viewer) in self.viewers.iter_mut().enumerate() {
                if is_active(self.plan, input, active) {
                    viewer.push(&entry, video.info.id(), &mut |frame| {
                        push_to_sinks(self.plan, input, active, sinks, frame)
                    })?;
                }
            }
        }
        Ok(())
    }

    fn finish_viewers(
        &mut self,
        active: &[bool],
        sinks: &mut [&mut dyn FrameSink],
    ) -> Result<(), Error> {
        for (input, viewer) in self.viewers.iter_mut().enumerate() {
            viewer.finish(&mut |frame| push_to_sinks(self.plan, input, active, sinks, frame))?;
        }
        Ok(())
    }
}

fn new_viewer<'r>(plan: &Plan, input: PlannedInput) -> Viewer<'r> {
    Viewer::new(input, plan.conversions[input.conversion].size.is_none())
}

/// Whether an active sink has this input.
fn is_active(plan: &Plan, input: usize, active: &[bool]) -> bool {
    plan.sinks
        .iter()
        .zip(active)
        .any(|(own, active)| *active && *own == input)
}

/// Pushes a frame to the active sinks with this input.
fn push_to_sinks(
    plan: &Plan,
    input: usize,
    active: &[bool],
    sinks: &mut [&mut dyn FrameSink],
    frame: &PreparedFrame<'_>,
) -> Result<(), Error> {
    for (sink, (own, active)) in sinks.iter_mut().zip(plan.sinks.iter().zip(active)) {
        if *active && *own == input {
            sink.push(frame)?;
        }
    }
    Ok(())
}
