use oddframe_core::{Clip, ClipShape, Random};

use super::flip_rows::flip_rows;
use super::options::check_share;
use crate::Error;

/// Whether chance decides once for a clip or anew for each of its frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Each {
    /// Each frame by itself.
    Frame,
    /// The whole clip at once.
    Cuboid,
}

/// Noise drawn evenly from ±amplitude for every value, clamped to a range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UniformNoise {
    amplitude: f32,
    probability: f64,
    each: Each,
    low: f32,
    high: f32,
}

impl UniformNoise {
    /// Noise with this probability, clamped to 0 to 1.
    ///
    /// # Errors
    /// When the amplitude is negative or not finite, or the probability is not one.
    pub fn new(amplitude: f32, probability: f64, each: Each) -> Result<Self, Error> {
        check_share("the probability of noise", probability)?;
        if !amplitude.is_finite() || amplitude < 0.0 {
            let what = "the amplitude of the noise";
            return Err(Error::Parameter { what, value: amplitude.into(), expected: "at least 0" });
        }
        Ok(Self { amplitude, probability, each, low: 0.0, high: 1.0 })
    }

    /// Clamps to `low` to `high` instead.
    ///
    /// # Errors
    /// When `low` is not below `high`, or one of them is NaN.
    pub fn with_range(self, low: f32, high: f32) -> Result<Self, Error> {
        if low < high {
            return Ok(Self { low, high, ..self });
        }
        let (what, expected) = ("the upper end of the range of values", "more than the lower end");
        Err(Error::Parameter { what, value: high.into(), expected })
    }

    fn add(self, values: &mut [f32], random: &mut Random) {
        for two in values.chunks_mut(2) {
            // Two draws come out of 64 bits: 24 each, as many as an f32 holds.
            let bits = random.bits();
            for (value, bits) in two.iter_mut().zip([bits >> 40, bits >> 8 & 0x00FF_FFFF]) {
                let unit = bits as f32 * (2.0 / (1_u32 << 24) as f32) - 1.0;
                *value = (*value + unit * self.amplitude).clamp(self.low, self.high);
            }
        }
    }
}

/// Turning frames upside down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VerticalFlip {
    probability: f64,
    each: Each,
}

impl VerticalFlip {
    /// Flips with this probability.
    ///
    /// # Errors
    /// When the probability is not one.
    pub fn new(probability: f64, each: Each) -> Result<Self, Error> {
        check_share("the probability of a flip", probability)?;
        Ok(Self { probability, each })
    }
}

/// Random changes to the clips a model learns from, so that it meets what it will be scored on.
///
/// ```
/// use oddframe_core::{Clip, ClipShape};
/// use oddframe_frames::{Augment, Each, UniformNoise};
/// let noise = UniformNoise::new(0.1373, 0.4, Each::Cuboid)?;
/// let augment = Augment::new(2026).with_noise(noise);
/// let mut clip = Clip::new(ClipShape { frames: 16, channels: 1, height: 8, width: 8 })?;
/// let (epoch, video, first_frame) = (3, 1, 40);
/// augment.apply(&mut clip, &[epoch, video, first_frame]);
/// assert!(clip.values().iter().all(|v| (0.0..=0.1373).contains(v)));
/// # Ok::<(), oddframe_frames::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Augment {
    seed: u64,
    noise: Option<UniformNoise>,
    flip: Option<VerticalFlip>,
}

/// The last key of a stream, so that switching one change on or off leaves the other as it is.
#[derive(Clone, Copy)]
enum Change {
    Flip,
    Noise,
}

