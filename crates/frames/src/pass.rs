//! One pass over the frames of videos, for any number of sinks.
//!
//! Each frame is decoded once, repaired once and converted once for all inputs that are equal:
//!
//! ```text
//!   source or stream
//!        │
//!   reader     several threads: decode, then convert for every distinct size, format and filter
//!        │     the ring brings the frames back into order and bounds the memory
//!   ─────┼──── the thread of the caller, frame by frame ────────────────────────────────────────
//!   replacer   the nearest readable frame replaces an unreadable one
//!        │
//!   repairer   decides from its own input; a frame that it flips is converted again
//!        │
//!   viewers    one for each distinct input: the converted frame, or its difference from the frame before
//!        │
//!   sinks      scorers, a store of training frames, a writer
//! ```
//!
//! Converting is speculative: it happens before the repairer decided, because few frames are flipped and the reading
//! threads have the time. Only the decoded frames that a repairer may still flip are kept; otherwise they never leave the
//! thread that decoded them.

mod consumer;
mod event;
mod package;
mod plan;
mod preview;
mod reader;
mod repairing;
mod stream_replacer;
mod viewer;

use std::fmt;
use std::sync::Mutex;
use std::thread;

use oddframe_core::{Error, FrameSink, FrameSource, FrameStream, Repairer, StreamInfo};

use self::consumer::{Consumer, start_sinks};
use self::event::PassObserver;
pub use self::event::{PassEvent, VideoRepairs};
use self::plan::{Plan, PlannedVideo};
use self::preview::show_preview;
use self::reader::{RandomAccess, Reader, Supply};
use crate::ring::spawn_workers;
use crate::{BadFrames, ReadAhead};

/// Reads videos once and pushes every frame to all [`FrameSink`]s, prepared as each one asks.
///
/// Frames are decoded and converted by several threads, ahead of the sinks and within the memory budget of
/// [`ReadAhead`]. Everything else happens on the thread of the caller. Memory does not depend on the number of videos
/// or on their length; only the sinks, a repairer with a delay and a run of unreadable frames keep anything.
///
/// For each video the sinks are [started](FrameSink::start), those that ask for it get a
/// [preview](FrameSink::preview_positions), its frames are pushed in order, the observer is told
/// [what was repaired](PassEvent::Repaired), and the sinks are [finished](FrameSink::finish). The observer is a function
/// that cancels the pass by returning an error, such as [`Error::Interrupted`].
///
/// ```
/// # use oddframe_core::{Error, Frame, FrameNumber, FrameShape, Video};
/// use oddframe_core::{FrameInput, FrameSink, FrameSource, PixelFormat, PreparedFrame, StreamInfo};
/// use oddframe_frames::{FramePass, ReadAhead};
/// # struct Black(Video);
/// # impl FrameSource for Black {
/// #     fn video(&self) -> &Video { &self.0 }
/// #     fn read_into(&self, i: usize, out: &mut Frame) -> Result<(), Error> {
/// #         out.reset(self.shape(), self.number_at(i)?);
/// #         out.pixels_mut().fill(0);
/// #         Ok(())
/// #     }
/// # }
///
/// /// Sums the brightness of all frames.
/// struct Brightness(u64);
///
/// impl FrameSink for Brightness {
///     fn input(&self) -> FrameInput {
///         FrameInput::unresized(PixelFormat::Gray)
///     }
///     fn start(&mut self, _video: usize, _info: &StreamInfo) -> Result<bool, Error> {
///         Ok(true)
///     }
///     fn push(&mut self, frame: &PreparedFrame<'_>) -> Result<(), Error> {
///         self.0 += frame.image.map_or(0, |image| image.pixels().iter().map(|p| u64::from(*p)).sum());
///         Ok(())
///     }
///     fn finish(&mut self) -> Result<(), Error> {
///         Ok(())
///     }
/// }
///
/// # let shape = FrameShape::new(4, 4, PixelFormat::Rgb)?;
/// # let video = Black(Video::new("01".into(), shape, (0..50).map(FrameNumber).collect())?);
/// let mut brightness = Brightness(0);
/// FramePass::new().with_read_ahead(ReadAhead::new().with_threads(2)).run(
///     &[&video],
///     &mut [&mut brightness],
///     &mut |_| Ok(()),
/// )?;
/// assert_eq!(brightness.0, 0);
/// # Ok::<(), Error>(())
/// ```
#[derive(Default)]
pub struct FramePass<'a> {
    read: ReadAhead,
    bad_frames: BadFrames,
    repairer: Option<&'a mut dyn Repairer>,
}

impl<'a> FramePass<'a> {
    /// A pass that ends at the first frame that cannot be read, and repairs nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how frames are read ahead.
    #[must_use]
    pub fn with_read_ahead(self, read: ReadAhead) -> Self {
        Self { read, ..self }
    }

    /// Sets what happens when a frame cannot be read.
    #[must_use]
    pub fn with_bad_frames(self, bad_frames: BadFrames) -> Self {
        Self { bad_frames, ..self }
    }

