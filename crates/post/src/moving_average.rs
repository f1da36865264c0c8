use std::sync::Arc;

use crate::error::Error;
use crate::parameters::{WINDOW, check_window, to_count};
use crate::transform::{Outcome, Signature, Transform};

pub(crate) static SIGNATURE: Signature = Signature {
    name: "moving_average",
    smooths: true,
    parameters: WINDOW,
    build: |v| {
        Ok(Arc::new(MovingAverage::new(to_count(
            "moving_average",
            "window",
            v[0],
        )?)?))
    },
};

/// The mean over a window with zeros outside the series: `np.convolve(x, np.ones(w) / w, 'same')`.
///
/// The text form is `moving_average(window=7)`. The zeros pull scores near the ends towards 0. An even window
/// has one more frame before the centre than after it. A series shorter than the window keeps its length,
/// whereas numpy returns as many values as the window has; the result equals numpy's for the series padded
/// with zeros at its end.
///
/// Scores are added one by one from the first frame to the last. numpy does the same up to 15 frames; above,
/// its order, and thus the last bits, depend on the processor.
///
/// ```
/// use oddframe_post::{MovingAverage, Step};
///
/// let mut scores = [3.0, 3.0, 3.0];
/// Step::per_video(MovingAverage::new(3)?).apply_to_series(&mut scores)?;
/// assert_eq!(scores, [2.0, 3.0, 2.0]);
/// # Ok::<(), oddframe_post::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MovingAverage {
    window: usize,
}

impl MovingAverage {
    /// A mean over `window` frames.
    ///
    /// # Errors
    /// When the window does not have 1 to 100,000 frames.
    pub fn new(window: usize) -> Result<Self, Error> {
        Ok(Self {
            window: check_window("moving_average", window)?,
        })
    }

    /// The window in frames.
    pub const fn window(self) -> usize {
        self.window
    }
}

impl Transform for MovingAverage {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn parameter_values(&self) -> Vec<f64> {
        vec![self.window as f64]
    }

    fn transform_series(&self, series: &mut [f64]) -> Outcome {
        let (before, behind) = (self.window / 2, (self.window - 1) / 2);
        let weight = 1.0 / self.window as f64;
        let old = series.to_vec();
        for (at, score) in series.iter_mut().enumerate() {
            // Zeros outside the series add nothing, so the window is clipped while the weight stays 1 /
            // window.
            let window = &old[at.saturating_sub(before)..old.len().min(at + behind + 1)];
            *score = window.iter().fold(0.0, |sum, v| sum + v * weight);
        }
        Outcome::Done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SERIES, assert_near, run};

    fn average(window: usize, n: usize) -> Vec<f64> {
        run(MovingAverage::new(window).unwrap(), &SERIES[..n])
    }

    #[test]
    fn values_equal_numpy_to_the_bit() {
        assert_eq!(average(1, 12), SERIES);
        let odd = [
            0.160_000_000_000_000_03,
            0.180_000_000_000_000_05,
            0.28,
            0.4,
            0.420_000_000_000_000_04,
            0.460_000_000_000_000_1,
            0.54,
            0.5,
            0.459_999_999_999_999_96,
            0.370_000_000_000_000_05,
            0.25,
            0.149_999_999_999_999_97,
        ];
        assert_eq!(average(5, 12), odd);
        let even = [
            0.133_333_333_333_333_33,
            0.15,
            0.233_333_333_333_333_34,
            0.383_333_333_333_333_3,
            0.366_666_666_666_666_64,
            0.449_999_999_999_999_96,
            0.466_666_666_666_666_6,
            0.499_999_999_999_999_94,
            0.533_333_333_333_333_3,
            0.341_666_666_666_666_6,
            0.308_333_333_333_333_3,
            0.208_333_333_333_333_34,
        ];
        assert_eq!(average(6, 12), even);
        let whole = [
            0.191_666_666_666_666_65,
            0.208_333_333_333_333_31,
            0.258_333_333_333_333_3,
            0.3,
            0.325,
            0.383_333_333_333_333_36,
            0.362_500_000_000_000_04,
            0.3375,
            0.329_166_666_666_666_7,
            0.295_833_333_333_333_34,
            0.2875,
            0.245_833_333_333_333_32,
        ];
        assert_eq!(average(12, 12), whole);
    }

    #[test]
    fn a_series_shorter_than_the_window_keeps_its_length() {
        // np.convolve of the series padded with zeros at its end, cut to its length.
        assert_eq!(average(5, 1), [0.06]);
        assert_eq!(average(5, 2), [0.08, 0.08]);
        assert_eq!(average(6, 1), [0.049_999_999_999_999_996]);
        assert_eq!(average(6, 3), [0.133_333_333_333_333_33; 3]);
        assert_near(
            &average(100_000, 12),
            &[SERIES.iter().sum::<f64>() / 1e5; 12],
            1e-18,
        );
        assert_eq!(run(MovingAverage::new(3).unwrap(), &[]), [0.0; 0]);
    }

    #[test]
    fn windows_are_checked() {
        for window in [0, 100_001] {
            assert!(matches!(
                MovingAverage::new(window),
                Err(Error::Parameter { name: "window", .. })
            ));
        }
    }
}
