use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use oddframe_core::{Error, Frame, FrameShape, FrameSource, available_threads};

use crate::ring::{Outcome, Ring, spawn_workers};

/// The default budget for frames read ahead: about ninety of 640x360 RGB.
const BUDGET_BYTES: usize = 64 << 20;

/// How many threads read frames ahead, and how much memory the frames may take.
///
/// ```
/// use oddframe_frames::ReadAhead;
/// let read = ReadAhead::new().with_threads(4).with_budget_bytes(32 << 20);
/// assert_ne!(read, ReadAhead::new());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadAhead {
    threads: usize,
    budget_bytes: usize,
    on_calling_thread: bool,
}

impl Default for ReadAhead {
    fn default() -> Self {
        Self::new()
    }
}

impl ReadAhead {
    /// One thread for each core, and 64 MiB of frames.
    pub const fn new() -> Self {
        Self {
            threads: 0,
            budget_bytes: BUDGET_BYTES,
            on_calling_thread: false,
        }
    }

    /// Sets how many threads read; 0 stands for one for each core.
    #[must_use]
    pub const fn with_threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// Reads each frame when it is needed, on the thread that consumes it: for a source that gives a frame only after the one
    /// before was consumed.
    #[must_use]
    pub const fn on_calling_thread(self) -> Self {
        Self {
            on_calling_thread: true,
            ..self
        }
    }

    /// Sets how much memory frames may take, including the frame that the consumer holds.
    ///
    /// One frame for each thread and one for the consumer are always allowed: with fewer, nothing could be read ahead.
    #[must_use]
    pub const fn with_budget_bytes(self, budget_bytes: usize) -> Self {
        Self {
            budget_bytes,
            ..self
        }
    }

    /// The number of threads for so many frames.
    pub(crate) fn threads_for(self, frames: usize) -> usize {
        let threads = match self.threads {
            0 => available_threads(),
            threads => threads,
        };
        threads.min(frames)
    }

    /// The number of threads that are started, of so many that there is room for.
    pub(crate) fn threads_to_start(self, threads: usize) -> usize {
        if self.on_calling_thread { 0 } else { threads }
    }

    /// The number of items of `item_bytes` that the budget holds after `reserved_bytes`: at least one for each thread and
    /// one for the consumer.
    pub(crate) fn slot_count(
        self,
        item_bytes: usize,
        reserved_bytes: usize,
        threads: usize,
    ) -> usize {
        (self.budget_bytes.saturating_sub(reserved_bytes) / item_bytes.max(1)).max(threads + 1)
    }
}

/// One frame to read: its video and its index there.
#[derive(Clone, Copy)]
pub(crate) struct FramePlace<'a> {
    pub(crate) source: &'a dyn FrameSource,
    /// The position in its [`numbers`](FrameSource::numbers).
    pub(crate) index: usize,
}

impl fmt::Debug for FramePlace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FramePlace({}, index {})", self.source.id(), self.index)
    }
}

/// Frames in the order in which they were asked for, however many threads read them.
#[derive(Debug)]
pub struct Frames<'a> {
    reader: &'a Reader<'a>,
    /// No thread could be started, so each frame is read when it is asked for.
    alone: bool,
    lent: Option<Frame>,
    next: usize,
}

impl Frames<'_> {
    /// The next frame, or the error that reading it gave; `None` after the last.
    ///
    /// The frame is borrowed until the next one is asked for. To keep it, clone it or swap another frame in.
    ///
    /// An error takes the place of its frame, and the frames after it follow: the caller decides whether to stop.
    ///
    /// # Panics
    /// When the source panicked while it read this frame: the panic is resumed here.
    pub fn next_frame(&mut self) -> Option<Result<&mut Frame, Error>> {
        // The caller could use the frame of the last call until now; from here on a thread may fill it again.
        if let Some(frame) = self.lent.take() {
            self.reader.ring.give_back(frame);
        }
        if self.alone {
            self.reader.read_one();
        }
        let (frame, outcome) = self.reader.ring.take_next()?;
        self.next += 1;
        let frame = self.lent.insert(frame);
        match outcome {
            Ok(result) => Some(result.map(|()| frame)),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// How many frames are still to come.
    pub fn remaining(&self) -> usize {
        self.reader.places.len() - self.next
    }
}

/// What the reading threads share.
#[derive(Debug)]
struct Reader<'a> {
    places: &'a [FramePlace<'a>],
    /// Every buffer is made for the largest frame: growing one later could take more than the budget.
    largest: FrameShape,
    ring: Ring<Frame>,
}

