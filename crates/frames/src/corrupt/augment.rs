use oddframe_core::{Clip, ClipShape, Random};

use super::flip_rows::flip_rows;
use super::options::check_fraction;
use crate::Error;

/// The unit for which a random change is decided: the clip or each of its frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum NoiseUnit {
    /// Each frame separately.
    Frame,
    /// The whole clip together.
    Cuboid,
}

/// Uniform noise of ±amplitude for every value, clamped to a range.
///
/// ```
/// use oddframe_frames::{NoiseUnit, UniformNoise};
/// // Inputs in [-1, 1], noise on 40% of the clips.
/// let noise = UniformNoise::new(0.2745, 0.4, NoiseUnit::Cuboid)?.with_range(-1.0, 1.0)?;
/// assert!(UniformNoise::new(-0.1, 0.4, NoiseUnit::Frame).is_err());
/// # Ok::<(), oddframe_frames::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UniformNoise {
    amplitude: f32,
    probability: f64,
    each: NoiseUnit,
    low: f32,
    high: f32,
}

impl UniformNoise {
    /// Noise with a probability, clamped to 0 to 1.
    ///
    /// # Errors
    /// When the amplitude is negative or not finite, or the probability is outside 0 to 1.
    pub fn new(amplitude: f32, probability: f64, each: NoiseUnit) -> Result<Self, Error> {
        check_fraction("the probability of noise", probability)?;
        if !amplitude.is_finite() || amplitude < 0.0 {
            let what = "the amplitude of the noise";
            return Err(Error::Parameter {
                what,
                value: amplitude.into(),
                expected: "at least 0",
            });
        }
        Ok(Self {
            amplitude,
            probability,
            each,
            low: 0.0,
            high: 1.0,
        })
    }

    /// Sets the range of the values, to which they are clamped.
    ///
    /// # Errors
    /// When `low` is not below `high`, or one of them is NaN.
    pub fn with_range(self, low: f32, high: f32) -> Result<Self, Error> {
        if low < high {
            return Ok(Self { low, high, ..self });
        }
        let (what, expected) = (
            "the upper end of the range of values",
            "more than the lower end",
        );
        Err(Error::Parameter {
            what,
            value: high.into(),
            expected,
        })
    }

    fn add_to(self, values: &mut [f32], random: &mut Random) {
        for two in values.chunks_mut(2) {
            // Two random numbers from 64 bits: 24 bits each, the precision of an f32.
            let bits = random.bits();
            for (value, bits) in two.iter_mut().zip([bits >> 40, bits >> 8 & 0x00FF_FFFF]) {
                let unit = bits as f32 * (2.0 / (1_u32 << 24) as f32) - 1.0;
                *value = (*value + unit * self.amplitude).clamp(self.low, self.high);
            }
        }
    }
}

/// Random vertical flips.
///
/// ```
/// use oddframe_frames::{NoiseUnit, VerticalFlip};
/// assert!(VerticalFlip::new(0.1, NoiseUnit::Cuboid).is_ok());
/// assert!(VerticalFlip::new(1.1, NoiseUnit::Cuboid).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VerticalFlip {
    probability: f64,
    each: NoiseUnit,
}

impl VerticalFlip {
    /// Flips with a probability.
    ///
    /// # Errors
    /// When the probability is outside 0 to 1.
    pub fn new(probability: f64, each: NoiseUnit) -> Result<Self, Error> {
        check_fraction("the probability of a flip", probability)?;
        Ok(Self { probability, each })
    }
}

/// Random changes of training clips, so that a model learns the damage that it meets when it
/// scores.
///
/// ```
/// use oddframe_core::{Clip, ClipShape};
/// use oddframe_frames::{Augment, NoiseUnit, UniformNoise};
/// let noise = UniformNoise::new(0.1373, 0.4, NoiseUnit::Cuboid)?;
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

/// The last key of a random stream. Each change has a stream of its own, so that enabling one does
/// not alter the other.
#[derive(Clone, Copy)]
enum Change {
    Flip,
    Noise,
}

