use crate::{Error, Frame, FrameShape, FrameSource, Video, VideoId};

/// What is known of a video before its frames are read.
///
/// A folder of images knows how many frames it has; a camera knows neither their number nor when it ends.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamInfo {
    id: VideoId,
    shape: Option<FrameShape>,
    frames: Option<usize>,
    runs: Option<Vec<usize>>,
    frames_per_second: Option<f64>,
}

impl StreamInfo {
    /// A video of which only the name is known.
    pub fn new(id: VideoId) -> Self {
        Self {
            id,
            shape: None,
            frames: None,
            runs: None,
            frames_per_second: None,
        }
    }

    /// States the size and format that most frames have.
    #[must_use]
    pub fn with_shape(self, shape: FrameShape) -> Self {
        Self {
            shape: Some(shape),
            ..self
        }
    }

    /// States the exact number of frames.
    #[must_use]
    pub fn with_frames(self, frames: usize) -> Self {
        Self {
            frames: Some(frames),
            ..self
        }
    }

    /// States how many frames follow each other between gaps in the frame numbers, in order. Their sum is the number of
    /// frames.
    #[must_use]
    pub fn with_runs(self, runs: Vec<usize>) -> Self {
        Self {
            frames: Some(runs.iter().sum()),
            runs: Some(runs),
            ..self
        }
    }

    /// States the frame rate.
    #[must_use]
    pub fn with_frames_per_second(self, frames_per_second: f64) -> Self {
        Self {
            frames_per_second: Some(frames_per_second),
            ..self
        }
    }

    /// The name of the video.
    pub fn id(&self) -> &VideoId {
        &self.id
    }

    /// The size and format that most frames have, where known.
    pub fn shape(&self) -> Option<FrameShape> {
        self.shape
    }

    /// The number of frames, where known.
    pub fn frames(&self) -> Option<usize> {
        self.frames
    }

    /// How many frames follow each other between gaps, where known.
    pub fn runs(&self) -> Option<&[usize]> {
        self.runs.as_deref()
    }

    /// The frame rate, where known.
    pub fn frames_per_second(&self) -> Option<f64> {
        self.frames_per_second
    }
}

impl From<&Video> for StreamInfo {
    fn from(video: &Video) -> Self {
        let runs = video
            .numbers()
            .chunk_by(|before, after| before.0 + 1 == after.0)
            .map(<[_]>::len)
            .collect();
        Self::new(video.id().clone())
            .with_shape(video.shape())
            .with_runs(runs)
    }
}

/// One video, read front to back: a video file, a camera, or a [`FrameSource`] through [`SourceStream`].
///
/// Scoring consumes streams, so it works where the end of a video is not known beforehand.
pub trait FrameStream: Send {
    /// What is known of the video before its frames are read.
    fn info(&self) -> &StreamInfo;

    /// Reads the next frame into `out`; false at the end of the video. Frame numbers rise strictly.
    ///
    /// # Errors
    /// [`Error::Read`] when this frame cannot be read: the stream continues with the frame after it. Any other error
    /// ends the stream.
    fn next_into(&mut self, out: &mut Frame) -> Result<bool, Error>;
}

/// Reads a [`FrameSource`] front to back.
///
/// ```
/// # use oddframe_core::{Error, Frame, FrameNumber, FrameShape, FrameSource, PixelFormat, Video};
/// use oddframe_core::{FrameStream, SourceStream};
/// # struct Black(Video);
/// # impl FrameSource for Black {
/// #     fn video(&self) -> &Video { &self.0 }
/// #     fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
/// #         out.reset(self.shape(), self.number_at(index)?);
/// #         Ok(())
/// #     }
/// # }
/// # let shape = FrameShape::new(4, 4, PixelFormat::Gray)?;
/// # let source = Black(Video::new("01".into(), shape, [FrameNumber(3), FrameNumber(5)].to_vec())?);
/// let mut stream = SourceStream::new(&source);
/// let mut frame = Frame::new(source.shape());
/// let mut numbers = Vec::new();
/// while stream.next_into(&mut frame)? {
///     numbers.push(frame.number());
/// }
/// assert_eq!(numbers, source.numbers());
/// # Ok::<(), oddframe_core::Error>(())
/// ```
#[derive(Debug)]
pub struct SourceStream<S> {
    source: S,
    info: StreamInfo,
    next: usize,
}

impl<S: FrameSource> SourceStream<S> {
    /// Starts at the first frame of `source`.
    pub fn new(source: S) -> Self {
        let info = StreamInfo::from(source.video());
        Self {
            source,
            info,
            next: 0,
        }
    }
}

impl<S: FrameSource> FrameStream for SourceStream<S> {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn next_into(&mut self, out: &mut Frame) -> Result<bool, Error> {
        if self.next == self.source.numbers().len() {
            return Ok(false);
        }
        let index = self.next;
        self.next += 1;
        self.source.read_into(index, out).map(|()| true)
    }
}
