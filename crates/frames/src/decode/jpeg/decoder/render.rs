//! Planes to the pixels of a frame.

use oddframe_core::PixelFormat;
use pulp::{Arch, NullaryFnOnce};

use super::super::super::ImageError;
use super::super::super::convert::gray_to_rgb;
use super::color::{interleave, ycc_to_rgb};
use super::layout::Layout;
use super::plane::Plane;
use super::upsample::{Upsampler, Upsampling};

/// Writes the pixels: of one plane gray, of three RGB.
pub(super) fn render(
    layout: &Layout,
    planes: Vec<Plane>,
    rgb: bool,
    format: PixelFormat,
    pixels: &mut [u8],
) -> Result<(), ImageError> {
    let how = layout.components.iter().map(|c| Upsampling::of(c, layout));
    let rows = planes.into_iter().zip(how).map(|(plane, how)| Some(Upsampler::new(plane, how?)));
    let rows: Option<Vec<_>> = rows.collect();
    let rows = rows.ok_or(ImageError::Unsupported { what: "JPEG with fractional sampling" })?;
    Arch::new().dispatch(Render { rows, rgb, width: layout.width, format, pixels });
    Ok(())
}

struct Render<'a> {
    rows: Vec<Upsampler>,
    rgb: bool,
    width: usize,
    format: PixelFormat,
    pixels: &'a mut [u8],
}

impl NullaryFnOnce for Render<'_> {
    type Output = ();

    #[inline(always)]
    fn call(mut self) {
        for (y, out) in self.pixels.chunks_exact_mut(self.width * self.format.channels()).enumerate() {
            match self.rows.as_mut_slice() {
                [a, b, c] if self.rgb => interleave(a.row(y), b.row(y), c.row(y), out),
                [a, b, c] => ycc_to_rgb(a.row(y), b.row(y), c.row(y), out),
                [gray, ..] if self.format == PixelFormat::Rgb => gray_to_rgb(gray.row(y), out),
                [gray, ..] => out.copy_from_slice(&gray.row(y)[..self.width]),
                [] => {}
            }
        }
    }
}
