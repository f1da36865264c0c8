use crate::brush::Brush;
use crate::camera::Camera;
use crate::course::{Course, Placement};
use crate::look::Look;
use crate::person::{self, Pose};
use crate::surface::Surface;
use crate::vehicle::{paint_bag, paint_cart, paint_cyclist, paint_thrown};

/// What is seen of an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Figure {
    Person,
    Cyclist,
    Cart,
    Bag,
    Thrown,
}

/// When something is abnormal, and the tag that its pixels get.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Odd {
    pub(crate) tag: u8,
    pub(crate) from: f64,
    pub(crate) until: f64,
}

/// Somebody or something that moves through the street.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Actor {
    pub(crate) figure: Figure,
    pub(crate) look: Look,
    pub(crate) course: Course,
    /// When an arm goes up.
    pub(crate) gesture: Option<f64>,
    pub(crate) odd: Option<Odd>,
}

/// How long a raised arm takes to go up and to come down, in frames.
const GESTURE_FRAMES: f64 = 3.0;
/// Wider than half of anything that moves, shadow included.
const HALF_WIDTH_M: f64 = 2.2;

impl Actor {
    pub(crate) fn new(figure: Figure, look: Look, course: Course) -> Self {
        Self { figure, look, course, gesture: None, odd: None }
    }

    /// Where the actor is in a frame; nothing when no part of it can be in the picture.
    pub(crate) fn at(&self, camera: Camera, t: f64) -> Option<Placement> {
        let placement = self.course.at(t)?;
        let Placement { spot, .. } = placement;
        let inside = [-HALF_WIDTH_M, 0.0, HALF_WIDTH_M].iter().any(|dx| camera.frames(spot.x + dx, spot.z));
        inside.then_some(placement)
    }

    /// The tag of its pixels in a frame, 0 while it is normal.
    pub(crate) fn tag(&self, t: f64) -> u8 {
        self.odd.filter(|odd| t >= odd.from && t < odd.until).map_or(0, |odd| odd.tag)
    }

    /// Lets everything happen this many frames later.
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
    pub(crate) fn shade<S: Surface>(&self, brush: &mut Brush<'_, S>, view: View, placement: &Placement) {
        let (x, y, m) = view.see(placement);
        brush.depth = placement.spot.z as f32;
        let (wide, strength) = match self.figure {
            Figure::Person => (0.36, 0.5),
            Figure::Cyclist => (0.4 + 0.6 * placement.spot.heading.0.abs() as f32, 0.45),
            Figure::Cart => (0.9, 0.45),
            Figure::Bag => (0.3, 0.4),
            Figure::Thrown => (0.25, 0.3),
        };
        brush.shadow((x + 0.08 * m, y), wide * m, 0.11 * m, strength);
        if matches!(self.figure, Figure::Person | Figure::Cyclist | Figure::Cart) {
            // The longer, fainter one that the low sun throws.
            brush.shadow((x + 0.75 * m, y - 0.06 * m), 0.85 * m, 0.13 * m, 0.3);
        }
    }

    /// Paints the actor.
    pub(crate) fn paint<S: Surface>(
        &self,
        brush: &mut Brush<'_, S>,
        view: View,
        placement: &Placement,
        t: f64,
    ) {
        let (x, y, m) = view.see(placement);
        brush.depth = placement.spot.z as f32;
        let raised = self.gesture.map_or(0.0, |at| 1.0 - (t - at).abs() / GESTURE_FRAMES);
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
            Figure::Person => person::paint(brush, &pose, &self.look),
            Figure::Cyclist => paint_cyclist(brush, &pose, &self.look),
            Figure::Cart => {
                person::paint(brush, &pose, &self.look);
                paint_cart(brush, &pose, &self.look);
            }
            Figure::Bag => paint_bag(brush, (x, y), m, placement.up as f32, &self.look),
            Figure::Thrown => {
                paint_thrown(brush, (x, y), m, placement.up as f32, placement.phase, &self.look);
            }
        }
    }
}

/// The camera with the jitter of one frame.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    pub(crate) camera: Camera,
    /// Pixels by which everything is shifted.
    pub(crate) shift: (f32, f32),
}

impl View {
    /// Where the ground below something is seen, and the pixels in a metre there.
    fn see(self, placement: &Placement) -> (f32, f32, f32) {
        let seen = self.camera.see(placement.spot.x, placement.spot.z);
        (seen.x as f32 + self.shift.0, seen.y as f32 + self.shift.1, seen.scale as f32)
    }
}
