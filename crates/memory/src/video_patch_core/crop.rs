use oddframe_boxes::{grow_rect, square_rect};
use oddframe_core::{Filter, Frame, FrameNumber, FrameShape, Rect};
use oddframe_frames::Resizer;

use super::VideoPatchCoreSettings;
use crate::Error;

/// Cuts people out of frames and resizes them to the images that a backbone takes.
#[derive(Debug)]
pub(super) struct Cropper {
    growth: (f64, f64),
    small: Resizer,
    full: Resizer,
    cut: Frame,
    resized: [Frame; 2],
}

impl Cropper {
    /// Crops for a backbone that takes images of this width and height.
    pub(super) fn new(
        settings: &VideoPatchCoreSettings,
        (width, height): (usize, usize),
    ) -> Result<Self, Error> {
        let side = settings.crop_size;
        Ok(Self {
            growth: (settings.grow_width, settings.grow_height),
            small: Resizer::new(side, side, settings.filter)?,
            // Enlarging is the same with both filters.
            full: Resizer::new(width, height, Filter::OpenCv)?,
            cut: Frame::default(),
            resized: [Frame::default(), Frame::default()],
        })
    }

    /// Adds the image of a person to the end of `images`, `[height, width, 3]`.
    pub(super) fn crop_into(
        &mut self,
        frame: &Frame,
        area: Rect,
        images: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let shape = frame.shape();
        let [left, top, right, bottom] =
            place_crop(area, self.growth, shape.width(), shape.height());
        let cut = FrameShape::new(right - left, bottom - top, shape.format())?;
        self.cut.reset(cut, FrameNumber(0));
        let channels = shape.channels();
        let rows = self.cut.pixels_mut().chunks_exact_mut(cut.row_bytes());
        for (y, row) in (top..).zip(rows) {
            row.copy_from_slice(&frame.row(y)[left * channels..right * channels]);
        }
        let [small, full] = &mut self.resized;
        self.small.resize_into(&self.cut, small);
        self.full.resize_into(small, full);
        images.extend_from_slice(full.pixels());
        Ok(())
    }
}

/// The box grown, made square, rounded to whole pixels and cut at the edges of the frame: left, top, right, bottom.
///
/// At least one pixel is left of any box. Halves are rounded to even numbers, as NumPy does.
fn place_crop(area: Rect, growth: (f64, f64), width: usize, height: usize) -> [usize; 4] {
    let square = square_rect(grow_rect(area, growth.0, growth.1));
    let (left, right) = round_side(square.left, square.right, width);
    let (top, bottom) = round_side(square.top, square.bottom, height);
    [left, top, right, bottom]
}

fn round_side(low: f64, high: f64, end: usize) -> (usize, usize) {
    // Casts of negative numbers give 0.
    let low = (low.round_ties_even() as usize).min(end - 1);
    let high = (high.round_ties_even() as usize).min(end);
    (low, high.max(low + 1))
}

#[cfg(test)]
mod tests {
    use oddframe_core::PixelFormat;

    use super::*;

    fn rect(left: f64, top: f64, right: f64, bottom: f64) -> Rect {
        Rect {
            left,
            top,
            right,
            bottom,
        }
    }

    #[test]
    fn boxes_are_grown_squared_and_clipped() {
        // 18.2x31.2 pixels grow to 36.4x43.68, a square of 43.68 around (113.3, 155.9).
        let area = rect(104.2, 140.3, 122.4, 171.5);
        assert_eq!(place_crop(area, (0.5, 0.2), 360, 240), [91, 134, 135, 178]);
        let corner = rect(0.0, 0.0, 10.0, 20.0);
        assert_eq!(place_crop(corner, (0.5, 0.2), 360, 240), [0, 0, 19, 24]);
        let last_pixel = rect(359.9, 239.9, 360.0, 240.0);
        assert_eq!(
            place_crop(last_pixel, (0.0, 0.0), 360, 240),
            [359, 239, 360, 240]
        );
    }

    #[test]
    fn a_flat_person_stays_flat_and_nothing_else_is_seen() {
        let shape = FrameShape::new(40, 30, PixelFormat::Rgb).unwrap();
        let mut frame = Frame::new(shape);
        for y in 10..20 {
            frame.pixels_mut()[(y * 40 + 15) * 3..][..30].fill(77);
        }
        let settings = VideoPatchCoreSettings {
            grow_width: 0.0,
            grow_height: 0.0,
            ..VideoPatchCoreSettings::default()
        };
        let mut images = Vec::new();
        let mut cropper = Cropper::new(&settings, (96, 80)).unwrap();
        cropper
            .crop_into(&frame, rect(15.0, 10.0, 25.0, 20.0), &mut images)
            .unwrap();
        assert_eq!(images, vec![77; 96 * 80 * 3]);
    }
}
