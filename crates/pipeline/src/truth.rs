use std::path::Path;

use oddframe_core::{FrameSource, Labels, VideoLabels};
use oddframe_frames::VideoDamage;
use oddframe_labels::{VideoFrames, read_flags};
use oddframe_synth::SceneVideo;

use crate::Error;

/// Which test frames are noisy or upside down, where that is known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Truth {
    /// The noisy frames.
    pub noisy: Option<Labels>,
    /// The frames that are upside down.
    pub flipped: Option<Labels>,
}

/// The column of `noise.csv` that marks noisy frames.
pub(crate) const NOISY: &str = "noisy";
/// The column of `flips.csv` that marks frames that are upside down.
pub(crate) const FLIPPED: &str = "flipped";

impl Truth {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.noisy.is_none() && self.flipped.is_none()
    }

    /// Whether any frame is damaged.
    pub(crate) fn has_damage(&self) -> bool {
        [&self.noisy, &self.flipped]
            .into_iter()
            .flatten()
            .any(|labels| labels.positives() > 0)
    }

    /// Reads `noise.csv` (`video,frame,noisy`) and `flips.csv` (`video,frame,flipped`) of a folder, where they exist, and
    /// the errors of files that are something else or do not cover these videos.
    pub(crate) fn read(folder: &Path, videos: &[VideoFrames]) -> (Self, Vec<Error>) {
        let mut errors = Vec::new();
        let noisy = read_flag_file(&folder.join("noise.csv"), NOISY, videos, &mut errors);
        let flipped = read_flag_file(&folder.join("flips.csv"), FLIPPED, videos, &mut errors);
        (Self { noisy, flipped }, errors)
    }

    /// The damage that was planned for videos.
    pub(crate) fn of_damage(videos: &[VideoDamage]) -> Result<Self, Error> {
        Ok(Self {
            noisy: Some(collect_labels(videos, |video| {
                damage_labels(video, |frame| frame.noisy)
            })?),
            flipped: Some(collect_labels(videos, |video| {
                damage_labels(video, |frame| frame.flipped)
            })?),
        })
    }

    /// The damage that is part of the synthetic scene.
    pub(crate) fn of_scene(videos: &[SceneVideo]) -> Result<Self, Error> {
        Ok(Self {
            noisy: Some(collect_labels(videos, |video| {
                scene_labels(video, |damage| damage.noisy)
            })?),
            flipped: Some(collect_labels(videos, |video| {
                scene_labels(video, |damage| damage.flipped)
            })?),
        })
    }
}

fn read_flag_file(
    path: &Path,
    column: &'static str,
    videos: &[VideoFrames],
    errors: &mut Vec<Error>,
) -> Option<Labels> {
    if !path.exists() {
        return None;
    }
    let flags = read_flags(path, column)
        .map_err(|error| errors.push(error.into()))
        .ok()?;
    for video in videos {
        let known = flags.video(&video.id);
        let unknown = video
            .numbers
            .iter()
            .find(|number| known.and_then(|known| known.get(**number)).is_none());
        if let Some(frame) = unknown {
            errors.push(Error::IncompleteFlags {
                path: path.to_path_buf(),
                video: video.id.name().to_owned(),
                frame: frame.0,
            });
            return None;
        }
    }
    Some(flags)
}

fn collect_labels<V>(
    videos: &[V],
    labels: impl Fn(&V) -> Result<VideoLabels, oddframe_core::Error>,
) -> Result<Labels, Error> {
    let labels = videos.iter().map(labels).collect::<Result<_, _>>()?;
    Ok(Labels::new(labels)?)
}

fn damage_labels(
    video: &VideoDamage,
    flag: fn(&oddframe_frames::FrameDamage) -> bool,
) -> Result<VideoLabels, oddframe_core::Error> {
    let numbers = video.frames().iter().map(|frame| frame.number).collect();
    VideoLabels::new(
        video.video().clone(),
        numbers,
        video.frames().iter().map(flag).collect(),
    )
}

fn scene_labels(
    video: &SceneVideo,
    flag: fn(oddframe_synth::FrameDamage) -> bool,
) -> Result<VideoLabels, oddframe_core::Error> {
    let flags = (0..video.numbers().len())
        .map(|index| flag(video.damage(index)))
        .collect();
    VideoLabels::new(video.id().clone(), video.numbers().to_vec(), flags)
}
