use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use oddframe_core::{Error, Frame, FrameNumber, FrameSource, Video};

/// One frame that could not be read, and which one stood in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Substitute {
    /// The frame that could not be read.
    pub frame: FrameNumber,
    /// Whose pixels it shows.
    pub donor: FrameNumber,
    /// Why it could not be read.
    pub error: String,
}

/// A source whose unreadable frames show the pixels of the nearest readable one.
///
/// Nearest is by position; of two equally near frames the earlier. A frame of another size than the video's
/// counts as unreadable. Such frames are tried once, say [whose pixels they are](Frame::borrowed_from), and are
/// listed by [`Mended::substitutes`].
#[derive(Debug)]
pub struct Mended<S> {
    source: S,
    /// The frames that cannot be read, by index.
    bad: Mutex<BTreeMap<usize, Bad>>,
}

#[derive(Debug)]
struct Bad {
    error: String,
    /// The index of the frame that stands in, once it was looked for.
    donor: Option<usize>,
}

impl<S: FrameSource> Mended<S> {
    /// Mends a source.
    pub fn new(source: S) -> Self {
        Self { source, bad: Mutex::default() }
    }

    /// The source of the frames.
    pub fn source(&self) -> &S {
        &self.source
    }

    /// The frames that others stood in for so far, by number.
    pub fn substitutes(&self) -> Vec<Substitute> {
        let substitute = |(index, bad): (&usize, &Bad)| {
            let number = |index: usize| self.source.numbers().get(index).copied();
            Some(Substitute { frame: number(*index)?, donor: number(bad.donor?)?, error: bad.error.clone() })
        };
        self.bad().iter().filter_map(substitute).collect()
    }

    fn bad(&self) -> MutexGuard<'_, BTreeMap<usize, Bad>> {
        self.bad.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the frame could be read; when not, this is remembered and the frame never tried again.
    fn try_read(&self, index: usize, out: &mut Frame) -> Result<bool, Error> {
        if self.bad().contains_key(&index) {
            return Ok(false);
        }
        let error = match self.source.read_into(index, out) {
            Ok(()) if out.shape() == self.shape() => return Ok(true),
            Ok(()) => Error::MixedShapes {
                video: self.id().clone(),
                frame: out.number(),
                path: None,
                expected: self.shape(),
                found: out.shape(),
            },
            // Nothing is wrong with the frame.
            Err(Error::Interrupted) => return Err(Error::Interrupted),
            Err(error) => error,
        };
        self.bad().insert(index, Bad { error: error.to_string(), donor: None });
        Ok(false)
    }

    /// Reads the frame that stands in for a bad one, and gives its index.
    fn read_nearest(&self, index: usize, out: &mut Frame) -> Result<Option<usize>, Error> {
        let known = self.bad().get(&index).and_then(|b| b.donor);
        let frames = self.numbers().len();
        let by_distance = (1..frames).flat_map(|far| [index.checked_sub(far), index.checked_add(far)]);
        for donor in known.into_iter().chain(by_distance.flatten().filter(|i| *i < frames)) {
            if self.try_read(donor, out)? {
                return Ok(Some(donor));
            }
        }
        Ok(None)
    }
}

impl<S: FrameSource> FrameSource for Mended<S> {
    fn video(&self) -> &Video {
        self.source.video()
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        let number = self.number_at(index)?;
        if self.try_read(index, out)? {
            return Ok(());
        }
        let donor = self.read_nearest(index, out)?;
        let mut all = self.bad();
        let frames = all.len();
        if let (Some(bad), Some(donor)) = (all.get_mut(&index), donor) {
            bad.donor = Some(donor);
            // The donor may itself show another frame's pixels.
            out.lend_to(number, out.borrowed_from().unwrap_or(out.number()));
            return Ok(());
        }
        let first = all.values().next().map(|b| b.error.clone()).unwrap_or_default();
        Err(Error::Read {
            video: self.id().clone(),
            frame: number,
            path: None,
            source: Box::new(crate::Error::NoneReadable { frames, source: first.into() }),
        })
    }
}

#[cfg(test)]
mod tests;