impl Augment {
    /// Nothing so far, under this seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed, noise: None, flip: None }
    }

    /// With noise.
    #[must_use]
    pub const fn with_noise(self, noise: UniformNoise) -> Self {
        Self { noise: Some(noise), ..self }
    }

    /// With flips.
    #[must_use]
    pub const fn with_flip(self, flip: VerticalFlip) -> Self {
        Self { flip: Some(flip), ..self }
    }

    /// Changes a clip. `keys` say which clip it is and when: the epoch, the video
    /// ([`video_key`](crate::video_key)), the first frame. Equal keys give equal changes, in whatever order
    /// clips come.
    pub fn apply(&self, clip: &mut Clip, keys: &[u64]) {
        let shape = clip.shape();
        self.change(shape, clip.values_mut(), keys);
    }

    /// Changes the values of a clip that lies in other memory, `[T,C,H,W]`: one of a batch.
    ///
    /// # Errors
    /// When there are more or fewer values than the shape says.
    pub fn apply_to(
        &self,
        shape: ClipShape,
        values: &mut [f32],
        keys: &[u64],
    ) -> Result<(), oddframe_core::Error> {
        let (expected, found) = (shape.frames * shape.frame_values(), values.len());
        if expected != found {
            return Err(oddframe_core::Error::Length { what: "values of a clip", expected, found });
        }
        self.change(shape, values, keys);
        Ok(())
    }

    fn change(&self, shape: ClipShape, values: &mut [f32], keys: &[u64]) {
        let stream = |change: Change| {
            let keys: Vec<u64> = keys.iter().copied().chain([change as u64]).collect();
            Random::stream(self.seed, &keys)
        };
        let image = shape.frame_values();
        if let Some(flip) = self.flip {
            for_each_chosen(
                values,
                image,
                flip.probability,
                flip.each,
                &mut stream(Change::Flip),
                |frame, _| {
                    for plane in frame.chunks_exact_mut(shape.height * shape.width) {
                        flip_rows(plane, shape.width);
                    }
                },
            );
        }
        if let Some(noise) = self.noise {
            let add = |frame: &mut [f32], random: &mut Random| noise.add(frame, random);
            for_each_chosen(values, image, noise.probability, noise.each, &mut stream(Change::Noise), add);
        }
    }
}

