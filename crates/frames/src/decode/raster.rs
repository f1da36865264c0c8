//! PNG, TIFF and BMP, decoded by the `image` crate.

use std::io::Cursor;

use image::codecs::{bmp::BmpDecoder, png::PngDecoder, tiff::TiffDecoder};
use image::{ColorType, ImageDecoder, Limits};
use oddframe_core::{FrameShape, PixelFormat, luma, round_to_8_bits};

use super::convert::{gray_to_rgb, rgb_to_gray};
use super::file_format::{FileFormat, checked_shape};
use super::image_error::ImageError;
use super::orientation::Orientation;
use super::tiff_tags::{COMPRESSION, TiffTags, read_unsigned};

/// The memory in bytes that a decoder may reserve in addition to the pixels: rows, palettes, texts.
const MAX_EXTRA: u64 = 64 << 20;

/// The stored shape and the orientation of a file.
pub(super) fn read_header(
    format: FileFormat,
    bytes: &[u8],
) -> Result<(FrameShape, Orientation), ImageError> {
    let image = RasterImage::open(format, bytes)?;
    Ok((image.shape, image.orientation))
}

/// A file whose header was read and whose size was checked.
pub(super) struct RasterImage<'a> {
    /// The size as stored, and gray or RGB.
    pub(super) shape: FrameShape,
    /// The orientation of the stored picture.
    pub(super) orientation: Orientation,
    file_format: FileFormat,
    bytes: &'a [u8],
    decoder: Box<dyn ImageDecoder + 'a>,
}

impl<'a> RasterImage<'a> {
    /// Reads the header of a PNG, TIFF or BMP file.
    pub(super) fn open(file_format: FileFormat, bytes: &'a [u8]) -> Result<Self, ImageError> {
        let mut limits = Limits::no_limits();
        limits.max_image_width = Some(FrameShape::MAX_SIDE as u32);
        limits.max_image_height = Some(FrameShape::MAX_SIDE as u32);
        limits.max_alloc = Some(MAX_EXTRA);
        let compression = read_compression(file_format, bytes)?;
        if file_format == FileFormat::Tiff && matches!(compression, 6 | 7) {
            // The strips have JPEG headers of their own, and the library reserves their sizes
            // unchecked.
            return Err(ImageError::Unsupported {
                what: "JPEG-compressed TIFF",
            });
        }
        let mut decoder = open_decoder(file_format, bytes, &limits)
            .map_err(|error| decoder_error(file_format, bytes, error))?;
        let format = match decoder.color_type() {
            ColorType::L8 | ColorType::La8 | ColorType::L16 | ColorType::La16 => PixelFormat::Gray,
            ColorType::Rgb8 | ColorType::Rgba8 | ColorType::Rgb16 | ColorType::Rgba16 => {
                PixelFormat::Rgb
            }
            _ => {
                return Err(ImageError::Unsupported {
                    what: "floating-point",
                });
            }
        };
        let (width, height) = decoder.dimensions();
        let shape = checked_shape(width.into(), height.into(), format)?;
        // Two codings have no largest number of pixels per byte: BMP's run lengths may skip most of
        // a picture, and TIFF's fax codings spend about one bit on a white line.
        let unbounded = matches!(
            (file_format, compression),
            (FileFormat::Bmp, 1 | 2) | (FileFormat::Tiff, 2..=4)
        );
        if !unbounded {
            file_format.check_plausible(shape, bytes)?;
        }
        limits.max_alloc = Some(MAX_EXTRA + decoder.total_bytes());
        decoder
            .set_limits(limits)
            .map_err(|error| decoder_error(file_format, bytes, error))?;
        let orientation = match file_format {
            FileFormat::Tiff => Orientation::from_tiff(bytes),
            FileFormat::Png => {
                let exif = decoder.exif_metadata().ok().flatten();
                exif.and_then(|exif| Orientation::from_exif(&exif))
            }
            FileFormat::Jpeg | FileFormat::Bmp => None,
        };
        Ok(Self {
            shape,
            orientation: orientation.unwrap_or_default(),
            file_format,
            bytes,
            decoder,
        })
    }

