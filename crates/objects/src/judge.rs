//! What in a frame is unusual, where, and why.

use std::sync::Arc;

use oddframe_core::{Reason, Rect};

use crate::Error;
use crate::analysis::Geometry;
use crate::calibration::{CUES, Cue};
use crate::color::ColorRarities;
use crate::direction::ObjectMotion;
use crate::found::FrameFindings;
use crate::grid::CELL;
use crate::hog;
use crate::local_tail::{DIRECTIONS, LocalTail, SurpriseMap, direction_of};
use crate::model::{ObjectModel, most_surprising};
use crate::objects::FoundObject;
use crate::usual::UsualDistances;
use crate::windows::MotionWindow;

/// Half the side of the area around a window that no object contains, in heights of a person.
const AROUND_WINDOW: f64 = 0.3;

/// The directions of motion in the picture, clockwise from the right.
const DIRECTION_NAMES: [&str; DIRECTIONS] = [
    "right",
    "down and right",
    "down",
    "down and left",
    "left",
    "up and left",
    "up",
    "up and right",
];

/// Compares the findings of frames with a model.
#[derive(Debug)]
pub(crate) struct Judge {
    model: Arc<ObjectModel>,
    geometry: Arc<Geometry>,
    parts: SurpriseMap,
    bodies: SurpriseMap,
    /// None where no object had colours.
    colors: Option<ColorRarities>,
}

/// The most unusual thing in a frame by one cue.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finding {
    /// How unusual it is, on the cue's own scale.
    pub(crate) value: f64,
    /// None where nothing is there: the cue says how usual an empty place is.
    pub(crate) spot: Option<Spot>,
}

/// Where something is, and what.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spot {
    /// In pixels of the original frame.
    pub(crate) area: Rect,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum What {
    Window(MotionWindow),
    Direction(ObjectMotion),
    /// An object is so many times as unlike any known object as is usual at its place.
    Look(f64),
    /// As for the look, for the size and the shading.
    Shape(f64),
    /// How rare the colours of an object are.
    Color(f64),
    /// Something has stood so many times as long as anything did in training.
    Time(f64),
}

/// What the cues say about a frame, in the order of [`Cue::ALL`].
pub(crate) type Findings = [Option<Finding>; CUES];

impl Judge {
    pub(crate) fn new(model: Arc<ObjectModel>) -> Result<Self, Error> {
        Ok(Self {
            geometry: Arc::new(Geometry::new(&model.camera)?),
            parts: model.parts.surprise(None),
            bodies: model.bodies.surprise(None),
            colors: model.colors.rarities(None),
            model,
        })
    }

    pub(crate) fn geometry(&self) -> &Arc<Geometry> {
        &self.geometry
    }

    pub(crate) fn model(&self) -> &ObjectModel {
        &self.model
    }

    /// The most unusual thing by each cue.
    pub(crate) fn examine(&self, frame: &FrameFindings) -> Findings {
        [
            self.examine_windows(&self.model.parts, &self.parts, frame),
            self.examine_windows(&self.model.bodies, &self.bodies, frame),
            self.examine_directions(frame),
            self.examine_looks(frame),
            self.examine_shapes(frame),
            self.examine_colors(frame),
            self.examine_dwell(frame),
        ]
    }

    fn examine_windows(
        &self,
        tail: &LocalTail,
        map: &SurpriseMap,
        frame: &FrameFindings,
    ) -> Option<Finding> {
        let heights = &self.geometry.by_centre;
        let (value, window) = most_surprising(tail, map, &frame.windows, heights)?;
        let (x, y) = (f64::from(window.x), f64::from(window.y));
        // The window says what is unusual, the object around it where: a user wants to see the whole person.
        let inside = frame.objects.iter().find(|object| object.contains(x, y));
        let reach = AROUND_WINDOW * heights[usize::from(window.y)];
        let object = inside.copied().unwrap_or(FoundObject {
            left: x - reach,
            top: y - reach,
            width: 2.0 * reach,
            height: 2.0 * reach,
        });
        Some(self.finding_of(object, value, What::Window(window)))
    }

    fn examine_directions(&self, frame: &FrameFindings) -> Option<Finding> {
        let directions = &self.model.directions;
        let surprises = frame
            .motions
            .iter()
            .map(|motion| (directions.surprise(motion, None), *motion));
        let (value, motion) = largest(surprises)?;
        let object = *frame.objects.get(motion.object)?;
        Some(self.finding_of(object, value, What::Direction(motion)))
    }

    fn examine_colors(&self, frame: &FrameFindings) -> Option<Finding> {
        let colors = self.colors.as_ref()?;
        let rarities = frame.objects.iter().zip(&frame.palettes);
        let rarities =
            rarities.filter_map(|(object, palette)| Some((colors.of(palette)?, *object)));
        let (value, object) = largest(rarities)?;
        Some(self.finding_of(object, value, What::Color(value)))
    }

    fn examine_looks(&self, frame: &FrameFindings) -> Option<Finding> {
        let looks = frame.looks.chunks_exact(hog::LENGTH);
        let distances = looks.map(|look| self.model.look.distance(look, None));
        let (value, times, object) =
            most_unlike(&frame.objects, distances, &self.model.usual_looks)?;
        Some(self.finding_of(object, value, What::Look(times)))
    }

    fn examine_shapes(&self, frame: &FrameFindings) -> Option<Finding> {
        let shapes = frame.shapes.iter();
        let distances = shapes.map(|shape| self.model.shapes.distance(*shape, None));
        let (value, times, object) =
            most_unlike(&frame.objects, distances, &self.model.usual_shapes)?;
        Some(self.finding_of(object, value, What::Shape(times)))
    }

