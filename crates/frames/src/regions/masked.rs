use oddframe_core::{
    Error as CoreError, Frame, FrameShape, FrameSource, FrameStream, Mask, StreamInfo, Video,
    VideoId,
};

use super::set::Regions;
use crate::Error;

/// What ignored pixels are painted with, in every channel: the middle gray. The edge of a painted area against the picture is then
/// never stronger than half of the range, whatever is beside it.
const PAINT: u8 = 128;

/// A video whose ignored pixels are painted with one constant gray.
///
/// Nothing moves or changes in a painted area, so that every system learns it as normal and finds it normal. Systems that
/// compute something for each pixel still do so there, and what moves across the edge is cut off at it.
///
/// ```
/// # use oddframe_core::{Error, Frame, FrameNumber, FrameShape, PixelFormat, Video};
/// use oddframe_core::FrameSource;
/// use oddframe_frames::{Masked, Region, Regions};
/// # struct Black(Video);
/// # impl FrameSource for Black {
/// #     fn video(&self) -> &Video { &self.0 }
/// #     fn read_into(&self, i: usize, out: &mut Frame) -> Result<(), Error> {
/// #         out.reset(self.shape(), self.number_at(i)?);
/// #         out.pixels_mut().fill(0);
/// #         Ok(())
/// #     }
/// # }
/// # let shape = FrameShape::new(4, 1, PixelFormat::Gray)?;
/// # let black = Black(Video::new("01".into(), shape, vec![FrameNumber(0)])?);
/// let right = Region::new("right", vec![[0.5, 0.0], [1.0, 0.0], [1.0, 1.0], [0.5, 1.0]]);
/// let masked = Masked::new(black, &Regions::new(vec![right], Vec::new())?)?;
/// assert_eq!(masked.read(0)?.pixels(), [0, 0, 128, 128]);
/// # Ok::<(), oddframe_frames::Error>(())
/// ```
#[derive(Debug)]
pub struct Masked<S> {
    source: S,
    painter: Painter,
    /// For the shape of the video.
    mask: Mask,
}

impl<S: FrameSource> Masked<S> {
    /// Paints what `regions` ignore in this video.
    ///
    /// # Errors
    /// When no pixel of the picture is left.
    pub fn new(source: S, regions: &Regions) -> Result<Self, Error> {
        let id = source.id().clone();
        Self::in_place_of(source, &id, regions)
    }

    /// Paints what `regions` ignore in the video `original`, which this one was made from.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn in_place_of(source: S, original: &VideoId, regions: &Regions) -> Result<Self, Error> {
        let painter = Painter {
            regions: regions.clone(),
            id: original.clone(),
        };
        let mask = painter.mask(source.shape())?;
        Ok(Self {
            source,
            painter,
            mask,
        })
    }

    /// The pixels that are ignored, in frames of the shape of the video.
    pub fn ignored(&self) -> &Mask {
        &self.mask
    }
}

impl<S: FrameSource> FrameSource for Masked<S> {
    fn video(&self) -> &Video {
        self.source.video()
    }

    fn frames_per_second(&self) -> Option<f64> {
        self.source.frames_per_second()
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), CoreError> {
        self.source.read_into(index, out)?;
        if has_size(&self.mask, out.shape()) {
            paint(&self.mask, out);
        } else {
            // A folder may hold images of other sizes.
            let mask = self.painter.mask(out.shape());
            paint(
                &mask.map_err(|error| unreadable(&self.painter.id, out, error))?,
                out,
            );
        }
        Ok(())
    }
}

/// A [`FrameStream`] whose ignored pixels are painted, as [`Masked`] paints them.
#[derive(Debug)]
pub struct MaskedStream<S> {
    stream: S,
    painter: Painter,
    /// For the shape of the last frame.
    mask: Option<Mask>,
}

impl<S: FrameStream> MaskedStream<S> {
    /// Paints what `regions` ignore in this video.
    ///
    /// # Errors
    /// When no pixel of the picture is left. Where the size is not known before the first frame, that frame gives the
    /// error.
    pub fn new(stream: S, regions: &Regions) -> Result<Self, Error> {
        let painter = Painter {
            regions: regions.clone(),
            id: stream.info().id().clone(),
        };
        let shape = stream.info().shape();
        let mask = shape.map(|shape| painter.mask(shape)).transpose()?;
        Ok(Self {
            stream,
            painter,
            mask,
        })
    }
}

impl<S: FrameStream> FrameStream for MaskedStream<S> {
    fn info(&self) -> &StreamInfo {
        self.stream.info()
    }

    fn next_into(&mut self, out: &mut Frame) -> Result<bool, CoreError> {
        if !self.stream.next_into(out)? {
            return Ok(false);
        }
        let mask = match self.mask.take() {
            Some(mask) if has_size(&mask, out.shape()) => mask,
            _ => {
                let mask = self.painter.mask(out.shape());
                mask.map_err(|error| unreadable(&self.painter.id, out, error))?
            }
        };
        paint(&mask, out);
        self.mask = Some(mask);
        Ok(true)
    }
}

/// The regions of one video.
#[derive(Debug)]
struct Painter {
    regions: Regions,
    id: VideoId,
}

impl Painter {
    /// The ignored pixels of a frame of this shape; an error when nothing else is left.
    fn mask(&self, shape: FrameShape) -> Result<Mask, Error> {
        let (width, height) = (shape.width(), shape.height());
        let mask = self.regions.ignored(&self.id, width, height)?;
        if mask.count() == width * height {
            let names = self.regions.of_video(&self.id);
            let names: Vec<&str> = names.map(|region| region.name.as_str()).collect();
            return Err(Error::NothingLeft {
                video: self.id.clone(),
                width,
                height,
                regions: names.join(", "),
                advice: if self.regions.is_mirrored() {
                    ". Because the flip repair may turn a frame over, the mirror image of each region, top to bottom, is ignored \
                     too; leave the repair out of the recipe where no frame is upside down"
                } else {
                    ""
                },
            });
        }
        Ok(mask)
    }
}

fn has_size(mask: &Mask, shape: FrameShape) -> bool {
    (mask.width(), mask.height()) == (shape.width(), shape.height())
}

fn paint(mask: &Mask, frame: &mut Frame) {
    let channels = frame.shape().channels();
    for (start, length) in mask.runs() {
        frame.pixels_mut()[start * channels..][..length * channels].fill(PAINT);
    }
}

fn unreadable(video: &VideoId, frame: &Frame, error: Error) -> CoreError {
    CoreError::Read {
        video: video.clone(),
        frame: frame.number(),
        path: None,
        source: error.into(),
    }
}
