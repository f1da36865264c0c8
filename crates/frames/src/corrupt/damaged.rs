use oddframe_core::{Error as CoreError, Frame, FrameSource, Random, Video};

use super::flip_rows::flip_vertically;
use super::key::video_key;
use super::options::NoiseChannels;
use super::video_damage::{Purpose, VideoDamage};
use crate::Error;

/// A source whose frames are dropped, noisy or upside down, as a plan says.
///
/// The noise of a frame depends on the seed, the video's name and the frame's number, but not on
/// the order in which frames are read.
///
/// ```
/// # use oddframe_core::{Error, Frame, FrameNumber, FrameShape, FrameSource, PixelFormat, Video};
/// use oddframe_frames::{Damage, DamageOptions};
/// # struct White(Video);
/// # impl FrameSource for White {
/// #     fn video(&self) -> &Video { &self.0 }
/// #     fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
/// #         out.reset(self.shape(), self.number_at(index)?);
/// #         out.pixels_mut().fill(255);
/// #         Ok(())
/// #     }
/// # }
/// # let shape = FrameShape::new(8, 8, PixelFormat::Gray)?;
/// # let video = White(Video::new("01".into(), shape, (0..100).map(FrameNumber).collect())?);
/// // `video` is a source of white frames.
/// let plan = Damage::plan(&[video.video()], DamageOptions::none().with_noise(35.0, 1.0), 2026)?;
/// let damaged = plan.videos()[0].of(&video)?;
/// assert!(damaged.read(0)?.pixels().iter().any(|pixel| *pixel < 255));
/// # Ok::<(), oddframe_frames::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Damaged<S> {
    source: S,
    video: Video,
    damage: VideoDamage,
    noise: Noise,
    key: u64,
}

impl<S: FrameSource> Damaged<S> {
    /// Damages a source as planned.
    ///
    /// # Errors
    /// When the plan is for another video: the name or the frames differ.
    pub fn new(source: S, damage: VideoDamage) -> Result<Self, Error> {
        if source.id() != &damage.video {
            return Err(Error::PlannedForAnother {
                planned: damage.video,
                found: source.id().clone(),
            });
        }
        // The plan may be older than the data: every frame must still be where the plan has it.
        let misplaced = damage
            .frames
            .iter()
            .find(|frame| source.numbers().get(frame.index) != Some(&frame.number));
        if let Some(frame) = misplaced {
            return Err(Error::PlannedFrame {
                video: damage.video,
                frame: frame.number,
                index: frame.index,
            });
        }
        let numbers = damage.frames.iter().map(|frame| frame.number).collect();
        let video = Video::new(source.id().clone(), source.shape(), numbers)?;
        // The channels of a pixel are neighbours in memory: noise that they share is one draw for so many bytes.
        let values_a_draw = match damage.channels {
            NoiseChannels::Shared => video.shape().channels(),
            NoiseChannels::Independent => 1,
        };
        let (noise, key) = (
            Noise::new(damage.amplitude, values_a_draw),
            video_key(source.id()),
        );
        Ok(Self {
            source,
            video,
            damage,
            noise,
            key,
        })
    }

    /// The plan: the damage of each frame.
    pub fn damage(&self) -> &VideoDamage {
        &self.damage
    }
}

impl VideoDamage {
    /// Damages a source as planned.
    ///
    /// # Errors
    /// When the plan is for another video: the name or the frames differ.
    pub fn of<S: FrameSource>(&self, source: S) -> Result<Damaged<S>, Error> {
        Damaged::new(source, self.clone())
    }
}

impl<S: FrameSource> FrameSource for Damaged<S> {
    fn video(&self) -> &Video {
        &self.video
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), CoreError> {
        let number = self.number_at(index)?;
        let frame = self.damage.frames[index];
        self.source.read_into(frame.index, out)?;
        if frame.flipped {
            flip_vertically(out);
        }
        if frame.noisy {
            let keys = [self.key, number.0, Purpose::Noise as u64];
            self.noise.add_to(
                out.pixels_mut(),
                &mut Random::stream(self.damage.seed, &keys),
            );
        }
        Ok(())
    }
}

/// Uniform noise for bytes, in integer arithmetic, which gives the same bytes on every platform.
#[derive(Debug, Clone, Copy)]
struct Noise {
    /// The amplitude in 1/128 of a level.
    amplitude: i32,
    /// The number of neighbouring bytes that get the same noise.
    values_a_draw: usize,
}

