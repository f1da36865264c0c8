mod recent;

use oddframe_core::{Error, FirstFrame, Frame, FrameSource, Video, available_threads};

use self::recent::Recent;

/// The difference between each frame and the one before, `|I_t - I_(t-1)|`, byte by byte, for random access.
///
/// The frame before is the one before in the video, also across a gap in the numbers. The frames that were read last are
/// kept, so reading in order, from one thread or several, reads each frame of the source about once.
///
/// ```
/// # use oddframe_core::{Error, Frame, FrameNumber, FrameShape, PixelFormat, Video};
/// use oddframe_core::{FirstFrame, FrameSource};
/// use oddframe_frames::Difference;
/// # struct Ramp(Video);
/// # impl FrameSource for Ramp {
/// #     fn video(&self) -> &Video { &self.0 }
/// #     fn read_into(&self, i: usize, out: &mut Frame) -> Result<(), Error> {
/// #         out.reset(self.shape(), self.number_at(i)?);
/// #         out.pixels_mut().fill(10 * i as u8);
/// #         Ok(())
/// #     }
/// # }
/// # let shape = FrameShape::new(2, 1, PixelFormat::Gray)?;
/// # let source = Ramp(Video::new("01".into(), shape, (0..5).map(FrameNumber).collect())?);
/// // Each frame of this source is brighter by 10 than the one before.
/// let difference = Difference::new(source, FirstFrame::Drop)?;
/// assert_eq!(difference.numbers().len(), 4);
/// assert_eq!(difference.read(0)?.pixels(), [10, 10]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
        let video = source.video();
        if video.len() < 2 && first != FirstFrame::Zero {
            return Err(crate::Error::SingleFrame {
                video: video.id().clone(),
                frame: video.numbers()[0],
            });
        }
        let video = match first {
            FirstFrame::Zero | FirstFrame::Next => video.clone(),
            FirstFrame::Drop => Video::new(
                video.id().clone(),
                video.shape(),
                video.numbers()[1..].to_vec(),
            )?,
        };
        // The number of threads that read ahead by default.
        let recent = Recent::new(source.shape(), available_threads());
        Ok(Self {
            source,
            video,
            first,
            recent,
        })
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
        // The index of the later of the two frames in the source.
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
        // One frame at a time, because a thread that held one while it waited for another could block a second thread.
        let before = self.recent.with_frame(&self.source, now - 1, |frame| {
            out.reset(frame.shape(), number);
            out.pixels_mut().copy_from_slice(frame.pixels());
            frame.borrowed_from()
        })?;
        let (shape, own, after) = self.recent.with_frame(&self.source, now, |frame| {
            for (out, value) in out.pixels_mut().iter_mut().zip(frame.pixels()) {
                *out = out.abs_diff(*value);
            }
            (frame.shape(), frame.number(), frame.borrowed_from())
        })?;
        if shape != out.shape() {
            let (video, expected) = (self.id().clone(), out.shape());
            return Err(Error::MixedShapes {
                video,
                frame: own,
                path: None,
                expected,
                found: shape,
            });
        }
        // The difference of borrowed pixels is borrowed, and so is the first one under `FirstFrame::Next`.
        let other = (own != number).then_some(own);
        if let Some(donor) = after.or(before).or(other) {
            out.lend_to(number, donor);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
