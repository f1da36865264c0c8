use std::sync::Arc;

use crate::error::Error;
use crate::exp::exp_nonpositive;
use crate::filter::{correlate_symmetric, filter_in_blocks};
use crate::parameters::{MAX_WINDOW, Parameter};
use crate::sum::pairwise_sum;
use crate::transform::{Outcome, Signature, Transform};

pub(crate) static SIGNATURE: Signature = Signature {
    name: "gaussian",
    smooths: true,
    parameters: &[
        Parameter::required("sigma"),
        Parameter::optional("truncate", Gaussian::TRUNCATE),
    ],
    build: |v| Ok(Arc::new(Gaussian::from_parameters(v[0], v[1])?)),
};

/// Smoothing with a Gaussian, ends mirrored: equal to the last bit to `scipy.ndimage.gaussian_filter1d` with
/// mode `reflect`.
///
/// The text form is `gaussian(sigma=3)` or `gaussian(sigma=3, truncate=4)`. The filter runs over the existing
/// frames; gaps in their numbers are not filled. The weights use a correctly rounded exponential function,
/// like numpy without AVX-512. With AVX-512 numpy's own weights are off by one unit in the last place for
/// some σ (not for 1 and 3).
///
/// ```
/// use oddframe_post::{Gaussian, Step};
///
/// let mut scores = [0.0, 0.0, 1.0, 0.0, 0.0];
/// Step::per_video(Gaussian::new(0.5)?).apply_to_series(&mut scores)?;
/// assert!(scores[2] > 0.7 && scores[1] == scores[3] && (scores.iter().sum::<f64>() - 1.0).abs() < 1e-15);
/// # Ok::<(), oddframe_post::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Gaussian {
    sigma: f64,
    truncate: f64,
    /// The weights by distance from the centre.
    weights: Vec<f64>,
}

impl Gaussian {
    /// The default reach to each side in σ.
    pub const TRUNCATE: f64 = 4.0;

    /// A Gaussian with a standard deviation of `sigma` frames, truncated at four standard deviations.
    ///
    /// # Errors
    /// When sigma is not above 0, or so large that the Gaussian reaches 100,000 frames or more to each side.
    pub fn new(sigma: f64) -> Result<Self, Error> {
        Self::from_parameters(sigma, Self::TRUNCATE)
    }

    /// Truncates the Gaussian at `truncate` σ: after `truncate * sigma + 0.5` frames, rounded down.
    ///
    /// # Errors
    /// As [`Self::new`], for both parameters.
    pub fn with_truncate(self, truncate: f64) -> Result<Self, Error> {
        Self::from_parameters(self.sigma, truncate)
    }

    /// The standard deviation in frames.
    pub const fn sigma(&self) -> f64 {
        self.sigma
    }

    /// The reach to each side in standard deviations.
    pub const fn truncate(&self) -> f64 {
        self.truncate
    }

    fn from_parameters(sigma: f64, truncate: f64) -> Result<Self, Error> {
        for (name, value) in [("sigma", sigma), ("truncate", truncate)] {
            if !(value.is_finite() && value > 0.0) {
                return Err(Error::parameter(
                    "gaussian",
                    name,
                    value,
                    "finite and above 0",
                ));
            }
        }
        // scipy rounds the reach to the nearest whole frame.
        let radius = (truncate * sigma + 0.5).floor();
        if radius >= MAX_WINDOW as f64 {
            let needs = "so small that sigma * truncate is below 100000 frames";
            return Err(Error::parameter("gaussian", "sigma", sigma, needs));
        }
        Ok(Self {
            sigma,
            truncate,
            weights: gaussian_weights(sigma, radius as usize),
        })
    }
}

/// The normalised weights by distance from the centre.
fn gaussian_weights(sigma: f64, radius: usize) -> Vec<f64> {
    // The centre has weight 1 before the normalisation, so a tiny σ leaves only the centre.
    let factor = -0.5 / (sigma * sigma);
    let half = (1..=radius).map(|distance| exp_nonpositive(factor * (distance * distance) as f64));
    let mut weights: Vec<f64> = std::iter::once(1.0).chain(half).collect();
    // numpy sums the whole kernel from left to right, so the sum runs over both halves.
    let whole: Vec<f64> = weights.iter().rev().chain(&weights[1..]).copied().collect();
    let sum = pairwise_sum(&whole);
    for weight in &mut weights {
        *weight /= sum;
    }
    weights
}