impl Augment {
    /// No changes, with the seed of all random streams.
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            noise: None,
            flip: None,
        }
    }

    /// Adds noise.
    #[must_use]
    pub const fn with_noise(self, noise: UniformNoise) -> Self {
        Self {
            noise: Some(noise),
            ..self
        }
    }

    /// Adds flips.
    #[must_use]
    pub const fn with_flip(self, flip: VerticalFlip) -> Self {
        Self {
            flip: Some(flip),
            ..self
        }
    }

    /// Changes a clip. The `keys` identify the clip and the time, for example the epoch, the video
    /// ([`video_key`](crate::video_key)) and the first frame. Equal keys give equal changes,
    /// whatever the order of clips.
    pub fn apply(&self, clip: &mut Clip, keys: &[u64]) {
        let shape = clip.shape();
        self.change_values(shape, clip.values_mut(), keys);
    }

    /// Changes a clip that is given by its values, `[T,C,H,W]`, such as one of a batch.
    ///
    /// # Errors
    /// When the number of values is not that of the shape.
    pub fn apply_to(
        &self,
        shape: ClipShape,
        values: &mut [f32],
        keys: &[u64],
    ) -> Result<(), oddframe_core::Error> {
        oddframe_core::Error::check_length(
            "values of a clip",
            shape.frames * shape.frame_values(),
            values.len(),
        )?;
        self.change_values(shape, values, keys);
        Ok(())
    }

    fn change_values(&self, shape: ClipShape, values: &mut [f32], keys: &[u64]) {
        // Flips before noise, in the order in which `Damaged` applies them to test videos.
        let image = shape.frame_values();
        if let Some(flip) = self.flip {
            for_each_chosen(
                values,
                image,
                flip.probability,
                flip.each,
                &mut self.random_stream(keys, Change::Flip),
                |frame, _| {
                    for plane in frame.chunks_exact_mut(shape.height * shape.width) {
                        flip_rows(plane, shape.width);
                    }
                },
            );
        }
        if let Some(noise) = self.noise {
            for_each_chosen(
                values,
                image,
                noise.probability,
                noise.each,
                &mut self.random_stream(keys, Change::Noise),
                |frame, random| noise.add_to(frame, random),
            );
        }
    }

    fn random_stream(&self, keys: &[u64], change: Change) -> Random {
        let keys: Vec<u64> = keys.iter().copied().chain([change as u64]).collect();
        Random::stream(self.seed, &keys)
    }
}

