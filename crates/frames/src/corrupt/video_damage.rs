//! The damage of a video, frame by frame.

use oddframe_core::{FrameNumber, Random, Video, VideoId};

use super::key::video_key;
use super::options::{DamageOptions, NoiseChannels};

/// The damage of one frame that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameDamage {
    /// The frame's index in the undamaged source.
    pub index: usize,
    /// The frame's number, which it keeps.
    pub number: FrameNumber,
    /// Whether noise is added.
    pub noisy: bool,
    /// Whether the frame is upside down.
    pub flipped: bool,
}

/// The damage of one video, which is also its ground truth.
#[derive(Debug, Clone, PartialEq)]
pub struct VideoDamage {
    pub(super) video: VideoId,
    pub(super) seed: u64,
    pub(super) amplitude: f64,
    pub(super) channels: NoiseChannels,
    pub(super) frames: Vec<FrameDamage>,
}

impl VideoDamage {
    /// The video.
    pub fn video(&self) -> &VideoId {
        &self.video
    }

    /// The frames that are kept, in order.
    pub fn frames(&self) -> &[FrameDamage] {
        &self.frames
    }
}

/// The purpose of a random stream. Each purpose has a stream of its own, so that changing one
/// option does not change the random numbers of the others.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Late,
    Drops,
    Segments,
    Flips,
    Noise,
}

/// The frames of one video that are kept, while the plan marks their damage.
pub(super) struct Kept {
    pub(super) key: u64,
    pub(super) frames: Vec<FrameDamage>,
}

impl Kept {
    /// Draws the first frame of the video and the frames that are dropped.
    pub(super) fn draw_frames(video: &Video, options: DamageOptions, seed: u64) -> Self {
        let key = video_key(video.id());
        let (least, most) = options.late_frames;
        let mut random = Random::stream(seed, &[key, Purpose::Late as u64]);
        let late = random.chance(options.late_share) && video.len() / 2 > most;
        let start = if late {
            least + random.below((most - least) as u64 + 1) as usize
        } else {
            0
        };

        let mut random = Random::stream(seed, &[key, Purpose::Drops as u64]);
        // The first and the last frame are never dropped.
        let mut inside: Vec<usize> = (start + 1..video.len().saturating_sub(1)).collect();
        // A choice without repetition: the first of the shuffled candidates.
        random.shuffle(&mut inside);
        inside.truncate((options.drop_share * (video.len() - start) as f64).round() as usize);
        inside.sort_unstable();

        let mut frames = Vec::new();
        for (index, number) in video.numbers().iter().enumerate().skip(start) {
            if inside.binary_search(&index).is_err() {
                frames.push(FrameDamage {
                    index,
                    number: *number,
                    noisy: false,
                    flipped: false,
                });
            }
        }
        Self { key, frames }
    }
}
