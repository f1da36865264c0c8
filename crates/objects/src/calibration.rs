//! Cues made comparable: how rare a value is among those of normal video.

use crate::level::{UsualLevels, VideoLevel};
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
    /// Speed and direction of whole bodies.
    Body,
    /// In which direction objects move, at the place where they stand.
    Direction,
    /// How objects look.
    Appearance,
    /// How large objects are, and how bright, contrasted and textured.
    Shape,
    /// Which colours objects have.
    Color,
    /// How long something stands at a place.
    Dwelling,
}

/// The number of cues.
pub(crate) const CUES: usize = 7;

impl Cue {
    pub(crate) const ALL: [Self; CUES] = [
        Self::Motion,
        Self::Body,
        Self::Direction,
        Self::Appearance,
        Self::Shape,
        Self::Color,
        Self::Dwelling,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Motion => "motion",
            Self::Body => "body",
            Self::Direction => "direction",
            Self::Appearance => "appearance",
            Self::Shape => "shape",
            Self::Color => "color",
            Self::Dwelling => "dwelling",
        }
    }

    /// Whether the largest value of a frame grows with the number of objects in it. The largest of many values is larger by
    /// chance alone; motion hardly shows it, because most people move in the usual way.
    fn grows_with_crowds(self) -> bool {
        matches!(self, Self::Appearance | Self::Shape | Self::Dwelling)
    }

    /// Whether values below the 95th percentile of normal frames say nothing. In most frames nobody goes the wrong way and
    /// nobody wears an unknown colour; how near to that the frame comes is chance, and would only add noise to the sum.
    fn counts_only_when_rare(self) -> bool {
        matches!(self, Self::Direction | Self::Color)
    }
}

/// Turns the smoothed values of a cue into rarity.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Calibration {
    cue: Cue,
    /// The values of normal video without crowd and level, sorted.
    normal: Vec<f64>,
    /// By how much a value grows with the logarithm of the crowd; it is taken off.
    growth: f64,
    levels: UsualLevels,
    high: f64,
    /// The mean distance of the values above `high` from it.
    excess: f64,
}

impl Calibration {
    /// Learns from the smoothed values of normal videos, each frame scored as if it had not been learned from, and the smoothed
    /// number of objects in each frame.
    pub(crate) fn new(cue: Cue, mut videos: Vec<Vec<f64>>, crowds: &[Vec<f64>]) -> Self {
        let mut growth = 0.0;
        if cue.grows_with_crowds() {
            let logarithms: Vec<f64> = crowds.iter().flatten().map(|crowd| crowd.ln_1p()).collect();
            growth = slope(&logarithms, &videos.concat());
            for (value, logarithm) in videos.iter_mut().flatten().zip(logarithms) {
                *value -= growth * logarithm;
            }
        }
        let levels = UsualLevels::of_videos(&videos);
        for video in &mut videos {
            let mut level = levels.start_video();
            for value in video {
                *value -= level.follow(*value);
            }
        }
        let mut normal = videos.concat();
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
            cue,
            excess: mean.max(1e-6 * high.abs().max(1.0)),
            high,
            growth,
            levels,
            normal,
        }
    }

    /// The level of the cue at the beginning of a video.
    pub(crate) fn start_video(&self) -> VideoLevel {
        self.levels.start_video()
    }

    /// The rarity of the next smoothed value of a video, in a frame with so many objects: the square root of `-ln p`, where p
    /// is the share of normal frames with a value as high. Beyond the 95th percentile the share falls exponentially. The rarity of a
    /// direction or a colour counts from that percentile on.
    pub(crate) fn rarity(&self, value: f64, crowd: f64, level: &mut VideoLevel) -> f64 {
        let value = value - self.growth * crowd.ln_1p();
        self.rarity_above_level(value - level.follow(value))
    }

    /// The rarity of a value of the frame whose smoothed value a level has followed last.
    pub(crate) fn rarity_in_frame(&self, value: f64, crowd: f64, level: &VideoLevel) -> f64 {
        let value = value - self.growth * crowd.ln_1p();
        self.rarity_above_level(value - level.current())
    }

    fn rarity_above_level(&self, value: f64) -> f64 {
        let logarithm = if value > self.high {
            -TAIL.ln() + (value - self.high) / self.excess
        } else {
            let below = self.normal.partition_point(|normal| *normal < value);
            let share = 1.0 - below as f64 / self.normal.len().max(1) as f64;
            -share.max(TAIL).ln()
        };
        // The root of -0.0 would be -0.0.
        let rarity = logarithm.max(0.0).sqrt();
        if self.cue.counts_only_when_rare() {
            (rarity - (-TAIL.ln()).sqrt()).max(0.0)
        } else {
            rarity
        }
    }
}

