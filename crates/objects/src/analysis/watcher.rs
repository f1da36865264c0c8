use oddframe_core::{Frame, FrameShape};
use oddframe_flow::{Dis, DisOptions, Flow};

use crate::Error;
use crate::color::find_colors;
use crate::image::Shrinker;
use crate::masks::{Masker, View};
use crate::motion::Motion;
use crate::registration::SteadyBlur;

/// Looks at one frame of a batch: its picture, masks and flow.
#[derive(Debug)]
pub(super) struct Watcher {
    shrinker: Shrinker,
    pixels: Vec<u8>,
    blur: SteadyBlur,
    pub(super) blurred: Vec<u8>,
    masker: Masker,
    pub(super) dis: Dis,
    pub(super) flow: Flow,
    /// Frames of time since the frame before.
    pub(super) gap: f32,
    pub(super) picture: Frame,
    pub(super) moving: Vec<u8>,
    pub(super) any: Vec<u8>,
    /// Of each pixel from the background, without the change of the light.
    pub(super) differences: Vec<f32>,
    /// The colour of each covered pixel; empty without colours.
    pub(super) colors: Vec<u16>,
    pub(super) motion: Motion,
}

impl Watcher {
    pub(super) fn new() -> Result<Self, Error> {
        Ok(Self {
            shrinker: Shrinker::default(),
            pixels: Vec::new(),
            blur: SteadyBlur::default(),
            blurred: Vec::new(),
            masker: Masker::default(),
            dis: Dis::new(DisOptions::medium())?,
            flow: Flow::default(),
            gap: 1.0,
            picture: Frame::default(),
            moving: Vec::new(),
            any: Vec::new(),
            differences: Vec::new(),
            colors: Vec::new(),
            motion: Motion::default(),
        })
    }

    pub(super) fn watch(&mut self, frame: &Frame, shape: FrameShape, view: &View) {
        self.shrinker.shrink_into(frame, &mut self.pixels);
        let moved = self.blur.blur_into(
            &mut self.pixels,
            shape.width(),
            &view.landmarks,
            &mut self.blurred,
        );
        self.picture.reset(shape, frame.number());
        self.picture.pixels_mut().copy_from_slice(&self.pixels);
        self.masker
            .mark(&self.blurred, view, &mut self.moving, &mut self.any);
        self.differences.clear();
        self.differences.extend(self.masker.differences());
        find_colors(
            frame,
            shape,
            &self.any,
            moved.unwrap_or_default(),
            &mut self.colors,
        );
    }
}
