use std::fmt;
use std::num::NonZero;
use std::thread;

use oddframe_core::{Error, Frame, FrameSource};

mod pipe;

use pipe::Pipe;

/// Memory for frames read ahead where nothing else is asked for: about ninety of 640x360 RGB.
const BUDGET_BYTES: usize = 64 << 20;

/// How far ahead frames are read, and by how many threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadAhead {
    threads: usize,
    budget_bytes: usize,
}

impl Default for ReadAhead {
    fn default() -> Self {
        Self::new()
    }
}

impl ReadAhead {
    /// A thread for each core, and 64 MiB of frames.
    pub const fn new() -> Self {
        Self { threads: 0, budget_bytes: BUDGET_BYTES }
    }

    /// How many threads read; 0 is one for each core.
    #[must_use]
    pub const fn with_threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// How much memory frames may take, the one in the consumer's hands included.
    ///
    /// Below one frame for each thread and one for the consumer nothing could be read ahead: that many there
    /// always are.
    #[must_use]
    pub const fn with_budget_bytes(self, budget_bytes: usize) -> Self {
        Self { budget_bytes, ..self }
    }

    fn threads(self) -> usize {
        match self.threads {
            0 => thread::available_parallelism().map_or(1, NonZero::get),
            threads => threads,
        }
    }
}

/// One frame to read: of which video, at which index.
#[derive(Clone, Copy)]
pub struct FramePlace<'a> {
    /// The video.
    pub source: &'a dyn FrameSource,
    /// The position in its [`numbers`](FrameSource::numbers).
    pub index: usize,
}

impl fmt::Debug for FramePlace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FramePlace({}, index {})", self.source.id(), self.index)
    }
}

/// A frame that was read ahead, until the next one is asked for.
#[derive(Debug)]
pub struct LentFrame<'a> {
    /// Which one it is.
    pub place: FramePlace<'a>,
    /// The frame. Who wants to keep it clones it, or swaps another one in.
    pub frame: &'a mut Frame,
}

/// Frames in the order in which they were asked for, however many threads read them.
#[derive(Debug)]
pub struct Frames<'a> {
    pipe: &'a Pipe<'a>,
    alone: bool,
    lent: Option<Frame>,
    next: usize,
}

impl Frames<'_> {
    /// The next frame, or the error that reading it gave; `None` behind the last.
    ///
    /// An error takes its frame's place, and the frames behind it follow: whether to stop is the caller's
    /// choice.
    ///
    /// # Panics
    /// When the source panicked at this frame: its panic goes on here.
    pub fn next_frame(&mut self) -> Option<Result<LentFrame<'_>, Error>> {
        if let Some(frame) = self.lent.take() {
            self.pipe.give_back(frame);
        }
        let place = *self.pipe.places().get(self.next)?;
        if self.alone {
            self.pipe.read_one();
        }
        let (frame, read) = self.pipe.take(self.next);
        self.next += 1;
        let frame = self.lent.insert(frame);
        match read {
            Ok(result) => Some(result.map(|()| LentFrame { place, frame })),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// How many frames are still to come.
    pub fn remaining(&self) -> usize {
        self.pipe.places().len() - self.next
    }
}

/// Reads a video's frames ahead with several threads, and hands them to `consume` in order.
///
/// Memory is bounded by the budget, whatever the length of the video, and frames are recycled. When `consume`
/// returns early the threads stop after the frame in hand.
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
///     while let Some(lent) = frames.next_frame() {
///         numbers.push(lent?.frame.number());
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

/// Reads several videos one after the other, as [`read_ahead`] does one: the end of a video does not let the
/// threads run dry.
///
/// # Panics
/// When `consume` panics.
pub fn read_ahead_all<R>(
    sources: &[&dyn FrameSource],
    options: ReadAhead,
    consume: impl FnOnce(&mut Frames<'_>) -> R,
) -> R {
    let frames =
        |source| (0..FrameSource::numbers(source).len()).map(move |index| FramePlace { source, index });
    let places: Vec<_> = sources.iter().copied().flat_map(frames).collect();
    read_ahead_places(&places, options, consume)
}

/// Reads any frames of any videos, in the order of `places`, as [`read_ahead`] does all of one.
///
/// # Panics
/// When `consume` panics.
pub fn read_ahead_places<R>(
    places: &[FramePlace<'_>],
    options: ReadAhead,
    consume: impl FnOnce(&mut Frames<'_>) -> R,
) -> R {
    let threads = options.threads().min(places.len());
    let pipe = Pipe::new(places, threads, options.budget_bytes);
    thread::scope(|scope| {
        let _stop = pipe.stop_at_the_end();
        let start = || thread::Builder::new().spawn_scoped(scope, || pipe.work()).is_ok();
        let started = (0..threads).filter(|_| start()).count();
        // Where the system gives no thread at all, the consumer's reads the frames as it asks for them.
        consume(&mut Frames { pipe: &pipe, alone: started == 0, lent: None, next: 0 })
    })
}

#[cfg(test)]
mod tests;
