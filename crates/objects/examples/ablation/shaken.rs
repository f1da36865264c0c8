use oddframe_core::{Error, Frame, FrameSource, Random, Video};

use crate::warped::interpolate;

/// A video from a camera that shakes: each frame is moved in both directions by up to a number of pixels, and what lies beyond
/// the picture repeats its edge.
pub(crate) struct Shaken<'a> {
    source: Box<dyn FrameSource + 'a>,
    video: Video,
    pixels: f64,
}

impl<'a> Shaken<'a> {
    pub(crate) fn new(source: Box<dyn FrameSource + 'a>, pixels: f64) -> Self {
        Self {
            video: source.video().clone(),
            source,
            pixels,
        }
    }
}

impl FrameSource for Shaken<'_> {
    fn video(&self) -> &Video {
        &self.video
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        let frame = self.source.read(index)?;
        out.copy_from(&frame);
        // The same movement whenever the frame is read.
        let mut random = Random::stream(0, &[index as u64]);
        let [right, down] = [(); 2].map(|()| self.pixels * (2.0 * random.unit() - 1.0));
        let (width, channels) = (frame.shape().width(), frame.shape().format().channels());
        for (place, pixel) in out.pixels_mut().chunks_exact_mut(channels).enumerate() {
            let (x, y) = (
                (place % width) as f64 - right,
                (place / width) as f64 - down,
            );
            for (channel, level) in pixel.iter_mut().enumerate() {
                *level = interpolate(&frame, channel, x, y);
            }
        }
        Ok(())
    }
}
