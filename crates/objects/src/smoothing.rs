use std::collections::VecDeque;
use std::ops::Range;

use oddframe_core::Error as CoreError;
use oddframe_post::{Gaussian, Step};

use crate::Error;
use crate::bilateral::Bilateral;
use crate::timeline::Timeline;

/// How values are smoothed over the frames of a video.
#[derive(Debug, Clone)]
pub(crate) enum Smoothing {
    /// Frames before and after count.
    Gaussian {
        /// The smoother.
        step: Step,
        /// Its standard deviation in frames.
        sigma: f64,
        /// The frames to each side that count.
        reach: usize,
    },
    /// Frames before and after count, unless their values are far away.
    Bilateral(Bilateral),
    /// Only the past counts: each new value has this weight.
    Exponential(f64),
    /// Every frame for itself.
    None,
}

impl Smoothing {
    /// A Gaussian with a standard deviation of `sigma` frames, or, when only the past may count, an exponential average with
    /// the same variance for independent values. A sigma of 0 smooths nothing.
    pub(crate) fn new(sigma: f64, causal: bool) -> Result<Self, Error> {
        if sigma == 0.0 {
            return Ok(Self::None);
        }
        let gaussian = Gaussian::new(sigma)?;
        if causal {
            // The variance of the mean of independent values is 1 / (2 sigma sqrt(pi)) under a Gaussian, and
            // weight / (2 - weight) under an exponential average.
            let variance = (2.0 * sigma * std::f64::consts::PI.sqrt()).recip().min(1.0);
            return Ok(Self::Exponential(2.0 * variance / (1.0 + variance)));
        }
        let reach = (gaussian.truncate() * sigma + 0.5) as usize;
        Ok(Self::Gaussian {
            step: Step::per_video(gaussian),
            sigma,
            reach,
        })
    }

    /// How the sum of smoothed cues is smoothed again: with the past alone not at all, because that would delay it once more.
    pub(crate) fn of_sum(&self) -> Self {
        match self {
            Self::Gaussian { sigma, .. } => Self::Bilateral(Bilateral::new(*sigma)),
            Self::Bilateral(_) | Self::Exponential(_) | Self::None => Self::None,
        }
    }

    /// The frames after a frame that its smoothed value depends on.
    pub(crate) fn delay(&self) -> usize {
        self.reach().unwrap_or(0)
    }

    /// The frames to each side that count; None where only the past does.
    fn reach(&self) -> Option<usize> {
        match self {
            Self::Gaussian { reach, .. } => Some(*reach),
            Self::Bilateral(bilateral) => Some(bilateral.reach),
            Self::Exponential(_) | Self::None => None,
        }
    }

    /// Smooths the values of a whole video over time: a missing frame counts as the nearest one that is there.
    ///
    /// # Shapes
    /// `numbers`: those of the frames, one for each value of `series`.
    pub(crate) fn smooth_frames(
        &self,
        numbers: &[u64],
        series: &mut [f64],
    ) -> Result<(), CoreError> {
        let mut timeline = Timeline::default();
        for (number, value) in numbers.iter().zip(series.iter()) {
            timeline.push(*number, *value, self.most_missing());
        }
        let mut smoothed = timeline.values().to_vec();
        self.smooth(&mut smoothed)?;
        for (value, smoothed) in series.iter_mut().zip(timeline.present(0, &smoothed)) {
            *value = smoothed;
        }
        Ok(())
    }

    /// Frames on the two sides of a gap with more missing frames do not depend on each other.
    fn most_missing(&self) -> usize {
        match self {
            Self::Gaussian { reach, .. } | Self::Bilateral(Bilateral { reach, .. }) => 2 * reach,
            // What is left of a value after so many frames is below 1e-8.
            Self::Exponential(weight) => 2 * (10.0 / weight) as usize,
            Self::None => 0,
        }
    }

    /// The smoothed values at some steps of time. Values near a cut-off beginning would come out wrong.
    fn smooth_part(&self, values: &[f64], steps: Range<usize>) -> Result<Vec<f64>, CoreError> {
        if let Self::Bilateral(bilateral) = self {
            return Ok(bilateral.smooth(values, steps));
        }
        let mut series = values.to_vec();
        self.smooth(&mut series)?;
        Ok(series[steps].to_vec())
    }

    /// Smooths values in even steps of time.
    fn smooth(&self, series: &mut [f64]) -> Result<(), CoreError> {
        match self {
            Self::Gaussian { step, .. } => {
                step.apply_to_series(series)
                    .map_err(|error| Error::from(error).of_system())?;
            }
            Self::Bilateral(bilateral) => {
                let smoothed = bilateral.smooth(series, 0..series.len());
                series.copy_from_slice(&smoothed);
            }
            Self::Exponential(weight) => {
                let mut average = series.first().copied().unwrap_or(0.0);
                for value in series {
                    average += weight * (*value - average);
                    *value = average;
                }
            }
            Self::None => {}
        }
        Ok(())
    }
}

/// Smooths the values of a video as they come.
#[derive(Debug, Clone)]
pub(crate) struct SmoothStream {
    smoothing: Smoothing,
    /// The steps of time from `first` on; those before are no longer needed.
    timeline: Timeline,
    first: usize,
    /// The next step to hand out.
    next: usize,
    average: Option<f64>,
}

impl SmoothStream {
    pub(crate) fn new(smoothing: Smoothing) -> Self {
        Self {
            smoothing,
            timeline: Timeline::default(),
            first: 0,
            next: 0,
            average: None,
        }
    }

