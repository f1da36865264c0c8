//! Smoothing that keeps the edges of events.

use std::ops::Range;

/// How much wider the sum of the cues is smoothed than each cue.
const WIDTH: f64 = 3.0;

/// The difference of two sums that lowers their weight to e^-0.5. Sums are weighted roots of rarities: those of normal frames
/// lie between 2 and 6, so that they average with each other and hardly with an event.
const RANGE: f64 = 3.0;

/// The frames to each side that count, in standard deviations.
const REACH: f64 = 2.0;

/// A bilateral filter over time: the mean of the frames around a frame, weighted by how near they are in time and in value.
///
/// An event lasts for many frames and so does normal video between events. A wide Gaussian averages the noise of both, but mixes
/// them where one begins; that the weight falls with the difference of the values keeps them apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bilateral {
    sigma: f64,
    pub(crate) reach: usize,
}

impl Bilateral {
    /// The filter for the sum of cues that are smoothed with a standard deviation of `sigma` frames.
    pub(crate) fn new(sigma: f64) -> Self {
        let sigma = WIDTH * sigma;
        Self {
            sigma,
            reach: (REACH * sigma) as usize,
        }
    }

    /// Smooths values in even steps of time, and returns those at some places. At the ends of the video there are fewer frames
    /// to average.
    pub(crate) fn smooth(&self, values: &[f64], places: Range<usize>) -> Vec<f64> {
        places.map(|place| self.smooth_at(values, place)).collect()
    }

    fn smooth_at(&self, values: &[f64], place: usize) -> f64 {
        let first = place.saturating_sub(self.reach);
        let around = &values[first..(place + self.reach + 1).min(values.len())];
        let (mut sum, mut weights) = (0.0, 0.0);
        for (step, value) in around.iter().enumerate() {
            let frames = ((first + step) as f64 - place as f64) / self.sigma;
            let difference = (value - values[place]) / RANGE;
            let weight = (-0.5 * (frames * frames + difference * difference)).exp();
            sum += weight * value;
            weights += weight;
        }
        sum / weights
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_averaged_and_edges_stay() {
        // 60 normal frames around 2, then 60 frames of an event around 14.
        let noise = |i: u32| if i.is_multiple_of(2) { 0.5 } else { -0.5 };
        let series: Vec<f64> = (0..120)
            .map(|i| if i < 60 { 2.0 } else { 14.0 } + noise(i))
            .collect();
        let smoothed = Bilateral::new(4.0).smooth(&series, 0..120);
        for (place, value) in smoothed.iter().enumerate() {
            let level = if place < 60 { 2.0 } else { 14.0 };
            assert!((value - level).abs() < 0.06, "{place}: {value}");
        }
    }

    #[test]
    fn small_differences_are_averaged_as_by_a_gaussian() {
        let series: Vec<f64> = (0..50).map(|i| f64::from(i % 7) * 1e-4).collect();
        let filter = Bilateral::new(1.0);
        assert_eq!(filter.reach, 6);
        let smoothed = filter.smooth(&series, 20..21);
        let weights: Vec<f64> = (-6..=6)
            .map(|i| (-0.5 * (f64::from(i) / 3.0).powi(2)).exp())
            .collect();
        let products = weights.iter().zip(&series[14..27]);
        let sum: f64 = products.map(|(weight, value)| weight * value).sum();
        let expected = sum / weights.iter().sum::<f64>();
        assert!((smoothed[0] - expected).abs() < 1e-10);
    }
}
