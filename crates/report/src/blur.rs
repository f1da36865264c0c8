//! Pixelated pictures.

use jpeg_encoder::{ColorType, Encoder};
use oddframe_core::{Frame, FrameNumber, PixelFormat, Rect, SharedError};
use oddframe_frames::{decode_into, probe};

/// A pixelated region has at most so many blocks along its longer side: too few to recognise a face.
const BLOCKS: usize = 6;
/// The whole picture has more, so that a scene can still be told from another one.
const PICTURE_BLOCKS: usize = 16;
/// Boxes often cut heads and feet off: they are widened by this share of their size on every side.
const MARGIN: f64 = 0.15;
const QUALITY: u8 = 70;

/// Pixelates the boxes in the JPEG file of a picture, or all of it when there are none. Boxes are in pixels of a frame of
/// `width` by `height`; the picture may be smaller.
pub(crate) fn pixelate_jpeg(
    jpeg: &[u8],
    boxes: &[Rect],
    (width, height): (usize, usize),
) -> Result<Vec<u8>, SharedError> {
    // Colour stays colour and gray becomes it: the page shows both alike.
    let mut frame = Frame::new(probe(jpeg)?);
    decode_into(jpeg, PixelFormat::Rgb, FrameNumber(0), &mut frame)?;
    pixelate_frame(&mut frame, boxes, (width, height));
    let shape = frame.shape();
    // The picture is encoded anew: nothing of the old file, such as a thumbnail in its header, is kept.
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes, QUALITY).encode(
        frame.pixels(),
        shape.width() as u16,
        shape.height() as u16,
        ColorType::Rgb,
    )?;
    Ok(bytes)
}

/// Pixelates the boxes in a frame, or all of it when there are none. Boxes are in pixels of a frame of `width` by `height`;
/// this one may be smaller.
pub(crate) fn pixelate_frame(frame: &mut Frame, boxes: &[Rect], (width, height): (usize, usize)) {
    let shape = frame.shape();
    let scale = (
        shape.width() as f64 / width.max(1) as f64,
        shape.height() as f64 / height.max(1) as f64,
    );
    if boxes.is_empty() {
        pixelate_region(frame, [0, 0, shape.width(), shape.height()], PICTURE_BLOCKS);
    }
    for area in boxes {
        let region = region_in_picture(*area, scale, (shape.width(), shape.height()));
        pixelate_region(frame, region, BLOCKS);
    }
}

/// A box as left, top, right and bottom in pixels of the picture, widened and clipped.
fn region_in_picture(area: Rect, scale: (f64, f64), size: (usize, usize)) -> [usize; 4] {
    let (wider, higher) = (
        MARGIN * (area.right - area.left),
        MARGIN * (area.bottom - area.top),
    );
    // The conversion of a float to an integer saturates, so that boxes outside the frame become empty.
    let low = |edge: f64, scale: f64| (edge * scale).floor() as usize;
    let high = |edge: f64, scale: f64, end: usize| ((edge * scale).ceil() as usize).min(end);
    [
        low(area.left - wider, scale.0),
        low(area.top - higher, scale.1),
        high(area.right + wider, scale.0, size.0),
        high(area.bottom + higher, scale.1, size.1),
    ]
}

/// Replaces each block of a region by its mean colour.
fn pixelate_region(frame: &mut Frame, [left, top, right, bottom]: [usize; 4], blocks: usize) {
    if left >= right || top >= bottom {
        return;
    }
    let side = (right - left).max(bottom - top).div_ceil(blocks).max(2);
    for y in (top..bottom).step_by(side) {
        for x in (left..right).step_by(side) {
            average_block(frame, [x, y, (x + side).min(right), (y + side).min(bottom)]);
        }
    }
}

fn average_block(frame: &mut Frame, [left, top, right, bottom]: [usize; 4]) {
    let (channels, row) = (frame.shape().channels(), frame.shape().row_bytes());
    let pixels = frame.pixels_mut();
    for channel in 0..channels {
        let places = (top..bottom)
            .flat_map(|y| (left..right).map(move |x| y * row + x * channels + channel));
        let sum: usize = places.clone().map(|place| usize::from(pixels[place])).sum();
        let mean = sum / ((right - left) * (bottom - top));
        for place in places {
            pixels[place] = mean as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use oddframe_core::FrameShape;

    use super::*;

    const SIDE: usize = 64;

    /// Black and white columns one pixel wide: pixelated they are gray.
    fn stripes() -> Vec<u8> {
        let mut pixels = Vec::new();
        for place in 0..SIDE * SIDE {
            pixels.extend([if place % 2 == 0 { 0 } else { 255 }; 3]);
        }
        let mut jpeg = Vec::new();
        Encoder::new(&mut jpeg, 95)
            .encode(&pixels, SIDE as u16, SIDE as u16, ColorType::Rgb)
            .unwrap();
        jpeg
    }

    /// The largest step between neighbours in the rows of a region.
    fn contrast(jpeg: &[u8], [left, top, right, bottom]: [usize; 4]) -> u8 {
        let mut frame = Frame::new(FrameShape::SMALLEST);
        decode_into(jpeg, PixelFormat::Gray, FrameNumber(0), &mut frame).unwrap();
        let rows = (top..bottom).map(|y| &frame.row(y)[left..right]);
        rows.flat_map(|row| row.windows(2).map(|pair| pair[0].abs_diff(pair[1])))
            .max()
            .unwrap()
    }

    #[test]
    fn the_boxes_are_pixelated_and_the_rest_stays() {
        let area = Rect {
            left: 64.0,
            top: 64.0,
            right: 96.0,
            bottom: 96.0,
        };
        let jpeg = stripes();
        // The frame is twice as large as the picture.
        let blurred = pixelate_jpeg(&jpeg, &[area], (128, 128)).unwrap();
        assert!(contrast(&jpeg, [32, 32, 48, 48]) > 200);
        assert!(contrast(&blurred, [32, 32, 48, 48]) < 30);
        assert!(contrast(&blurred, [0, 0, 16, 16]) > 200);
    }

    #[test]
    fn without_boxes_the_whole_picture_is_pixelated() {
        let blurred = pixelate_jpeg(&stripes(), &[], (SIDE, SIDE)).unwrap();
        assert!(contrast(&blurred, [0, 0, SIDE, SIDE]) < 30);
        assert!(pixelate_jpeg(b"no picture", &[], (SIDE, SIDE)).is_err());
    }

    #[test]
    fn boxes_beyond_the_frame_are_clipped() {
        let area = Rect {
            left: -50.0,
            top: 40.0,
            right: 1e9,
            bottom: 1e9,
        };
        let far = Rect {
            left: 500.0,
            top: 500.0,
            right: 600.0,
            bottom: 600.0,
        };
        let blurred = pixelate_jpeg(&stripes(), &[area, far], (SIDE, SIDE)).unwrap();
        assert!(contrast(&blurred, [0, 40, SIDE, SIDE]) < 30);
    }
}
