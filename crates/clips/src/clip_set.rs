use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use oddframe_core::{
    ClipShape, Error, FrameInput, FrameShape, FrameSource, Random, Window, WindowSpec,
};
use oddframe_frames::{Augment, video_key};

use crate::clip_frames::{ClipFrames, PreparedVideo};
use crate::{Examples, FeatureStore, FlowStore};

/// What a network should give for a clip that was augmented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Target {
    /// The augmented clip, as the network sees it.
    #[default]
    Same,
    /// The clip before the augmentation, so that the network learns to undo it.
    Clean,
}

/// Clips of normal videos to learn from.
///
/// The videos are already prepared as the input asks; a [`FrameStore`](crate::FrameStore) prepares them and keeps them in
/// memory. Cloning is cheap, because the videos are shared: networks with several seeds learn from the same clips.
///
/// ```
/// use oddframe_clips::{ClipSet, Examples, FrameStore};
/// use oddframe_core::{FrameInput, FrameSource, PixelFormat, Silent, WindowSpec};
/// use oddframe_synth::{Preset, Scene};
///
/// let scene = Scene::new(Preset::Tiny, 0);
/// let videos: Vec<&dyn FrameSource> = scene.train().iter().map(|video| video as &dyn FrameSource).collect();
/// let input = FrameInput::new(32, 32, PixelFormat::Gray)?;
/// let store = FrameStore::load(&videos, &[input], FrameStore::BUDGET_BYTES, &mut Silent)?;
///
/// let clips = ClipSet::new(&store.sources(input), input, WindowSpec::new(16, 2)?)?;
/// let (training, validation) = clips.split(0.2, 42)?;
/// assert!(training.len() > validation.len());
///
/// let mut input = vec![0.0; 16 * 32 * 32];
/// let mut target = input.clone();
/// training.write_example(1, 0, &mut input, &mut target)?;
/// assert_eq!(input, target);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ClipSet<'a> {
    videos: Arc<[Box<dyn ClipFrames + 'a>]>,
    /// Each window with the position of its video.
    windows: Vec<(usize, Window)>,
    clip: ClipShape,
    predicted: Range<usize>,
    augment: Option<Augment>,
    target: Target,
}

/// The random stream that chooses the videos to set aside.
const SPLIT: u64 = u64::from_be_bytes(*b"setaside");