    /// Sets the repairer, which decides for each frame whether it is repaired before any sink sees it.
    #[must_use]
    pub fn with_repairer(self, repairer: &'a mut dyn Repairer) -> Self {
        Self {
            repairer: Some(repairer),
            ..self
        }
    }

    /// Reads videos one after the other; the threads read on across the ends of videos. A video that no sink
    /// [wants](FrameSink::wants) is not read.
    ///
    /// # Errors
    /// When a frame cannot be read and may not be replaced, the frames of a video differ in size and an input
    /// does not resize them, or a sink, the repairer or the observer returns an error.
    ///
    /// # Panics
    /// When a source panicked, its panic is resumed here.
    pub fn run(
        &mut self,
        videos: &[&dyn FrameSource],
        sinks: &mut [&mut dyn FrameSink],
        observer: &mut PassObserver<'_>,
    ) -> Result<(), Error> {
        let plan = self.plan_inputs(sinks);
        let mut planned = Vec::new();
        let mut sources = Vec::new();
        let mut recorded = Vec::new();
        let mut end = 0;
        // The ring numbers the frames of all wanted videos without a gap; `end` is the position behind the last frame
        // of a video. A video that no sink wants has no positions, so no thread ever reads it.
        for (video, source) in videos.iter().enumerate() {
            let info = StreamInfo::from(source.video());
            if let Some(wanted) = PlannedVideo::new(&plan, video, info, sinks) {
                end += source.numbers().len();
                planned.push(wanted);
                recorded.push(*source);
                sources.push(RandomAccess {
                    source: *source,
                    end,
                });
            }
        }
        let videos = Planned {
            plan: &plan,
            videos: &planned,
            recorded: &recorded,
        };
        self.run_supply(Supply::Videos(sources), &videos, sinks, observer)
    }

    /// Reads one video whose end is not known beforehand: a video file, a camera.
    ///
    /// # Errors
    /// As [`Self::run`]; also when the frame numbers of the stream do not rise strictly.
    ///
    /// # Panics
    /// When the stream panicked, its panic is resumed here.
    pub fn run_stream(
        &mut self,
        stream: &mut dyn FrameStream,
        sinks: &mut [&mut dyn FrameSink],
        observer: &mut PassObserver<'_>,
    ) -> Result<(), Error> {
        let plan = self.plan_inputs(sinks);
        let planned: Vec<_> = PlannedVideo::new(&plan, 0, stream.info().clone(), sinks)
            .into_iter()
            .collect();
        let videos = Planned {
            plan: &plan,
            videos: &planned,
            recorded: &[],
        };
        self.run_supply(Supply::Stream(Mutex::new(stream)), &videos, sinks, observer)
    }

    fn plan_inputs(&self, sinks: &[&mut dyn FrameSink]) -> Plan {
        Plan::new(
            sinks,
            self.repairer.as_ref().map(|repairer| repairer.input()),
        )
    }

    fn run_supply(
        &mut self,
        supply: Supply<'_>,
        videos: &Planned<'_>,
        sinks: &mut [&mut dyn FrameSink],
        observer: &mut PassObserver<'_>,
    ) -> Result<(), Error> {
        let Planned {
            plan,
            videos: planned,
            recorded,
        } = *videos;
        if planned.is_empty() {
            return Ok(());
        }
        let reader = Reader::new(supply, plan, planned, self.read);
        thread::scope(|scope| {
            // The scope waits for its threads, so they are told to stop on every way out, also by an error or a panic.
            let _stop = reader.pool.ring.stop_on_drop();
            let reader = &reader;
            let repairer: Option<&mut dyn Repairer> = match &mut self.repairer {
                Some(repairer) => Some(&mut **repairer),
                None => None,
            };
            let mut consumer = Consumer::new(reader, plan, self.bad_frames, repairer)?;
            let mut threads_run = false;
            for (place, video) in planned.iter().enumerate() {
                let active = start_sinks(sinks, video)?;
                if !active.contains(&true) {
                    reader.skip_video(place);
                    continue;
                }
                if !threads_run {
                    // Nothing is read before a sink has accepted a video.
                    let threads = self.read.threads_to_start(reader.threads);
                    let started = spawn_workers(scope, threads, move || reader.read_all());
                    consumer.set_reads_alone(started == 0);
                    threads_run = true;
                }
                if let Some(source) = recorded.get(place) {
                    show_preview(*source, &video.info, self.read, sinks, &active)?;
                }
                consumer.run_video(place, video, &active, sinks, observer)?;
            }
            Ok(())
        })
    }
}

/// The videos of a pass.
struct Planned<'p> {
    plan: &'p Plan,
    videos: &'p [PlannedVideo],
    /// The source of each video with random access.
    recorded: &'p [&'p dyn FrameSource],
}

impl fmt::Debug for FramePass<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FramePass")
            .field("read", &self.read)
            .field("bad_frames", &self.bad_frames)
            .field("repairs", &self.repairer.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
