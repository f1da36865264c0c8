use oddframe_core::{Error as CoreError, Frame, FrameSource, Random, Video};

use super::plan::Purpose;
use super::{NoiseChannels, VideoDamage, flip_vertically, video_key};
use crate::Error;

/// A source whose frames are lost, noisy or upside down as a plan says.
///
/// The noise of a frame hangs on the seed, the video's name and the frame's number: it is the same in whatever
/// order frames are read, and however often.
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
    /// When it is not the video that was planned for: another name, or other frames.
    pub fn new(source: S, damage: VideoDamage) -> Result<Self, Error> {
        let elsewhere =
            |frame: &&super::FrameDamage| source.numbers().get(frame.index) != Some(&frame.number);
        if source.id() != &damage.video {
            return Err(Error::PlannedForAnother { planned: damage.video, found: source.id().clone() });
        }
        if let Some(frame) = damage.frames.iter().find(elsewhere) {
            return Err(Error::PlannedFrame { video: damage.video, frame: frame.number, index: frame.index });
        }
        let numbers = damage.frames.iter().map(|frame| frame.number).collect();
        let video = Video::new(source.id().clone(), source.shape(), numbers)?;
        let values_a_draw = match damage.channels {
            NoiseChannels::Shared => video.shape().channels(),
            NoiseChannels::Independent => 1,
        };
        let (noise, key) = (Noise::new(damage.amplitude, values_a_draw), video_key(source.id()));
        Ok(Self { source, video, damage, noise, key })
    }

    /// The plan: what was done to which frame.
    pub fn damage(&self) -> &VideoDamage {
        &self.damage
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
            self.noise.add(out.pixels_mut(), &mut Random::stream(self.damage.seed, &keys));
        }
        Ok(())
    }
}

/// Even noise on bytes, in whole numbers only: the same on every platform, and quick.
#[derive(Debug, Clone, Copy)]
struct Noise {
    /// The amplitude in 1/128 of a byte's unit.
    amplitude: i32,
    /// How many neighbouring bytes get the same value.
    values_a_draw: usize,
}

impl Noise {
    const UNITS: f64 = 128.0;
    /// 16 bits of the draw, 7 of the amplitude's fraction.
    const SHIFT: u32 = 16 + 7;
    const HALF: i32 = 1 << (Self::SHIFT - 1);

    /// `amplitude` is at most 255, so that 16 random bits times it fit into 31.
    fn new(amplitude: f64, values_a_draw: usize) -> Self {
        Self { amplitude: (amplitude * Self::UNITS).round() as i32, values_a_draw }
    }

    /// One draw, rounded to whole units: odd multiples of 2^-16 between -1 and 1, times the amplitude.
    fn value(self, bits: u16) -> i32 {
        let unit = 2 * i32::from(bits) - 0xFFFF;
        (unit * self.amplitude + Self::HALF) >> Self::SHIFT
    }

