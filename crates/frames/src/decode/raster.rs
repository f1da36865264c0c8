//! PNG, TIFF and BMP, through the `image` crate.

use std::io::Cursor;

use image::codecs::{bmp::BmpDecoder, png::PngDecoder, tiff::TiffDecoder};
use image::{ColorType, ImageDecoder, Limits};
use oddframe_core::{Frame, FrameNumber, FrameShape, PixelFormat};

use super::convert::{gray_to_rgb, luma, rgb_to_gray, to_8_bits};
use super::{ImageError, Kind, shape};

/// The most bytes a decoder may reserve beside the pixels: rows, palettes, texts.
const MAX_EXTRA: u64 = 64 << 20;

type Decoder<'a> = Box<dyn ImageDecoder + 'a>;

pub(super) fn probe(kind: Kind, bytes: &[u8]) -> Result<FrameShape, ImageError> {
    Ok(open(kind, bytes)?.0)
}

pub(super) fn decode(
    kind: Kind,
    bytes: &[u8],
    format: PixelFormat,
    number: FrameNumber,
    out: &mut Frame,
) -> Result<(), ImageError> {
    let (shape, decoder) = open(kind, bytes)?;
    let colours = decoder.color_type();
    out.reset(shape.with_format(format), number);
    if matches!((colours, format), (ColorType::L8, PixelFormat::Gray) | (ColorType::Rgb8, PixelFormat::Rgb)) {
        return decoder.read_image_boxed(out.pixels_mut()).map_err(|e| gave_up(kind, bytes, e));
    }
    let mut native = vec![0; shape.width() * shape.height() * usize::from(colours.bytes_per_pixel())];
    decoder.read_image_boxed(&mut native).map_err(|e| gave_up(kind, bytes, e))?;
    match (colours, format) {
        (ColorType::L8, _) => gray_to_rgb(&native, out.pixels_mut()),
        (ColorType::Rgb8, _) => rgb_to_gray(&native, out.pixels_mut()),
        _ => reduce(&native, colours, format, out.pixels_mut()),
    }
    Ok(())
}

/// A decoder that has read its header, and the header's size checked.
fn open(kind: Kind, bytes: &[u8]) -> Result<(FrameShape, Decoder<'_>), ImageError> {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(FrameShape::MAX_SIDE as u32);
    limits.max_image_height = Some(FrameShape::MAX_SIDE as u32);
    limits.max_alloc = Some(MAX_EXTRA);
    let compression = compression(kind, bytes)?;
    if kind == Kind::Tiff && matches!(compression, 6 | 7) {
        // Its strips have headers of their own, whose sizes nobody checks before they are reserved.
        return Err(ImageError::Unsupported { what: "JPEG-compressed TIFF" });
    }
    let data = Cursor::new(bytes);
    let mut decoder: Decoder<'_> = match kind {
        Kind::Png => {
            Box::new(PngDecoder::with_limits(data, limits.clone()).map_err(|e| gave_up(kind, bytes, e))?)
        }
        Kind::Tiff => Box::new(TiffDecoder::new(data).map_err(|e| gave_up(kind, bytes, e))?),
        Kind::Bmp | Kind::Jpeg => Box::new(BmpDecoder::new(data).map_err(|e| gave_up(kind, bytes, e))?),
    };
    let format = match decoder.color_type() {
        ColorType::L8 | ColorType::La8 | ColorType::L16 | ColorType::La16 => PixelFormat::Gray,
        ColorType::Rgb8 | ColorType::Rgba8 | ColorType::Rgb16 | ColorType::Rgba16 => PixelFormat::Rgb,
        _ => return Err(ImageError::Unsupported { what: "floating-point" }),
    };
    let (width, height) = decoder.dimensions();
    let shape = shape(width.into(), height.into(), format)?;
    // Run lengths of BMP may leave out most of a picture, and a white line of a fax is a bit or so.
    if !matches!((kind, compression), (Kind::Bmp, 1 | 2) | (Kind::Tiff, 2..=4)) {
        kind.check_plausible(shape, bytes)?;
    }
    limits.max_alloc = Some(MAX_EXTRA + decoder.total_bytes());
    decoder.set_limits(limits).map_err(|e| gave_up(kind, bytes, e))?;
    Ok((shape, decoder))
}

