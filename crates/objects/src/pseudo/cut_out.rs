//! Objects cut out of frames in the frames' own size and colour.
//!
//! Masks are those of the analysed picture, which is gray and at most 360 pixels wide. The outline of an object is enlarged
//! to the size of the frame; its pixels are the frame's own.

use std::ops::Range;

use oddframe_core::{Frame, PixelFormat};

use super::normal_videos::NormalVideos;
use crate::Error;
use crate::image::Plane;
use crate::pasting::{ObjectArea, cut_outline};

/// An object cut out of a frame.
pub(super) struct FullCutOut {
    /// The frame, in its own size and colour.
    pub(super) picture: Frame,
    /// The part of the analysed picture that is cut out, and how opaque it is there.
    area: ObjectArea,
    outline: Plane<f32>,
    scale: (f64, f64),
}

impl FullCutOut {
    /// Cuts out what stands at a place of the analysed picture; none when nothing of it is inside the frame.
    pub(super) fn of_object(
        normal: &NormalVideos,
        video: usize,
        frame: usize,
        place: (f64, f64),
    ) -> Result<Option<Self>, Error> {
        let Some(area) = ObjectArea::around(place, &normal.geometry) else {
            return Ok(None);
        };
        let Some(picture) = normal.read(video, frame)? else {
            return Ok(None);
        };
        let mask = normal.moving_pixels(video, frame)?;
        Ok(Some(Self {
            picture,
            outline: cut_outline(&mask, &normal.geometry, &area),
            area,
            scale: normal.scale(),
        }))
    }

    /// Whether enough of the object stays inside the frame when it is moved so far in the analysed picture.
    pub(super) fn stays_inside(&self, motion: (f64, f64), normal: &NormalVideos) -> bool {
        let whole = (
            motion.0.round_ties_even() as i64,
            motion.1.round_ties_even() as i64,
        );
        self.area.shown(whole, &normal.geometry).is_some()
    }

    /// Pastes the object into a frame. `motion` is its offset from where it was recorded, in pixels of the analysed picture.
    pub(super) fn paste(&self, frame: &mut Frame, motion: (f64, f64)) {
        // Whole pixels of the frame, so that the texture stays as it was recorded.
        let dx = (motion.0 * self.scale.0).round_ties_even() as i64;
        let dy = (motion.1 * self.scale.1).round_ties_even() as i64;
        let (width, height) = (frame.shape().width() as i64, frame.shape().height() as i64);
        for from_y in self.rows() {
            for from_x in self.columns() {
                let (x, y) = (from_x + dx, from_y + dy);
                let opacity = self.opacity(from_x, from_y);
                if opacity > 0.0 && (0..width).contains(&x) && (0..height).contains(&y) {
                    let object = pixel_at(&self.picture, (from_x, from_y), frame.shape().format());
                    mix_pixel(frame, (x, y), object, opacity);
                }
            }
        }
    }

    /// The columns of the frame that are cut out.
    pub(super) fn columns(&self) -> Range<i64> {
        enlarge(
            &self.area.columns,
            self.scale.0,
            self.picture.shape().width(),
        )
    }

    /// The rows of the frame that are cut out.
    pub(super) fn rows(&self) -> Range<i64> {
        enlarge(&self.area.rows, self.scale.1, self.picture.shape().height())
    }

    /// How opaque the object is in a pixel of the frame: between the pixels of the analysed picture by their distances.
    pub(super) fn opacity(&self, x: i64, y: i64) -> f32 {
        let (left, right, across) = neighbours(x, self.scale.0, &self.area.columns);
        let (above, below, down) = neighbours(y, self.scale.1, &self.area.rows);
        let upper = mix(
            self.outline.get(left, above),
            self.outline.get(right, above),
            across,
        );
        let lower = mix(
            self.outline.get(left, below),
            self.outline.get(right, below),
            across,
        );
        mix(upper, lower, down)
    }
}

/// The pixels of a frame that pixels of the analysed picture cover.
fn enlarge(range: &Range<i64>, scale: f64, end: usize) -> Range<i64> {
    let (from, to) = (range.start as f64 * scale, range.end as f64 * scale);
    (from.round_ties_even() as i64)..(to.round_ties_even() as i64).min(end as i64)
}

/// The two pixels of an outline between which a pixel of the frame lies, and how far it is from the first to the second.
fn neighbours(pixel: i64, scale: f64, range: &Range<i64>) -> (usize, usize, f32) {
    let last = (range.end - range.start - 1) as f64;
    let place = ((pixel as f64 + 0.5) / scale - 0.5 - range.start as f64).clamp(0.0, last);
    let first = place.floor();
    (
        first as usize,
        (first + 1.0).min(last) as usize,
        (place - first) as f32,
    )
}