impl Reader<'_> {
    /// Reads the next frame that no other thread has claimed; false when there is none.
    fn read_one(&self) -> bool {
        let Some((position, spare)) = self.ring.claim_next() else {
            return false;
        };
        let place = self.places[position];
        let mut frame = spare.unwrap_or_else(|| Frame::new(self.largest));
        // No lock is held here. A frame that a panic left half written is overwritten before it is used again.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            place.source.read_into(place.index, &mut frame)
        }));
        self.ring.put(position, frame, outcome);
        true
    }
}

/// Reads the frames of a video ahead with several threads, and hands them to `consume` in order.
///
/// Memory is bounded by the budget, whatever the length of the video, and frames are recycled. When `consume` returns
/// early, each thread stops after the frame it is reading.
///
/// ```
/// # use oddframe_core::{Error, Frame, FrameNumber, FrameShape, FrameSource, PixelFormat, Video};
/// use oddframe_frames::{ReadAhead, read_ahead};
/// # struct Black(Video);
/// # impl FrameSource for Black {
/// #     fn video(&self) -> &Video { &self.0 }
/// #     fn read_into(&self, i: usize, out: &mut Frame) -> Result<(), Error> {
/// #         out.reset(self.shape(), self.number_at(i)?);
/// #         Ok(())
/// #     }
/// # }
/// # let shape = FrameShape::new(4, 4, PixelFormat::Gray)?;
/// # let source = Black(Video::new("01".into(), shape, (0..50).map(FrameNumber).collect())?);
/// let numbers = read_ahead(&source, ReadAhead::new().with_threads(2), |frames| {
///     let mut numbers = Vec::new();
///     while let Some(frame) = frames.next_frame() {
///         numbers.push(frame?.number());
///     }
///     Ok::<_, Error>(numbers)
/// })?;
/// assert_eq!(numbers, source.numbers());
/// # Ok::<(), Error>(())
/// ```
///
/// # Panics
/// When `consume` panics.
pub fn read_ahead<R>(
    source: &dyn FrameSource,
    options: ReadAhead,
    consume: impl FnOnce(&mut Frames<'_>) -> R,
) -> R {
    read_ahead_all(&[source], options, consume)
}

/// Reads several videos one after the other, as [`read_ahead`] reads one. The threads read on across the ends of videos.
///
/// # Panics
/// When `consume` panics.
pub fn read_ahead_all<R>(
    sources: &[&dyn FrameSource],
    options: ReadAhead,
    consume: impl FnOnce(&mut Frames<'_>) -> R,
) -> R {
    let places: Vec<_> = sources.iter().copied().flat_map(frame_places).collect();
    read_ahead_places(&places, options, consume)
}

fn frame_places(source: &dyn FrameSource) -> impl Iterator<Item = FramePlace<'_>> {
    (0..source.numbers().len()).map(move |index| FramePlace { source, index })
}

/// Reads any frames of any videos in the order of `places`, as [`read_ahead`] reads all frames of one.
///
/// # Panics
/// When `consume` panics.
pub(crate) fn read_ahead_places<R>(
    places: &[FramePlace<'_>],
    options: ReadAhead,
    consume: impl FnOnce(&mut Frames<'_>) -> R,
) -> R {
    let threads = options.threads_for(places.len());
    let largest = places
        .iter()
        .map(|place| place.source.shape())
        .max_by_key(|shape| shape.bytes());
    let largest = largest.unwrap_or(FrameShape::SMALLEST);
    // More slots than frames would only cost memory.
    let slots = options
        .slot_count(item_bytes(largest), 0, threads)
        .min(places.len());
    let reader = Reader {
        places,
        largest,
        ring: Ring::new(slots, threads, Some(places.len())),
    };
    thread::scope(|scope| {
        // The scope waits for its threads, so they are told to stop when `consume` returns early or panics.
        let _stop = reader.ring.stop_on_drop();
        let reader = &reader;
        let started = spawn_workers(scope, options.threads_to_start(threads), move || {
            while reader.read_one() {}
        });
        consume(&mut Frames {
            reader,
            alone: started == 0,
            lent: None,
            next: 0,
        })
    })
}

/// The memory that one frame takes in the ring.
fn item_bytes(shape: FrameShape) -> usize {
    shape.bytes() + size_of::<Option<(Frame, Outcome)>>()
}

#[cfg(test)]
mod tests;