/// How the picture is compressed: a TIFF's number, in its first directory, or a BMP's.
fn compression(kind: Kind, bytes: &[u8]) -> Result<usize, ImageError> {
    match kind {
        Kind::Tiff => tiff_compression(bytes),
        // The oldest of headers, of 12 bytes, has no compression.
        Kind::Bmp if number(bytes, 14, 4, true).is_some_and(|header| header >= 40) => {
            Ok(number(bytes, 30, 4, true).unwrap_or(0))
        }
        _ => Ok(0),
    }
}

/// The value of the tag 259 as the decoder reads it, by its type; 1, no compression, where there is none.
fn tiff_compression(bytes: &[u8]) -> Result<usize, ImageError> {
    let little = bytes.first() == Some(&b'I');
    let number = |at: usize, size: usize| number(bytes, at, size, little);
    let damaged = |at: usize, what| ImageError::Damaged { format: Kind::Tiff.name(), at, what };
    // What is cut off is for the decoder to complain of.
    let Some(directory) = number(4, 4) else { return Ok(1) };
    let entries = number(directory, 2).unwrap_or(0);
    let mut tags = (0..entries)
        .map(|entry| directory.saturating_add(2 + 12 * entry))
        .filter(|entry| number(*entry, 2) == Some(259));
    let Some(entry) = tags.next() else { return Ok(1) };
    if let Some(second) = tags.next() {
        return Err(damaged(second, "a second compression"));
    }
    let size = match number(entry + 2, 2) {
        Some(1) => 1,
        Some(3) => 2,
        Some(4) => 4,
        _ => return Err(damaged(entry, "the compression is no whole number")),
    };
    match (number(entry + 4, 4), number(entry + 8, size)) {
        (Some(1), Some(compression)) => Ok(compression),
        _ => Err(damaged(entry, "the compression is not one number")),
    }
}

/// An unsigned number of `size` bytes.
fn number(bytes: &[u8], at: usize, size: usize, little: bool) -> Option<usize> {
    let raw = bytes.get(at..at.checked_add(size)?)?;
    let add = |number: usize, byte: &u8| number << 8 | usize::from(*byte);
    Some(if little { raw.iter().rev().fold(0, add) } else { raw.iter().fold(0, add) })
}

/// Samples of 8 or 16 bits, with or without alpha, to gray or RGB of 8 bits.
fn reduce(native: &[u8], colours: ColorType, format: PixelFormat, out: &mut [u8]) {
    let channels = usize::from(colours.channel_count());
    let wide = usize::from(colours.bytes_per_pixel()) > channels;
    let bytes = if wide { 2 * channels } else { channels };
    let sample = |pixel: &[u8], channel: usize| {
        if wide {
            to_8_bits(u16::from_ne_bytes([pixel[2 * channel], pixel[2 * channel + 1]]))
        } else {
            pixel[channel]
        }
    };
    for (pixel, out) in native.chunks_exact(bytes).zip(out.chunks_exact_mut(format.channels())) {
        let rgb = if channels < 3 { [0; 3] } else { [0, 1, 2] }.map(|channel| sample(pixel, channel));
        match out {
            [gray] if channels < 3 => *gray = rgb[0],
            [gray] => *gray = luma(rgb[0], rgb[1], rgb[2]),
            _ => out.copy_from_slice(&rgb),
        }
    }
}

fn gave_up(kind: Kind, bytes: &[u8], source: image::ImageError) -> ImageError {
    match source {
        image::ImageError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            ImageError::Truncated { format: kind.name(), bytes: bytes.len() }
        }
        _ => ImageError::Decoder { format: kind.name(), source: Box::new(source) },
    }
}
