//! Things that are drawn into frames: what no camera has seen, and covers.

use oddframe_core::{Frame, PixelFormat, Random};

use super::cut_out::{brightness, mix_pixel};
use super::normal_videos::NormalVideos;

/// The side of a square of the texture of a drawn thing, in heights of a person.
const CELL: f64 = 0.16;

/// Pairs of colours that differ much, in brightness too.
const COLOURS: [[[u8; 3]; 2]; 4] = [
    [[250, 220, 30], [20, 20, 150]],
    [[240, 240, 240], [15, 15, 15]],
    [[250, 130, 210], [15, 90, 30]],
    [[120, 240, 250], [130, 20, 20]],
];

/// The levels of gray of a cover.
const COVERS: [u8; 3] = [20, 128, 235];

/// A cover is so wide and so high, in heights of a person.
const COVER: (f64, f64) = (1.2, 1.4);

/// The outline of a drawn thing.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    /// A box on two wheels.
    Cart,
    Disc,
    Tent,
}

/// A thing of a person's size with a texture of two colours.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DrawnThing {
    form: Form,
    colours: [[u8; 3]; 2],
}

impl DrawnThing {
    pub(super) fn draw_random(random: &mut Random) -> Self {
        let forms = [Form::Cart, Form::Disc, Form::Tent];
        Self {
            form: forms[random.below(forms.len() as u64) as usize],
            colours: COLOURS[random.below(COLOURS.len() as u64) as usize],
        }
    }

    /// The name of the form.
    pub(super) fn name(&self) -> &'static str {
        match self.form {
            Form::Cart => "cart",
            Form::Disc => "disc",
            Form::Tent => "tent",
        }
    }

    /// Draws the thing into a frame, standing at a place of the analysed picture.
    pub(super) fn draw(&self, frame: &mut Frame, place: (f64, f64), normal: &NormalVideos) {
        let area = Area::new(normal, place, (1.0, 1.0));
        area.fill(frame, |across, up| self.colour_at(across, up));
    }

    /// The colour at a point above the ground, in heights of a person from the centre to the right and upwards.
    fn colour_at(&self, across: f64, up: f64) -> Option<[u8; 3]> {
        let stripe = |value: f64| (value / CELL).floor() as i64;
        let (inside, stripe) = match self.form {
            Form::Cart => {
                let wheel = (across.abs() - 0.25).hypot(up - 0.12) < 0.12;
                if wheel {
                    return Some([30, 30, 30]);
                }
                let body = across.abs() < 0.4 && (0.2..0.95).contains(&up);
                (body, stripe(across + 1.0) + stripe(up))
            }
            Form::Disc => (across.hypot(up - 0.5) < 0.45, stripe(across + up + 1.0)),
            Form::Tent => {
                let inside = up >= 0.0 && across.abs() < 0.45 * (1.0 - up);
                (inside, stripe(up))
            }
        };
        inside.then(|| self.colours[stripe.rem_euclid(2) as usize])
    }
}

/// A rectangle that hides a part of the view.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cover {
    /// The place of the analysed picture that is covered, as the centre column and the foot row of a person.
    pub(super) place: (f64, f64),
    level: u8,
}

impl Cover {
    pub(super) fn draw_random(place: (f64, f64), random: &mut Random) -> Self {
        let level = COVERS[random.below(COVERS.len() as u64) as usize];
        Self { place, level }
    }

    pub(super) fn draw(&self, frame: &mut Frame, normal: &NormalVideos) {
        let area = Area::new(normal, self.place, COVER);
        area.fill(frame, |_, _| Some([self.level; 3]));
    }
}

/// A rectangle of a frame that stands on the ground, with its scale.
struct Area {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    centre: f64,
    /// The height of a person there, in columns and in rows of the frame.
    person: (f64, f64),
}

impl Area {
    /// So wide and so high, in heights of a person.
    fn new(normal: &NormalVideos, place: (f64, f64), size: (f64, f64)) -> Self {
        let scale = normal.scale();
        let height = normal.geometry.heights.height_at(place.1);
        let person = (height * scale.0, height * scale.1);
        let (centre, bottom) = (place.0 * scale.0, place.1 * scale.1);
        Self {
            left: centre - 0.5 * size.0 * person.0,
            right: centre + 0.5 * size.0 * person.0,
            top: bottom - size.1 * person.1,
            bottom,
            centre,
            person,
        }
    }

    /// Sets the pixels for which there is a colour, given the place of their centre in heights of a person.
    fn fill(&self, frame: &mut Frame, colour_at: impl Fn(f64, f64) -> Option<[u8; 3]>) {
        let (width, height) = (frame.shape().width() as i64, frame.shape().height() as i64);
        let gray = frame.shape().format() == PixelFormat::Gray;
        for y in (self.top.floor() as i64).max(0)..(self.bottom.ceil() as i64).min(height) {
            for x in (self.left.floor() as i64).max(0)..(self.right.ceil() as i64).min(width) {
                let across = (x as f64 + 0.5 - self.centre) / self.person.0;
                let up = (self.bottom - y as f64 - 0.5) / self.person.1;
                if let Some(colour) = colour_at(across, up) {
                    let mut colour = colour.map(f32::from);
                    if gray {
                        colour = [brightness(colour); 3];
                    }
                    mix_pixel(frame, (x, y), colour, 1.0);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_have_both_colours_and_stay_within_a_person() {
        for form in [Form::Cart, Form::Disc, Form::Tent] {
            let thing = DrawnThing {
                form,
                colours: COLOURS[0],
            };
            let points = (-60..60).flat_map(|x| (0..120).map(move |y| (x, y)));
            let colours: Vec<_> = points
                .filter_map(|(x, y)| {
                    let (across, up) = (f64::from(x) / 100.0, f64::from(y) / 100.0);
                    let colour = thing.colour_at(across, up)?;
                    assert!(across.abs() <= 0.5 && (0.0..=1.0).contains(&up), "{form:?}");
                    Some(colour)
                })
                .collect();
            for colour in COLOURS[0] {
                let share = colours.iter().filter(|c| **c == colour).count();
                assert!(share > colours.len() / 5, "{form:?}");
            }
        }
    }
}
