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
pub(super) enum Kind {
    /// The object moves so many times as fast.
    Faster(f64),
    /// The object moves backwards.
    Reversed,
    /// The object walks where nobody does.
    Elsewhere,
}

pub(super) const KINDS: [Kind; 5] = [
    Kind::Faster(1.5),
    Kind::Faster(2.0),
    Kind::Faster(3.0),
    Kind::Reversed,
    Kind::Elsewhere,
];

/// An object cut out of one video and how it is pasted into another.
#[derive(Debug, Clone)]
pub(super) struct Paste {
    kind: Kind,
    pub(super) track: Track,
    /// How far the track is moved.
    offset: (f64, f64),
}

/// The frames that an object is cut out of, and where it moves in each.
pub(super) struct Cutout<'a> {
    pub(super) pictures: &'a [Frame],
    /// The moving pixels of each picture.
    pub(super) masks: &'a [Vec<u8>],
}

impl Paste {
    /// None when the object belongs elsewhere and there is no such place.
    pub(super) fn new(kind: Kind, track: Track, free_place: Option<(f64, f64)>) -> Option<Self> {
        let offset = match kind {
            Kind::Elsewhere => {
                let (x, y) = track.places[LENGTH / 2];
                let (free_x, free_y) = free_place?;
                (free_x - x, free_y - y)
            }
            Kind::Faster(_) | Kind::Reversed => (0.0, 0.0),
        };
        Some(Self {
            kind,
            track,
            offset,
        })
    }

    /// Pastes the object into frames: [`REACH`] before the first that counts, [`LENGTH`] that count, and [`REACH`] after them.
    /// Returns in which frames it is visible.
    pub(super) fn apply(
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
        let person = geometry.heights.height_at(place.1);
        let (width, height) = (
            geometry.shape.width() as i64,
            geometry.shape.height() as i64,
        );
        let (left, top) = (
            (place.0 - HALF_WIDTH * person) as i64,
            (place.1 - ABOVE_FOOT * person) as i64,
        );
        let (wide, high) = ((WIDTH * person) as i64, (HEIGHT * person) as i64);
        let columns = left.max(0)..(left + wide).clamp(0, width);
        let rows = top.max(0)..(top + high).clamp(0, height);
        if columns.is_empty() || rows.is_empty() {
            return false;
        }
        // The object is moved by whole pixels, so that its texture stays as it was recorded.
        let dx = (goal.0 + self.offset.0 - place.0).round_ties_even() as i64;
        let dy = (goal.1 + self.offset.1 - place.1).round_ties_even() as i64;
        let shown_columns = (columns.start + dx).max(0)..(columns.end + dx).min(width);
        let shown_rows = (rows.start + dy).max(0)..(rows.end + dy).min(height);
        let shown_width = (shown_columns.end - shown_columns.start) as f64;
        let shown_height = (shown_rows.end - shown_rows.start) as f64;
        if shown_width < VISIBLE * wide as f64 || shown_height < VISIBLE * high as f64 {
            return false;
        }
        let opacity =
            Self::cut_outline(&cutout.masks[step], geometry, columns.clone(), rows.clone());
        let source = cutout.pictures[step].pixels();
        for y in shown_rows {
            for x in shown_columns.clone() {
                let (from_x, from_y) = (x - dx, y - dy);
                let opacity = opacity.get(
                    (from_x - columns.start) as usize,
                    (from_y - rows.start) as usize,
                );
                let pixel = &mut frame.pixels_mut()[(y * width + x) as usize];
                let object = f32::from(source[(from_y * width + from_x) as usize]);
                let mixed = f32::from(*pixel) * (1.0 - opacity) + object * opacity;
                *pixel = mixed.clamp(0.0, 255.0) as u8;
            }
        }
        true
    }

    /// How opaque each pixel of a cut-out is: the outline is that of the moving pixels, a little wider and soft.
    fn cut_outline(
        mask: &[u8],
        geometry: &Geometry,
        columns: Range<i64>,
        rows: Range<i64>,
    ) -> Plane<f32> {
        let width = geometry.shape.width();
        let mut mask = mask.to_vec();
        // A wider and soft outline hides the seam, which would otherwise be an anomaly of its own.
        dilate_mask(&mut mask, width, OUTLINE);
        let mut cut = Vec::new();
        for y in rows {
            let row = &mask[y as usize * width..][..width];
            let pixels = &row[columns.start as usize..columns.end as usize];
            cut.extend(pixels.iter().copied().map(f32::from));
        }
        let cut_width = (columns.end - columns.start) as usize;
        blur_plane(&Plane::from_values(cut_width, cut), OUTLINE_SIGMA)
    }

    /// Which frame of the track shows the object at a time, and where it then is. The times of a window go from
    /// `-REACH` to `LENGTH + REACH - 1`; before and after its track an object moves on at its mean velocity.
    fn step_and_goal(&self, time: f64) -> (usize, (f64, f64)) {
        let places = &self.track.places;
        let last = (LENGTH - 1) as f64;
        let (first, end) = (places[0], places[LENGTH - 1]);
        let moment = match self.kind {
            Kind::Faster(factor) => time * factor,
            Kind::Reversed => last - time,
            Kind::Elsewhere => time,
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
        (step, goal)
    }
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
        assert_eq!(moved.offset, (0.0, 15.0));
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
