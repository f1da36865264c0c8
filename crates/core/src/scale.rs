use crate::{Clip, Error, Frame};

/// The range of values that the bytes 0 to 255 are mapped to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Scale {
    /// 0 to 1: `x / 255`.
    #[default]
    Unit,
    /// -1 to 1: `x / 127.5 - 1`.
    Signed,
}

impl Scale {
    /// Writes a frame as planes, `[C,H,W]`.
    ///
    /// # Errors
    /// When the length of `out` is not the number of bytes of the frame.
    pub fn fill(self, frame: &Frame, out: &mut [f32]) -> Result<(), Error> {
        Error::check_length("values of a frame", frame.pixels().len(), out.len())?;
        // Two closures, so that neither loop has a branch.
        match self {
            Self::Unit => planes(frame, out, |v| f32::from(v) / 255.0),
            Self::Signed => planes(frame, out, |v| f32::from(v) / 127.5 - 1.0),
        }
        Ok(())
    }

    /// Writes the frames of a clip, `[T,C,H,W]`, in their order; a frame may occur twice.
    ///
    /// # Errors
    /// When the number of frames is not that of the clip, or a frame has another size or format.
    pub fn fill_clip<'a>(
        self,
        frames: impl IntoIterator<Item = &'a Frame>,
        clip: &mut Clip,
    ) -> Result<(), Error> {
        let shape = clip.shape();
        let mut place = 0;
        for frame in frames {
            Error::check_length(
                "channels of a frame of this clip",
                shape.channels,
                frame.shape().channels(),
            )?;
            Error::check_length(
                "rows of a frame of this clip",
                shape.height,
                frame.shape().height(),
            )?;
            Error::check_length(
                "pixels in a row of this clip",
                shape.width,
                frame.shape().width(),
            )?;
            if place < shape.frames {
                self.fill(frame, clip.frame_mut(place))?;
            }
            place += 1;
        }
        Error::check_length("frames of this clip", shape.frames, place)
    }
}

fn planes(frame: &Frame, out: &mut [f32], value: impl Fn(u8) -> f32) {
    let channels = frame.shape().channels();
    let plane = out.len() / channels;
    for (channel, out) in out.chunks_exact_mut(plane).enumerate() {
        let bytes = frame.pixels()[channel..].iter().step_by(channels);
        if channels == 1 {
            // The same without `step_by`, which the compiler vectorises.
            for (out, byte) in out.iter_mut().zip(frame.pixels()) {
                *out = value(*byte);
            }
        } else {
            for (out, byte) in out.iter_mut().zip(bytes) {
                *out = value(*byte);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{ClipShape, FrameNumber, FrameShape, PixelFormat};

    use super::*;

    fn rgb(first: u8) -> Frame {
        let shape = FrameShape::new(2, 1, PixelFormat::Rgb).unwrap();
        Frame::from_pixels(shape, FrameNumber(1), (first..first + 6).collect()).unwrap()
    }

    #[test]
    fn every_byte_has_its_number() {
        let shape = FrameShape::new(16, 16, PixelFormat::Gray).unwrap();
        let frame = Frame::from_pixels(shape, FrameNumber(0), (0..=255).collect()).unwrap();
        let mut out = [0.0; 256];
        Scale::Unit.fill(&frame, &mut out).unwrap();
        // The nearest f32 of the quotient, as NumPy divides f32 by 255.
        assert!(
            out.iter()
                .enumerate()
                .all(|(i, v)| *v == (i as f64 / 255.0) as f32)
        );
        Scale::Signed.fill(&frame, &mut out).unwrap();
        assert!(
            out.iter()
                .enumerate()
                .all(|(i, v)| *v == i as f32 / 127.5 - 1.0)
        );
        assert_eq!((out[0], out[255]), (-1.0, 1.0));
    }

    #[test]
    fn colours_become_planes() {
        let mut out = [0.0; 6];
        Scale::Unit.fill(&rgb(10), &mut out).unwrap();
        assert_eq!(
            out.map(|v| (v * 255.0).round() as u8),
            [10, 13, 11, 14, 12, 15]
        );
        assert!(Scale::Unit.fill(&rgb(10), &mut [0.0; 5]).is_err());
    }

    #[test]
    fn clips_take_their_frames_in_order() {
        let shape = ClipShape {
            frames: 3,
            channels: 3,
            height: 1,
            width: 2,
        };
        let mut clip = Clip::new(shape).unwrap();
        let (a, b) = (rgb(0), rgb(100));
        Scale::Unit.fill_clip([&a, &b, &b], &mut clip).unwrap();
        let firsts = [0, 1, 2].map(|place| (clip.frame(place)[0] * 255.0).round() as u8);
        assert_eq!(firsts, [0, 100, 100]);
        assert!(Scale::Unit.fill_clip([&a, &b], &mut clip).is_err());
        assert!(Scale::Unit.fill_clip([&a, &b, &b, &b], &mut clip).is_err());
        let turned = Clip::new(ClipShape {
            height: 2,
            width: 1,
            frames: 1,
            ..shape
        });
        let error = Scale::Unit
            .fill_clip([&a], &mut turned.unwrap())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("rows of a frame of this clip: 2 values expected, 1 found"),
            "{error}"
        );
    }
}
