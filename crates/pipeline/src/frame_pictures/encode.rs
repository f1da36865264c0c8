//! Shrinking and encoding.

use std::fs;
use std::path::Path;

use jpeg_encoder::{ColorType, Encoder};
use oddframe_core::{Filter, Frame, FrameShape, PixelFormat, write_atomically};

use crate::Error;

/// The quality of the pictures: people look at them, nothing is computed from them.
const QUALITY: u8 = 75;

/// A copy of a frame whose longer side is at most `side` pixels. A smaller frame keeps its size.
pub(super) fn shrink_frame(frame: &Frame, side: usize) -> Result<Frame, oddframe_core::Error> {
    let (width, height) = shrunk_size(frame.shape(), side);
    let mut small = Frame::default();
    // Without averaging, a large frame that is shrunk to a few pixels would show noise.
    oddframe_frames::Resizer::new(width, height, Filter::Antialiased)?
        .resize_into(frame, &mut small);
    Ok(small)
}

fn shrunk_size(shape: FrameShape, side: usize) -> (usize, usize) {
    let (width, height) = (shape.width(), shape.height());
    let longer = width.max(height);
    if longer <= side {
        return (width, height);
    }
    let shrink = |length: usize| (length * side).div_ceil(longer).max(1);
    (shrink(width), shrink(height))
}

/// Writes a frame as a JPEG file, whose folder is created.
pub(super) fn write_jpeg(frame: &Frame, path: &Path) -> Result<(), Error> {
    let jpeg = encode_jpeg(frame, path)?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    }
    write_atomically(path, |file| file.write_all(&jpeg)).map_err(Error::io("write", path))
}

/// A frame as the bytes of a JPEG file. `path` is named in the error.
fn encode_jpeg(frame: &Frame, path: &Path) -> Result<Vec<u8>, Error> {
    let shape = frame.shape();
    let colours = match shape.format() {
        PixelFormat::Gray => ColorType::Luma,
        PixelFormat::Rgb => ColorType::Rgb,
    };
    let mut bytes = Vec::new();
    // The sides of a frame fit into 16 bits.
    Encoder::new(&mut bytes, QUALITY)
        .encode(
            frame.pixels(),
            shape.width() as u16,
            shape.height() as u16,
            colours,
        )
        .map_err(|source| Error::Picture {
            path: path.to_path_buf(),
            source: source.into(),
        })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(width: usize, height: usize) -> FrameShape {
        FrameShape::new(width, height, PixelFormat::Gray).unwrap()
    }

    #[test]
    fn the_longer_side_is_shrunk_and_small_frames_stay() {
        let sizes = [(3840, 2160), (1080, 1920), (8, 8), (160, 90), (32768, 1)];
        let shrunk = sizes.map(|(width, height)| shrunk_size(shape(width, height), 160));
        assert_eq!(shrunk, [(160, 90), (90, 160), (8, 8), (160, 90), (160, 1)]);
    }

    #[test]
    fn a_picture_is_a_jpeg_of_the_shrunk_frame() {
        let frame = Frame::new(shape(320, 200).with_format(PixelFormat::Rgb));
        let small = shrink_frame(&frame, 160).unwrap();
        let bytes = encode_jpeg(&small, Path::new("1.jpg")).unwrap();
        assert_eq!(oddframe_frames::probe(&bytes).unwrap(), small.shape());
        assert_eq!((small.shape().width(), small.shape().height()), (160, 100));
    }
}