impl Transform for Gaussian {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn parameter_values(&self) -> Vec<f64> {
        vec![self.sigma, self.truncate]
    }

    fn transform_series(&self, series: &mut [f64]) -> Outcome {
        let radius = self.weights.len() - 1;
        if radius > 0 {
            filter_in_blocks(series, radius, radius, |padded, out| {
                correlate_symmetric(padded, &self.weights, out);
            });
        }
        Outcome::Done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SERIES, assert_near, run};

    fn gaussian(sigma: f64) -> Gaussian {
        Gaussian::new(sigma).unwrap()
    }

    #[test]
    fn values_equal_scipy_to_the_bit() {
        let expected = [
            0.294_414_007_424_499_64,
            0.289_743_298_733_103_8,
            0.290_808_275_892_915_6,
            0.311_447_935_037_585_94,
            0.358_787_051_749_613_56,
            0.426_121_478_835_505_33,
            0.493_297_165_597_884_95,
            0.535_380_786_728_891_3,
        ];
        assert_eq!(
            run(gaussian(3.0), &[1., 0., 0., 0., 0., 0., 0., 2.]),
            expected
        );
        let expected = [
            0.245_763_411_964_606_27,
            0.233_703_906_647_529_96,
            0.256_522_961_941_744_73,
            0.313_996_153_819_423_75,
            0.477_047_224_420_785_95,
            0.570_265_131_282_475_6,
            0.498_656_948_111_913_86,
            0.478_833_605_828_469_73,
            0.468_752_218_156_797_46,
            0.428_938_206_110_378_75,
            0.310_685_118_105_622_5,
            0.066_835_113_610_251_52,
        ];
        assert_eq!(run(gaussian(1.0), &SERIES), expected);
        let narrow = gaussian(2.5).with_truncate(1.5).unwrap();
        assert_eq!(run(narrow, &SERIES)[0], 0.247_510_701_600_915_26);
    }

    #[test]
    fn series_shorter_than_the_gaussian_are_mirrored_repeatedly() {
        assert_eq!(run(gaussian(1.0), &SERIES[..1]), [0.300_000_000_000_000_04]);
        assert_eq!(run(gaussian(3.0), &SERIES[..1]), [0.3]);
        assert_eq!(
            run(gaussian(3.0), &SERIES[..2]),
            [0.200_001_985_396_039_4, 0.199_998_014_603_960_66]
        );
        let expected = [
            0.266_308_501_014_582_64,
            0.266_664_547_256_893_76,
            0.267_026_951_728_523_64,
        ];
        assert_eq!(run(gaussian(3.0), &SERIES[..3]), expected);
        let expected = [
            0.266_667_989_107_345_1,
            0.266_666_239_359_603_4,
            0.266_665_771_533_051_5,
        ];
        assert_eq!(run(gaussian(7.0), &SERIES[..3]), expected);
        let expected = [
            0.266_666_665_774_380_2,
            0.266_666_667_781_916_4,
            0.266_666_666_443_704_24,
        ];
        assert_near(&run(gaussian(20_000.0), &SERIES[..3]), &expected, 1e-14);
    }

    #[test]
    fn a_gaussian_below_half_a_frame_changes_nothing() {
        // The square of the second value underflows to 0.
        for sigma in [0.1, 1e-200, f64::MIN_POSITIVE] {
            assert_eq!(run(gaussian(sigma), &SERIES), SERIES);
        }
        assert_eq!(run(gaussian(3.0), &[]), [0.0; 0]);
    }

    #[test]
    fn parameters_are_checked() {
        for sigma in [0.0, -1.0, f64::NAN, f64::INFINITY, 25_000.0, f64::MAX] {
            assert!(
                matches!(
                    Gaussian::new(sigma),
                    Err(Error::Parameter { name: "sigma", .. })
                ),
                "{sigma}"
            );
        }
        for truncate in [0.0, -4.0, f64::NAN, f64::INFINITY] {
            let wrong = gaussian(3.0).with_truncate(truncate);
            assert!(
                matches!(
                    wrong,
                    Err(Error::Parameter {
                        name: "truncate",
                        ..
                    })
                ),
                "{truncate}"
            );
        }
        assert!(gaussian(3.0).with_truncate(1e9).is_err());
        assert_eq!(gaussian(3.0).weights.len(), 13);
        assert_eq!(gaussian(24_999.0).weights.len(), 99_997);
    }
}
