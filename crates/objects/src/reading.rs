use oddframe_core::{Frame, FrameShape, FrameSource, PixelFormat, VideoId};

use crate::Error;
use crate::image::Shrinker;

/// The size that the frames of a video are analysed in.
pub(crate) fn analysed_shape(source: &dyn FrameSource) -> Result<FrameShape, Error> {
    let shape = source.shape();
    let (width, height) = Shrinker::size(shape.width(), shape.height());
    Ok(FrameShape::new(width, height, PixelFormat::Gray)?)
}

/// Refuses frames of another size than the training's.
pub(crate) fn check_frame(
    video: &VideoId,
    frame: &Frame,
    (width, height): (usize, usize),
) -> Result<(), Error> {
    let found = frame.shape();
    if (found.width(), found.height()) != (width, height) {
        return Err(Error::FrameSize {
            video: video.clone(),
            width,
            height,
            found_width: found.width(),
            found_height: found.height(),
        });
    }
    Ok(())
}

/// Reads a frame and shrinks it to the size it is analysed in.
pub(crate) fn read_shrunk(
    source: &dyn FrameSource,
    index: usize,
    shape: FrameShape,
) -> Result<Frame, Error> {
    let frame = source.read(index)?;
    let own = source.shape();
    check_frame(source.id(), &frame, (own.width(), own.height()))?;
    shrink(&frame, shape)
}

/// Shrinks a frame to the size it is analysed in.
pub(crate) fn shrink(frame: &Frame, shape: FrameShape) -> Result<Frame, Error> {
    let mut pixels = Vec::with_capacity(shape.bytes());
    Shrinker::default().shrink_into(frame, &mut pixels);
    let mut out = Frame::from_pixels(shape, frame.number(), pixels)?;
    out.relabel(frame.number(), frame.borrowed_from());
    Ok(out)
}
