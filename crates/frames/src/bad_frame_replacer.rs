use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use oddframe_core::{Error, Frame, FrameNumber, FrameSource, Video};

/// A frame that could not be read, and the frame that is shown in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Substitute {
    /// The frame that could not be read.
    pub frame: FrameNumber,
    /// The frame whose pixels it shows.
    pub donor: FrameNumber,
    /// Why it could not be read.
    pub error: String,
}

/// A source that shows the nearest readable frame in place of each unreadable one, with random access.
///
/// The nearest frame is the nearest by position; of two equally near frames it is the earlier. A frame counts as unreadable
/// when reading it gives [`Error::Read`]; other errors are passed on. Unreadable frames are tried once. A replaced frame names
/// the [frame whose pixels it shows](Frame::borrowed_from), and [`BadFrameReplacer::substitutes`] lists all of them.
/// A [`FramePass`](crate::FramePass) with [`BadFrames::Nearest`](crate::BadFrames::Nearest) does the same for a stream.
///
/// ```
/// # use oddframe_core::{Error, Frame, FrameNumber, FrameShape, PixelFormat, Video};
/// use oddframe_core::FrameSource;
/// use oddframe_frames::BadFrameReplacer;
/// # struct Torn(Video);
/// # impl FrameSource for Torn {
/// #     fn video(&self) -> &Video { &self.0 }
/// #     fn read_into(&self, i: usize, out: &mut Frame) -> Result<(), Error> {
/// #         let (frame, video) = (self.number_at(i)?, self.id().clone());
/// #         if i == 2 { return Err(Error::Read { video, frame, path: None, source: "the file is torn".into() }); }
/// #         out.reset(self.shape(), frame);
/// #         Ok(())
/// #     }
/// # }
/// # let shape = FrameShape::new(4, 4, PixelFormat::Gray)?;
/// # let source = Torn(Video::new("01".into(), shape, (0..5).map(FrameNumber).collect())?);
/// // Frame 2 of this source cannot be read.
/// let replaced = BadFrameReplacer::new(source);
/// assert_eq!(replaced.read(2)?.borrowed_from(), Some(FrameNumber(1)));
/// assert_eq!(replaced.substitutes()[0].frame, FrameNumber(2));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct BadFrameReplacer<S> {
    source: S,
    /// The unreadable frames that were met so far, by index.
    bad: Mutex<BTreeMap<usize, BadFrame>>,
}

#[derive(Debug)]
struct BadFrame {
    error: String,
    /// The index of the frame that replaces it, once that was searched.
    donor: Option<usize>,
}

impl<S: FrameSource> BadFrameReplacer<S> {
    /// Replaces the unreadable frames of a source.
    pub fn new(source: S) -> Self {
        Self {
            source,
            bad: Mutex::default(),
        }
    }

    /// The source of the frames.
    pub fn source(&self) -> &S {
        &self.source
    }

    /// The frames that were replaced so far, in order.
    pub fn substitutes(&self) -> Vec<Substitute> {
        let numbers = self.source.numbers();
        let bad = self.lock_bad();
        let replaced = bad
            .iter()
            .filter_map(|(index, bad)| Some((*index, bad.donor?, &bad.error)));
        replaced
            .map(|(index, donor, error)| Substitute {
                frame: numbers[index],
                donor: numbers[donor],
                error: error.clone(),
            })
            .collect()
    }

    fn lock_bad(&self) -> MutexGuard<'_, BTreeMap<usize, BadFrame>> {
        self.bad.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the frame could be read. When not, this is remembered and the frame is never tried again.
    fn try_read(&self, index: usize, out: &mut Frame) -> Result<bool, Error> {
        if self.lock_bad().contains_key(&index) {
            return Ok(false);
        }
        match self.source.read_into(index, out) {
            Ok(()) => Ok(true),
            Err(error @ Error::Read { .. }) => {
                self.lock_bad().insert(
                    index,
                    BadFrame {
                        error: error.to_string(),
                        donor: None,
                    },
                );
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Reads the replacement of an unreadable frame and returns its index, or `None` if no frame can be read.
    fn read_nearest(&self, index: usize, out: &mut Frame) -> Result<Option<usize>, Error> {
        // A donor that an earlier call found is tried first, so that a frame that is read again needs no search.
        let known = self.lock_bad().get(&index).and_then(|bad| bad.donor);
        let frames = self.numbers().len();
        // At each distance the earlier frame comes first.
        let by_distance =
            (1..frames).flat_map(|far| [index.checked_sub(far), index.checked_add(far)]);
        for donor in known
            .into_iter()
            .chain(by_distance.flatten().filter(|donor| *donor < frames))
        {
            if self.try_read(donor, out)? {
                return Ok(Some(donor));
            }
        }
        Ok(None)
    }
}

impl<S: FrameSource> FrameSource for BadFrameReplacer<S> {
    fn video(&self) -> &Video {
        self.source.video()
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        let number = self.number_at(index)?;
        if self.try_read(index, out)? {
            return Ok(());
        }
        let donor = self.read_nearest(index, out)?;
        let mut all_bad = self.lock_bad();
        let frames = all_bad.len();
        if let (Some(bad), Some(donor)) = (all_bad.get_mut(&index), donor) {
            bad.donor = Some(donor);
            // The donor may itself show the pixels of another frame.
            out.lend_to(number, out.borrowed_from().unwrap_or(out.number()));
            out.set_time(None);
            return Ok(());
        }
        let first = all_bad
            .values()
            .next()
            .map(|bad| bad.error.clone())
            .unwrap_or_default();
        Err(Error::Read {
            video: self.id().clone(),
            frame: number,
            path: None,
            source: Box::new(crate::Error::NoneReadable {
                frames,
                source: first.into(),
            }),
        })
    }
}

#[cfg(test)]
mod tests;