    /// Takes frames, each with its number and its value, and appends the smoothed values to `out` that no later frame
    /// changes; at the end of the video all.
    pub(crate) fn push(
        &mut self,
        frames: &[(u64, f64)],
        at_end: bool,
        out: &mut Vec<f64>,
    ) -> Result<(), CoreError> {
        for (number, value) in frames {
            self.timeline
                .push(*number, *value, self.smoothing.most_missing());
        }
        let Some(reach) = self.smoothing.reach() else {
            let steps = self.timeline.values().len();
            let before = self.average.into_iter();
            let mut series: Vec<f64> = before.chain(self.timeline.values().to_vec()).collect();
            self.smoothing.smooth(&mut series)?;
            self.average = series.last().copied();
            out.extend(self.timeline.present(0, &series[series.len() - steps..]));
            self.timeline.forget(steps);
            return Ok(());
        };
        let end = self.first + self.timeline.values().len();
        let settled = if at_end {
            end
        } else {
            end.saturating_sub(reach)
        };
        if settled <= self.next {
            return Ok(());
        }
        let start = self.next - self.first;
        let steps = start..settled - self.first;
        let smoothed = self.smoothing.smooth_part(self.timeline.values(), steps)?;
        out.extend(self.timeline.present(start, &smoothed));
        self.next = settled;
        let unneeded = self.next.saturating_sub(reach) - self.first;
        self.timeline.forget(unneeded);
        self.first += unneeded;
        Ok(())
    }
}

/// Values over time, smoothed, of which the first are not used yet.
#[derive(Debug)]
pub(crate) struct SmoothedValues {
    stream: SmoothStream,
    pub(crate) smoothed: VecDeque<f64>,
}

impl SmoothedValues {
    pub(crate) fn new(smoothing: &Smoothing) -> Self {
        Self {
            stream: SmoothStream::new(smoothing.clone()),
            smoothed: VecDeque::new(),
        }
    }

    pub(crate) fn push(&mut self, frames: &[(u64, f64)], at_end: bool) -> Result<(), CoreError> {
        let mut smoothed = Vec::new();
        self.stream.push(frames, at_end, &mut smoothed)?;
        self.smoothed.extend(smoothed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use oddframe_core::Random;

    use super::*;

    #[test]
    fn a_stream_gives_what_the_whole_video_gives() {
        let mut random = Random::new(4);
        let series: Vec<f64> = (0..90).map(|_| random.unit()).collect();
        let mut number = 0;
        let numbers: Vec<u64> = (0..90)
            .map(|_| {
                // Mostly the next frame, sometimes a gap, once a long one.
                number += match random.below(8) {
                    0 => 1 + random.below(20),
                    _ => 1,
                };
                number + if number > 60 { 1000 } else { 0 }
            })
            .collect();
        let consecutive: Vec<u64> = (0..90).collect();
        for smoothing in [
            Smoothing::new(4.0, false).unwrap(),
            Smoothing::new(4.0, false).unwrap().of_sum(),
            Smoothing::new(4.0, true).unwrap(),
            Smoothing::new(0.0, false).unwrap(),
        ] {
            for chunk in [1, 7, 90] {
                for numbers in [&consecutive, &numbers] {
                    let mut whole = series.clone();
                    smoothing.smooth_frames(numbers, &mut whole).unwrap();
                    let frames = numbers.iter().copied().zip(series.iter().copied());
                    let frames: Vec<(u64, f64)> = frames.collect();
                    let (mut stream, mut out) = (SmoothStream::new(smoothing.clone()), Vec::new());
                    let mut pushed = 0;
                    for frames in frames.chunks(chunk) {
                        stream.push(frames, false, &mut out).unwrap();
                        pushed += frames.len();
                        assert!(out.len() >= pushed.saturating_sub(smoothing.delay()));
                    }
                    stream.push(&[], true, &mut out).unwrap();
                    assert_eq!(out, whole, "{smoothing:?} {chunk}");
                }
                let mut whole = series.clone();
                smoothing.smooth(&mut whole).unwrap();
                let mut frames = series.clone();
                smoothing.smooth_frames(&consecutive, &mut frames).unwrap();
                assert_eq!(frames, whole);
            }
        }
    }

    #[test]
    fn every_second_frame_is_smoothed_as_among_all() {
        let series: Vec<f64> = (0..80).map(|time| (f64::from(time) / 20.0).sin()).collect();
        for causal in [false, true] {
            let smoothing = Smoothing::new(4.0, causal).unwrap();
            let mut whole = series.clone();
            smoothing.smooth(&mut whole).unwrap();
            let numbers: Vec<u64> = (0..80).step_by(2).collect();
            let mut half: Vec<f64> = series.iter().copied().step_by(2).collect();
            smoothing.smooth_frames(&numbers, &mut half).unwrap();
            // The ends are mirrored at other places.
            let pairs = half.iter().zip(whole.iter().step_by(2));
            for (half, whole) in pairs.skip(8).take(24) {
                assert!((half - whole).abs() < 0.001, "{half} {whole}");
            }
        }
    }

    #[test]
    fn a_causal_average_starts_at_the_first_value() {
        let mut series = [2.0, 2.0, 5.0];
        let smoothing = Smoothing::new(4.0, true).unwrap();
        smoothing.smooth(&mut series).unwrap();
        assert_eq!(series[..2], [2.0, 2.0]);
        assert!(
            (series[2] - (2.0 + 3.0 * 0.1317)).abs() < 1e-3,
            "{series:?}"
        );
        assert!(Smoothing::new(-1.0, false).is_err());
    }
}
