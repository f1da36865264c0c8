//! A video whose frames are one gray level each.

use oddframe_core::{Error, Frame, FrameNumber, FrameShape, FrameSource, PixelFormat, Video};

/// Frames of 8x8 pixels; a negative level is a frame with pixels borrowed from frame 0.
pub(crate) struct FlatVideo(Video, Vec<i16>);

impl FlatVideo {
    pub(crate) fn new(levels: &[i16]) -> Self {
        let shape = FrameShape::new(8, 8, PixelFormat::Gray).unwrap();
        let numbers = (0..levels.len() as u64).map(FrameNumber).collect();
        Self(
            Video::new("1".into(), shape, numbers).unwrap(),
            levels.to_vec(),
        )
    }
}

impl FrameSource for FlatVideo {
    fn video(&self) -> &Video {
        &self.0
    }
    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        let number = self.number_at(index)?;
        out.reset(self.shape(), number);
        out.pixels_mut().fill(self.1[index].unsigned_abs() as u8);
        if self.1[index] < 0 {
            out.lend_to(number, FrameNumber(0));
        }
        Ok(())
    }
}
