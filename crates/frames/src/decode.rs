//! Decoding of image files.

mod convert;
mod file_format;
mod image_error;
mod jpeg;
mod jpeg_header;
mod orientation;
mod raster;
mod tiff_tags;

use oddframe_core::{Frame, FrameNumber, FrameShape, PixelFormat};

pub(crate) use self::convert::gray_to_rgb;
pub use self::convert::rgb_to_gray;
use self::file_format::FileFormat;
pub use self::image_error::ImageError;
use self::jpeg_header::JpegHeader;
use self::orientation::Orientation;

/// Reads the size and the pixel format of an image file from its header.
///
/// The size is that of the upright picture: see [`decode_into`] for orientation tags.
///
/// # Errors
/// When the bytes are not a JPEG, PNG, TIFF or BMP image, or when the header is damaged, declares
/// more than 64 Mi pixels or declares more pixels than the file can hold.
///
/// # Examples
/// ```
/// use oddframe_core::PixelFormat;
/// use oddframe_frames::probe;
///
/// let mut file = Vec::new();
/// jpeg_encoder::Encoder::new(&mut file, 90).encode(&[128; 64 * 48 * 3], 64, 48, jpeg_encoder::ColorType::Rgb)?;
/// let shape = probe(&file)?;
/// assert_eq!((shape.width(), shape.height(), shape.format()), (64, 48, PixelFormat::Rgb));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn probe(bytes: &[u8]) -> Result<FrameShape, ImageError> {
    let (stored, orientation) = match FileFormat::detect(bytes)? {
        FileFormat::Jpeg => {
            let header = JpegHeader::read(bytes)?;
            (header.shape, header.orientation)
        }
        format => raster::read_header(format, bytes)?,
    };
    Ok(orientation.upright_shape(stored))
}

/// Decodes an image file into `out` as `format`. `out` gets the image's size and the number
/// `number`.
///
/// The file's content decides its format, not its name. Samples of 16 bits are rounded to 8, alpha
/// is dropped, and palettes become RGB. A file that is cut short or damaged is an error, never a
/// partial picture.
///
/// # Pixels
/// The pixels of a JPEG, sequential or progressive, equal those of OpenCV and Pillow to the last
/// bit. Gray from RGB is `0.299 R + 0.587 G + 0.114 B`, rounded as Pillow rounds it; gray from a
/// colour JPEG is its brightness plane, as OpenCV reads it. To keep the file's own format, pass the
/// one that [`probe`] gives.
///
/// # Orientation
/// The picture is turned upright by its orientation tag, all eight values, as `cv2.imread` of
/// OpenCV 5.0 does by default (Pillow does so in `ImageOps.exif_transpose`):
///
/// - JPEG: the first `APP1` segment before the pixels that holds readable EXIF data with the tag,
/// - PNG: the `eXIf` chunk, if it precedes the pixels (OpenCV also accepts one behind them),
/// - TIFF: the tag 274 of the first directory.
///
/// BMP has no orientation. Damaged EXIF data and values outside 1 to 8 leave the picture as it is
/// stored. OpenCV differs in one case: it ignores EXIF data in which a text or fraction before the
/// orientation lies outside the data.
///
/// # Errors
/// The errors of [`probe`]; also when the picture is cut short, damaged, or of an unsupported kind
/// (CMYK, arithmetic coding, floating point). The pixels of `out` are unspecified after an error.
///
/// # Examples
/// ```
/// use oddframe_core::{Frame, FrameNumber, PixelFormat};
/// use oddframe_frames::{decode_into, probe};
///
/// let mut file = Vec::new();
/// jpeg_encoder::Encoder::new(&mut file, 90).encode(&[128; 64 * 48 * 3], 64, 48, jpeg_encoder::ColorType::Rgb)?;
/// let mut frame = Frame::new(probe(&file)?);
/// decode_into(&file, PixelFormat::Gray, FrameNumber(7), &mut frame)?;
/// assert_eq!(frame.number(), FrameNumber(7));
/// assert_eq!(frame.pixels(), [128; 64 * 48]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decode_into(
    bytes: &[u8],
    format: PixelFormat,
    number: FrameNumber,
    out: &mut Frame,
) -> Result<(), ImageError> {
    decode_as(bytes, Some(format), number, out)
}

/// Decodes like [`decode_into`]; without a format, in the file's own one, which [`probe`] gives:
/// gray stays gray, colour becomes RGB.
pub(crate) fn decode_as(
    bytes: &[u8],
    format: Option<PixelFormat>,
    number: FrameNumber,
    out: &mut Frame,
) -> Result<(), ImageError> {
    // Both branches read the header first. It gives the size to reserve, which was checked against the
    // length of the file, and the orientation.
    match FileFormat::detect(bytes)? {
        FileFormat::Jpeg => {
            let header = JpegHeader::read(bytes)?;
            let format = format.unwrap_or(header.shape.format());
            let stored = header.shape.with_format(format);
            fill_upright(stored, header.orientation, number, out, |pixels| {
                jpeg::decode_pixels(bytes, &header, format, pixels)
            })
        }
        file_format => {
            let image = raster::RasterImage::open(file_format, bytes)?;
            let format = format.unwrap_or(image.shape.format());
            let stored = image.shape.with_format(format);
            fill_upright(stored, image.orientation, number, out, |pixels| {
                image.decode_pixels(format, pixels)
            })
        }
    }
}

/// Fills `out` with the picture that `decode_pixels` writes in its stored shape, turned upright.
fn fill_upright(
    stored: FrameShape,
    orientation: Orientation,
    number: FrameNumber,
    out: &mut Frame,
    decode_pixels: impl FnOnce(&mut [u8]) -> Result<(), ImageError>,
) -> Result<(), ImageError> {
    out.reset(orientation.upright_shape(stored), number);
    // Nearly all pictures are stored upright and are decoded into the frame itself.
    if orientation.is_upright() {
        return decode_pixels(out.pixels_mut());
    }
    let mut pixels = vec![0; stored.bytes()];
    decode_pixels(&mut pixels)?;
    orientation.write_upright(&pixels, stored, out.pixels_mut());
    Ok(())
}

#[cfg(test)]
mod tests;
