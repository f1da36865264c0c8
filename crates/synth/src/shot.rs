//! Everything that happens in front of the camera in one video, without light, noise and damage.

use std::sync::Arc;

use oddframe_core::{FrameNumber, Video};

use crate::actor::{Actor, View};
use crate::brush::Brush;
use crate::cast::Cast;
use crate::light::Unrest;
use crate::stage::Stage;
use crate::surface::Canvas;

/// The street, the actors and the camera's motion of one video.
#[derive(Debug, Clone)]
pub(crate) struct Shot {
    pub(crate) video: Video,
    pub(crate) stage: Arc<Stage>,
    pub(crate) actors: Arc<[Actor]>,
    pub(crate) unrest: Unrest,
}

impl Shot {
    /// The time of a frame: frames since the first one of the video, including missing ones.
    pub(crate) fn time_of(&self, number: FrameNumber) -> f64 {
        let first = self.video.numbers().first().map_or(0, |n| n.0);
        (number.0 - first) as f64
    }

    /// The camera at a time.
    pub(crate) fn view_at(&self, t: f64) -> View {
        View {
            camera: self.stage.camera,
            shift: self.unrest.camera_jitter(t).shift_px(),
        }
    }

    /// Paints the street at a time: the empty street, then all shadows, then the actors, the
    /// farthest first.
    pub(crate) fn paint_street(&self, t: f64, pixels: &mut [u8]) {
        let jitter = self.unrest.camera_jitter(t);
        self.stage.paint_background(jitter, pixels);
        let cast = Cast::at_time(&self.actors, self.stage.camera, t);
        let mut canvas = Canvas {
            width: self.stage.width,
            pixels,
        };
        let veil = Some(self.stage.veil_for(jitter));
        let mut brush = Brush {
            surface: &mut canvas,
            veil,
            depth: 0.0,
        };
        let view = self.view_at(t);
        for (actor, placement) in cast.iter() {
            actor.paint_shadow(&mut brush, view, placement);
        }
        for (actor, placement) in cast.iter() {
            actor.paint_figure(&mut brush, view, placement, t);
        }
    }
}
