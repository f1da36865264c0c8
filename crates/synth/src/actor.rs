//! Actors: what they are, when they are abnormal, and how they are painted.

use crate::brush::Brush;
use crate::camera::Camera;
use crate::course::{Course, Placement};
use crate::outfit::Outfit;
use crate::person::{Pose, paint_person};
use crate::surface::Surface;
use crate::vehicle::{paint_bag, paint_cart, paint_cyclist, paint_thrown};

/// The kind of an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Figure {
    Person,
    Cyclist,
    Cart,
    Bag,
    Thrown,
}

/// The time in which an actor is abnormal, and the tag of its pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Odd {
    pub(crate) tag: u8,
    pub(crate) from: f64,
    pub(crate) until: f64,
}

/// A person or object that moves through the street.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Actor {
    pub(crate) figure: Figure,
    pub(crate) outfit: Outfit,
    pub(crate) course: Course,
    /// The time at which the actor raises an arm.
    pub(crate) gesture: Option<f64>,
    pub(crate) odd: Option<Odd>,
}

/// Frames that an arm takes to rise, and to sink again.
const GESTURE_FRAMES: f64 = 3.0;
/// More than half the width of any actor with its shadow.
const HALF_WIDTH_M: f64 = 2.2;

impl Actor {
    pub(crate) fn new(figure: Figure, outfit: Outfit, course: Course) -> Self {
        Self {
            figure,
            outfit,
            course,
            gesture: None,
            odd: None,
        }
    }

    /// The actor's placement at a time; `None` when no part of it can be in the picture.
    pub(crate) fn placement_at(&self, camera: Camera, t: f64) -> Option<Placement> {
        let placement = self.course.placement_at(t)?;
        let Placement { spot, .. } = placement;
        // A wide actor reaches into the picture while its middle is outside, so its two sides are
        // tried too.
        let inside = [-HALF_WIDTH_M, 0.0, HALF_WIDTH_M]
            .iter()
            .any(|dx| camera.is_in_view(spot.x + dx, spot.z));
        inside.then_some(placement)
    }

    /// The tag of the actor's pixels at a time; 0 while it is normal.
    pub(crate) fn tag_at(&self, t: f64) -> u8 {
        self.odd
            .filter(|odd| t >= odd.from && t < odd.until)
            .map_or(0, |odd| odd.tag)
    }

    /// Moves the actor's whole course this many frames later.
    pub(crate) fn delay(&mut self, frames: f64) {
        self.course.delay(frames);
        if let Some(at) = &mut self.gesture {
            *at += frames;
        }
        if let Some(odd) = &mut self.odd {
            odd.from += frames;
            odd.until += frames;
        }
    }

    /// Paints the actor's shadow.
    pub(crate) fn paint_shadow<S: Surface>(
        &self,
        brush: &mut Brush<'_, S>,
        view: View,
        placement: &Placement,
    ) {
        let (x, y, m) = view.project(placement);
        brush.depth = placement.spot.z as f32;
        // The size and the strength of the shadow directly below the actor.
        let (wide, strength) = match self.figure {
            Figure::Person => (0.36, 0.5),
            Figure::Cyclist => (0.4 + 0.6 * placement.spot.heading.0.abs() as f32, 0.45),
            Figure::Cart => (0.9, 0.45),
            Figure::Bag => (0.3, 0.4),
            Figure::Thrown => (0.25, 0.3),
        };
        brush.draw_shadow((x + 0.08 * m, y), wide * m, 0.11 * m, strength);
        if matches!(self.figure, Figure::Person | Figure::Cyclist | Figure::Cart) {
            // The longer, fainter shadow of the low sun.
            brush.draw_shadow((x + 0.75 * m, y - 0.06 * m), 0.85 * m, 0.13 * m, 0.3);
        }
    }

    /// Paints the actor itself.
    pub(crate) fn paint_figure<S: Surface>(
        &self,
        brush: &mut Brush<'_, S>,
        view: View,
        placement: &Placement,
        t: f64,
    ) {
        let (x, y, m) = view.project(placement);
        brush.depth = placement.spot.z as f32;
        // The arm rises and sinks linearly.
        let raised = self
            .gesture
            .map_or(0.0, |at| 1.0 - (t - at).abs() / GESTURE_FRAMES);
        let pose = Pose {
            foot: (x, y - placement.up as f32 * m),
            scale: m,
            side: placement.spot.heading.0 as f32,
            toward: placement.spot.heading.1 < 0.0,
            phase: placement.phase,
            swing: placement.swing as f32,
            raise: raised.max(0.0) as f32,
        };
        match self.figure {
            Figure::Person => paint_person(brush, &pose, &self.outfit),
            Figure::Cyclist => paint_cyclist(brush, &pose, &self.outfit),
            Figure::Cart => {
                paint_person(brush, &pose, &self.outfit);
                paint_cart(brush, &pose, &self.outfit);
            }
            Figure::Bag => paint_bag(brush, (x, y), m, placement.up as f32, &self.outfit),
            Figure::Thrown => {
                paint_thrown(
                    brush,
                    (x, y),
                    m,
                    placement.up as f32,
                    placement.phase,
                    &self.outfit,
                );
            }
        }
    }
}

/// The camera with the jitter of one frame.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    pub(crate) camera: Camera,
    /// The shift of the whole picture in pixels.
    pub(crate) shift: (f32, f32),
}

impl View {
    /// The image of the ground below an actor, and the pixels per metre there.
    fn project(self, placement: &Placement) -> (f32, f32, f32) {
        let seen = self.camera.project(placement.spot.x, placement.spot.z);
        (
            seen.x as f32 + self.shift.0,
            seen.y as f32 + self.shift.1,
            seen.scale as f32,
        )
    }
}