    /// Decodes into `out`, which has the stored size in `format`.
    pub(super) fn decode_pixels(
        self,
        format: PixelFormat,
        out: &mut [u8],
    ) -> Result<(), ImageError> {
        let Self {
            shape,
            file_format,
            bytes,
            decoder,
            ..
        } = self;
        let color_type = decoder.color_type();
        // Most files store the wanted pixels, which need no buffer of their own.
        if matches!(
            (color_type, format),
            (ColorType::L8, PixelFormat::Gray) | (ColorType::Rgb8, PixelFormat::Rgb)
        ) {
            return decoder
                .read_image_boxed(out)
                .map_err(|error| decoder_error(file_format, bytes, error));
        }
        let mut native =
            vec![0; shape.width() * shape.height() * usize::from(color_type.bytes_per_pixel())];
        decoder
            .read_image_boxed(&mut native)
            .map_err(|error| decoder_error(file_format, bytes, error))?;
        match color_type {
            ColorType::L8 => gray_to_rgb(&native, out),
            ColorType::Rgb8 => rgb_to_gray(&native, out),
            _ => convert_samples(&native, color_type, format, out),
        }
        Ok(())
    }
}

/// Lets the library read the header.
fn open_decoder<'a>(
    file_format: FileFormat,
    bytes: &'a [u8],
    limits: &Limits,
) -> Result<Box<dyn ImageDecoder + 'a>, image::ImageError> {
    let data = Cursor::new(bytes);
    Ok(match file_format {
        FileFormat::Png => Box::new(PngDecoder::with_limits(data, limits.clone())?),
        FileFormat::Tiff => Box::new(TiffDecoder::new(data)?),
        FileFormat::Bmp | FileFormat::Jpeg => Box::new(BmpDecoder::new(data)?),
    })
}

/// The number of the compression in a TIFF's first directory or in a BMP's header; 0 where there is
/// none.
fn read_compression(file_format: FileFormat, bytes: &[u8]) -> Result<usize, ImageError> {
    match file_format {
        FileFormat::Tiff => tiff_compression(bytes),
        // The oldest header, of 12 bytes, declares no compression.
        FileFormat::Bmp if read_unsigned(bytes, 14, 4, true).is_some_and(|header| header >= 40) => {
            Ok(read_unsigned(bytes, 30, 4, true).unwrap_or(0))
        }
        _ => Ok(0),
    }
}

/// The compression of a TIFF as the library reads it; 1, no compression, without the tag.
fn tiff_compression(bytes: &[u8]) -> Result<usize, ImageError> {
    // A directory that is cut off reads as empty, and the library reports it.
    let Some(tags) = TiffTags::new(bytes) else {
        return Ok(1);
    };
    let mut entries = tags.entries(COMPRESSION);
    let Some(entry) = entries.next() else {
        return Ok(1);
    };
    if let Some(second) = entries.next() {
        return Err(damaged_tiff(second, "the compression is declared twice"));
    }
    tags.value(entry).map_err(|what| damaged_tiff(entry, what))
}

fn damaged_tiff(at: usize, what: &'static str) -> ImageError {
    ImageError::Damaged {
        format: FileFormat::Tiff.name(),
        at,
        what,
    }
}

/// Converts samples of 8 or 16 bits, with or without alpha, to gray or RGB of 8 bits.
fn convert_samples(native: &[u8], color_type: ColorType, format: PixelFormat, out: &mut [u8]) {
    let channels = usize::from(color_type.channel_count());
    let bytes = usize::from(color_type.bytes_per_pixel());
    for (pixel, out) in native
        .chunks_exact(bytes)
        .zip(out.chunks_exact_mut(format.channels()))
    {
        // Alpha comes last, so that the colours are the first samples.
        let mut samples = [0; 4];
        if bytes > channels {
            for (sample, pair) in samples.iter_mut().zip(pixel.as_chunks::<2>().0) {
                *sample = round_to_8_bits(u16::from_ne_bytes(*pair));
            }
        } else {
            samples[..channels].copy_from_slice(pixel);
        }
        let [r, g, b] = if channels < 3 {
            [samples[0]; 3]
        } else {
            [samples[0], samples[1], samples[2]]
        };
        match out {
            [gray] if channels < 3 => *gray = r,
            [gray] => *gray = luma([r, g, b]),
            _ => out.copy_from_slice(&[r, g, b]),
        }
    }
}

fn decoder_error(file_format: FileFormat, bytes: &[u8], source: image::ImageError) -> ImageError {
    match source {
        image::ImageError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            ImageError::Truncated {
                format: file_format.name(),
                bytes: bytes.len(),
            }
        }
        _ => ImageError::Decoder {
            format: file_format.name(),
            source: Box::new(source),
        },
    }
}
