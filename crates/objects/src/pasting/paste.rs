use std::ops::Range;

use oddframe_core::Frame;

use super::tracks::{LENGTH, Track};
use crate::analysis::Geometry;
use crate::image::{Plane, Rectangle, blur_plane, dilate_mask};
use crate::motion::REACH;

/// The part of the frame that is cut out around an object, in heights of a person: from its centre to each side, above the
/// foot, and the whole width and height.
const HALF_WIDTH: f64 = 0.35;
const ABOVE_FOOT: f64 = 1.1;
const WIDTH: f64 = 0.7;
const HEIGHT: f64 = 1.2;

/// An object of which less is inside the frame is not pasted.
const VISIBLE: f64 = 0.6;

/// Widens the outline of a pasted object.
const OUTLINE: Rectangle = Rectangle {
    rows: 3,
    columns: 3,
};

/// Softens the outline of a pasted object.
const OUTLINE_SIGMA: f64 = 0.7;

/// What is odd about a pseudo-anomaly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// The object moves so many times as fast.
    Faster(f64),
    /// The object moves backwards.
    Reversed,
    /// The object walks where nobody does.
    Elsewhere,
    /// Nothing: the object moves as it was recorded.
    AsRecorded,
}

/// What the switch is chosen with.
pub(crate) const KINDS: [Kind; 5] = [
    Kind::Faster(1.5),
    Kind::Faster(2.0),
    Kind::Faster(3.0),
    Kind::Reversed,
    Kind::Elsewhere,
];

/// An object cut out of one video and how it is pasted into another.
#[derive(Debug, Clone)]
pub(crate) struct Paste {
    kind: Kind,
    pub(crate) track: Track,
    /// How far the track is moved.
    offset: (f64, f64),
}

/// The frames that an object is cut out of, and where it moves in each.
pub(crate) struct Cutout<'a> {
    pub(crate) pictures: &'a [Frame],
    /// The moving pixels of each picture.
    pub(crate) masks: &'a [Vec<u8>],
}

impl Paste {
    /// None when the object belongs elsewhere and there is no such place.
    pub(crate) fn new(kind: Kind, track: Track, free_place: Option<(f64, f64)>) -> Option<Self> {
        let offset = match kind {
            Kind::Elsewhere => {
                let (x, y) = track.places[LENGTH / 2];
                let (free_x, free_y) = free_place?;
                (free_x - x, free_y - y)
            }
            Kind::Faster(_) | Kind::Reversed | Kind::AsRecorded => (0.0, 0.0),
        };
        Some(Self {
            kind,
            track,
            offset,
        })
    }

    /// Pastes the object into frames: [`REACH`] before the first that counts, [`LENGTH`] that count, and [`REACH`] after them.
    /// Returns in which frames it is visible.
    pub(crate) fn apply(
        &self,
        cutout: &Cutout<'_>,
        geometry: &Geometry,
        frames: &mut [Frame],
    ) -> Vec<bool> {
        frames
            .iter_mut()
            .zip(0..)
            .map(|(frame, number)| {
                let time = f64::from(number) - REACH as f64;
                self.apply_to_frame(cutout, geometry, frame, time)
            })
            .collect()
    }

    fn apply_to_frame(
        &self,
        cutout: &Cutout<'_>,
        geometry: &Geometry,
        frame: &mut Frame,
        time: f64,
    ) -> bool {
        let (step, goal) = self.step_and_goal(time);
        let place = self.track.places[step];
        let Some(area) = ObjectArea::around(place, geometry) else {
            return false;
        };
        let (dx, dy) = (
            (goal.0 - place.0).round_ties_even() as i64,
            (goal.1 - place.1).round_ties_even() as i64,
        );
        let Some((shown_columns, shown_rows)) = area.shown((dx, dy), geometry) else {
            return false;
        };
        let width = geometry.shape.width() as i64;
        let opacity = cut_outline(&cutout.masks[step], geometry, &area);
        let source = cutout.pictures[step].pixels();
        for y in shown_rows {
            for x in shown_columns.clone() {
                let (from_x, from_y) = (x - dx, y - dy);
                let opacity = opacity.get(
                    (from_x - area.columns.start) as usize,
                    (from_y - area.rows.start) as usize,
                );
                let pixel = &mut frame.pixels_mut()[(y * width + x) as usize];
                let object = f32::from(source[(from_y * width + from_x) as usize]);
                let mixed = f32::from(*pixel) * (1.0 - opacity) + object * opacity;
                *pixel = mixed.clamp(0.0, 255.0) as u8;
            }
        }
        true
    }

