use crate::{Error, Frame, FrameNumber, FrameShape, Video, VideoId};

/// One video to read frames from: a folder, a video file, the synthetic scene, or a repair around another.
///
/// A source is object-safe and shared between threads, so that frames can be read ahead in parallel.
pub trait FrameSource: Send + Sync {
    /// The name, the shape and the frames that exist.
    fn video(&self) -> &Video;

    /// Reads the frame at `index` (a position in [`Self::numbers`], not a frame number) into `out`.
    ///
    /// `out` may have any shape before; afterwards it has the frame's number and the frame's own shape. That is usually
    /// the video's, but a folder may hold a gray image among colour images, or an image of another size.
    ///
    /// # Errors
    /// When the index does not exist or the frame cannot be read; the error names video and frame.
    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error>;

    /// The frame rate, where the video knows it: files do, folders of images do not.
    fn frames_per_second(&self) -> Option<f64> {
        None
    }

    /// The video's name.
    fn id(&self) -> &VideoId {
        self.video().id()
    }

    /// The size and format that most frames have; see [`Self::read_into`] about the others.
    fn shape(&self) -> FrameShape {
        self.video().shape()
    }

    /// Which frames exist, in order.
    fn numbers(&self) -> &[FrameNumber] {
        self.video().numbers()
    }

    /// Reads a frame into new memory.
    ///
    /// # Errors
    /// As [`Self::read_into`].
    fn read(&self, index: usize) -> Result<Frame, Error> {
        let mut frame = Frame::new(self.shape());
        self.read_into(index, &mut frame)?;
        Ok(frame)
    }

    /// The number of the frame at `index`.
    ///
    /// # Errors
    /// When the index does not exist.
    fn number_at(&self, index: usize) -> Result<FrameNumber, Error> {
        self.numbers()
            .get(index)
            .copied()
            .ok_or_else(|| Error::NoSuchIndex {
                video: self.id().clone(),
                index,
                len: self.numbers().len(),
            })
    }
}

impl<S: FrameSource + ?Sized> FrameSource for &S {
    fn video(&self) -> &Video {
        (**self).video()
    }
    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        (**self).read_into(index, out)
    }
    fn frames_per_second(&self) -> Option<f64> {
        (**self).frames_per_second()
    }
}

impl<S: FrameSource + ?Sized> FrameSource for Box<S> {
    fn video(&self) -> &Video {
        (**self).video()
    }
    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        (**self).read_into(index, out)
    }
    fn frames_per_second(&self) -> Option<f64> {
        (**self).frames_per_second()
    }
}

impl<S: FrameSource + ?Sized> FrameSource for std::sync::Arc<S> {
    fn video(&self) -> &Video {
        (**self).video()
    }
    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        (**self).read_into(index, out)
    }
    fn frames_per_second(&self) -> Option<f64> {
        (**self).frames_per_second()
    }
}
