//! Drawing into the pixels of a frame.

use oddframe_core::{Frame, FrameShape, PixelFormat};

use super::font::{self, glyph_of};

/// Red, green and blue.
pub(super) type Colour = [u8; 3];

/// A rectangle of whole pixels. What lies outside the canvas is not drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

/// An RGB frame that is drawn on.
#[derive(Debug)]
pub(super) struct Canvas {
    frame: Frame,
}

impl Canvas {
    /// A black canvas.
    pub(super) fn new(width: usize, height: usize) -> Result<Self, oddframe_core::Error> {
        let shape = FrameShape::new(width, height, PixelFormat::Rgb)?;
        Ok(Self {
            frame: Frame::new(shape),
        })
    }

    pub(super) fn frame(&self) -> &Frame {
        &self.frame
    }

    pub(super) fn width(&self) -> usize {
        self.frame.shape().width()
    }

    fn height(&self) -> usize {
        self.frame.shape().height()
    }

    /// Copies a picture, gray or in colour, to the top left corner.
    pub(super) fn put_picture(&mut self, picture: &Frame) {
        let (shape, row) = (picture.shape(), self.frame.shape().row_bytes());
        for y in 0..shape.height().min(self.height()) {
            let target = &mut self.frame.pixels_mut()[y * row..(y + 1) * row];
            match shape.format() {
                PixelFormat::Rgb => {
                    let bytes = shape.row_bytes().min(row);
                    target[..bytes].copy_from_slice(&picture.row(y)[..bytes]);
                }
                PixelFormat::Gray => {
                    let pixels = target.as_chunks_mut::<3>().0;
                    for (pixel, gray) in pixels.iter_mut().zip(picture.row(y)) {
                        *pixel = [*gray; 3];
                    }
                }
            }
        }
    }

    /// Mixes a colour into a pixel; 1 covers it.
    pub(super) fn blend(&mut self, x: usize, y: usize, colour: Colour, opacity: f32) {
        if x >= self.width() || y >= self.height() {
            return;
        }
        let at = y * self.frame.shape().row_bytes() + 3 * x;
        for (sample, channel) in self.frame.pixels_mut()[at..at + 3].iter_mut().zip(colour) {
            let (old, new) = (f32::from(*sample), f32::from(channel));
            *sample = (old + opacity * (new - old)).round() as u8;
        }
    }

    pub(super) fn fill(&mut self, area: Area, colour: Colour) {
        self.shade(area, colour, 1.0);
    }

    /// Mixes a colour into a rectangle.
    pub(super) fn shade(&mut self, area: Area, colour: Colour, opacity: f32) {
        for y in area.top..(area.top + area.height).min(self.height()) {
            for x in area.left..(area.left + area.width).min(self.width()) {
                self.blend(x, y, colour, opacity);
            }
        }
    }

    /// Draws the edges of a rectangle, `thick` pixels inwards.
    pub(super) fn outline(&mut self, area: Area, thick: usize, colour: Colour) {
        let Area {
            left,
            top,
            width,
            height,
        } = area;
        let (across, down) = (thick.min(height), thick.min(width));
        let right = left + width - down;
        let bottom = top + height - across;
        for edge in [
            Area {
                height: across,
                ..area
            },
            Area {
                top: bottom,
                height: across,
                ..area
            },
            Area {
                width: down,
                ..area
            },
            Area {
                left: right,
                width: down,
                ..area
            },
        ] {
            self.fill(edge, colour);
        }
    }

