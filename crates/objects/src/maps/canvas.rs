use super::font;

/// A colour: red, green, blue.
pub(super) type Colour = [u8; 3];

pub(super) const WHITE: Colour = [255; 3];

/// A picture in colour that is drawn on.
#[derive(Debug, Clone)]
pub(super) struct Canvas {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) pixels: Vec<u8>,
}

impl Canvas {
    /// A black picture.
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            pixels: vec![0; 3 * width * height],
        }
    }

    /// Mixes a colour into a pixel; `share` is that of the colour. Pixels outside the picture are left out.
    pub(super) fn blend(&mut self, x: usize, y: usize, colour: Colour, share: f32) {
        if x >= self.width || y >= self.height {
            return;
        }
        let pixel = &mut self.pixels[3 * (y * self.width + x)..][..3];
        for (value, colour) in pixel.iter_mut().zip(colour) {
            let mixed = f32::from(*value) * (1.0 - share) + f32::from(colour) * share;
            *value = mixed.round() as u8;
        }
    }

    /// Mixes a colour into a rectangle.
    pub(super) fn fill(
        &mut self,
        (left, top): (usize, usize),
        (width, height): (usize, usize),
        colour: Colour,
        share: f32,
    ) {
        for y in top..top + height {
            for x in left..left + width {
                self.blend(x, y, colour, share);
            }
        }
    }

    /// A line, two pixels thick.
    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: Colour) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let steps = dx.abs().max(dy.abs()).ceil().max(1.0);
        for step in 0..=steps as usize {
            let part = step as f64 / steps;
            // Negative places become 0, at the edge.
            let (x, y) = ((from.0 + part * dx) as usize, (from.1 + part * dy) as usize);
            self.fill((x, y), (2, 2), colour, 1.0);
        }
    }

    /// An arrow around a point, in the direction of an angle from the right, clockwise.
    pub(super) fn arrow(&mut self, centre: (f64, f64), length: f64, angle: f64, colour: Colour) {
        let at = |distance: f64, turned: f64| {
            (
                distance * (angle + turned).cos(),
                distance * (angle + turned).sin(),
            )
        };
        let (half_x, half_y) = at(length / 2.0, 0.0);
        let tip = (centre.0 + half_x, centre.1 + half_y);
        self.line((centre.0 - half_x, centre.1 - half_y), tip, colour);
        for turned in [2.5, -2.5] {
            let (x, y) = at(0.45 * length, turned);
            self.line(tip, (tip.0 + x, tip.1 + y), colour);
        }
    }

    /// Writes a line of text from its upper left corner, each dot two pixels wide.
    pub(super) fn write(&mut self, (left, top): (usize, usize), text: &str, colour: Colour) {
        for (place, letter) in text.chars().enumerate() {
            let left = left + place * DOT * font::ADVANCE;
            for (row, dots) in font::glyph(letter).into_iter().enumerate() {
                for column in 0..5 {
                    if dots >> (4 - column) & 1 == 1 {
                        let corner = (left + DOT * column, top + DOT * row);
                        self.fill(corner, (DOT, DOT), colour, 1.0);
                    }
                }
            }
        }
    }
}

/// The side of a dot of a letter.
const DOT: usize = 2;

/// The height of a line of text in pixels.
pub(super) const TEXT_HEIGHT: usize = DOT * font::HEIGHT;

/// The width of a text in pixels.
pub(super) fn text_width(text: &str) -> usize {
    DOT * font::ADVANCE * text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_lines_stay_inside_the_picture() {
        let mut canvas = Canvas::new(40, 20);
        canvas.write((30, 10), "8%", WHITE);
        canvas.arrow((0.0, 0.0), 12.0, 3.0, WHITE);
        canvas.line((-5.0, 3.0), (60.0, 3.0), WHITE);
        assert!(canvas.pixels.contains(&255));
        assert_eq!((canvas.pixels.len(), text_width("8%")), (2400, 24));
    }

    #[test]
    fn colours_are_mixed() {
        let mut canvas = Canvas::new(1, 1);
        canvas.blend(0, 0, [200, 100, 0], 0.5);
        assert_eq!(canvas.pixels, [100, 50, 0]);
    }
}
