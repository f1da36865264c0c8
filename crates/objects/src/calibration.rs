//! Cues made comparable: how rare a value is among those of normal video.

use crate::statistics::percentile;

/// The percentile beyond which rarity is extrapolated.
const HIGH: f64 = 95.0;

/// The share of normal values above it.
const TAIL: f64 = 0.05;

/// What a frame is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cue {
    /// Speed and direction of parts of objects.
    Motion,
    /// The speed of whole bodies.
    Speed,
    /// How objects look.
    Appearance,
    /// How long something stands at a place.
    Dwelling,
}

/// The number of cues.
pub(crate) const CUES: usize = 4;

impl Cue {
    pub(crate) const ALL: [Self; CUES] =
        [Self::Motion, Self::Speed, Self::Appearance, Self::Dwelling];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Motion => "motion",
            Self::Speed => "speed",
            Self::Appearance => "appearance",
            Self::Dwelling => "dwelling",
        }
    }
}

/// Turns the smoothed values of a cue into rarity.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Calibration {
    /// The values of normal video, sorted.
    normal: Vec<f64>,
    high: f64,
    /// The mean distance of the values above `high` from it.
    excess: f64,
}

impl Calibration {
    /// Learns from the smoothed values of normal frames, each scored as if it had not been learned from.
    pub(crate) fn new(mut normal: Vec<f64>) -> Self {
        let high = percentile(&mut normal, HIGH);
        let above: Vec<f64> = normal
            .iter()
            .filter(|v| **v > high)
            .map(|v| v - high)
            .collect();
        let mean = if above.is_empty() {
            0.0
        } else {
            above.iter().sum::<f64>() / above.len() as f64
        };
        Self {
            excess: mean.max(1e-6 * high.abs().max(1.0)),
            high,
            normal,
        }
    }

    /// The rarity of a value: `ln(1 - ln p)` where p is the share of normal frames with a value as high. Beyond the 95th
    /// percentile the share falls exponentially.
    pub(crate) fn rarity(&self, value: f64) -> f64 {
        let logarithm = if value > self.high {
            -TAIL.ln() + (value - self.high) / self.excess
        } else {
            let below = self.normal.partition_point(|normal| *normal < value);
            let share = 1.0 - below as f64 / self.normal.len().max(1) as f64;
            -share.max(TAIL).ln()
        };
        logarithm.ln_1p()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rarity_grows_with_the_value() {
        let calibration = Calibration::new((0..100).map(f64::from).collect());
        assert_eq!(calibration.rarity(-5.0), 0.0);
        assert!((calibration.rarity(50.0) - (1.0 - 0.5_f64.ln()).ln()).abs() < 1e-12);
        // The 95th percentile is 94.05; the values above it are 2.95 away on average.
        let expected = (1.0 - 0.05_f64.ln() + 2.0).ln();
        assert!((calibration.rarity(94.05 + 2.0 * 2.95) - expected).abs() < 1e-9);
    }

    #[test]
    fn equal_values_and_none_are_defined() {
        let calibration = Calibration::new(vec![3.0; 50]);
        assert_eq!(calibration.rarity(3.0), 0.0);
        assert!(calibration.rarity(3.1) > 5.0 && calibration.rarity(1e9).is_finite());
        assert!(Calibration::new(Vec::new()).rarity(1.0).is_finite());
    }
}
