//! Placing the noisy segments.

use oddframe_core::Random;

use super::options::DamageOptions;
use super::video_damage::{Kept, Purpose};

/// Cuts every video into segments and marks random segments as noisy until their fraction is
/// reached exactly.
///
/// Each segment draws a random number, and the segments with the smallest ones are noisy. The
/// choice therefore does not depend on the order of the videos.
pub(super) fn mark_noise(videos: &mut [Kept], options: DamageOptions, seed: u64) {
    let (least, most) = options.segment_frames;
    let mut segments = Vec::new();
    for (video, kept) in videos.iter().enumerate() {
        let mut random = Random::stream(seed, &[kept.key, Purpose::Segments as u64]);
        let mut first = 0;
        while first < kept.frames.len() {
            let length = least.saturating_add(random.below((most - least) as u64 + 1) as usize);
            let end = first.saturating_add(length).min(kept.frames.len());
            segments.push((random.bits(), video, first..end));
            first = end;
        }
    }
    segments.sort_by_key(|(draw, video, frames)| (*draw, *video, frames.start));
    let frames: usize = videos.iter().map(|kept| kept.frames.len()).sum();
    let mut wanted = (options.noise_share * frames as f64).round() as usize;
    for (_, video, frames) in segments {
        // The segment with which the fraction is reached is cut short.
        let length = frames.len().min(wanted);
        for frame in &mut videos[video].frames[frames.start..][..length] {
            frame.noisy = true;
        }
        wanted -= length;
    }
}
