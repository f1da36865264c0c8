//! From the pixels that ffmpeg sends to those of a frame.

use oddframe_core::{PixelFormat, luma, round_to_8_bits};
use pulp::{Arch, NullaryFnOnce};

use crate::VideoInfo;

/// The pixels in the pipe.
///
/// They are those that ffmpeg writes into PNG files for the same video, so that frames equal extracted ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PipePixels {
    format: PixelFormat,
    deep: bool,
}

impl PipePixels {
    pub(crate) fn of(info: &VideoInfo) -> Self {
        let format = if info.is_gray() {
            PixelFormat::Gray
        } else {
            PixelFormat::Rgb
        };
        Self {
            format,
            deep: info.is_deep(),
        }
    }

    /// The channels that the video has.
    pub(crate) fn format(self) -> PixelFormat {
        self.format
    }

    /// The name of the format in ffmpeg's words.
    pub(crate) fn name(self) -> &'static str {
        match (self.format, self.deep) {
            (PixelFormat::Gray, false) => "gray",
            (PixelFormat::Gray, true) => "gray16le",
            (PixelFormat::Rgb, false) => "rgb24",
            (PixelFormat::Rgb, true) => "rgb48le",
        }
    }

    /// Bytes in a pixel.
    pub(crate) fn pixel_bytes(self) -> usize {
        self.format.channels() * if self.deep { 2 } else { 1 }
    }

    /// Whether the bytes are those of a frame of `format`.
    pub(crate) fn fits(self, format: PixelFormat) -> bool {
        !self.deep && self.format == format
    }

    /// Converts the bytes of a frame to `format`. Bytes of deep pixels are first rounded in place.
    pub(crate) fn convert(self, bytes: &mut [u8], format: PixelFormat, out: &mut [u8]) {
        let samples = if self.deep {
            let half = bytes.len() / 2;
            for sample in 0..half {
                let value = u16::from_le_bytes([bytes[2 * sample], bytes[2 * sample + 1]]);
                bytes[sample] = round_to_8_bits(value);
            }
            &bytes[..half]
        } else {
            &*bytes
        };
        match (self.format, format) {
            (PixelFormat::Rgb, PixelFormat::Gray) => {
                Arch::new().dispatch(RgbToGray {
                    rgb: samples,
                    gray: out,
                });
            }
            (PixelFormat::Gray, PixelFormat::Rgb) => {
                for (rgb, gray) in out.as_chunks_mut::<3>().0.iter_mut().zip(samples) {
                    *rgb = [*gray; 3];
                }
            }
            _ => out.copy_from_slice(samples),
        }
    }
}

/// Converts pixel by pixel, compiled for the CPU's widest registers.
struct RgbToGray<'a> {
    rgb: &'a [u8],
    gray: &'a mut [u8],
}

impl NullaryFnOnce for RgbToGray<'_> {
    type Output = ();

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "only inlined code is compiled for the wide registers"
    )]
    fn call(self) {
        for (gray, rgb) in self.gray.iter_mut().zip(self.rgb.as_chunks::<3>().0) {
            *gray = luma(*rgb);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_pixels_are_rounded_and_colours_become_gray() {
        let deep = PipePixels {
            format: PixelFormat::Rgb,
            deep: true,
        };
        let mut bytes = Vec::new();
        for sample in [0u16, 128, 129, 65_535, 65_407, 257] {
            bytes.extend(sample.to_le_bytes());
        }
        let mut rgb = [9; 6];
        deep.convert(&mut bytes.clone(), PixelFormat::Rgb, &mut rgb);
        assert_eq!(rgb, [0, 0, 1, 255, 255, 1]);
        let mut gray = [9; 2];
        deep.convert(&mut bytes, PixelFormat::Gray, &mut gray);
        assert_eq!(gray, [luma([0, 0, 1]), luma([255, 255, 1])]);
        assert_eq!(
            [luma([255; 3]), luma([255, 0, 0]), luma([0, 255, 0])],
            [255, 76, 150]
        );
    }
}
