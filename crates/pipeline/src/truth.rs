use std::path::Path;

use oddframe_core::{FrameSource, Labels, VideoLabels};
use oddframe_frames::VideoDamage;
use oddframe_labels::read_flags;
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

impl Truth {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.noisy.is_none() && self.flipped.is_none()
    }

    /// Reads `noise.csv` (`video,frame,noisy`) and `flips.csv` (`video,frame,flipped`) of a data set's folder, those
    /// that are there.
    ///
    /// # Errors
    /// When one of them breaks its rules.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let read = |name, column| flags(&folder.join(name), column);
        Ok(Self { noisy: read("noise.csv", "noisy")?, flipped: read("flips.csv", "flipped")? })
    }

    /// What a plan of damage did to videos.
    pub(crate) fn of_damage(videos: &[VideoDamage]) -> Result<Self, Error> {
        let labels = |flag: fn(&oddframe_frames::FrameDamage) -> bool| {
            let of = |video: &VideoDamage| {
                let numbers = video.frames().iter().map(|frame| frame.number).collect();
                VideoLabels::new(video.video().clone(), numbers, video.frames().iter().map(flag).collect())
            };
            Labels::new(videos.iter().map(of).collect::<Result<_, _>>()?)
        };
        Ok(Self { noisy: Some(labels(|f| f.noisy)?), flipped: Some(labels(|f| f.flipped)?) })
    }

    /// What the synthetic scene did to its videos itself.
    pub(crate) fn of_scene(videos: &[SceneVideo]) -> Result<Self, Error> {
        let labels = |flag: fn(oddframe_synth::FrameDamage) -> bool| {
            let of = |video: &SceneVideo| {
                let flags = (0..video.numbers().len()).map(|index| flag(video.damage(index))).collect();
                VideoLabels::new(video.id().clone(), video.numbers().to_vec(), flags)
            };
            Labels::new(videos.iter().map(of).collect::<Result<_, _>>()?)
        };
        Ok(Self { noisy: Some(labels(|d| d.noisy)?), flipped: Some(labels(|d| d.flipped)?) })
    }
}

fn flags(path: &Path, column: &'static str) -> Result<Option<Labels>, Error> {
    if path.exists() { Ok(Some(read_flags(path, column)?)) } else { Ok(None) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use oddframe_core::{FrameNumber, Video};

    use super::*;

    #[test]
    fn flags_are_read_where_they_are() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Truth::read(folder.path()).unwrap().is_empty());
        fs::write(folder.path().join("flips.csv"), "video,frame,flipped\n1,3,0\n1,5,1\n").unwrap();
        let truth = Truth::read(folder.path()).unwrap();
        assert_eq!(truth.noisy, None);
        assert_eq!(truth.flipped.unwrap().videos()[0].abnormal(), [false, true]);
        fs::write(folder.path().join("noise.csv"), "video,frame,label\n1,3,0\n").unwrap();
        let error = Truth::read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("noise.csv") && error.contains("`noisy`"), "{error}");
    }

    #[test]
    fn a_plan_tells_the_truth() {
        let shape = oddframe_core::FrameShape::new(4, 4, oddframe_core::PixelFormat::Gray).unwrap();
        let video = Video::new("1".into(), shape, (0..200).map(FrameNumber).collect()).unwrap();
        let options = oddframe_frames::DamageOptions::none().with_flips(0.1);
        let damage = oddframe_frames::Damage::plan(&[&video], options, 1).unwrap();
        let truth = Truth::of_damage(damage.videos()).unwrap();
        assert_eq!(truth.flipped.unwrap().positives(), 20);
        assert_eq!(truth.noisy.unwrap().positives(), 0);
    }
}
