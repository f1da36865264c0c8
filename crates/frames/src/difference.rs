mod recent;

use std::num::NonZero;
use std::thread::available_parallelism;

use oddframe_core::{Error, FirstFrame, Frame, FrameSource, Video};

use self::recent::Recent;

/// How each frame differs from the one before: `|I_t - I_(t-1)|`, byte by byte.
///
/// The frame before is the one before in the video, also across a gap in the numbers. The frames read last are
/// kept, so that reading in order, from one thread or several, reads each frame of the source about once.
#[derive(Debug)]
pub struct Difference<S> {
    source: S,
    video: Video,
    first: FirstFrame,
    recent: Recent,
}

impl<S: FrameSource> Difference<S> {
    /// The differences of a source.
    ///
    /// # Errors
    /// When the source has a single frame and the policy is not [`FirstFrame::Zero`].
    pub fn new(source: S, first: FirstFrame) -> Result<Self, crate::Error> {
        let (video, numbers) = (source.video(), source.numbers());
        let single = || crate::Error::SingleFrame { video: video.id().clone(), frame: numbers[0] };
        if numbers.len() < 2 && first != FirstFrame::Zero {
            return Err(single());
        }
        let video = match first {
            FirstFrame::Zero | FirstFrame::Next => video.clone(),
            FirstFrame::Drop => {
                Video::new(video.id().clone(), video.shape(), numbers[1..].to_vec()).map_err(|_| single())?
            }
        };
        // As many as read ahead where nothing else is asked for.
        let threads = available_parallelism().map_or(1, NonZero::get);
        let recent = Recent::new(source.shape(), threads);
        Ok(Self { source, video, first, recent })
    }

    /// The source of the frames.
    pub fn source(&self) -> &S {
        &self.source
    }
}

impl<S: FrameSource> FrameSource for Difference<S> {
    fn video(&self) -> &Video {
        &self.video
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        let number = self.number_at(index)?;
        let now = match (self.first, index) {
            (FirstFrame::Drop, _) => index + 1,
            (FirstFrame::Zero, 0) => {
                out.reset(self.shape(), number);
                out.pixels_mut().fill(0);
                return Ok(());
            }
            (FirstFrame::Next, 0) => 1,
            _ => index,
        };
        let before = self.recent.with(&self.source, now - 1, |frame| {
            out.reset(frame.shape(), number);
            out.pixels_mut().copy_from_slice(frame.pixels());
            frame.borrowed_from()
        })?;
        let (own, after) = self.recent.with(&self.source, now, |frame| {
            for (out, value) in out.pixels_mut().iter_mut().zip(frame.pixels()) {
                *out = out.abs_diff(*value);
            }
            (frame.number(), frame.borrowed_from())
        })?;
        let other = (own != number).then_some(own);
        if let Some(donor) = after.or(before).or(other) {
            out.lend_to(number, donor);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