fn mix(a: f32, b: f32, share: f32) -> f32 {
    a + (b - a) * share
}

/// A pixel as red, green and blue; the same value three times in a gray frame, and for one.
pub(super) fn pixel_at(frame: &Frame, (x, y): (i64, i64), format: PixelFormat) -> [f32; 3] {
    let channels = frame.shape().channels();
    let start = (y as usize * frame.shape().width() + x as usize) * channels;
    let pixel = &frame.pixels()[start..start + channels];
    match *pixel {
        [red, green, blue] => {
            let colour = [red, green, blue].map(f32::from);
            if format == PixelFormat::Gray {
                [brightness(colour); 3]
            } else {
                colour
            }
        }
        _ => [f32::from(pixel[0]); 3],
    }
}

/// The brightness of a colour, with the weights of ITU-R BT.601.
pub(super) fn brightness([red, green, blue]: [f32; 3]) -> f32 {
    0.299 * red + 0.587 * green + 0.114 * blue
}

/// Mixes a colour into a pixel of a frame. Gray frames take the first of the three values.
pub(super) fn mix_pixel(frame: &mut Frame, (x, y): (i64, i64), colour: [f32; 3], opacity: f32) {
    let channels = frame.shape().channels();
    let start = (y as usize * frame.shape().width() + x as usize) * channels;
    let pixel = &mut frame.pixels_mut()[start..start + channels];
    for (value, colour) in pixel.iter_mut().zip(colour) {
        *value = mix(f32::from(*value), colour, opacity).clamp(0.0, 255.0) as u8;
    }
}

#[cfg(test)]
mod tests {
    use oddframe_boxes::HeightProfile;
    use oddframe_core::FrameShape;

    use super::*;
    use crate::analysis::Geometry;

    #[test]
    fn a_pixel_of_the_frame_lies_between_pixels_of_the_analysed_picture() {
        // Twice as large: pixel 10 has its centre at 10.5 / 2 - 0.5 = 4.75.
        assert_eq!(neighbours(10, 2.0, &(4..8)), (0, 1, 0.75));
        assert_eq!(neighbours(8, 2.0, &(4..8)), (0, 1, 0.0));
        assert_eq!(neighbours(15, 2.0, &(4..8)), (3, 3, 0.0));
        assert_eq!(neighbours(6, 1.0, &(4..8)), (2, 3, 0.0));
        assert_eq!(enlarge(&(4..8), 1.5, 11), 6..11);
    }

    #[test]
    fn objects_move_by_pixels_of_the_frame() {
        let geometry = Geometry {
            shape: FrameShape::new(40, 40, PixelFormat::Gray).unwrap(),
            heights: HeightProfile::constant(10.0),
            by_centre: vec![10.0; 40],
        };
        let area = ObjectArea::around((20.0, 20.0), &geometry).unwrap();
        assert_eq!((&area.columns, &area.rows), (&(16..23), &(9..21)));
        // The frames are twice as large as the analysed picture.
        let shape = FrameShape::new(80, 80, PixelFormat::Rgb).unwrap();
        let mut picture = Frame::new(shape);
        picture.pixels_mut().fill(200);
        let object = FullCutOut {
            picture,
            outline: Plane::from_values(7, vec![1.0; 7 * 12]),
            area,
            scale: (2.0, 2.0),
        };
        let mut frame = Frame::new(shape);
        object.paste(&mut frame, (3.0, -2.0));
        for (place, pixel) in frame.pixels().chunks_exact(3).enumerate() {
            let inside = (38..52).contains(&(place % 80)) && (14..38).contains(&(place / 80));
            assert_eq!(pixel, [if inside { 200 } else { 0 }; 3], "{place}");
        }
    }

    #[test]
    fn gray_frames_get_the_brightness_of_colours() {
        let shape = FrameShape::new(1, 1, PixelFormat::Rgb).unwrap();
        let mut frame = Frame::new(shape);
        mix_pixel(&mut frame, (0, 0), [100.0, 200.0, 50.0], 1.0);
        assert_eq!(frame.pixels(), [100, 200, 50]);
        mix_pixel(&mut frame, (0, 0), [200.0, 0.0, 50.0], 0.5);
        assert_eq!(frame.pixels(), [150, 100, 50]);
        let gray = pixel_at(&frame, (0, 0), PixelFormat::Gray)[0];
        assert!((gray - (0.299 * 150.0 + 58.7 + 5.7)).abs() < 1e-3);
    }
}