    fn finding_of(&self, object: FoundObject, value: f64, what: What) -> Finding {
        Finding {
            value,
            spot: Some(Spot {
                area: self.in_source(object.area()),
                what,
            }),
        }
    }

    fn examine_dwell(&self, frame: &FrameFindings) -> Option<Finding> {
        let dwell = &self.model.dwell;
        let (value, cell) = dwell.score(&frame.dwell)?;
        let (column, row) = (cell % dwell.columns, cell / dwell.columns);
        let side = CELL as f64;
        // The cell lies in an object: what stands there is as high as a person.
        let centre = ((column as f64 + 0.5) * side, (row as f64 + 0.5) * side);
        let reach = (AROUND_WINDOW * self.geometry.by_centre[row * CELL]).max(side / 2.0);
        let area = Rect {
            left: centre.0 - reach,
            top: centre.1 - reach,
            right: centre.0 + reach,
            bottom: centre.1 + reach,
        };
        let spot = Spot {
            area: self.in_source(area),
            what: What::Time(f64::from(frame.dwell[cell]) / f64::from(dwell.longest[cell])),
        };
        Some(Finding {
            value,
            spot: (frame.dwell[cell] > 0.0).then_some(spot),
        })
    }

    /// An area of the analysed picture in pixels of the original frame, cut at its edges.
    fn in_source(&self, area: Rect) -> Rect {
        let (width, height) = (self.model.source.0 as f64, self.model.source.1 as f64);
        let x = width / self.geometry.shape.width() as f64;
        let y = height / self.geometry.shape.height() as f64;
        Rect {
            left: (area.left * x).clamp(0.0, width),
            top: (area.top * y).clamp(0.0, height),
            right: (area.right * x).clamp(0.0, width),
            bottom: (area.bottom * y).clamp(0.0, height),
        }
    }

    /// Why what a cue found is unusual, in a sentence.
    pub(crate) fn explain(&self, cue: Cue, spot: &Spot) -> Reason {
        let sentence = match spot.what {
            What::Window(window) => self.explain_motion(cue, &window),
            What::Look(times) => {
                format!("looks {times:.1} times as unlike any known object as is usual here")
            }
            What::Shape(times) => format!(
                "its size and shading are {times:.1} times as unlike any known object as is usual here"
            ),
            What::Direction(motion) => self.explain_direction(&motion),
            What::Color(rarity) => {
                let colors = &self.model.colors;
                let share = self
                    .colors
                    .as_ref()
                    .map_or(1.0, |own| own.share_below(rarity, colors));
                let frames = group_digits(self.model.frames() as f64);
                if share > 0.9995 {
                    format!("no object in {frames} frames had such colours")
                } else {
                    let percent = 100.0 * share;
                    format!("its colours are rarer than {percent:.1} % of those in {frames} frames")
                }
            }
            What::Time(times) if times.is_finite() => format!(
                "something has stood here {times:.1} times as long as anything did in {} frames",
                group_digits(self.model.frames() as f64)
            ),
            What::Time(_) => "something stands where nothing ever stood".to_owned(),
        };
        Reason {
            cue: cue.name().into(),
            sentence,
        }
    }

    fn explain_direction(&self, motion: &ObjectMotion) -> String {
        let (same, all) = self.model.directions.known(motion, None);
        let way = DIRECTION_NAMES[motion.direction];
        if all < 0.5 {
            return format!("moving {way} where nobody was seen to go anywhere");
        }
        format!(
            "moving {way}, as {} of {} objects did here in {} frames",
            group_digits(same),
            group_digits(all),
            group_digits(self.model.frames() as f64)
        )
    }

    fn explain_motion(&self, cue: Cue, window: &MotionWindow) -> String {
        let tail = match cue {
            Cue::Body => &self.model.bodies,
            _ => &self.model.parts,
        };
        let (seen, ratio) = tail.explain(window, &self.geometry.by_centre);
        let (_, angle) = tail.measure.of(window);
        let way = DIRECTION_NAMES[direction_of(angle)];
        let seen = group_digits(seen);
        let times = if seen == "1" { "time" } else { "times" };
        let frames = group_digits(self.model.frames() as f64);
        match ratio {
            // What is no faster than usual is unusual by its direction.
            Some(ratio) if ratio < 1.0 => {
                format!("moving {way}, which was seen {seen} {times} here in {frames} frames")
            }
            Some(ratio) => format!(
                "{ratio:.1} times the usual speed here, moving {way}, seen {seen} {times} in {frames} frames"
            ),
            None => format!("moving {way} where nothing moved in {frames} frames"),
        }
    }
}

/// The object whose distance is the most unusual at its place: how unusual it is, how many times the usual distance it has,
/// and the object.
fn most_unlike(
    objects: &[FoundObject],
    distances: impl Iterator<Item = Option<f64>>,
    usual: &UsualDistances,
) -> Option<(f64, f64, FoundObject)> {
    let judged = objects
        .iter()
        .zip(distances)
        .filter_map(|(object, distance)| {
            let (place, distance) = (object.standing_on(), distance?);
            let times = distance / usual.usual(place);
            Some((usual.unusualness(place, distance), times, *object))
        });
    judged.reduce(|best, other| if other.0 > best.0 { other } else { best })
}

/// The largest value, and what has it. Of equal values the first.
fn largest<T>(values: impl Iterator<Item = (f64, T)>) -> Option<(f64, T)> {
    values.reduce(|best, other| if other.0 > best.0 { other } else { best })
}

/// A number without its fraction, its digits in groups of three: `2,550`.
fn group_digits(number: f64) -> String {
    let digits = format!("{:.0}", number.max(0.0));
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped() {
        let numbers = [0.2, 999.0, 2550.0, 1_234_567.0];
        assert_eq!(
            numbers.map(group_digits),
            ["0", "999", "2,550", "1,234,567"]
        );
    }
}
