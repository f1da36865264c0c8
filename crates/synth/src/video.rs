use std::sync::{Arc, OnceLock};

use oddframe_core::{Error, Frame, FrameNumber, FrameSource, Mask, Random, Rect, Track, Video, VideoLabels};

use crate::actor::{Actor, View};
use crate::brush::Brush;
use crate::cast::Cast;
use crate::damage::{flip, spoil};
use crate::light::Unrest;
use crate::sensor::expose;
use crate::stage::Stage;
use crate::surface::Canvas;
use crate::truth::Truth;
use crate::{AnomalyKind, FrameDamage};

/// One abnormal thing of a test video, from its first to its last frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SceneEvent {
    /// The number of its track, unique within the scene.
    pub track: u64,
    /// What is wrong.
    pub kind: AnomalyKind,
    /// The first frame in which it is seen.
    pub first: FrameNumber,
    /// The last frame in which it is seen.
    pub last: FrameNumber,
}

/// One video of the scene; its frames are painted when they are read, in any order, always the same.
///
/// Labels, masks, tracks and events describe the street as it was before any damage: where
/// [`FrameDamage::flipped`] is set, the mask lies upright and the delivered frame upside down.
#[derive(Debug, Clone)]
pub struct SceneVideo {
    pub(crate) video: Video,
    pub(crate) stage: Arc<Stage>,
    pub(crate) actors: Arc<[Actor]>,
    /// What each tag stands for, from tag 1 on: its track and its kind.
    pub(crate) kinds: Vec<(u64, AnomalyKind)>,
    pub(crate) unrest: Unrest,
    /// For each frame; empty where no frame is damaged.
    pub(crate) damage: Vec<FrameDamage>,
    /// Painted when first asked for.
    pub(crate) truth: OnceLock<Truth>,
}

impl SceneVideo {
    /// What was done to the frame at `index`; nothing where there is no such frame.
    pub fn damage(&self, index: usize) -> FrameDamage {
        self.damage.get(index).copied().unwrap_or_default()
    }

    /// What is wrong in the frame at `index`, the first kind where there are several.
    pub fn event_at(&self, index: usize) -> Option<AnomalyKind> {
        let frame = self.truth().frames.get(index)?;
        frame.first().and_then(|(tag, _)| self.kind(*tag)).map(|(_, kind)| kind)
    }

    /// Everything abnormal that is seen in this video, by its first frame.
    pub fn events(&self) -> Vec<SceneEvent> {
        let mut events: Vec<SceneEvent> = Vec::new();
        for (number, frame) in self.video.numbers().iter().zip(&self.truth().frames) {
            for (track, kind) in frame.iter().filter_map(|(tag, _)| self.kind(*tag)) {
                match events.iter_mut().find(|event| event.track == track) {
                    Some(event) => event.last = *number,
                    None => events.push(SceneEvent { track, kind, first: *number, last: *number }),
                }
            }
        }
        events
    }

    /// The abnormal pixels of the frame at `index`, upright; empty where the frame is normal or does not exist.
    pub fn mask(&self, index: usize) -> Mask {
        let (width, height) = (self.stage.width, self.stage.height);
        match self.truth().frames.get(index) {
            Some(boxes) if !boxes.is_empty() => {
                let silhouette = Truth::silhouette(self, index);
                // The silhouette has the stage's size, so this cannot fail.
                Mask::from_pixels(width, height, silhouette.tags()).unwrap_or_default()
            }
            _ => Mask::empty(width, height),
        }
    }

    /// Which frames are abnormal.
    ///
    /// # Errors
    /// Never for a video of a [`Scene`](crate::Scene).
    pub fn labels(&self) -> Result<VideoLabels, Error> {
        let abnormal = self.truth().frames.iter().map(|boxes| !boxes.is_empty()).collect();
        VideoLabels::new(self.video.id().clone(), self.video.numbers().to_vec(), abnormal)
    }

    /// Which frames are abnormal, with the pixels that are.
    ///
    /// # Errors
    /// Never for a video of a [`Scene`](crate::Scene).
    pub fn labels_with_masks(&self) -> Result<VideoLabels, Error> {
        let masks = (0..self.video.len()).map(|index| self.mask(index)).collect();
        VideoLabels::from_masks(self.video.id().clone(), self.video.numbers().to_vec(), masks)
    }

    /// The abnormal things, with the box around their visible pixels in each frame.
    pub fn tracks(&self) -> Vec<Track> {
        let track = |event: SceneEvent| {
            let its = |boxes: &Vec<(u8, Rect)>| {
                boxes.iter().find(|b| self.kind(b.0).is_some_and(|k| k.0 == event.track)).map(|b| b.1)
            };
            let frames = self.video.numbers().iter().zip(&self.truth().frames);
            let boxes = frames.filter_map(|(number, boxes)| Some((*number, its(boxes)?))).collect();
            Track { video: self.video.id().clone(), id: event.track, boxes }
        };
        self.events().into_iter().map(track).collect()
    }

    fn kind(&self, tag: u8) -> Option<(u64, AnomalyKind)> {
        self.kinds.get(usize::from(tag).checked_sub(1)?).copied()
    }

    fn truth(&self) -> &Truth {
        self.truth.get_or_init(|| Truth::of(self))
    }

    /// The frame's time in frames since the video's first, those that are missing counted.
    pub(crate) fn time(&self, number: FrameNumber) -> f64 {
        let first = self.video.numbers().first().map_or(0, |n| n.0);
        (number.0 - first) as f64
    }

    pub(crate) fn view(&self, t: f64) -> View {
        View { camera: self.stage.camera, shift: self.unrest.jitter(t).shift() }
    }

    /// Paints the street at a time: the empty street, shadows, then everybody, the farthest first.
    fn paint(&self, t: f64, pixels: &mut [u8]) {
        let jitter = self.unrest.jitter(t);
        self.stage.paint(jitter, pixels);
        let cast = Cast::at(&self.actors, self.stage.camera, t);
        let mut canvas = Canvas { width: self.stage.width, pixels };
        let veil = Some(self.stage.veil(jitter));
        let mut brush = Brush { surface: &mut canvas, veil, depth: 0.0 };
        let view = self.view(t);
        for (actor, placement) in cast.iter() {
            actor.shade(&mut brush, view, placement);
        }
        for (actor, placement) in cast.iter() {
            actor.paint(&mut brush, view, placement, t);
        }
    }
}

impl FrameSource for SceneVideo {
    fn video(&self) -> &Video {
        &self.video
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        let number = self.number_at(index)?;
        let shape = self.video.shape();
        out.reset(shape, number);
        let t = self.time(number);
        self.paint(t, out.pixels_mut());
        let [split, video] = self.unrest.video;
        let noise = |purpose| Random::stream(self.unrest.seed, &[split, video, purpose, number.0]);
        expose(out.pixels_mut(), self.unrest.gains(t), &mut noise(0x21));
        let damage = self.damage(index);
        if damage.flipped {
            flip(out.pixels_mut(), shape.row_bytes());
        }
        if damage.noisy {
            spoil(out.pixels_mut(), &mut noise(0x22));
        }
        Ok(())
    }
}