fn for_each_chosen(
    values: &mut [f32],
    image: usize,
    probability: f64,
    each: Each,
    random: &mut Random,
    mut change: impl FnMut(&mut [f32], &mut Random),
) {
    let mut chosen = random.chance(probability);
    for frame in values.chunks_exact_mut(image) {
        if chosen {
            change(frame, random);
        }
        if each == Each::Frame {
            chosen = random.chance(probability);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: ClipShape = ClipShape { frames: 8, channels: 2, height: 5, width: 4 };

    /// Every value tells its place, between 0.2 and 0.6.
    fn clip() -> Clip {
        let mut clip = Clip::new(SHAPE).unwrap();
        for place in 0..SHAPE.frames {
            for (i, value) in clip.frame_mut(place).iter_mut().enumerate() {
                *value = 0.2 + (place * 40 + i) as f32 / 800.0;
            }
        }
        clip
    }

    fn augmented(augment: Augment, keys: &[u64]) -> Clip {
        let mut clip = clip();
        augment.apply(&mut clip, keys);
        clip
    }

    /// Which of the clip's frames have changed.
    fn changed(after: &Clip) -> Vec<bool> {
        (0..SHAPE.frames).map(|place| after.frame(place) != clip().frame(place)).collect()
    }

    fn noise(amplitude: f32, probability: f64, each: Each) -> Augment {
        Augment::new(1).with_noise(UniformNoise::new(amplitude, probability, each).unwrap())
    }

    #[test]
    fn noise_keeps_to_its_amplitude_and_range() {
        let after = augmented(noise(0.1, 1.0, Each::Frame), &[3]);
        let differences: Vec<_> = after.values().iter().zip(clip().values()).map(|(a, b)| a - b).collect();
        assert!(differences.iter().all(|d| d.abs() <= 0.1 + 1e-6));
        assert!(differences.iter().any(|d| *d > 0.09) && differences.iter().any(|d| *d < -0.09));
        let mean = differences.iter().sum::<f32>() / differences.len() as f32;
        assert!(mean.abs() < 0.012, "{mean}");

        let after = augmented(noise(5.0, 1.0, Each::Cuboid), &[3]);
        assert!(after.values().iter().all(|v| (0.0..=1.0).contains(v)) && after.values().contains(&0.0));
        let signed = UniformNoise::new(5.0, 1.0, Each::Cuboid).unwrap().with_range(-1.0, 1.0).unwrap();
        assert!(augmented(Augment::new(1).with_noise(signed), &[3]).values().contains(&-1.0));
    }

    #[test]
    fn chance_decides_for_the_clip_or_for_each_frame() {
        let flip = |p, each| Augment::new(8).with_flip(VerticalFlip::new(p, each).unwrap());
        for augment in [noise(0.1, 0.3, Each::Frame), flip(0.3, Each::Frame)] {
            let clips: Vec<_> = (0..500).map(|key| changed(&augmented(augment, &[key]))).collect();
            let frames = clips.iter().flatten().filter(|c| **c).count();
            assert!((1100..1300).contains(&frames), "{frames} of 4000 at 0.3");
            assert!(clips.iter().any(|c| c.contains(&true) && c.contains(&false)));
        }
        for augment in [noise(0.1, 0.4, Each::Cuboid), flip(0.4, Each::Cuboid)] {
            let clips: Vec<_> = (0..500).map(|key| changed(&augmented(augment, &[key]))).collect();
            assert!(clips.iter().all(|c| c.iter().all(|one| *one == c[0])));
            let chosen = clips.iter().filter(|c| c[0]).count();
            assert!((165..235).contains(&chosen), "{chosen} of 500 at 0.4");
        }
    }

    #[test]
    fn a_flip_turns_each_plane_and_twice_is_the_identity() {
        let flip = Augment::new(1).with_flip(VerticalFlip::new(1.0, Each::Cuboid).unwrap());
        let mut after = augmented(flip, &[]);
        for place in 0..SHAPE.frames {
            for channel in 0..2 {
                let plane = |clip: &Clip, y: usize| clip.frame(place)[channel * 20 + y * 4..][..4].to_vec();
                assert!((0..5).all(|y| plane(&after, y) == plane(&clip(), 4 - y)));
            }
        }
        flip.apply(&mut after, &[]);
        assert_eq!(after, clip());
    }

    #[test]
    fn seed_and_keys_decide_and_flips_leave_noise_alone() {
        let augment = noise(0.1, 1.0, Each::Frame);
        assert_eq!(augmented(augment, &[1, 2]), augmented(augment, &[1, 2]));
        assert_ne!(augmented(augment, &[1, 2]), augmented(augment, &[2, 1]));
        assert_ne!(augmented(augment, &[1]), augmented(Augment { seed: 2, ..augment }, &[1]));
        let never = VerticalFlip::new(0.0, Each::Frame).unwrap();
        assert_eq!(augmented(augment, &[1]), augmented(augment.with_flip(never), &[1]));
        assert_eq!(augmented(Augment::new(1), &[1]), clip());
    }

    #[test]
    fn values_elsewhere_are_changed_alike() {
        let augment = noise(0.1, 0.5, Each::Frame);
        let mut values = clip().values().to_vec();
        augment.apply_to(SHAPE, &mut values, &[4]).unwrap();
        assert_eq!(values, augmented(augment, &[4]).values());
        assert!(augment.apply_to(SHAPE, &mut values[1..], &[4]).is_err());
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (amplitude, probability) in [(-0.1, 0.5), (f32::NAN, 0.5), (0.1, 1.1), (0.1, f64::NAN)] {
            assert!(UniformNoise::new(amplitude, probability, Each::Frame).is_err());
        }
        let noise = UniformNoise::new(0.1, 0.5, Each::Frame).unwrap();
        for (low, high) in [(1.0, 1.0), (1.0, 0.0), (f32::NAN, 1.0), (0.0, f32::NAN)] {
            assert!(noise.with_range(low, high).is_err());
        }
        assert!(VerticalFlip::new(-0.1, Each::Cuboid).is_err());
    }
}
