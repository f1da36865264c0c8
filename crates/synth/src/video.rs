use std::sync::OnceLock;

use oddframe_core::{
    Error, Frame, FrameNumber, FrameSource, Mask, Random, Rect, Track, Video, VideoLabels,
};

use crate::damage::{add_noise, flip_rows};
use crate::sensor::apply_exposure;
use crate::shot::Shot;
use crate::truth::{Truth, abnormal_pixels};
use crate::{AnomalyKind, FrameDamage};

/// An abnormal event of a test video, from its first to its last frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SceneEvent {
    /// The identifier of its track, unique within the scene.
    pub track: u64,
    /// The kind of the anomaly.
    pub kind: AnomalyKind,
    /// The first frame in which it is visible.
    pub first: FrameNumber,
    /// The last frame in which it is visible.
    pub last: FrameNumber,
}

/// One video of the scene. Its frames are painted when they are read, in any order, with the same
/// bytes every time.
///
/// Labels, masks, tracks and events describe the street before any damage: where
/// [`FrameDamage::flipped`] is set, the frame is upside down and the mask is upright.
///
/// ```
/// use oddframe_core::FrameSource;
/// use oddframe_synth::{Preset, Scene};
///
/// let scene = Scene::new(Preset::Tiny, 42);
/// let video = &scene.test()[0];
/// let event = video.events()[0];
/// assert!(video.numbers().contains(&event.first));
/// assert_eq!(video.tracks()[0].id, event.track);
/// # Ok::<(), oddframe_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SceneVideo {
    pub(crate) shot: Shot,
    /// The track and the kind of each tag, from tag 1 on.
    pub(crate) kinds: Vec<(u64, AnomalyKind)>,
    /// The damage of each frame; empty if no frame is damaged.
    pub(crate) damage: Vec<FrameDamage>,
    /// Computed at the first use.
    pub(crate) truth: OnceLock<Truth>,
}

impl SceneVideo {
    /// The damage of the frame at `index`; none if there is no such frame.
    pub fn damage(&self, index: usize) -> FrameDamage {
        self.damage.get(index).copied().unwrap_or_default()
    }

    /// The kind of the anomaly in the frame at `index`, the first one if there are several.
    pub fn event_at(&self, index: usize) -> Option<AnomalyKind> {
        let frame = self.truth().frames.get(index)?;
        frame
            .first()
            .and_then(|(tag, _)| self.event_of_tag(*tag))
            .map(|(_, kind)| kind)
    }

    /// The abnormal events that are visible in this video, by their first frame.
    pub fn events(&self) -> Vec<SceneEvent> {
        let mut events: Vec<SceneEvent> = Vec::new();
        for (number, frame) in self.shot.video.numbers().iter().zip(&self.truth().frames) {
            for (track, kind) in frame.iter().filter_map(|(tag, _)| self.event_of_tag(*tag)) {
                // The first frame of a track opens the event, later ones extend it.
                match events.iter_mut().find(|event| event.track == track) {
                    Some(event) => event.last = *number,
                    None => events.push(SceneEvent {
                        track,
                        kind,
                        first: *number,
                        last: *number,
                    }),
                }
            }
        }
        events
    }

    /// The abnormal pixels of the frame at `index`, upright; empty if the frame is normal or does
    /// not exist.
    pub fn mask(&self, index: usize) -> Mask {
        let (width, height) = (self.shot.stage.width, self.shot.stage.height);
        match (self.truth().frames.get(index), self.numbers().get(index)) {
            (Some(boxes), Some(number)) if !boxes.is_empty() => {
                let silhouette = abnormal_pixels(&self.shot, *number);
                // The silhouette has the stage's size, so that this cannot fail.
                Mask::from_pixels(width, height, silhouette.tags()).unwrap_or_default()
            }
            _ => Mask::empty(width, height),
        }
    }

    /// The labels of the frames.
    ///
    /// # Errors
    /// Never for a video of a [`Scene`](crate::Scene).
    pub fn labels(&self) -> Result<VideoLabels, Error> {
        let abnormal = self
            .truth()
            .frames
            .iter()
            .map(|boxes| !boxes.is_empty())
            .collect();
        VideoLabels::new(
            self.shot.video.id().clone(),
            self.shot.video.numbers().to_vec(),
            abnormal,
        )
    }

    /// The labels of the frames, with the masks of abnormal pixels.
    ///
    /// # Errors
    /// Never for a video of a [`Scene`](crate::Scene).
    pub fn labels_with_masks(&self) -> Result<VideoLabels, Error> {
        let masks = (0..self.shot.video.len())
            .map(|index| self.mask(index))
            .collect();
        VideoLabels::from_masks(
            self.shot.video.id().clone(),
            self.shot.video.numbers().to_vec(),
            masks,
        )
    }

    /// The tracks of the abnormal events, with the box around their visible pixels in each frame.
    pub fn tracks(&self) -> Vec<Track> {
        let mut tracks = Vec::new();
        for event in self.events() {
            let frames = self.shot.video.numbers().iter().zip(&self.truth().frames);
            let boxes = frames
                .filter_map(|(number, boxes)| {
                    Some((*number, self.box_of_track(boxes, event.track)?))
                })
                .collect();
            tracks.push(Track {
                video: self.shot.video.id().clone(),
                id: event.track,
                boxes,
            });
        }
        tracks
    }

    /// The box of a track among those of one frame.
    fn box_of_track(&self, boxes: &[(u8, Rect)], track: u64) -> Option<Rect> {
        let found = boxes.iter().find(|(tag, _)| {
            self.event_of_tag(*tag)
                .is_some_and(|event| event.0 == track)
        });
        found.map(|(_, rect)| *rect)
    }

    /// The track and the kind of a tag.
    fn event_of_tag(&self, tag: u8) -> Option<(u64, AnomalyKind)> {
        self.kinds.get(usize::from(tag).checked_sub(1)?).copied()
    }

    fn truth(&self) -> &Truth {
        self.truth.get_or_init(|| Truth::compute(&self.shot))
    }
}

impl FrameSource for SceneVideo {
    fn video(&self) -> &Video {
        &self.shot.video
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        let number = self.number_at(index)?;
        let shape = self.shot.video.shape();
        out.reset(shape, number);
        let t = self.shot.time_of(number);
        self.shot.paint_street(t, out.pixels_mut());
        // Each frame has random streams of its own, so that frames can be painted in any order.
        let unrest = &self.shot.unrest;
        let [split, video] = unrest.video;
        let [mut sensor_noise, mut damage_noise] = [0x21, 0x22]
            .map(|purpose| Random::stream(unrest.seed, &[split, video, purpose, number.0]));
        apply_exposure(out.pixels_mut(), unrest.channel_gains(t), &mut sensor_noise);
        let damage = self.damage(index);
        if damage.flipped {
            flip_rows(out.pixels_mut(), shape.row_bytes());
        }
        if damage.noisy {
            add_noise(out.pixels_mut(), &mut damage_noise);
        }
        Ok(())
    }
}
