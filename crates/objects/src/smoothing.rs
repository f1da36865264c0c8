use oddframe_core::Error as CoreError;
use oddframe_post::{Gaussian, Step};

use crate::Error;

/// How the values of a cue are smoothed over the frames of a video.
#[derive(Debug, Clone)]
pub(crate) enum Smoothing {
    /// Frames before and after count.
    Gaussian {
        /// The smoother.
        step: Step,
        /// The frames to each side that count.
        reach: usize,
    },
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
            reach,
        })
    }

    /// The frames after a frame that its smoothed value depends on.
    pub(crate) fn delay(&self) -> usize {
        match self {
            Self::Gaussian { reach, .. } => *reach,
            Self::Exponential(_) | Self::None => 0,
        }
    }

    /// Smooths the values of a whole video.
    pub(crate) fn smooth(&self, series: &mut [f64]) -> Result<(), CoreError> {
        match self {
            Self::Gaussian { step, .. } => {
                step.apply_to_series(series)
                    .map_err(|error| Error::from(error).of_system())?;
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
    /// The values from `first` on; those before are no longer needed.
    values: Vec<f64>,
    first: usize,
    /// The next value to hand out.
    next: usize,
    average: Option<f64>,
}

impl SmoothStream {
    pub(crate) fn new(smoothing: Smoothing) -> Self {
        Self {
            smoothing,
            values: Vec::new(),
            first: 0,
            next: 0,
            average: None,
        }
    }

    /// Takes values and appends those to `out` whose smoothed value no later value changes; at the end of the video all.
    pub(crate) fn push(
        &mut self,
        values: &[f64],
        at_end: bool,
        out: &mut Vec<f64>,
    ) -> Result<(), CoreError> {
        let Smoothing::Gaussian { reach, .. } = self.smoothing else {
            let mut series: Vec<f64> = self
                .average
                .into_iter()
                .chain(values.iter().copied())
                .collect();
            self.smoothing.smooth(&mut series)?;
            out.extend_from_slice(&series[series.len() - values.len()..]);
            self.average = series.last().copied().or(self.average);
            return Ok(());
        };
        self.values.extend_from_slice(values);
        let end = self.first + self.values.len();
        let settled = if at_end {
            end
        } else {
            end.saturating_sub(reach)
        };
        if settled <= self.next {
            return Ok(());
        }
        let mut series = self.values.clone();
        // Values near a cut-off beginning come out wrong, but those are handed out already.
        self.smoothing.smooth(&mut series)?;
        out.extend_from_slice(&series[self.next - self.first..settled - self.first]);
        self.next = settled;
        let unneeded = self.next.saturating_sub(reach) - self.first;
        self.values.drain(..unneeded);
        self.first += unneeded;
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
        for smoothing in [
            Smoothing::new(4.0, false).unwrap(),
            Smoothing::new(4.0, true).unwrap(),
            Smoothing::new(0.0, false).unwrap(),
        ] {
            for chunk in [1, 7, 90] {
                let mut whole = series.clone();
                smoothing.smooth(&mut whole).unwrap();
                let (mut stream, mut out) = (SmoothStream::new(smoothing.clone()), Vec::new());
                let mut pushed = 0;
                for values in series.chunks(chunk) {
                    stream.push(values, false, &mut out).unwrap();
                    pushed += values.len();
                    assert_eq!(out.len(), pushed.saturating_sub(smoothing.delay()));
                }
                stream.push(&[], true, &mut out).unwrap();
                assert_eq!(out, whole, "{smoothing:?} {chunk}");
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
