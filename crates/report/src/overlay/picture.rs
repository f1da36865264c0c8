//! The footage above the panel, with heat maps, boxes and states drawn into it.

use oddframe_core::{Filter, Frame, FrameNumber, FrameShape};
use oddframe_frames::{Resizer, flip_vertically};
use oddframe_pipeline::FrameState;

use super::canvas::{Area, Canvas, Colour};
use super::panel::ALARM;
use crate::Error;
use crate::blur::pixelate_frame;
use crate::contents::{Contents, VideoContents};
use crate::heat::{colour_of, opacity_of};
use crate::still::boxes_of;

/// Smaller footage is enlarged, so that captions have room.
const SMALLEST_WIDTH: usize = 640;
/// Larger footage is shrunk.
const LARGEST: (usize, usize) = (1280, 960);
const BLACK: Colour = [0, 0, 0];
const WHITE: Colour = [255, 255, 255];
const OTHER_BOX: Colour = [235, 235, 235];
const BADGE_LEFT: usize = 12;
const BADGE_HEIGHT: usize = 30;
const BADGE_TEXT: usize = 3;
/// Stripes over frames that cannot be read.
const STRIPE: usize = 24;

/// The picture of a video, frame after frame.
pub(super) struct Picture<'a> {
    contents: &'a Contents<'a>,
    video: &'a VideoContents,
    flipped: Vec<FrameNumber>,
    /// The size of most frames.
    shape: FrameShape,
    resizer: Resizer,
    /// The last frame that could be read, as large as it is shown.
    shown: Frame,
    size: (usize, usize),
}

impl<'a> Picture<'a> {
    pub(super) fn new(
        contents: &'a Contents<'a>,
        video: &'a VideoContents,
        shape: FrameShape,
    ) -> Result<Self, Error> {
        let size = shown_size(shape.width(), shape.height());
        Ok(Self {
            contents,
            video,
            flipped: contents.folder.read_flipped_frames(video.scores.id())?,
            shape,
            resizer: Resizer::new(size.0, size.1, Filter::Antialiased)?,
            shown: Frame::new(FrameShape::new(size.0, size.1, shape.format())?),
            size,
        })
    }

    /// Width and height.
    pub(super) fn size(&self) -> (usize, usize) {
        self.size
    }

    /// Makes a frame the one that is shown: upright as the systems saw it, and pixelated where that is asked for.
    pub(super) fn take_frame(&mut self, frame: &mut Frame) {
        self.shape = frame.shape();
        let number = frame.number();
        if self.flipped.contains(&number) {
            flip_vertically(frame);
        }
        if self.contents.blur {
            let hidden = self.video.hidden.get(&number);
            let size = (self.shape.width(), self.shape.height());
            pixelate_frame(frame, hidden.map_or(&[], Vec::as_slice), size);
        }
        self.resizer.resize_into(frame, &mut self.shown);
    }

    /// Draws the picture of the frame at `index`.
    pub(super) fn draw(
        &self,
        canvas: &mut Canvas,
        index: usize,
        is_readable: bool,
    ) -> Result<(), Error> {
        let frame = self.video.scores.numbers()[index];
        canvas.put_picture(&self.shown);
        let whole = Area {
            left: 0,
            top: 0,
            width: self.size.0,
            height: self.size.1,
        };
        if !is_readable {
            canvas.shade(whole, BLACK, 0.6);
            self.draw_stripes(canvas);
            draw_badge(canvas, &format!("frame {frame} cannot be read"));
            return Ok(());
        }
        self.draw_heat(canvas, frame)?;
        self.draw_boxes(canvas, frame);
        match self.video.states.get(&index).map(|row| row.state) {
            Some(FrameState::Suspended) => {
                canvas.outline(whole, 8, [156, 163, 175]);
                draw_badge(canvas, "suspended");
            }
            Some(FrameState::Unreadable) => draw_badge(canvas, "unreadable when scored"),
            _ => {}
        }
        Ok(())
    }

