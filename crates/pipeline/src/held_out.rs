//! Normal video that systems are not fitted on, because their scores are calibrated with it.

use std::ops::Range;

use oddframe_core::FrameSource;

use crate::video_part::VideoPart;
use crate::{Data, Error, Recipe};

/// With fewer training videos, a part of each is held out.
const WHOLE_VIDEOS: usize = 5;

/// The training videos, divided.
pub(crate) struct NormalShares<'a> {
    /// What systems are fitted on.
    pub(crate) fit: Vec<VideoPart<&'a dyn FrameSource>>,
    /// What is scored to calibrate.
    pub(crate) held_out: Vec<VideoPart<&'a dyn FrameSource>>,
}

impl<'a> NormalShares<'a> {
    /// Divides the training videos as the recipe asks; none without a section `[calibration]`.
    pub(crate) fn of(recipe: &Recipe, data: &'a Data) -> Result<Option<Self>, Error> {
        let Some(calibration) = &recipe.calibration else {
            return Ok(None);
        };
        Self::divide(&data.train()?, calibration.held_out).map(Some)
    }

    /// Holds out a share of the videos, at least one, spread evenly over all; of fewer than five, the last share of the frames of
    /// each.
    fn divide(videos: &[&'a dyn FrameSource], share: f64) -> Result<Self, Error> {
        let (mut fit, mut held_out) = (Vec::new(), Vec::new());
        let held_out_videos = (videos.len() as f64 * share).round().max(1.0) as usize;
        let held_out_videos = held_out_videos.min(videos.len().saturating_sub(1));
        for (place, video) in videos.iter().enumerate() {
            let frames = video.numbers().len();
            if videos.len() >= WHOLE_VIDEOS {
                let whole = part_of(*video, 0..frames)?;
                // Spread, because what is normal differs between the hours of a recording: the last videos alone would stand
                // for the last hours.
                let before = place * held_out_videos / videos.len();
                if (place + 1) * held_out_videos / videos.len() > before {
                    held_out.push(whole);
                } else {
                    fit.push(whole);
                }
                continue;
            }
            // The end of the video and not every fifth frame: neighbouring frames are so alike that the frames
            // between those that were learned would hardly be held out.
            let cut = frames - ((frames as f64 * share).round().max(1.0) as usize).min(frames - 1);
            if cut == frames {
                return Err(Error::TooShortToHoldOut {
                    video: video.id().name().to_owned(),
                    frames,
                });
            }
            fit.push(part_of(*video, 0..cut)?);
            held_out.push(part_of(*video, cut..frames)?);
        }
        Ok(Self { fit, held_out })
    }

    /// The held-out videos.
    pub(crate) fn held_out(&self) -> Vec<&dyn FrameSource> {
        list_sources(&self.held_out)
    }

    /// The videos that systems are fitted on.
    pub(crate) fn fit(&self) -> Vec<&dyn FrameSource> {
        list_sources(&self.fit)
    }
}

fn part_of(
    video: &dyn FrameSource,
    frames: Range<usize>,
) -> Result<VideoPart<&dyn FrameSource>, Error> {
    Ok(VideoPart::new(video, frames)?)
}

fn list_sources<'s>(parts: &'s [VideoPart<&dyn FrameSource>]) -> Vec<&'s dyn FrameSource> {
    parts.iter().map(|part| part as &dyn FrameSource).collect()
}

#[cfg(test)]
mod tests {
    use oddframe_synth::{Preset, Scene};

    use super::*;

    #[test]
    fn whole_videos_are_held_out_where_there_are_five() {
        let scene = Scene::new(Preset::Tiny, 6);
        let video = &scene.train()[0];
        for (count, share, expected) in [(5, 0.2, (4, 1)), (16, 0.2, (13, 3)), (6, 0.9, (1, 5))] {
            let videos: Vec<&dyn FrameSource> = vec![video; count];
            let shares = NormalShares::divide(&videos, share).unwrap();
            assert_eq!((shares.fit.len(), shares.held_out.len()), expected);
        }
        // 3 of 8: the third, the sixth and the last.
        let scene = Scene::new(Preset::Small, 6);
        let videos: Vec<&dyn FrameSource> = scene.train().iter().map(|video| video as _).collect();
        let shares = NormalShares::divide(&videos, 0.4).unwrap();
        let held_out = shares.held_out().into_iter().map(FrameSource::id);
        assert!(held_out.eq([2, 5, 7].map(|place: usize| videos[place].id())));
    }

    #[test]
    fn the_ends_of_few_videos_are_held_out() {
        let scene = Scene::new(Preset::Tiny, 6);
        let videos: Vec<&dyn FrameSource> = vec![&scene.train()[0]; 2];
        let shares = NormalShares::divide(&videos, 0.2).unwrap();
        let frames = videos[0].numbers().len();
        assert_eq!((shares.fit.len(), shares.held_out.len()), (2, 2));
        for (fit, held_out) in shares.fit().into_iter().zip(shares.held_out()) {
            assert_eq!(held_out.numbers().len(), frames / 5);
            assert_eq!(
                [fit.numbers(), held_out.numbers()].concat(),
                videos[0].numbers()
            );
        }
        let one = VideoPart::new(videos[0], 0..1).unwrap();
        let error = NormalShares::divide(&[&one], 0.2).err().unwrap();
        assert!(error.to_string().contains("a single frame"), "{error}");
    }
}
