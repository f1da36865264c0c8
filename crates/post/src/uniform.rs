use std::sync::Arc;

use crate::error::Error;
use crate::filter::filter_in_order;
use crate::parameters::{WINDOW, check_window, to_count};
use crate::transform::{Outcome, Signature, Transform};

pub(crate) static SIGNATURE: Signature = Signature {
    name: "uniform",
    smooths: true,
    parameters: WINDOW,
    build: |v| {
        Ok(Arc::new(Uniform::new(to_count(
            "uniform", "window", v[0],
        )?)?))
    },
};

/// The mean over a window, ends mirrored: equal to the last bit to `scipy.ndimage.uniform_filter1d`.
///
/// The text form is `uniform(window=3)`. An even window has one more frame before the centre than after it.
///
/// ```
/// use oddframe_post::{Step, Uniform};
///
/// let mut scores = [3.0, 0.0, 0.0];
/// Step::per_video(Uniform::new(3)?).apply_to_series(&mut scores)?;
/// assert_eq!(scores, [2.0, 1.0, 0.0]);
/// # Ok::<(), oddframe_post::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Uniform {
    window: usize,
}

impl Uniform {
    /// A mean over `window` frames.
    ///
    /// # Errors
    /// When the window does not have 1 to 100,000 frames.
    pub fn new(window: usize) -> Result<Self, Error> {
        Ok(Self {
            window: check_window("uniform", window)?,
        })
    }

    /// The window in frames.
    pub const fn window(self) -> usize {
        self.window
    }
}

impl Transform for Uniform {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn parameter_values(&self) -> Vec<f64> {
        vec![self.window as f64]
    }

    fn transform_series(&self, series: &mut [f64]) -> Outcome {
        let before = self.window / 2;
        // One running sum like scipy's, with the same rounding errors.
        let mut running: Option<f64> = None;
        // One score more in front: the one that leaves the window.
        filter_in_order(
            series,
            before + 1,
            self.window - 1 - before,
            |padded, out| {
                let mut out = out.iter_mut();
                let mut changes = padded[self.window..].iter().zip(padded);
                let mut sum = running.unwrap_or_else(|| {
                    let sum = padded[1..=self.window].iter().fold(0.0, |sum, v| sum + v);
                    if let (Some(score), Some(_)) = (out.next(), changes.next()) {
                        *score = sum / self.window as f64;
                    }
                    sum
                });
                // Each step adds the entering score and subtracts the leaving one in a single difference, as scipy does.
                for (score, (entering, leaving)) in out.zip(changes) {
                    sum += entering - leaving;
                    *score = sum / self.window as f64;
                }
                running = Some(sum);
            },
        );
        Outcome::Done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SERIES, run};

    fn uniform(window: usize, n: usize) -> Vec<f64> {
        run(Uniform::new(window).unwrap(), &SERIES[..n])
    }

    #[test]
    fn values_equal_scipy_to_the_bit() {
        let odd = [
            0.24,
            0.24,
            0.279_999_999_999_999_97,
            0.4,
            0.420_000_000_000_000_04,
            0.459_999_999_999_999_96,
            0.539_999_999_999_999_9,
            0.499_999_999_999_999_9,
            0.459_999_999_999_999_85,
            0.369_999_999_999_999_9,
            0.199_999_999_999_999_9,
            0.239_999_999_999_999_85,
        ];
        assert_eq!(uniform(5, 12), odd);
        let even = [
            0.266_666_666_666_666_66,
            0.216_666_666_666_666_67,
            0.283_333_333_333_333_4,
            0.383_333_333_333_333_36,
            0.366_666_666_666_666_7,
            0.45,
            0.466_666_666_666_666_73,
            0.500_000_000_000_000_1,
            0.533_333_333_333_333_3,
            0.341_666_666_666_666_73,
            0.266_666_666_666_666_7,
            0.283_333_333_333_333_4,
        ];
        assert_eq!(uniform(6, 12), even);
        let longer = [
            0.339_999_999_999_999_97,
            0.346_666_666_666_666_6,
            0.343_333_333_333_333_3,
            0.358_333_333_333_333_3,
            0.396_666_666_666_666_6,
            0.389_999_999_999_999_96,
            0.383_333_333_333_333_36,
            0.38,
            0.363_333_333_333_333_34,
            0.366_666_666_666_666_64,
            0.346_666_666_666_666_7,
            0.333_333_333_333_333_3,
        ];
        assert_eq!(uniform(30, 12), longer);
        assert_eq!(uniform(30, 1), [0.3]);
        assert_eq!(uniform(5, 2), [0.18, 0.219_999_999_999_999_97]);
        assert_eq!(
            uniform(30, 2),
            [0.193_333_333_333_333_25, 0.199_999_999_999_999_9]
        );
        assert_eq!(uniform(5, 3), [0.24, 0.3, 0.26]);
        assert_eq!(run(Uniform::new(3).unwrap(), &[]), [0.0; 0]);
    }

    #[test]
    fn windows_are_checked() {
        for window in [0, 100_001, usize::MAX] {
            assert!(matches!(
                Uniform::new(window),
                Err(Error::Parameter { name: "window", .. })
            ));
        }
        assert_eq!(run(Uniform::new(100_000).unwrap(), &[4.0]), [4.0]);
    }
}