/// The slope of the line through points with the smallest squared error; 0 where all lie above each other.
fn slope(x: &[f64], y: &[f64]) -> f64 {
    let count = x.len().max(1) as f64;
    let (mean_x, mean_y) = (x.iter().sum::<f64>() / count, y.iter().sum::<f64>() / count);
    let (mut products, mut squares) = (0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        products += (x - mean_x) * (y - mean_y);
        squares += (x - mean_x) * (x - mean_x);
    }
    if squares > 1e-9 * count {
        products / squares
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rarity of a value in the first frame of a video.
    fn rarity(calibration: &Calibration, value: f64, crowd: f64) -> f64 {
        calibration.rarity(value, crowd, &mut calibration.start_video())
    }

    #[test]
    fn rarity_grows_with_the_value() {
        // One video, of which the median is the only level.
        let values: Vec<f64> = (0..100).map(|i| f64::from(i * 37 % 100)).collect();
        let calibration = Calibration::new(Cue::Motion, vec![values], &[vec![1.0; 100]]);
        assert_eq!(rarity(&calibration, -5.0, 1.0), 0.0);
        assert!((rarity(&calibration, 50.0, 7.0) - (-0.5_f64.ln()).sqrt()).abs() < 1e-12);
        // The 95th percentile is 94.05; the values above it are 2.95 away on average.
        let expected = (-0.05_f64.ln() + 2.0).sqrt();
        assert!((rarity(&calibration, 94.05 + 2.0 * 2.95, 1.0) - expected).abs() < 1e-9);
    }

    #[test]
    fn crowds_explain_large_values_of_appearance() {
        // Each value is that of its crowd, give or take a little.
        let crowds: Vec<f64> = (0..200).map(|i| f64::from(i % 10)).collect();
        let value = |i: usize| 2.0 * crowds[i].ln_1p() + 0.01 * (i / 10 % 5) as f64;
        let normal: Vec<Vec<f64>> = vec![(0..200).map(value).collect()];
        let crowds = [crowds];
        let appearance = Calibration::new(Cue::Appearance, normal.clone(), &crowds);
        let many = 2.0 * 9.0_f64.ln_1p();
        assert!(rarity(&appearance, many, 9.0) < 1.0);
        assert!(rarity(&appearance, many, 1.0) > 5.0);
        let motion = Calibration::new(Cue::Motion, normal, &crowds);
        assert_eq!(rarity(&motion, many, 9.0), rarity(&motion, many, 1.0));
    }

    #[test]
    fn a_video_of_large_values_raises_its_level() {
        // Normal videos have levels from 1 to 2.
        let noise = |i: usize| 0.1 * (i * 7 % 10) as f64;
        let video = |level: f64| (0..100).map(|i| level + noise(i)).collect::<Vec<f64>>();
        let videos = vec![video(1.0), video(1.5), video(2.0)];
        let calibration = Calibration::new(Cue::Motion, videos, &vec![vec![0.0; 100]; 3]);
        let mut level = calibration.start_video();
        let first = calibration.rarity(2.8, 0.0, &mut level);
        for _ in 0..200 {
            calibration.rarity(2.4, 0.0, &mut level);
        }
        assert!(calibration.rarity(2.8, 0.0, &mut level) < first);
    }

    #[test]
    fn equal_values_and_none_are_defined() {
        for cue in Cue::ALL {
            let calibration = Calibration::new(cue, vec![vec![3.0; 50]], &[vec![2.0; 50]]);
            assert_eq!(rarity(&calibration, 3.0, 2.0), 0.0);
            assert!(rarity(&calibration, 3.1, 2.0) > 5.0);
            assert!(rarity(&calibration, 1e9, 2.0).is_finite());
            let nothing = Calibration::new(cue, Vec::new(), &[]);
            assert!(rarity(&nothing, 1.0, 0.0).is_finite());
        }
    }
}
