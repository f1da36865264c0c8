use oddframe_core::{Frame, FrameNumber, Rect, VideoId};
use oddframe_frames::Resizer;

use super::VideoPatchCoreSettings;
use super::crop::Cropper;
use super::pooling::{
    Motion, PYRAMID_VECTORS, pool_appearance, pool_motion, pool_pyramid, pool_scene,
};
use crate::maps::{JoinMaps, MapReader, check_features};
use crate::{Error, ExtractorFactory, MapShape};

/// The features of a clip.
#[derive(Debug, Clone, Default)]
pub(super) struct ClipFeatures {
    /// The temporal pyramid of the whole frames: one row of the global memory after the other.
    pub(super) scene: Vec<f32>,
    /// The people, in the order of their boxes.
    pub(super) tubes: Vec<TubeFeatures>,
}

/// The features of a person through a clip.
#[derive(Debug, Clone)]
pub(super) struct TubeFeatures {
    /// The box, in pixels of the frame.
    pub(super) area: Rect,
    /// One row of the spatial memory for each patch.
    pub(super) appearance: Vec<f32>,
    /// Rows of the temporal memory.
    pub(super) motion: Motion,
}

/// Computes the features of clips.
///
/// ```text
/// frames ─▶ resized ─▶ backbone ─▶ joined at the second map's size ─▶ mean + max over positions ─▶ pyramid     scene
/// frames ─▶ crops of each box ─▶ backbone ─▶ joined at the first map's size, 32 channels
///                                              ├▶ mean + max over time, 7x7 patches                           appearance
///                                              └▶ changes over time, mean or max over positions               motion
/// ```
pub(super) struct ClipReader {
    reader: MapReader,
    people: JoinMaps,
    scene: JoinMaps,
    cropper: Cropper,
    resizer: Resizer,
    resized: Frame,
    grid: usize,
    joined_pyramid: bool,
    mixed_axes: bool,
    images: Vec<u8>,
    joined: Vec<f32>,
}

impl ClipReader {
    /// Opens the backbone.
    pub(super) fn open(
        settings: &VideoPatchCoreSettings,
        factory: &ExtractorFactory,
    ) -> Result<Self, Error> {
        let reader = MapReader::open(factory)?;
        let (shapes, places) = (reader.extractor().maps(), settings.maps);
        let people = JoinMaps::new(shapes, &places, places[0], true, Some(settings.channels))?;
        let scene = JoinMaps::new(shapes, &places, places[1], true, None)?;
        let size = reader.extractor().image_size();
        let MapShape { height, width, .. } = people.output();
        if settings.spatial_grid > height.min(width) {
            return Err(Error::Setting {
                name: "spatial_grid",
                value: settings.spatial_grid as f64,
                expected: "at most the side of the first map",
            });
        }
        Ok(Self {
            people,
            scene,
            cropper: Cropper::new(settings, size)?,
            resizer: Resizer::new(size.0, size.1, settings.filter)?,
            resized: Frame::default(),
            grid: settings.spatial_grid,
            joined_pyramid: settings.quirks.joined_pyramid,
            mixed_axes: settings.quirks.mixed_axes,
            images: Vec::new(),
            joined: Vec::new(),
            reader,
        })
    }

    /// The backbone and its weights.
    pub(super) fn identity(&self) -> &str {
        self.reader.extractor().identity()
    }

    /// The values in a row of the memories of people.
    pub(super) fn people_dimensions(&self) -> usize {
        self.people.output().channels
    }

    /// The values in a row of the memory of scenes.
    pub(super) fn scene_dimensions(&self) -> usize {
        self.scene.output().channels * PYRAMID_VECTORS / self.scene_rows()
    }

    /// The rows that a clip adds to the memory of scenes.
    pub(super) fn scene_rows(&self) -> usize {
        if self.joined_pyramid {
            1
        } else {
            PYRAMID_VECTORS
        }
    }

    /// The features of a clip of RGB frames with people at these boxes.
    pub(super) fn read_clip(
        &mut self,
        video: &VideoId,
        frames: &[Frame],
        areas: &[Rect],
    ) -> Result<ClipFeatures, Error> {
        // The backbone sees one batch for the scene and one for each person, always with one image for each frame of the clip:
        // what changes over time can then be told within a batch.
        self.images.clear();
        for frame in frames {
            self.resizer.resize_into(frame, &mut self.resized);
            self.images.extend_from_slice(self.resized.pixels());
        }
        self.join_images(video, frames, Stream::Scene)?;
        let shape = self.scene.output();
        let scene = pool_pyramid(&pool_scene(&self.joined, shape), shape.channels);
        let mut tubes = Vec::with_capacity(areas.len());
        for (person, area) in areas.iter().enumerate() {
            self.images.clear();
            // The box of the middle frame cuts all frames. A person who walks out of it changes the features, and that is the motion.
            for time in 0..frames.len() {
                let (area, time) = self.place_of_crop(person, time, frames.len(), areas);
                self.cropper
                    .crop_into(&frames[time], area, &mut self.images)?;
            }
            self.join_images(video, frames, Stream::People)?;
            let shape = self.people.output();
            tubes.push(TubeFeatures {
                area: *area,
                appearance: pool_appearance(&self.joined, shape, self.grid),
                motion: pool_motion(&self.joined, shape),
            });
        }
        Ok(ClipFeatures { scene, tubes })
    }

    /// The box and the time of the crop that stands for a person at a time: its own, unless the axes are mixed up.
    ///
    /// The published code lists the crops of all people at the first time, then at the second, and reads the list as if
    /// all times of the first person came first.
    fn place_of_crop(
        &self,
        person: usize,
        time: usize,
        times: usize,
        areas: &[Rect],
    ) -> (Rect, usize) {
        if !self.mixed_axes {
            return (areas[person], time);
        }
        let place = person * times + time;
        (areas[place % areas.len()], place / areas.len())
    }

    /// Runs the backbone over the images, one for each frame, and joins its maps.
    fn join_images(
        &mut self,
        video: &VideoId,
        frames: &[Frame],
        stream: Stream,
    ) -> Result<(), Error> {
        let first = frames.first().map_or(FrameNumber(0), Frame::number);
        let maps = self.reader.read_maps(&self.images, video, first)?;
        let join = match stream {
            Stream::Scene => &mut self.scene,
            Stream::People => &mut self.people,
        };
        let values = join.output().values();
        self.joined.clear();
        for (image, frame) in frames.iter().enumerate() {
            join.join_into(maps, image, &mut self.joined);
            check_features(&self.joined[image * values..], video, frame.number())?;
        }
        Ok(())
    }
}

/// Which features the images are for.
#[derive(Clone, Copy)]
enum Stream {
    Scene,
    People,
}
