use crate::Error;

/// Whether the channels of a pixel share their noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NoiseChannels {
    /// All channels get the same noise: the pixel becomes brighter or darker.
    Shared,
    /// Each channel gets its own noise: the pixel changes its colour too.
    Independent,
}

/// Options of a [`Damage`](crate::Damage) plan, which checks them.
///
/// The defaults describe the test videos of the Pixel Play contest: noise of ±35 on 40% of the
/// frames, in segments of 20 to 60 frames; 10% of the frames upside down, in runs of 5 to 25; 2% of
/// the frames missing; and a third of the videos starting 5 to 30 frames late.
///
/// ```
/// use oddframe_frames::DamageOptions;
/// let only_flips = DamageOptions::none().with_flips(0.1).with_runs(5, 25);
/// assert_ne!(only_flips, DamageOptions::default());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DamageOptions {
    pub(crate) noise: f64,
    pub(crate) noise_share: f64,
    pub(crate) channels: NoiseChannels,
    pub(crate) segment_frames: (usize, usize),
    pub(crate) flip_share: f64,
    pub(crate) run_frames: (usize, usize),
    pub(crate) drop_share: f64,
    pub(crate) late_share: f64,
    pub(crate) late_frames: (usize, usize),
}

impl Default for DamageOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl DamageOptions {
    /// The damage of the Pixel Play test videos.
    pub const fn new() -> Self {
        Self {
            noise: 35.0,
            noise_share: 0.40,
            channels: NoiseChannels::Shared,
            segment_frames: (20, 60),
            flip_share: 0.10,
            run_frames: (5, 25),
            drop_share: 0.02,
            late_share: 0.34,
            late_frames: (5, 30),
        }
    }

    /// No damage: the start for options with a single kind of damage.
    pub const fn none() -> Self {
        Self {
            noise_share: 0.0,
            flip_share: 0.0,
            drop_share: 0.0,
            late_share: 0.0,
            ..Self::new()
        }
    }

    /// Adds uniform noise of ±`amplitude` levels to this fraction of the frames.
    #[must_use]
    pub const fn with_noise(self, amplitude: f64, share: f64) -> Self {
        Self {
            noise: amplitude,
            noise_share: share,
            ..self
        }
    }

    /// Sets whether the channels of a pixel share their noise.
    #[must_use]
    pub const fn with_channels(self, channels: NoiseChannels) -> Self {
        Self { channels, ..self }
    }

    /// Sets the length of noisy segments, `least` to `most` frames. The last segment of a video,
    /// and the one with which the fraction is reached, can be shorter.
    #[must_use]
    pub const fn with_segments(self, least: usize, most: usize) -> Self {
        Self {
            segment_frames: (least, most),
            ..self
        }
    }

    /// Sets the fraction of the frames that are upside down.
    #[must_use]
    pub const fn with_flips(self, share: f64) -> Self {
        Self {
            flip_share: share,
            ..self
        }
    }

    /// Sets the length of runs of upside-down frames, `least` to `most`. A run is shorter where
    /// there is no room for it, and where the fraction is reached.
    #[must_use]
    pub const fn with_runs(self, least: usize, most: usize) -> Self {
        Self {
            run_frames: (least, most),
            ..self
        }
    }

    /// Sets the fraction of the frames that are dropped; never the first or the last frame of a
    /// video.
    #[must_use]
    pub const fn with_drops(self, share: f64) -> Self {
        Self {
            drop_share: share,
            ..self
        }
    }

    /// Sets the fraction of the videos that start late, and by how many frames: `least` to `most`.
    ///
    /// Videos of at most `2 * most` frames never start late.
    #[must_use]
    pub const fn with_late_starts(self, share: f64, least: usize, most: usize) -> Self {
        Self {
            late_share: share,
            late_frames: (least, most),
            ..self
        }
    }

    /// Refuses options outside their ranges.
    pub(super) fn check_ranges(self) -> Result<(), Error> {
        if !(0.0..=255.0).contains(&self.noise) {
            let what = "the amplitude of the noise";
            return Err(Error::Parameter {
                what,
                value: self.noise,
                expected: "0 to 255",
            });
        }
        for (what, value) in [
            ("the share of noisy frames", self.noise_share),
            ("the share of flipped frames", self.flip_share),
            ("the share of dropped frames", self.drop_share),
            ("the share of videos that start late", self.late_share),
        ] {
            check_fraction(what, value)?;
        }
        for (what, (least, most), minimum) in [
            ("frames in a noisy segment", self.segment_frames, 1),
            ("frames in a flipped run", self.run_frames, 1),
            ("frames before a late start", self.late_frames, 0),
        ] {
            if least < minimum || least > most {
                return Err(Error::Span {
                    what,
                    least,
                    most,
                    minimum,
                });
            }
        }
        Ok(())
    }
}

/// Refuses fractions and probabilities outside 0 to 1, and NaN.
pub(super) fn check_fraction(what: &'static str, value: f64) -> Result<(), Error> {
    if (0.0..=1.0).contains(&value) {
        return Ok(());
    }
    Err(Error::Parameter {
        what,
        value,
        expected: "0 to 1",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_outside_their_ranges_are_refused_by_name() {
        let good = DamageOptions::new();
        assert!(good.check_ranges().is_ok() && DamageOptions::none().check_ranges().is_ok());
        for (bad, name) in [
            (good.with_noise(f64::NAN, 0.4), "amplitude"),
            (good.with_noise(256.0, 0.4), "amplitude"),
            (good.with_noise(35.0, -0.1), "noisy frames"),
            (good.with_flips(1.5), "flipped frames"),
            (good.with_drops(f64::INFINITY), "dropped frames"),
            (good.with_late_starts(2.0, 5, 30), "start late"),
            (good.with_late_starts(0.3, 31, 30), "late start"),
            (good.with_segments(0, 4), "noisy segment"),
            (good.with_runs(9, 4), "flipped run"),
        ] {
            let error = bad.check_ranges().unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }
}