    fn draw_heat(&self, canvas: &mut Canvas, frame: FrameNumber) -> Result<(), Error> {
        let Some(heat) = &self.contents.heat else {
            return Ok(());
        };
        let Some(heat) = heat.read(self.video.scores.id(), frame)? else {
            return Ok(());
        };
        let (width, height) = self.size;
        for y in 0..height {
            for x in 0..width {
                let (u, v) = (
                    (x as f32 + 0.5) / width as f32,
                    (y as f32 + 0.5) / height as f32,
                );
                let value = heat.sample(u, v);
                if value > 0.0 {
                    canvas.blend(x, y, colour_of(value), opacity_of(value));
                }
            }
        }
        Ok(())
    }

    fn draw_boxes(&self, canvas: &mut Canvas, frame: FrameNumber) {
        let scale = (
            self.size.0 as f64 / self.shape.width() as f64,
            self.size.1 as f64 / self.shape.height() as f64,
        );
        // The oddest box comes last, on top of the others.
        for (place, found) in boxes_of(self.video, frame).iter().enumerate().rev() {
            let left = (found.area.left.max(0.0) * scale.0).round() as usize;
            let top = (found.area.top.max(0.0) * scale.1).round() as usize;
            let right = ((found.area.right * scale.0).round() as usize).min(self.size.0);
            let bottom = ((found.area.bottom * scale.1).round() as usize).min(self.size.1);
            if left >= right || top >= bottom {
                continue;
            }
            let area = Area {
                left,
                top,
                width: right - left,
                height: bottom - top,
            };
            // A bright outline inside a dark one is visible on light and on dark footage.
            canvas.outline(area, 4, BLACK);
            let inner = Area {
                left: left + 1,
                top: top + 1,
                width: area.width.saturating_sub(2),
                height: area.height.saturating_sub(2),
            };
            canvas.outline(inner, 2, if place == 0 { ALARM } else { OTHER_BOX });
        }
    }

    fn draw_stripes(&self, canvas: &mut Canvas) {
        let (width, height) = self.size;
        for y in 0..height {
            for x in (0..width).filter(|x| ((x + y) / STRIPE).is_multiple_of(2)) {
                canvas.blend(x, y, [201, 155, 255], 0.2);
            }
        }
    }
}

/// A word on a dark ground in the corner of the picture.
fn draw_badge(canvas: &mut Canvas, text: &str) {
    let ground = Area {
        left: BADGE_LEFT,
        top: BADGE_LEFT,
        width: (text.chars().count() * 6 * BADGE_TEXT + 2 * BADGE_TEXT).min(canvas.width()),
        height: BADGE_HEIGHT,
    };
    canvas.shade(ground, BLACK, 0.7);
    canvas.write(
        BADGE_LEFT + BADGE_TEXT,
        BADGE_LEFT + BADGE_TEXT,
        text,
        BADGE_TEXT,
        WHITE,
    );
}

/// The size at which frames are shown: enlarged by a whole factor or shrunk to the bounds, and even, as encoders need it.
fn shown_size(width: usize, height: usize) -> (usize, usize) {
    let factor = SMALLEST_WIDTH
        .div_ceil(width)
        .min(LARGEST.1 / height)
        .max(1);
    let (width, height) = ((width * factor) as f64, (height * factor) as f64);
    let shrink = (LARGEST.0 as f64 / width)
        .min(LARGEST.1 as f64 / height)
        .min(1.0);
    let even = |side: f64| ((side * shrink / 2.0).round() as usize * 2).max(2);
    (even(width), even(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn footage_is_shown_large_enough_to_read_and_small_enough_to_watch() {
        for ((width, height), shown) in [
            ((360, 240), (720, 480)),
            ((640, 360), (640, 360)),
            ((1920, 1080), (1280, 720)),
            ((1080, 1920), (540, 960)),
            ((161, 91), (644, 364)),
            ((4, 4), (640, 640)),
            ((20, 3000), (6, 960)),
        ] {
            assert_eq!(shown_size(width, height), shown, "{width}x{height}");
        }
    }
}
