//! The reading side of a pass: threads that decode frames and convert them for every input.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use oddframe_core::{Error, Frame, FrameShape, FrameSource, FrameStream};

use super::package::{Package, PackagePool};
use super::plan::{Plan, PlannedVideo};
use crate::ReadAhead;
use crate::converter::Converter;

/// Where frames come from.
pub(super) enum Supply<'a> {
    /// Videos with random access: every thread reads.
    Videos(Vec<RandomAccess<'a>>),
    /// One video of unknown length: threads take turns at reading, and convert at the same time.
    Stream(Mutex<&'a mut dyn FrameStream>),
}

/// A video with random access, and the position in the ring at which it ends.
pub(super) struct RandomAccess<'a> {
    pub(super) source: &'a dyn FrameSource,
    pub(super) end: usize,
}

impl Supply<'_> {
    /// The number of all frames, where it is known.
    fn frame_count(&self) -> Option<usize> {
        match self {
            Self::Videos(videos) => Some(videos.last().map_or(0, |video| video.end)),
            Self::Stream(_) => None,
        }
    }
}

/// The largest shape that frames are expected to have, where it is known.
fn largest_shape(planned: &[PlannedVideo]) -> Option<FrameShape> {
    planned
        .iter()
        .filter_map(|video| video.info.shape())
        .max_by_key(|shape| shape.bytes())
}

/// What the reading threads share.
pub(super) struct Reader<'a, 's> {
    supply: Supply<'s>,
    plan: &'a Plan,
    planned: &'a [PlannedVideo],
    pub(super) threads: usize,
    pub(super) pool: PackagePool<'a>,
}

/// The buffers of one reading thread.
pub(super) struct Scratch {
    whole: Frame,
    pub(super) converters: Vec<Converter>,
}

impl<'a, 's> Reader<'a, 's> {
    pub(super) fn new(
        supply: Supply<'s>,
        plan: &'a Plan,
        planned: &'a [PlannedVideo],
        read: ReadAhead,
    ) -> Self {
        let total = supply.frame_count();
        let threads = read.threads_for(total.unwrap_or(usize::MAX));
        let pool = PackagePool::new(plan, largest_shape(planned), total, read, threads);
        Self {
            supply,
            plan,
            planned,
            threads,
            pool,
        }
    }

    /// The number of frames of a planned video; none for a stream.
    pub(super) fn video_frames(&self, place: usize) -> Option<usize> {
        match &self.supply {
            Supply::Videos(videos) => Some(videos[place].end - start_of(videos, place)),
            Supply::Stream(_) => None,
        }
    }

    /// Does not read the frames of a planned video that were not read yet, and discards the others.
    pub(super) fn skip_video(&self, place: usize) {
        if let Supply::Videos(videos) = &self.supply {
            self.pool.ring.skip_to(videos[place].end);
        }
    }

    pub(super) fn new_scratch(&self) -> Result<Scratch, Error> {
        Ok(Scratch {
            whole: Frame::new(self.pool.scratch_shape()),
            converters: self.plan.new_converters()?,
        })
    }

    /// Reads until there is nothing left to read.
    pub(super) fn read_all(&self) {
        // The plan made these converters before, so making them again succeeds.
        let Ok(mut scratch) = self.new_scratch() else {
            return;
        };
        while self.read_one(&mut scratch) {}
    }

    /// Reads and converts the next frame that no other thread has claimed; false when there is none.
    pub(super) fn read_one(&self, scratch: &mut Scratch) -> bool {
        match &self.supply {
            Supply::Videos(videos) => self.read_video_frame(videos, scratch),
            Supply::Stream(stream) => self.read_stream_frame(stream, scratch),
        }
    }

    fn read_video_frame(&self, videos: &[RandomAccess<'_>], scratch: &mut Scratch) -> bool {
        let Some((position, spare)) = self.pool.ring.claim_next() else {
            return false;
        };
        let mut package = spare.unwrap_or_else(|| self.pool.new_package());
        let place = videos.partition_point(|video| video.end <= position);
        let index = position - start_of(videos, place);
        let (source, needed) = (videos[place].source, &self.planned[place].conversions);
        // No lock is held here, so frames are decoded and converted by all threads at once. What a panic leaves half
        // written is overwritten before it is used again.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            with_whole(&mut package, scratch, |whole, package, converters| {
                package.number = source.number_at(index)?;
                source.read_into(index, whole)?;
                package.convert(whole, package.number, converters, needed);
                Ok(())
            })
        }));
        self.pool.ring.put(position, package, outcome);
        true
    }

    fn read_stream_frame(
        &self,
        stream: &Mutex<&mut dyn FrameStream>,
        scratch: &mut Scratch,
    ) -> bool {
        // Frames are claimed and read under one lock: their positions are then the order of the stream.
        let mut stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((position, spare)) = self.pool.ring.claim_next() else {
            return false;
        };
        let mut package = spare.unwrap_or_else(|| self.pool.new_package());
        let read = catch_unwind(AssertUnwindSafe(|| {
            with_whole(&mut package, scratch, |whole, _, _| stream.next_into(whole))
        }));
        match &read {
            Ok(Ok(true) | Err(Error::Read { .. })) => {}
            Ok(Ok(false)) => {
                self.pool.ring.end_at(position);
                return false;
            }
            // Nothing follows a panic or any other error.
            Ok(Err(_)) | Err(_) => self.pool.ring.end_at(position + 1),
        }
        drop(stream);
        let outcome = match read {
            Ok(Ok(_)) => catch_unwind(AssertUnwindSafe(|| {
                let needed = &self.planned[0].conversions;
                with_whole(&mut package, scratch, |whole, package, converters| {
                    package.convert(whole, whole.number(), converters, needed);
                    Ok(())
                })
            })),
            Ok(Err(error)) => {
                if let Error::Read { frame, .. } = &error {
                    package.number = *frame;
                }
                Ok(Err(error))
            }
            Err(panic) => Err(panic),
        };
        self.pool.ring.put(position, package, outcome);
        true
    }
}

/// The position in the ring at which a video begins.
fn start_of(videos: &[RandomAccess<'_>], place: usize) -> usize {
    place.checked_sub(1).map_or(0, |before| videos[before].end)
}

/// Calls `work` with the buffer for the decoded frame: that of the package if it keeps this frame, otherwise that of the
/// thread.
fn with_whole<R>(
    package: &mut Package,
    scratch: &mut Scratch,
    work: impl FnOnce(&mut Frame, &mut Package, &mut [Converter]) -> R,
) -> R {
    match package.whole.take() {
        Some(mut whole) => {
            let result = work(&mut whole, package, &mut scratch.converters);
            package.whole = Some(whole);
            result
        }
        None => work(&mut scratch.whole, package, &mut scratch.converters),
    }
}
