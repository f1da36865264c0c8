use std::sync::Arc;

use crate::error::MAX_WINDOW;
use crate::exp::exp;
use crate::sum::pairwise;
use crate::{Error, Outcome, Parameter, Signature, Transform, correlate, reflect};

pub(crate) static SIGNATURE: Signature = Signature {
    name: "gaussian",
    smooths: true,
    parameters: &[Parameter::required("sigma"), Parameter::optional("truncate", Gaussian::TRUNCATE)],
    build: |v| Ok(Arc::new(Gaussian::checked(v[0], v[1])?)),
};

/// Smoothing with a Gaussian: `scipy.ndimage.gaussian_filter1d`, bit for bit, ends mirrored (mode `reflect`).
///
/// Its text form is `gaussian(sigma=3)` or `gaussian(sigma=3, truncate=4)`. It runs over the frames that exist;
/// a gap in their numbers is not filled. The weights come from a correctly rounded exponential function, as
/// numpy's do where it has no AVX-512; with it, numpy's own are off by a unit in the last place for some σ (not
/// for 1 and 3).
#[derive(Debug, Clone, PartialEq)]
pub struct Gaussian {
    sigma: f64,
    truncate: f64,
    /// By distance, the centre's first.
    weights: Vec<f64>,
}

impl Gaussian {
    /// How many σ the Gaussian reaches to each side unless told otherwise.
    pub const TRUNCATE: f64 = 4.0;

    /// A Gaussian of `sigma` frames, cut off at four σ.
    ///
    /// # Errors
    /// When sigma is not above 0, or so large that the Gaussian reaches over 100,000 frames to a side.
    pub fn new(sigma: f64) -> Result<Self, Error> {
        Self::checked(sigma, Self::TRUNCATE)
    }

    /// Cuts it off at `truncate` σ, that is after `truncate * sigma + 0.5` whole frames.
    ///
    /// # Errors
    /// As [`Self::new`], of both.
    pub fn with_truncate(self, truncate: f64) -> Result<Self, Error> {
        Self::checked(self.sigma, truncate)
    }

    /// The standard deviation in frames.
    pub const fn sigma(&self) -> f64 {
        self.sigma
    }

    /// The reach to each side in standard deviations.
    pub const fn truncate(&self) -> f64 {
        self.truncate
    }

    fn checked(sigma: f64, truncate: f64) -> Result<Self, Error> {
        let wrong = |name, value, needs| Err(Error::Parameter { step: "gaussian", name, value, needs });
        for (name, value) in [("sigma", sigma), ("truncate", truncate)] {
            if !(value.is_finite() && value > 0.0) {
                return wrong(name, value, "finite and above 0");
            }
        }
        let radius = (truncate * sigma + 0.5).floor();
        if radius >= MAX_WINDOW as f64 {
            return wrong("sigma", sigma, "so small that sigma * truncate is below 100000 frames");
        }
        Ok(Self { sigma, truncate, weights: weights(sigma, radius as usize) })
    }
}

fn weights(sigma: f64, radius: usize) -> Vec<f64> {
    let factor = -0.5 / (sigma * sigma);
    let half = (1..=radius).map(|distance| exp(factor * (distance * distance) as f64));
    let mut weights: Vec<f64> = std::iter::once(1.0).chain(half).collect();
    // Summed from left to right as numpy sums the whole kernel.
    let whole: Vec<f64> = weights.iter().rev().chain(&weights[1..]).copied().collect();
    let sum = pairwise(&whole);
    for weight in &mut weights {
        *weight /= sum;
    }
    weights
}

impl Transform for Gaussian {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn values(&self) -> Vec<f64> {
        vec![self.sigma, self.truncate]
    }

    fn transform(&self, series: &mut [f64]) -> Outcome {
        let radius = self.weights.len() - 1;
        if radius > 0 && !series.is_empty() {
            correlate::symmetric(&reflect::pad(series, radius, radius), &self.weights, series);
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
    fn values_of_scipy_to_the_bit() {
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
        assert_eq!(run(gaussian(3.0), &[1., 0., 0., 0., 0., 0., 0., 2.]), expected);
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
    fn series_shorter_than_the_gaussian_are_mirrored_again_and_again() {
        assert_eq!(run(gaussian(1.0), &SERIES[..1]), [0.300_000_000_000_000_04]);
        assert_eq!(run(gaussian(3.0), &SERIES[..1]), [0.3]);
        assert_eq!(run(gaussian(3.0), &SERIES[..2]), [0.200_001_985_396_039_4, 0.199_998_014_603_960_66]);
        let expected = [0.266_308_501_014_582_64, 0.266_664_547_256_893_76, 0.267_026_951_728_523_64];
        assert_eq!(run(gaussian(3.0), &SERIES[..3]), expected);
        let expected = [0.266_667_989_107_345_1, 0.266_666_239_359_603_4, 0.266_665_771_533_051_5];
        assert_eq!(run(gaussian(7.0), &SERIES[..3]), expected);
        let expected = [0.266_666_665_774_380_2, 0.266_666_667_781_916_4, 0.266_666_666_443_704_24];
        assert_near(&run(gaussian(20_000.0), &SERIES[..3]), &expected, 1e-14);
    }

    #[test]
    fn a_gaussian_below_half_a_frame_changes_nothing() {
        // The square of the second is 0, by which nothing may be divided.
        for sigma in [0.1, 1e-200, f64::MIN_POSITIVE] {
            assert_eq!(run(gaussian(sigma), &SERIES), SERIES);
        }
        assert_eq!(run(gaussian(3.0), &[]), [0.0; 0]);
    }

    #[test]
    fn the_reach_is_checked() {
        for sigma in [0.0, -1.0, f64::NAN, f64::INFINITY, 25_000.0, f64::MAX] {
            assert!(matches!(Gaussian::new(sigma), Err(Error::Parameter { name: "sigma", .. })), "{sigma}");
        }
        for truncate in [0.0, -4.0, f64::NAN, f64::INFINITY] {
            let wrong = gaussian(3.0).with_truncate(truncate);
            assert!(matches!(wrong, Err(Error::Parameter { name: "truncate", .. })), "{truncate}");
        }
        assert!(gaussian(3.0).with_truncate(1e9).is_err());
        assert_eq!(gaussian(3.0).weights.len(), 13);
        assert_eq!(gaussian(24_999.0).weights.len(), 99_997);
    }
}