    /// Which frame of the track shows the object at a time, and where it then is. The times of a window of the switch go from
    /// `-REACH` to `LENGTH + REACH - 1`; before and after its track an object moves on at its mean velocity.
    pub(crate) fn step_and_goal(&self, time: f64) -> (usize, (f64, f64)) {
        let places = &self.track.places;
        let last = (LENGTH - 1) as f64;
        let (first, end) = (places[0], places[LENGTH - 1]);
        let moment = match self.kind {
            Kind::Faster(factor) => time * factor,
            Kind::Reversed => last - time,
            Kind::Elsewhere | Kind::AsRecorded => time,
        };
        let nearest = moment.round_ties_even();
        let faster = matches!(self.kind, Kind::Faster(_));
        // A fast object repeats its steps, so that its legs keep moving.
        let step = if faster && moment >= 0.0 {
            nearest as usize % LENGTH
        } else {
            nearest.clamp(0.0, last) as usize
        };
        let goal = if faster || !(0.0..=last).contains(&moment) {
            (
                first.0 + (end.0 - first.0) / last * moment,
                first.1 + (end.1 - first.1) / last * moment,
            )
        } else {
            places[step]
        };
        (step, (goal.0 + self.offset.0, goal.1 + self.offset.1))
    }
}

/// The part of a frame that is cut out around an object, inside the frame.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ObjectArea {
    pub(crate) columns: Range<i64>,
    pub(crate) rows: Range<i64>,
    /// Width and height with what is outside the frame.
    whole: (i64, i64),
}

impl ObjectArea {
    /// The area around an object with this centre column and foot row; none when nothing of it is inside the frame.
    pub(crate) fn around(place: (f64, f64), geometry: &Geometry) -> Option<Self> {
        let person = geometry.heights.height_at(place.1);
        let (width, height) = (
            geometry.shape.width() as i64,
            geometry.shape.height() as i64,
        );
        let (left, top) = (
            (place.0 - HALF_WIDTH * person) as i64,
            (place.1 - ABOVE_FOOT * person) as i64,
        );
        let whole = ((WIDTH * person) as i64, (HEIGHT * person) as i64);
        let columns = left.max(0)..(left + whole.0).clamp(0, width);
        let rows = top.max(0)..(top + whole.1).clamp(0, height);
        (!columns.is_empty() && !rows.is_empty()).then_some(Self {
            columns,
            rows,
            whole,
        })
    }

    /// The columns and rows of the frame in which the area is shown when it is moved by whole pixels; none when too little of
    /// it stays inside. Whole pixels keep the texture of an object as it was recorded.
    pub(crate) fn shown(
        &self,
        (dx, dy): (i64, i64),
        geometry: &Geometry,
    ) -> Option<(Range<i64>, Range<i64>)> {
        let (width, height) = (
            geometry.shape.width() as i64,
            geometry.shape.height() as i64,
        );
        let columns = (self.columns.start + dx).max(0)..(self.columns.end + dx).min(width);
        let rows = (self.rows.start + dy).max(0)..(self.rows.end + dy).min(height);
        let (wide, high) = (
            (columns.end - columns.start) as f64,
            (rows.end - rows.start) as f64,
        );
        let enough = wide >= VISIBLE * self.whole.0 as f64 && high >= VISIBLE * self.whole.1 as f64;
        enough.then_some((columns, rows))
    }
}

