use std::fmt;

use crate::{FrameNumber, FrameSource};

/// A video that is known to be normal, wholly or in a range of its frames.
///
/// The frames outside the range still say what the scene looks like; only those in it are taken as normal.
///
/// ```
/// # use oddframe_core::{Error, Frame, FrameShape, FrameSource, PixelFormat, Video};
/// use oddframe_core::{FrameNumber, NormalPart};
/// # struct Black(Video);
/// # impl FrameSource for Black {
/// #     fn video(&self) -> &Video { &self.0 }
/// #     fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
/// #         out.reset(self.shape(), self.number_at(index)?);
/// #         Ok(())
/// #     }
/// # }
/// # let shape = FrameShape::new(8, 8, PixelFormat::Gray)?;
/// # let video = Black(Video::new("01".into(), shape, (0..9).map(FrameNumber).collect())?);
/// let part = NormalPart::whole(&video).between(FrameNumber(3), FrameNumber(5));
/// assert_eq!(part.positions(), 3..6);
/// assert!(part.between(FrameNumber(20), FrameNumber(30)).positions().is_empty());
/// # Ok::<(), oddframe_core::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct NormalPart<'a> {
    video: &'a dyn FrameSource,
    first: FrameNumber,
    last: FrameNumber,
}

impl<'a> NormalPart<'a> {
    /// All frames of a video.
    pub fn whole(video: &'a dyn FrameSource) -> Self {
        Self {
            video,
            first: FrameNumber(0),
            last: FrameNumber(u64::MAX),
        }
    }

    /// The frames with numbers from `first` to `last`, both included.
    #[must_use]
    pub fn between(self, first: FrameNumber, last: FrameNumber) -> Self {
        Self {
            first,
            last,
            ..self
        }
    }

    /// The same range of another video, such as this one prepared for a system.
    #[must_use]
    pub fn of<'b>(&self, video: &'b dyn FrameSource) -> NormalPart<'b> {
        NormalPart {
            video,
            first: self.first,
            last: self.last,
        }
    }

    /// The video.
    pub fn video(&self) -> &'a dyn FrameSource {
        self.video
    }

    /// The positions of the frames in the range.
    pub fn positions(&self) -> std::ops::Range<usize> {
        let numbers = self.video.numbers();
        let start = numbers.partition_point(|number| *number < self.first);
        let end = numbers.partition_point(|number| *number <= self.last);
        start..end.max(start)
    }
}

impl fmt::Debug for NormalPart<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NormalPart")
            .field("video", self.video.id())
            .field("first", &self.first)
            .field("last", &self.last)
            .finish()
    }
}
