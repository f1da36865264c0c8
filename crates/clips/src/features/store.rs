use oddframe_core::{ClipShape, Error, Event, Frame, FrameSource, Observer, Video};

use super::DescribeFrame;
use super::describe::{check_finite, clip_of_features};
use crate::clip_frames::ClipFrames;

/// Keeps the features of training videos in memory: describing a frame takes milliseconds, and training sees each frame
/// many times. A vector is small beside its frame: 10,000 vectors of 512 numbers take 20 MB.
///
/// [`ClipSet::of_features`](crate::ClipSet::of_features) cuts clips from a store:
///
/// ```
/// use oddframe_clips::{ClipSet, DescribeFrame, Examples, FeatureStore};
/// use oddframe_core::{ClipShape, Error, Frame, FrameSource, Silent, WindowSpec};
/// use oddframe_synth::{Preset, Scene};
///
/// /// Describes a frame by its mean brightness.
/// struct Brightness;
///
/// impl DescribeFrame for Brightness {
///     fn dimensions(&self) -> usize {
///         1
///     }
///     fn describe(&mut self, frame: &Frame, out: &mut [f32]) -> Result<(), Error> {
///         let sum: u32 = frame.pixels().iter().map(|byte| u32::from(*byte)).sum();
///         out[0] = sum as f32 / frame.pixels().len() as f32;
///         Ok(())
///     }
/// }
///
/// let scene = Scene::new(Preset::Tiny, 0);
/// let videos: Vec<&dyn FrameSource> = scene.train().iter().map(|video| video as _).collect();
/// let store = FeatureStore::fill(&videos, &mut Brightness, &mut Silent)?;
/// let clips = ClipSet::of_features(&store, WindowSpec::new(10, 1)?)?;
/// assert_eq!(clips.input_shape().frame_values(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FeatureStore {
    dimensions: usize,
    videos: Vec<StoredFeatures>,
}

/// The features of a video, frame after frame.
#[derive(Debug)]
pub(crate) struct StoredFeatures {
    video: Video,
    dimensions: usize,
    values: Vec<f32>,
}

impl FeatureStore {
    /// Describes every frame of the videos, which are prepared as the method expects.
    ///
    /// # Errors
    /// When a frame cannot be read or described, a feature is not finite, or the observer cancels.
    pub fn fill(
        videos: &[&dyn FrameSource],
        method: &mut dyn DescribeFrame,
        observer: &mut dyn Observer,
    ) -> Result<Self, Error> {
        let dimensions = method.dimensions();
        let frames: usize = videos.iter().map(|video| video.numbers().len()).sum();
        observer.tell(Event::Started {
            task: "describing frames",
            total: Some(frames as u64),
        })?;
        let (mut done, mut frame, mut stored) = (0, Frame::default(), Vec::new());
        for source in videos {
            let mut values = vec![0.0; source.numbers().len() * dimensions];
            for (index, out) in values.chunks_exact_mut(dimensions).enumerate() {
                source.read_into(index, &mut frame)?;
                method.describe(&frame, out)?;
                check_finite(source.id(), source.numbers()[index], out)?;
                done += 1;
                observer.tell(Event::Advanced { done })?;
            }
            stored.push(StoredFeatures {
                video: source.video().clone(),
                dimensions,
                values,
            });
        }
        observer.tell(Event::Finished)?;
        Ok(Self {
            dimensions,
            videos: stored,
        })
    }

    pub(crate) fn videos(&self) -> &[StoredFeatures] {
        &self.videos
    }

    /// The shape of a clip of so many vectors.
    pub(crate) fn clip(&self, frames: usize) -> ClipShape {
        clip_of_features(frames, self.dimensions)
    }
}

impl ClipFrames for &StoredFeatures {
    fn video(&self) -> &Video {
        &self.video
    }

    fn write_frame(&self, index: usize, out: &mut [f32]) -> Result<(), Error> {
        Error::check_length("features of a frame", self.dimensions, out.len())?;
        out.copy_from_slice(&self.values[index * self.dimensions..][..self.dimensions]);
        Ok(())
    }
}
