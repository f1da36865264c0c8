use std::sync::Arc;

use crate::signature::{WINDOW, whole};
use crate::{Error, Outcome, Signature, Transform, error};

pub(crate) static SIGNATURE: Signature = Signature {
    name: "rolling",
    smooths: true,
    parameters: WINDOW,
    build: |v| Ok(Arc::new(Rolling::new(whole("rolling", "window", v[0])?)?)),
};

/// The mean over a centred window that shrinks at the ends: pandas
/// `rolling(w, center=True, min_periods=1).mean()`.
///
/// Its text form is `rolling(window=7)`. Of an even window one frame more lies before than behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rolling {
    window: usize,
}

impl Rolling {
    /// A mean over up to `window` frames.
    ///
    /// # Errors
    /// When the window is not 1 to 100,000 frames.
    pub fn new(window: usize) -> Result<Self, Error> {
        Ok(Self { window: error::window("rolling", window)? })
    }

    /// Frames in a window.
    pub const fn window(self) -> usize {
        self.window
    }
}

impl Transform for Rolling {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn values(&self) -> Vec<f64> {
        vec![self.window as f64]
    }

    fn transform(&self, series: &mut [f64]) -> Outcome {
        let (before, behind) = (self.window / 2, (self.window - 1) / 2);
        let old = series.to_vec();
        let mut window = Window::default();
        let (mut start, mut end) = (0, 0);
        for (at, score) in series.iter_mut().enumerate() {
            let (from, to) = (at.saturating_sub(before), old.len().min(at + behind + 1));
            if from >= end {
                (window, start, end) = (Window::default(), from, from);
            }
            old[start..from].iter().for_each(|v| window.remove(*v));
            old[end..to].iter().for_each(|v| window.add(*v));
            (start, end) = (from, to);
            *score = window.mean();
        }
        Outcome::Done
    }
}

/// A running sum whose additions and removals are each compensated (Kahan), as pandas keeps it.
#[derive(Debug, Default)]
struct Window {
    len: usize,
    negative: usize,
    sum: f64,
    lost_adding: f64,
    lost_removing: f64,
    /// The latest value, and how often it came in a row.
    latest: f64,
    repeats: usize,
}

impl Window {
    fn add(&mut self, value: f64) {
        self.repeats = if self.len > 0 && value == self.latest { self.repeats + 1 } else { 1 };
        self.latest = value;
        self.len += 1;
        self.negative += usize::from(value.is_sign_negative());
        compensated_add(&mut self.sum, &mut self.lost_adding, value);
    }

    fn remove(&mut self, value: f64) {
        self.len -= 1;
        self.negative -= usize::from(value.is_sign_negative());
        compensated_add(&mut self.sum, &mut self.lost_removing, -value);
    }

    /// The mean, without what rounding may do to it: a mean of equal scores is that score, and one of scores
    /// of one sign has that sign.
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
    let owed = value - *lost;
    let new = *sum + owed;
    *lost = new - *sum - owed;
    *sum = new;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SERIES, run};

    #[test]
    fn values_of_pandas_to_the_bit() {
        let rolling = |window, n: usize| run(Rolling::new(window).unwrap(), &SERIES[..n]);
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
    fn rounding_leaves_equal_scores_and_signs_alone() {
        let rolling = |series: &[f64]| run(Rolling::new(3).unwrap(), series);
        // A plain running sum leaves 1e16's rounding in the scores behind it.
        assert_eq!(rolling(&[1e16, 0.1, 0.1, 0.1, 0.1, 0.1])[3..], [0.1; 3]);
        let mean = rolling(&[1e16, 1.0, 1e-3, 1e-9, 1e-9, 2e-9, 1e-9]);
        assert!(mean.iter().all(|m| *m >= 0.0), "{mean:?}");
    }

    #[test]
    fn windows_are_checked() {
        for window in [0, 100_001] {
            assert!(matches!(Rolling::new(window), Err(Error::Parameter { name: "window", .. })));
        }
    }
}