    /// Draws a line between two points with dots of `thick` by `thick` pixels around it.
    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), thick: usize, colour: Colour) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let steps = dx.abs().max(dy.abs()).ceil().max(1.0);
        for step in 0..=steps as usize {
            let share = step as f64 / steps;
            let place = |start: f64, length: f64| {
                // A float outside the range becomes its end.
                (start + share * length - thick as f64 / 2.0).round() as usize
            };
            let dot = Area {
                left: place(from.0, dx),
                top: place(from.1, dy),
                width: thick,
                height: thick,
            };
            self.fill(dot, colour);
        }
    }

    /// Writes a line of text, and cuts what has no room. Each dot of a letter has `size` by `size` pixels.
    pub(super) fn write(
        &mut self,
        left: usize,
        top: usize,
        text: &str,
        size: usize,
        colour: Colour,
    ) {
        let pitch = (font::WIDTH + 1) * size;
        let room = letters_in(self.width().saturating_sub(left), size);
        for (place, letter) in fit_text(text, room).chars().enumerate() {
            for (row, dots) in glyph_of(letter).into_iter().enumerate() {
                for column in
                    (0..font::WIDTH).filter(|column| dots >> (font::WIDTH - 1 - column) & 1 == 1)
                {
                    let dot = Area {
                        left: left + place * pitch + column * size,
                        top: top + row * size,
                        width: size,
                        height: size,
                    };
                    self.fill(dot, colour);
                }
            }
        }
    }
}

/// How many letters of this size a line has room for.
pub(super) fn letters_in(width: usize, size: usize) -> usize {
    width / ((font::WIDTH + 1) * size)
}

/// A text of at most `room` letters; three dots stand for what is cut.
fn fit_text(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room.saturating_sub(3)).collect();
    kept + "..."
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixel(canvas: &Canvas, x: usize, y: usize) -> Colour {
        canvas.frame.row(y).as_chunks::<3>().0[x]
    }

    #[test]
    fn what_lies_outside_is_not_drawn() {
        let mut canvas = Canvas::new(8, 8).unwrap();
        canvas.line((-20.0, 4.0), (20.0, 4.0), 1, [9; 3]);
        let far = Area {
            left: 6,
            top: 6,
            width: 99,
            height: 99,
        };
        canvas.fill(far, [7; 3]);
        canvas.outline(far, 200, [7; 3]);
        canvas.blend(8, 0, [1; 3], 1.0);
        assert!((0..8).all(|x| pixel(&canvas, x, 4) == [9; 3]));
        assert_eq!(
            (pixel(&canvas, 7, 7), pixel(&canvas, 5, 5)),
            ([7; 3], [0; 3])
        );
    }

    #[test]
    fn an_outline_is_hollow_and_a_gray_picture_stays_gray() {
        let mut canvas = Canvas::new(8, 8).unwrap();
        let shape = FrameShape::new(4, 4, PixelFormat::Gray).unwrap();
        canvas.put_picture(
            &Frame::from_pixels(shape, oddframe_core::FrameNumber(0), vec![90; 16]).unwrap(),
        );
        assert_eq!(
            (pixel(&canvas, 3, 3), pixel(&canvas, 4, 3)),
            ([90; 3], [0; 3])
        );
        canvas.outline(
            Area {
                left: 1,
                top: 1,
                width: 5,
                height: 5,
            },
            1,
            [255, 0, 0],
        );
        let row: Vec<u8> = (0..8).map(|x| pixel(&canvas, x, 2)[0]).collect();
        assert_eq!(row, [90, 255, 90, 90, 0, 255, 0, 0]);
        canvas.blend(0, 0, [190, 90, 90], 0.5);
        assert_eq!(pixel(&canvas, 0, 0), [140, 90, 90]);
    }

    #[test]
    fn text_that_has_no_room_is_cut() {
        assert_eq!(fit_text("frame 12", 8), "frame 12");
        assert_eq!(fit_text("frame 123", 8), "frame...");
        let mut canvas = Canvas::new(40, 8).unwrap();
        canvas.write(0, 0, "T and more", 1, [255; 3]);
        let top: Vec<bool> = (0..6).map(|x| pixel(&canvas, x, 0)[0] == 255).collect();
        assert_eq!(top, [true, true, true, true, true, false]);
        assert_eq!(pixel(&canvas, 2, 6), [255; 3]);
        assert_eq!(pixel(&canvas, 1, 6), [0; 3]);
    }
}