impl Noise {
    const UNITS: f64 = 128.0;
    /// 16 fractional bits of the random number, and 7 of the amplitude.
    const SHIFT: u32 = 16 + 7;
    const HALF: i32 = 1 << (Self::SHIFT - 1);

    /// Noise of an amplitude of at most 255, so that its product with 16 random bits fits 31 bits.
    fn new(amplitude: f64, values_a_draw: usize) -> Self {
        Self {
            amplitude: (amplitude * Self::UNITS).round() as i32,
            values_a_draw,
        }
    }

    /// The noise for 16 random bits, which stand for an odd multiple of 2^-16 between -1 and 1:
    /// rounded to whole levels.
    fn noise_for(self, bits: u16) -> i32 {
        let unit = 2 * i32::from(bits) - 0xFFFF;
        (unit * self.amplitude + Self::HALF) >> Self::SHIFT
    }

    fn add_to(self, pixels: &mut [u8], random: &mut Random) {
        // Four random numbers of 16 bits from each one of 64.
        for four in pixels.chunks_mut(4 * self.values_a_draw) {
            let mut bits = random.bits();
            for one in four.chunks_mut(self.values_a_draw) {
                let noise = self.noise_for(bits as u16);
                bits >>= 16;
                for value in one {
                    *value = (i32::from(*value) + noise).clamp(0, 255) as u8;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use oddframe_core::{FrameNumber, FrameShape, PixelFormat};

    use super::*;
    use crate::{Damage, DamageOptions};

    /// A source whose pixels in row `y` are 100 + y, in every frame.
    #[derive(Debug)]
    struct Rows(Video);

    impl Rows {
        fn new(format: PixelFormat, frames: u64) -> Self {
            let shape = FrameShape::new(30, 20, format).unwrap();
            Self(
                Video::new(
                    "01".into(),
                    shape,
                    (0..frames).map(|i| FrameNumber(2 * i)).collect(),
                )
                .unwrap(),
            )
        }
    }

    impl FrameSource for Rows {
        fn video(&self) -> &Video {
            &self.0
        }
        fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), CoreError> {
            out.reset(self.shape(), self.number_at(index)?);
            let row = self.shape().row_bytes();
            for (y, row) in out.pixels_mut().chunks_mut(row).enumerate() {
                row.fill(100 + y as u8);
            }
            Ok(())
        }
    }

    fn damaged(source: &Rows, options: DamageOptions, seed: u64) -> Damaged<&Rows> {
        Damage::plan(&[source.video()], options, seed)
            .unwrap()
            .videos()[0]
            .of(source)
            .unwrap()
    }

    fn all(source: &impl FrameSource, order: impl Iterator<Item = usize>) -> Vec<(usize, Frame)> {
        let mut frames: Vec<_> = order.map(|i| (i, source.read(i).unwrap())).collect();
        frames.sort_by_key(|(i, _)| *i);
        frames
    }

    #[test]
    fn frames_do_not_depend_on_the_order_of_reading() {
        let source = Rows::new(PixelFormat::Rgb, 200);
        let one = damaged(&source, DamageOptions::new(), 9);
        let n = one.numbers().len();
        assert_eq!(
            all(&one, 0..n),
            all(&damaged(&source, DamageOptions::new(), 9), (0..n).rev())
        );
        let other = damaged(&source, DamageOptions::none().with_noise(35.0, 1.0), 10);
        let again = damaged(&source, DamageOptions::none().with_noise(35.0, 1.0), 11);
        assert_ne!(other.read(0).unwrap(), again.read(0).unwrap());
        assert_ne!(
            other.read(0).unwrap().pixels(),
            other.read(1).unwrap().pixels()
        );
    }

    #[test]
    fn noise_is_uniform_within_its_amplitude() {
        let source = Rows::new(PixelFormat::Rgb, 40);
        for (amplitude, bound) in [(35.0, 35), (0.4, 0), (0.6, 1), (0.0, 0), (100.0, 100)] {
            let noisy = damaged(&source, DamageOptions::none().with_noise(amplitude, 1.0), 1);
            let mut counts = std::collections::BTreeMap::new();
            for i in 0..40 {
                let (before, after) = (source.read(i).unwrap(), noisy.read(i).unwrap());
                for (a, b) in before.pixels().iter().zip(after.pixels()) {
                    *counts.entry(i32::from(*b) - i32::from(*a)).or_insert(0_u32) += 1;
                }
            }
            assert_eq!(
                counts.keys().next().zip(counts.keys().last()),
                Some((&-bound, &bound)),
                "{amplitude}"
            );
            let n: u32 = counts.values().sum();
            let mean = counts
                .iter()
                .map(|(d, c)| f64::from(d * *c as i32))
                .sum::<f64>()
                / f64::from(n);
            let square = counts
                .iter()
                .map(|(d, c)| f64::from(d * d * *c as i32))
                .sum::<f64>()
                / f64::from(n);
            assert!(mean.abs() < 0.03 * amplitude + 1e-9, "{amplitude}: {mean}");
            if amplitude > 10.0 {
                // The variance of a uniform distribution over ±a is a²/3; the 1/12 of rounding is
                // far below the bound.
                assert!(
                    (square / (amplitude * amplitude / 3.0) - 1.0).abs() < 0.02,
                    "{amplitude}: {square}"
                );
            }
        }
    }

    #[test]
    fn noise_is_clamped_to_bytes() {
        let mut pixels = vec![255_u8; 4000];
        Noise::new(255.0, 1).add_to(&mut pixels, &mut Random::new(1));
        let white = pixels
            .chunks(40)
            .filter(|some| some.contains(&0xFF))
            .count();
        assert_eq!((white, pixels.contains(&0)), (100, true));
        assert_eq!(
            [0, 0xFFFF].map(|bits| Noise::new(255.0, 1).noise_for(bits)),
            [-255, 255]
        );
    }

    #[test]
    fn channels_share_their_noise_or_have_their_own() {
        let source = Rows::new(PixelFormat::Rgb, 1);
        let options = DamageOptions::none().with_noise(35.0, 1.0);
        let gray = |frame: Frame| {
            frame
                .pixels()
                .chunks(3)
                .filter(|p| p[0] == p[1] && p[1] == p[2])
                .count()
        };
        let shared = damaged(&source, options, 3).read(0).unwrap();
        assert_eq!(gray(shared), 600);
        let independent = damaged(
            &source,
            options.with_channels(NoiseChannels::Independent),
            3,
        )
        .read(0)
        .unwrap();
        assert!(gray(independent) < 10);
    }

    #[test]
    fn flipped_frames_are_upside_down_and_keep_their_numbers() {
        let source = Rows::new(PixelFormat::Gray, 120);
        let options = DamageOptions::none().with_flips(0.25).with_drops(0.1);
        let flipped = damaged(&source, options, 4);
        assert_eq!(flipped.numbers().len(), 108);
        let mut count = 0;
        for (index, planned) in flipped.damage().frames().iter().enumerate() {
            let frame = flipped.read(index).unwrap();
            assert_eq!(
                (frame.number(), planned.number.0),
                (planned.number, 2 * planned.index as u64)
            );
            let first = if planned.flipped { 119 } else { 100 };
            assert_eq!(frame.pixels()[0], first);
            count += usize::from(planned.flipped);
        }
        assert_eq!(count, 27);
        assert!(matches!(
            flipped.read(108),
            Err(CoreError::NoSuchIndex {
                index: 108,
                len: 108,
                ..
            })
        ));
    }

    #[test]
    fn a_plan_is_refused_for_another_video() {
        let source = Rows::new(PixelFormat::Gray, 50);
        let plan = |id: &str, numbers: Vec<u64>| {
            let numbers = numbers.into_iter().map(FrameNumber).collect();
            let video = Video::new(id.into(), source.shape(), numbers).unwrap();
            Damage::plan(&[&video], DamageOptions::none(), 1)
                .unwrap()
                .videos()[0]
                .of(&source)
                .map(|_| ())
        };
        assert!(plan("1", (0..50).map(|i| 2 * i).collect()).is_ok());
        assert!(matches!(
            plan("2", vec![0]),
            Err(Error::PlannedForAnother { .. })
        ));
        assert!(matches!(
            plan("1", vec![0, 1]),
            Err(Error::PlannedFrame {
                frame: FrameNumber(1),
                ..
            })
        ));
        assert!(matches!(
            plan("1", (0..51).map(|i| 2 * i).collect()),
            Err(Error::PlannedFrame { .. })
        ));
    }
}
