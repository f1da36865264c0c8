//! Noise and upside-down frames.

use oddframe_core::Random;

/// The damage of a frame, applied after the camera.
///
/// ```
/// use oddframe_synth::FrameDamage;
/// assert_eq!(FrameDamage::default(), FrameDamage { noisy: false, flipped: false });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct FrameDamage {
    /// Uniform noise of up to ±35 levels was added.
    pub noisy: bool,
    /// The frame is upside down.
    pub flipped: bool,
}

/// The largest noise, in levels.
const MAX_NOISE: i32 = 35;
/// The fraction of the frames that are noisy, and the lengths of the noisy stretches.
const NOISY: f64 = 0.4;
const STRETCH: (u64, u64) = (20, 60);
/// In the Pixel Play data 1,195 of 11,706 frames are upside down; and the lengths of their runs.
const FLIPPED: (usize, usize) = (1_195, 11_706);
const RUN: (u64, u64) = (5, 25);

/// Plans which frames of videos of these lengths are damaged.
pub(crate) fn plan_damage(lengths: &[usize], random: &mut Random) -> Vec<Vec<FrameDamage>> {
    let mut damage: Vec<Vec<FrameDamage>> = lengths
        .iter()
        .map(|n| vec![FrameDamage::default(); *n])
        .collect();
    let total: usize = lengths.iter().sum();

    // Noise: cut all videos into stretches, and take stretches in random order until enough frames
    // are noisy.
    let mut stretches = Vec::new();
    for (video, length) in lengths.iter().enumerate() {
        let mut at = 0;
        while at < *length {
            let end = length
                .min(&(at + random_length(random, STRETCH)))
                .to_owned();
            stretches.push((video, at, end));
            at = end;
        }
    }
    random.shuffle(&mut stretches);
    let mut noisy = 0;
    for (video, from, to) in stretches {
        if noisy as f64 >= NOISY * total as f64 {
            break;
        }
        damage[video][from..to]
            .iter_mut()
            .for_each(|d| d.noisy = true);
        noisy += to - from;
    }

    // The same share of the frames as in the data, rounded to the nearest whole number.
    let mut left = (total * FLIPPED.0 + FLIPPED.1 / 2) / FLIPPED.1;
    // Flips: place runs at random. A run that overlaps or touches another is drawn again; there is
    // room for ten times as many.
    while left > 0 {
        let run = random_length(random, RUN).min(left);
        let (video, from) = locate_frame(lengths, random.below(total as u64) as usize);
        let Some(frames) = damage[video].get_mut(from..from + run) else {
            continue;
        };
        if frames.iter().any(|d| d.flipped) {
            continue;
        }
        for frame in frames.iter_mut() {
            frame.flipped = true;
        }
        let neighbours = [from.checked_sub(1), Some(from + run)];
        let touches = neighbours
            .into_iter()
            .flatten()
            .filter_map(|i| damage[video].get(i))
            .any(|d| d.flipped);
        if touches {
            damage[video][from..from + run]
                .iter_mut()
                .for_each(|d| d.flipped = false);
            continue;
        }
        left -= run;
    }
    damage
}

fn random_length(random: &mut Random, (least, most): (u64, u64)) -> usize {
    (least + random.below(most - least + 1)) as usize
}

/// The video of a frame that is counted through all videos, and the frame's index in it.
fn locate_frame(lengths: &[usize], mut frame: usize) -> (usize, usize) {
    for (video, length) in lengths.iter().enumerate() {
        if frame < *length {
            return (video, frame);
        }
        frame -= length;
    }
    (0, 0)
}

/// Turns a picture upside down.
pub(crate) fn flip_rows(pixels: &mut [u8], row_bytes: usize) {
    let rows = pixels.len() / row_bytes;
    let (top, bottom) = pixels.split_at_mut(rows / 2 * row_bytes);
    for (above, below) in top
        .chunks_exact_mut(row_bytes)
        .zip(bottom.rchunks_exact_mut(row_bytes))
    {
        above.swap_with_slice(below);
    }
}

/// Adds uniform noise to RGB pixels, the same to the three channels of a pixel.
pub(crate) fn add_noise(pixels: &mut [u8], random: &mut Random) {
    // Four draws of 16 bits from each random number of 64.
    for four in pixels.chunks_mut(12) {
        let mut bits = random.bits();
        for pixel in four.chunks_mut(3) {
            // In 256ths of a level, which is fine enough to be uniform after rounding.
            let noise = (((bits & 0xFFFF) as i32 * (2 * MAX_NOISE * 256)) >> 16) - MAX_NOISE * 256;
            bits >>= 16;
            for value in pixel {
                *value = ((i32::from(*value) * 256 + noise + 128) >> 8).clamp(0, 255) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_keeps_its_shares_and_its_runs() {
        let lengths = [499, 1211, 36, 20, 7, 3000];
        let total: usize = lengths.iter().sum();
        for seed in 0..10 {
            let damage = plan_damage(&lengths, &mut Random::new(seed));
            assert_eq!(damage.iter().map(Vec::len).collect::<Vec<_>>(), lengths);
            let all: Vec<FrameDamage> = damage.concat();
            let noisy = all.iter().filter(|d| d.noisy).count() as f64 / total as f64;
            assert!((NOISY..NOISY + 0.02).contains(&noisy), "{noisy}");
            let flipped = all.iter().filter(|d| d.flipped).count();
            assert_eq!(flipped, (total * 1_195 + 5_853) / 11_706);
            let mut runs: Vec<usize> = Vec::new();
            for video in &damage {
                runs.extend(
                    video
                        .split(|d| !d.flipped)
                        .map(<[_]>::len)
                        .filter(|n| *n > 0),
                );
            }
            // The last run is as long as what was left.
            assert!(
                runs.iter().filter(|n| **n < 5).count() <= 1 && runs.iter().all(|n| *n <= 25),
                "{runs:?}"
            );
        }
    }

    #[test]
    fn noise_is_uniform_within_its_reach_and_shared_by_the_channels() {
        let mut pixels = vec![100; 3 * 50_000];
        add_noise(&mut pixels, &mut Random::new(8));
        let mut counts = [0_u32; 71];
        for pixel in pixels.chunks_exact(3) {
            assert!(pixel[0] == pixel[1] && pixel[1] == pixel[2]);
            counts[usize::from(pixel[0]) - 65] += 1;
        }
        // 50,000 draws over 70 levels; the two ends are half a level wide.
        assert!(
            counts[1..70].iter().all(|c| (600..830).contains(c)),
            "{counts:?}"
        );
        assert!((280..430).contains(&counts[0]) && (280..430).contains(&counts[70]));
        let mut dark = vec![3; 300];
        add_noise(&mut dark, &mut Random::new(8));
        assert!(dark.contains(&0) && dark.iter().all(|p| *p <= 38));
    }

    #[test]
    fn a_flip_swaps_the_rows_and_twice_is_nothing() {
        let mut pixels: Vec<u8> = (0..15).collect();
        flip_rows(&mut pixels, 3);
        assert_eq!(pixels, [12, 13, 14, 9, 10, 11, 6, 7, 8, 3, 4, 5, 0, 1, 2]);
        flip_rows(&mut pixels, 3);
        assert_eq!(pixels, (0..15).collect::<Vec<u8>>());
    }
}
