use std::sync::Arc;

use crate::error::Error;
use crate::parameters::{WINDOW, check_window, to_count};
use crate::transform::{Outcome, Signature, Transform};

pub(crate) static SIGNATURE: Signature = Signature {
    name: "rolling",
    smooths: true,
    parameters: WINDOW,
    build: |v| {
        Ok(Arc::new(Rolling::new(to_count(
            "rolling", "window", v[0],
        )?)?))
    },
};

/// The mean over a centred window that shrinks at the ends: pandas `rolling(w, center=True,
/// min_periods=1).mean()`.
///
/// The text form is `rolling(window=7)`. An even window has one more frame before the centre than after it.
///
/// ```
/// use oddframe_post::{Rolling, Step};
///
/// let mut scores = [1.0, 3.0, 8.0];
/// Step::per_video(Rolling::new(3)?).apply_to_series(&mut scores)?;
/// assert_eq!(scores, [2.0, 4.0, 5.5]);
/// # Ok::<(), oddframe_post::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rolling {
    window: usize,
}

impl Rolling {
    /// A mean over up to `window` frames.
    ///
    /// # Errors
    /// When the window does not have 1 to 100,000 frames.
    pub fn new(window: usize) -> Result<Self, Error> {
        Ok(Self {
            window: check_window("rolling", window)?,
        })
    }

    /// The window in frames.
    pub const fn window(self) -> usize {
        self.window
    }
}

impl Transform for Rolling {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn parameter_values(&self) -> Vec<f64> {
        vec![self.window as f64]
    }

    fn transform_series(&self, series: &mut [f64]) -> Outcome {
        let (before, behind) = (self.window / 2, (self.window - 1) / 2);
        let old = series.to_vec();
        let mut window = RunningSum::default();
        let (mut start, mut end) = (0, 0);
        for (at, score) in series.iter_mut().enumerate() {
            let (from, to) = (at.saturating_sub(before), old.len().min(at + behind + 1));
            // pandas starts anew if the windows do not overlap.
            if from >= end {
                (window, start, end) = (RunningSum::default(), from, from);
            }
            // Removals come before additions, as in pandas: the order decides the last bits.
            old[start..from]
                .iter()
                .for_each(|v| window.remove_score(*v));
            old[end..to].iter().for_each(|v| window.add_score(*v));
            (start, end) = (from, to);
            *score = window.mean();
        }
        Outcome::Done
    }
}

/// The sum of the scores in a sliding window, as pandas keeps it: additions and removals each have a Kahan
/// compensation of their own.
#[derive(Debug, Default)]
struct RunningSum {
    len: usize,
    negative: usize,
    sum: f64,
    lost_adding: f64,
    lost_removing: f64,
    /// The latest value, and how often it occurred in a row.
    latest: f64,
    repeats: usize,
}

impl RunningSum {
    fn add_score(&mut self, value: f64) {
        self.repeats = if self.len > 0 && value == self.latest {
            self.repeats + 1
        } else {
            1
        };
        self.latest = value;
        self.len += 1;
        self.negative += usize::from(value.is_sign_negative());
        compensated_add(&mut self.sum, &mut self.lost_adding, value);
    }

    fn remove_score(&mut self, value: f64) {
        self.len -= 1;
        self.negative -= usize::from(value.is_sign_negative());
        compensated_add(&mut self.sum, &mut self.lost_removing, -value);
    }

    /// The mean, corrected for rounding errors: the mean of equal scores is that score, and the mean of
    /// scores of one sign has that sign.
    fn mean(&self) -> f64 {
        let mean = self.sum / self.len as f64;
        if self.repeats >= self.len {
            self.latest
        } else if (self.negative == 0 && mean < 0.0) || (self.negative == self.len && mean > 0.0) {
            0.0
        } else {
            mean
        }
    }
}

fn compensated_add(sum: &mut f64, lost: &mut f64, value: f64) {
    let compensated = value - *lost;
    let new = *sum + compensated;
    *lost = new - *sum - compensated;
    *sum = new;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SERIES, run};

    fn rolling(window: usize, n: usize) -> Vec<f64> {
        run(Rolling::new(window).unwrap(), &SERIES[..n])
    }

    #[test]
    fn values_equal_pandas_to_the_bit() {
        assert_eq!(rolling(1, 12), SERIES);
        let odd = [
            0.266_666_666_666_666_66,
            0.225,
            0.279_999_999_999_999_97,
            0.4,
            0.420_000_000_000_000_04,
            0.459_999_999_999_999_96,
            0.54,
            0.5,
            0.459_999_999_999_999_96,
            0.37,
            0.3125,
            0.25,
        ];
        assert_eq!(rolling(5, 12), odd);
        let even = [
            0.266_666_666_666_666_66,
            0.225,
            0.279_999_999_999_999_97,
            0.383_333_333_333_333_3,
            0.366_666_666_666_666_7,
            0.45,
            0.466_666_666_666_666_6,
            0.5,
            0.533_333_333_333_333_3,
            0.341_666_666_666_666_6,
            0.37,
            0.312_499_999_999_999_94,
        ];
        assert_eq!(rolling(6, 12), even);
        assert_eq!(rolling(30, 12), [0.3625; 12]);
        assert_eq!(rolling(2, 3), [0.3, 0.2, 0.25]);
        assert_eq!(rolling(5, 1), [0.3]);
        assert_eq!(rolling(5, 2), [0.2; 2]);
        assert_eq!(rolling(6, 3), [0.266_666_666_666_666_66; 3]);
        assert_eq!(run(Rolling::new(3).unwrap(), &[]), [0.0; 0]);
    }

    #[test]
    fn rounding_changes_neither_equal_scores_nor_signs() {
        let rolling = |series: &[f64]| run(Rolling::new(3).unwrap(), series);
        // A plain running sum would leave the rounding error of 1e16 in all later means.
        assert_eq!(rolling(&[1e16, 0.1, 0.1, 0.1, 0.1, 0.1])[3..], [0.1; 3]);
        let mean = rolling(&[1e16, 1.0, 1e-3, 1e-9, 1e-9, 2e-9, 1e-9]);
        assert!(mean.iter().all(|m| *m >= 0.0), "{mean:?}");
    }

    #[test]
    fn windows_are_checked() {
        for window in [0, 100_001] {
            assert!(matches!(
                Rolling::new(window),
                Err(Error::Parameter { name: "window", .. })
            ));
        }
    }
}