/// How opaque each pixel of a cut-out is: the outline is that of the moving pixels, a little wider and soft.
pub(crate) fn cut_outline(mask: &[u8], geometry: &Geometry, area: &ObjectArea) -> Plane<f32> {
    let width = geometry.shape.width();
    let mut mask = mask.to_vec();
    // A wider and soft outline hides the seam, which would otherwise be an anomaly of its own.
    dilate_mask(&mut mask, width, OUTLINE);
    let mut cut = Vec::new();
    for y in area.rows.clone() {
        let row = &mask[y as usize * width..][..width];
        let pixels = &row[area.columns.start as usize..area.columns.end as usize];
        cut.extend(pixels.iter().copied().map(f32::from));
    }
    let cut_width = (area.columns.end - area.columns.start) as usize;
    blur_plane(&Plane::from_values(cut_width, cut), OUTLINE_SIGMA)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use oddframe_boxes::HeightProfile;
    use oddframe_core::{FrameShape, PixelFormat};

    use super::*;

    fn geometry() -> Arc<Geometry> {
        Arc::new(Geometry {
            shape: FrameShape::new(100, 60, PixelFormat::Gray).unwrap(),
            heights: HeightProfile::constant(20.0),
            by_centre: vec![20.0; 60],
        })
    }

    fn track() -> Track {
        Track {
            start: 0,
            places: (0..LENGTH).map(|i| (20.0 + i as f64, 40.0)).collect(),
        }
    }

    #[test]
    fn fast_reversed_and_moved_tracks() {
        let fast = Paste::new(Kind::Faster(2.0), track(), None).unwrap();
        assert_eq!(fast.step_and_goal(10.0), (20, (40.0, 40.0)));
        assert_eq!(fast.step_and_goal(15.0), (6, (50.0, 40.0)));
        assert_eq!(fast.step_and_goal(-2.0), (0, (16.0, 40.0)));
        let reversed = Paste::new(Kind::Reversed, track(), None).unwrap();
        assert_eq!(reversed.step_and_goal(3.0), (20, (40.0, 40.0)));
        assert_eq!(reversed.step_and_goal(-1.0), (23, (44.0, 40.0)));
        assert!(Paste::new(Kind::Elsewhere, track(), None).is_none());
        let moved = Paste::new(Kind::Elsewhere, track(), Some((32.0, 55.0))).unwrap();
        assert_eq!(moved.step_and_goal(12.0), (12, (32.0, 55.0)));
        let recorded = Paste::new(Kind::AsRecorded, track(), None).unwrap();
        assert_eq!(recorded.step_and_goal(5.0), (5, (25.0, 40.0)));
    }

    #[test]
    fn a_pasted_object_appears_where_it_should() {
        let geometry = geometry();
        let mut bright = Frame::new(geometry.shape);
        bright.pixels_mut().fill(200);
        let mut mask = vec![0; 100 * 60];
        for y in 24..36 {
            mask[y * 100 + 16..][..8].fill(1);
        }
        let (pictures, masks) = (vec![bright; LENGTH], vec![mask; LENGTH]);
        let cutout = Cutout {
            pictures: &pictures,
            masks: &masks,
        };
        let mut frames = vec![Frame::new(geometry.shape); LENGTH + 2 * REACH];
        let paste = Paste::new(Kind::Faster(1.5), track(), None).unwrap();
        let visible = paste.apply(&cutout, &geometry, &mut frames);
        assert!(visible.iter().all(|v| *v));
        // The first frame that counts shows it in place, ten frames later it is 15 pixels further right.
        assert_eq!(frames[REACH].pixels()[30 * 100 + 20], 200);
        assert_eq!(frames[REACH].pixels()[30 * 100 + 50], 0);
        let later = frames[REACH + 10].pixels();
        assert_eq!(later[30 * 100 + 20], 0);
    }
}
