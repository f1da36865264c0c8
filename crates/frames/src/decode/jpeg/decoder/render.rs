//! Combines the planes to the pixels of a frame.

use oddframe_core::PixelFormat;
use pulp::{Arch, NullaryFnOnce};

use super::color::{interleave_rgb, ycc_to_rgb};
use super::headers::FrameHeader;
use super::plane::Plane;
use super::upsample::{Upsampler, Upsampling};
use crate::decode::convert::gray_to_rgb;
use crate::decode::image_error::ImageError;

/// Writes gray pixels from one plane, or RGB pixels from three. `rgb` says whether the planes are
/// red, green and blue instead of brightness and colour differences.
pub(super) fn render_pixels(
    frame: &FrameHeader,
    planes: Vec<Plane>,
    rgb: bool,
    format: PixelFormat,
    pixels: &mut [u8],
) -> Result<(), ImageError> {
    let mut upsamplers = Vec::new();
    for (plane, component) in planes.into_iter().zip(&frame.components) {
        let Some(upsampling) = Upsampling::for_component(component, frame) else {
            return Err(ImageError::Unsupported {
                what: "JPEG with fractional sampling",
            });
        };
        upsamplers.push(Upsampler::new(plane, upsampling));
    }
    Arch::new().dispatch(RenderPixels {
        upsamplers,
        rgb,
        width: frame.width,
        format,
        pixels,
    });
    Ok(())
}

/// Converts row by row, compiled for the CPU's widest registers.
struct RenderPixels<'a> {
    upsamplers: Vec<Upsampler>,
    rgb: bool,
    width: usize,
    format: PixelFormat,
    pixels: &'a mut [u8],
}

impl NullaryFnOnce for RenderPixels<'_> {
    type Output = ();

    #[inline(always)]
    fn call(mut self) {
        for (y, out) in self
            .pixels
            .chunks_exact_mut(self.width * self.format.channels())
            .enumerate()
        {
            // Upsampled rows may be longer than the picture, whose width need not be a multiple of the
            // sampling factor. The zips inside the conversions end with `out`.
            match self.upsamplers.as_mut_slice() {
                [a, b, c] if self.rgb => {
                    interleave_rgb(a.upsample_row(y), b.upsample_row(y), c.upsample_row(y), out);
                }
                [a, b, c] => {
                    ycc_to_rgb(a.upsample_row(y), b.upsample_row(y), c.upsample_row(y), out);
                }
                [gray, ..] if self.format == PixelFormat::Rgb => {
                    gray_to_rgb(gray.upsample_row(y), out);
                }
                [gray, ..] => out.copy_from_slice(&gray.upsample_row(y)[..self.width]),
                [] => {}
            }
        }
    }
}