/// Calls `change` for the frames that chance selects: one decision per frame, or the first one for
/// all.
fn for_each_chosen(
    values: &mut [f32],
    image: usize,
    probability: f64,
    each: NoiseUnit,
    random: &mut Random,
    mut change: impl FnMut(&mut [f32], &mut Random),
) {
    // For a whole clip one decision is drawn, for single frames one for each.
    let mut chosen = random.chance(probability);
    for frame in values.chunks_exact_mut(image) {
        if chosen {
            change(frame, random);
        }
        if each == NoiseUnit::Frame {
            chosen = random.chance(probability);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: ClipShape = ClipShape {
        frames: 8,
        channels: 2,
        height: 5,
        width: 4,
    };

    /// A clip of distinct values between 0.2 and 0.6.
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

    /// Whether each frame of the clip has changed.
    fn changed(after: &Clip) -> Vec<bool> {
        (0..SHAPE.frames)
            .map(|place| after.frame(place) != clip().frame(place))
            .collect()
    }

    fn noise(amplitude: f32, probability: f64, each: NoiseUnit) -> Augment {
        Augment::new(1).with_noise(UniformNoise::new(amplitude, probability, each).unwrap())
    }

    #[test]
    fn noise_stays_within_its_amplitude_and_range() {
        let after = augmented(noise(0.1, 1.0, NoiseUnit::Frame), &[3]);
        let differences: Vec<_> = after
            .values()
            .iter()
            .zip(clip().values())
            .map(|(a, b)| a - b)
            .collect();
        assert!(differences.iter().all(|d| d.abs() <= 0.1 + 1e-6));
        assert!(differences.iter().any(|d| *d > 0.09) && differences.iter().any(|d| *d < -0.09));
        let mean = differences.iter().sum::<f32>() / differences.len() as f32;
        assert!(mean.abs() < 0.012, "{mean}");

        let after = augmented(noise(5.0, 1.0, NoiseUnit::Cuboid), &[3]);
        assert!(
            after.values().iter().all(|v| (0.0..=1.0).contains(v)) && after.values().contains(&0.0)
        );
        let signed = UniformNoise::new(5.0, 1.0, NoiseUnit::Cuboid)
            .unwrap()
            .with_range(-1.0, 1.0)
            .unwrap();
        assert!(
            augmented(Augment::new(1).with_noise(signed), &[3])
                .values()
                .contains(&-1.0)
        );
    }

    #[test]
    fn changes_are_decided_for_the_clip_or_for_each_frame() {
        let flip = |p, each| Augment::new(8).with_flip(VerticalFlip::new(p, each).unwrap());
        for augment in [
            noise(0.1, 0.3, NoiseUnit::Frame),
            flip(0.3, NoiseUnit::Frame),
        ] {
            let clips: Vec<_> = (0..500)
                .map(|key| changed(&augmented(augment, &[key])))
                .collect();
            let frames = clips.iter().flatten().filter(|c| **c).count();
            assert!((1100..1300).contains(&frames), "{frames} of 4000 at 0.3");
            assert!(
                clips
                    .iter()
                    .any(|c| c.contains(&true) && c.contains(&false))
            );
        }
        for augment in [
            noise(0.1, 0.4, NoiseUnit::Cuboid),
            flip(0.4, NoiseUnit::Cuboid),
        ] {
            let clips: Vec<_> = (0..500)
                .map(|key| changed(&augmented(augment, &[key])))
                .collect();
            assert!(clips.iter().all(|c| c.iter().all(|one| *one == c[0])));
            let chosen = clips.iter().filter(|c| c[0]).count();
            assert!((165..235).contains(&chosen), "{chosen} of 500 at 0.4");
        }
    }

    #[test]
    fn a_flip_reverses_each_plane_and_two_flips_restore_it() {
        let flip = Augment::new(1).with_flip(VerticalFlip::new(1.0, NoiseUnit::Cuboid).unwrap());
        let mut after = augmented(flip, &[]);
        for place in 0..SHAPE.frames {
            for channel in 0..2 {
                let plane =
                    |clip: &Clip, y: usize| clip.frame(place)[channel * 20 + y * 4..][..4].to_vec();
                assert!((0..5).all(|y| plane(&after, y) == plane(&clip(), 4 - y)));
            }
        }
        flip.apply(&mut after, &[]);
        assert_eq!(after, clip());
    }

    #[test]
    fn changes_depend_on_seed_and_keys_and_flips_do_not_alter_noise() {
        let augment = noise(0.1, 1.0, NoiseUnit::Frame);
        assert_eq!(augmented(augment, &[1, 2]), augmented(augment, &[1, 2]));
        assert_ne!(augmented(augment, &[1, 2]), augmented(augment, &[2, 1]));
        assert_ne!(
            augmented(augment, &[1]),
            augmented(Augment { seed: 2, ..augment }, &[1])
        );
        let never = VerticalFlip::new(0.0, NoiseUnit::Frame).unwrap();
        assert_eq!(
            augmented(augment, &[1]),
            augmented(augment.with_flip(never), &[1])
        );
        assert_eq!(augmented(Augment::new(1), &[1]), clip());
    }

    #[test]
    fn values_outside_a_clip_are_changed_in_the_same_way() {
        let augment = noise(0.1, 0.5, NoiseUnit::Frame);
        let mut values = clip().values().to_vec();
        augment.apply_to(SHAPE, &mut values, &[4]).unwrap();
        assert_eq!(values, augmented(augment, &[4]).values());
        assert!(augment.apply_to(SHAPE, &mut values[1..], &[4]).is_err());
    }

    #[test]
    fn parameters_outside_their_ranges_are_refused() {
        for (amplitude, probability) in [(-0.1, 0.5), (f32::NAN, 0.5), (0.1, 1.1), (0.1, f64::NAN)]
        {
            assert!(UniformNoise::new(amplitude, probability, NoiseUnit::Frame).is_err());
        }
        let noise = UniformNoise::new(0.1, 0.5, NoiseUnit::Frame).unwrap();
        for (low, high) in [(1.0, 1.0), (1.0, 0.0), (f32::NAN, 1.0), (0.0, f32::NAN)] {
            assert!(noise.with_range(low, high).is_err());
        }
        assert!(VerticalFlip::new(-0.1, NoiseUnit::Cuboid).is_err());
    }
}
