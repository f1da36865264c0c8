use oddframe_core::{Error, Frame, FrameSource, PixelFormat};
use oddframe_frames::{LentFrame, Prepare, ReadAhead, Scale, read_ahead};
use oddframe_score::{Channels, Distance, Pair, PairPool};

/// The gray frames of a video, prepared, in order and decoded ahead.
///
/// `each` gets a frame's index, the frame and its pixels in [0, 1].
pub(crate) fn for_each_gray(
    video: &dyn FrameSource,
    prepare: Prepare,
    mut each: impl FnMut(usize, &Frame, &[f32]) -> Result<(), Error>,
) -> Result<(), Error> {
    let prepared = prepare.with_format(PixelFormat::Gray).of(video);
    let mut values = vec![0.0; prepared.shape().bytes()];
    read_ahead(&prepared, ReadAhead::new(), |frames| {
        while let Some(read) = frames.next_frame() {
            let LentFrame { place, frame } = read?;
            Scale::Unit.fill(frame, &mut values)?;
            each(place.index, frame, &values)?;
        }
        Ok(())
    })
}

/// The pooled squared difference of a frame's pixels to those of another.
pub(crate) fn squared_difference(
    pool: &impl PairPool,
    frame: &Frame,
    now: &[f32],
    other: &[f32],
) -> Result<f64, Error> {
    let shape = frame.shape();
    let pair = Pair::new(now, other, 1, shape.width(), shape.height())
        .map_err(|e| Error::System { system: "comparing frames", source: e.into() })?;
    Ok(pool.pool_pair(pair, Distance::Squared, Channels::Sum))
}