impl<'a> ClipSet<'a> {
    /// The clips that windows cut from videos, which are prepared as the input asks.
    ///
    /// # Errors
    /// When there is no clip, a video is not prepared, or a video is too short and the windows ask for an error then.
    pub fn new(
        videos: &[&'a dyn FrameSource],
        input: FrameInput,
        windows: WindowSpec,
    ) -> Result<Self, Error> {
        let clip = input.clip(windows.length())?;
        let expected = FrameShape::new(clip.width, clip.height, input.format())?;
        for video in videos {
            if video.shape() != expected {
                let (video, found) = (video.id().clone(), video.shape());
                return Err(crate::Error::UnpreparedVideo {
                    video,
                    expected,
                    found,
                }
                .into());
            }
        }
        let (scale, spare) = (input.scale(), Arc::default());
        let videos = videos.iter().map(|source| {
            let (source, spare) = (*source, Arc::clone(&spare));
            Box::new(PreparedVideo::new(source, scale, spare)) as Box<dyn ClipFrames>
        });
        Self::of_videos(videos.collect(), clip, windows)
    }

    /// The clips of optical flow that windows cut from the videos of a store: a window is a number of flows.
    ///
    /// # Errors
    /// When there is no clip, or a video is too short and the windows ask for an error then.
    pub fn of_flow(store: &'a FlowStore, windows: WindowSpec) -> Result<Self, Error> {
        let videos = store.videos().iter();
        let videos = videos.map(|video| Box::new(video) as Box<dyn ClipFrames>);
        Self::of_videos(
            videos.collect(),
            store.input().clip(windows.length()),
            windows,
        )
    }

    /// The clips of features that windows cut from the videos of a store.
    ///
    /// # Errors
    /// As [`Self::of_flow`].
    pub fn of_features(store: &'a FeatureStore, windows: WindowSpec) -> Result<Self, Error> {
        let videos = store.videos().iter();
        let videos = videos.map(|video| Box::new(video) as Box<dyn ClipFrames>);
        Self::of_videos(videos.collect(), store.clip(windows.length()), windows)
    }

    fn of_videos(
        videos: Arc<[Box<dyn ClipFrames + 'a>]>,
        clip: ClipShape,
        windows: WindowSpec,
    ) -> Result<Self, Error> {
        let mut all = Vec::new();
        for (position, video) in videos.iter().enumerate() {
            all.extend(
                windows
                    .plan(video.video())?
                    .windows()
                    .iter()
                    .map(|window| (position, *window)),
            );
        }
        if all.is_empty() {
            return Err(Error::Nothing {
                what: "clip to learn from: the videos are missing or too short",
            });
        }
        Ok(Self {
            videos,
            windows: all,
            clip,
            predicted: 0..clip.frames,
            augment: None,
            target: Target::Same,
        })
    }

    /// Augments the clips at random, in every epoch in another way.
    #[must_use]
    pub fn with_augment(self, augment: Augment, target: Target) -> Self {
        Self {
            augment: Some(augment),
            target,
            ..self
        }
    }

    /// Sets the places of a clip that the network predicts: only these are the target.
    ///
    /// # Errors
    /// When a clip does not have these places.
    pub fn with_predicted_frames(self, places: Range<usize>) -> Result<Self, crate::Error> {
        if places.is_empty() || places.end > self.clip.frames {
            let (first, last) = (places.start, places.end.saturating_sub(1));
            return Err(crate::Error::NoSuchPlaces {
                first,
                last,
                frames: self.clip.frames,
            });
        }
        Ok(Self {
            predicted: places,
            ..self
        })
    }

    /// Splits the clips into those to learn from and those to validate on.
    ///
    /// Whole videos are set aside, because overlapping clips of one video are nearly equal. The seed chooses the videos;
    /// at least one video remains on each side, and the share of clips is met as closely as whole videos allow.
    ///
    /// # Errors
    /// When the share is not between 0 and 1, or there is only one video.
    pub fn split(self, share: f64, seed: u64) -> Result<(Self, Self), crate::Error> {
        if !(share > 0.0 && share < 1.0) {
            return Err(crate::Error::Share { value: share });
        }
        let mut clips = vec![0_usize; self.videos.len()];
        for (video, _) in &self.windows {
            clips[*video] += 1;
        }
        let mut order: Vec<usize> = (0..clips.len()).filter(|video| clips[*video] > 0).collect();
        if order.len() < 2 {
            return Err(crate::Error::SingleVideo);
        }
        Random::stream(seed, &[SPLIT]).shuffle(&mut order);
        // Counted in clips, not in videos: long videos weigh more.
        let wanted = share * self.windows.len() as f64;
        let mut aside = Vec::new();
        let mut taken = 0;
        // The first video in this order is always learned from; another one is set aside when this brings the share nearer.
        for &video in &order[1..] {
            let with = taken + clips[video];
            if aside.is_empty() || (with as f64 - wanted).abs() < (taken as f64 - wanted).abs() {
                taken = with;
                aside.push(video);
            }
        }
        let (validation, training) = self
            .windows
            .iter()
            .copied()
            .partition(|(video, _)| aside.contains(video));
        let validation = Self {
            windows: validation,
            ..self.clone()
        };
        Ok((
            Self {
                windows: training,
                ..self
            },
            validation,
        ))
    }

    /// The names of the videos that have a clip in this set, in order.
    pub fn video_names(&self) -> Vec<String> {
        let mut positions: Vec<usize> = self.windows.iter().map(|(video, _)| *video).collect();
        positions.dedup();
        positions
            .into_iter()
            .map(|video| self.videos[video].video().id().to_string())
            .collect()
    }
}

impl Examples for ClipSet<'_> {
    fn len(&self) -> usize {
        self.windows.len()
    }

    fn input_shape(&self) -> ClipShape {
        self.clip
    }

    fn target_shape(&self) -> ClipShape {
        ClipShape {
            frames: self.predicted.len(),
            ..self.clip
        }
    }

    fn write_example(
        &self,
        epoch: u64,
        index: usize,
        input: &mut [f32],
        target: &mut [f32],
    ) -> Result<(), Error> {
        let (clip, image) = (self.clip, self.clip.frame_values());
        Error::check_length(
            "values of an example's input",
            clip.frames * image,
            input.len(),
        )?;
        Error::check_length(
            "values of an example's target",
            self.predicted.len() * image,
            target.len(),
        )?;
        let &(video, window) = self.windows.get(index).ok_or(Error::Length {
            what: "clips",
            expected: self.len(),
            found: index,
        })?;
        for (frame, out) in window.places().zip(input.chunks_exact_mut(image)) {
            self.videos[video].write_frame(frame, out)?;
        }
        let predicted = self.predicted.start * image..self.predicted.end * image;
        // The input is augmented in place, so a clean target is copied before and any other target after.
        if self.target == Target::Clean {
            target.copy_from_slice(&input[predicted.clone()]);
        }
        if let Some(augment) = self.augment.as_ref().filter(|_| epoch > 0) {
            // The key names the clip by its video and start, so that neither the order of the clips nor the other videos
            // change what happens to it.
            let key = [
                epoch,
                video_key(self.videos[video].video().id()),
                window.start() as u64,
            ];
            augment.apply_to(clip, input, &key)?;
        }
        if self.target == Target::Same {
            target.copy_from_slice(&input[predicted]);
        }
        Ok(())
    }
}

impl fmt::Debug for ClipSet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClipSet")
            .field("videos", &self.video_names())
            .field("clip", &self.clip)
            .field("windows", &self.windows.len())
            .field("predicted", &self.predicted)
            .field("augment", &self.augment)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
