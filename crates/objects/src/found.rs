//! What the analysis finds in a frame.

use crate::color::Palette;
use crate::direction::ObjectMotion;
use crate::objects::FoundObject;
use crate::windows::MotionWindow;

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