    fn add(self, pixels: &mut [u8], random: &mut Random) {
        // Four draws of 16 bits come out of one of 64.
        for four in pixels.chunks_mut(4 * self.values_a_draw) {
            let mut bits = random.bits();
            for one in four.chunks_mut(self.values_a_draw) {
                let noise = self.value(bits as u16);
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

    /// Every pixel of row `y` of frame `n` is 100 + y, and the frame's number tells the frames apart.
    #[derive(Debug)]
    struct Rows(Video);

    impl Rows {
        fn new(format: PixelFormat, frames: u64) -> Self {
            let shape = FrameShape::new(30, 20, format).unwrap();
            Self(Video::new("01".into(), shape, (0..frames).map(|i| FrameNumber(2 * i)).collect()).unwrap())
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
        Damage::plan(&[source.video()], options, seed).unwrap().videos()[0].of(source).unwrap()
    }

    fn all(source: &impl FrameSource, order: impl Iterator<Item = usize>) -> Vec<(usize, Frame)> {
        let mut frames: Vec<_> = order.map(|i| (i, source.read(i).unwrap())).collect();
        frames.sort_by_key(|(i, _)| *i);
        frames
    }

    #[test]
    fn the_same_bytes_come_in_whatever_order_frames_are_read() {
        let source = Rows::new(PixelFormat::Rgb, 200);
        let one = damaged(&source, DamageOptions::new(), 9);
        let n = one.numbers().len();
        assert_eq!(all(&one, 0..n), all(&damaged(&source, DamageOptions::new(), 9), (0..n).rev()));
        let other = damaged(&source, DamageOptions::none().with_noise(35.0, 1.0), 10);
        let again = damaged(&source, DamageOptions::none().with_noise(35.0, 1.0), 11);
        assert_ne!(other.read(0).unwrap(), again.read(0).unwrap());
        assert_ne!(other.read(0).unwrap().pixels(), other.read(1).unwrap().pixels());
    }

    #[test]
    fn noise_fills_its_amplitude_and_no_more() {
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
            let mean = counts.iter().map(|(d, c)| f64::from(d * *c as i32)).sum::<f64>() / f64::from(n);
            let square = counts.iter().map(|(d, c)| f64::from(d * d * *c as i32)).sum::<f64>() / f64::from(n);
            assert!(mean.abs() < 0.03 * amplitude + 1e-9, "{amplitude}: {mean}");
            if amplitude > 10.0 {
                // Even over ±a: variance a²/3, and 1/12 of rounding is far below the bound.
                assert!((square / (amplitude * amplitude / 3.0) - 1.0).abs() < 0.02, "{amplitude}: {square}");
            }
        }
    }

    #[test]
    fn noise_is_clamped_to_bytes() {
        let mut pixels = vec![255_u8; 4000];
        Noise::new(255.0, 1).add(&mut pixels, &mut Random::new(1));
        let white = pixels.chunks(40).filter(|some| some.contains(&0xFF)).count();
        assert_eq!((white, pixels.contains(&0)), (100, true));
        assert_eq!([0, 0xFFFF].map(|bits| Noise::new(255.0, 1).value(bits)), [-255, 255]);
    }

    #[test]
    fn channels_share_their_noise_or_do_not() {
        let source = Rows::new(PixelFormat::Rgb, 1);
        let options = DamageOptions::none().with_noise(35.0, 1.0);
        let gray = |frame: Frame| frame.pixels().chunks(3).filter(|p| p[0] == p[1] && p[1] == p[2]).count();
        let shared = damaged(&source, options, 3).read(0).unwrap();
        assert_eq!(gray(shared), 600);
        let independent =
            damaged(&source, options.with_channels(NoiseChannels::Independent), 3).read(0).unwrap();
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
            assert_eq!((frame.number(), planned.number.0), (planned.number, 2 * planned.index as u64));
            let first = if planned.flipped { 119 } else { 100 };
            assert_eq!(frame.pixels()[0], first);
            count += usize::from(planned.flipped);
        }
        assert_eq!(count, 27);
        assert!(matches!(flipped.read(108), Err(CoreError::NoSuchIndex { index: 108, len: 108, .. })));
    }

    #[test]
    fn a_plan_fits_its_own_video_alone() {
        let source = Rows::new(PixelFormat::Gray, 50);
        let plan = |id: &str, numbers: Vec<u64>| {
            let numbers = numbers.into_iter().map(FrameNumber).collect();
            let video = Video::new(id.into(), source.shape(), numbers).unwrap();
            Damage::plan(&[&video], DamageOptions::none(), 1).unwrap().videos()[0].of(&source).map(|_| ())
        };
        assert!(plan("1", (0..50).map(|i| 2 * i).collect()).is_ok());
        assert!(matches!(plan("2", vec![0]), Err(Error::PlannedForAnother { .. })));
        assert!(matches!(plan("1", vec![0, 1]), Err(Error::PlannedFrame { frame: FrameNumber(1), .. })));
        assert!(matches!(plan("1", (0..51).map(|i| 2 * i).collect()), Err(Error::PlannedFrame { .. })));
    }
}
