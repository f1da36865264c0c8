//! What the analysis finds in a frame.

use oddframe_core::Rect;

use crate::color::Palette;
use crate::direction::ObjectMotion;

/// The motion of a place of a moving object.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct MotionWindow {
    pub(crate) x: u16,
    pub(crate) y: u16,
    /// The mean motion of the small window around the place, in pixels per frame.
    pub(crate) dx: f32,
    pub(crate) dy: f32,
    /// The mean motion of the windows that lie within a body around the place.
    pub(crate) body_dx: f32,
    pub(crate) body_dy: f32,
}

/// An object: a region of moving pixels, or a part of one with the size of a person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct FoundObject {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl FoundObject {
    /// The column of the centre.
    pub(crate) fn centre(self) -> f64 {
        self.left + self.width / 2.0
    }

    /// The row of the feet.
    pub(crate) fn foot(self) -> f64 {
        self.top + self.height
    }

    /// The pixel under its feet.
    pub(crate) fn standing_on(self) -> (usize, usize) {
        // Pixels are not negative, and `as` takes what is for 0.
        (self.centre() as usize, self.foot() as usize)
    }

    pub(crate) fn contains(self, x: f64, y: f64) -> bool {
        (self.left..self.left + self.width).contains(&x) && (self.top..self.foot()).contains(&y)
    }

    pub(crate) fn area(self) -> Rect {
        Rect {
            left: self.left,
            top: self.top,
            right: self.left + self.width,
            bottom: self.foot(),
        }
    }
}

/// What one frame shows, before anything is judged.
#[derive(Debug, Clone, Default)]
pub(crate) struct FrameFindings {
    /// The frame's own number.
    pub(crate) number: u64,
    pub(crate) windows: Vec<MotionWindow>,
    pub(crate) objects: Vec<FoundObject>,
    /// How each object looks: [`crate::hog::LENGTH`] values for each.
    pub(crate) looks: Vec<half::f16>,
    /// The size and the shading of each object.
    pub(crate) shapes: Vec<[f32; crate::shape::MEASURES]>,
    /// The colours of each object.
    pub(crate) palettes: Vec<Palette>,
    /// How the objects move that have windows.
    pub(crate) motions: Vec<ObjectMotion>,
    /// How long a person around each cell of 8x8 pixels has been covered: the mean age of the pixels, in frames.
    pub(crate) dwell: Vec<f32>,
}
