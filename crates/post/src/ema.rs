use std::sync::Arc;

use crate::{Error, Outcome, Parameter, Signature, Transform};

pub(crate) static SIGNATURE: Signature = Signature {
    name: "ema",
    smooths: true,
    parameters: &[Parameter::required("alpha")],
    build: |v| Ok(Arc::new(Ema::new(v[0])?)),
};

/// The exponential average run forwards and backwards, and the mean of the two.
///
/// Its text form is `ema(alpha=0.3)`. Forwards y₀ = x₀ and yₜ = α·xₜ + (1 − α)·yₜ₋₁, backwards the same from
/// the end: pandas `ewm(alpha, adjust=False).mean()`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ema {
    alpha: f64,
}

impl Ema {
    /// An average in which a new score counts `alpha`.
    ///
    /// # Errors
    /// When alpha is not above 0 and at most 1.
    pub fn new(alpha: f64) -> Result<Self, Error> {
        if alpha > 0.0 && alpha <= 1.0 {
            Ok(Self { alpha })
        } else {
            Err(Error::Parameter { step: "ema", name: "alpha", value: alpha, needs: "above 0 and at most 1" })
        }
    }

    /// What a new score counts.
    pub const fn alpha(self) -> f64 {
        self.alpha
    }
}

impl Transform for Ema {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn values(&self) -> Vec<f64> {
        vec![self.alpha]
    }

    fn transform(&self, series: &mut [f64]) -> Outcome {
        let (Some(first), Some(last)) = (series.first().copied(), series.last().copied()) else {
            return Outcome::Done;
        };
        let step = |average: &mut f64, score: f64| {
            *average = self.alpha * score + (1.0 - self.alpha) * *average;
            Some(*average)
        };
        let forwards: Vec<f64> = series.iter().copied().scan(first, step).collect();
        let mut backwards = last;
        for (score, forwards) in series.iter_mut().zip(forwards).rev() {
            step(&mut backwards, *score);
            *score = f64::midpoint(forwards, backwards);
        }
        Outcome::Done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SERIES, assert_near, run};

    #[test]
    fn values_of_pandas() {
        assert_near(
            &run(Ema::new(0.2).unwrap(), &SERIES),
            &[
                0.295_710_906_368,
                0.274_638_632_960_000_1,
                0.312_298_291_200_000_1,
                0.285_572_864_000_000_1,
                0.338_126_080_000_000_05,
                0.382_585_600_000_000_1,
                0.291_174_400_000_000_06,
                0.314_321_920_000_000_03,
                0.273_185_536_000_000_06,
                0.210_708_428_8,
                0.203_766_743_040_000_03,
                0.037_013_394_432_000_05,
            ],
            1e-15,
        );
        assert_near(
            &run(Ema::new(0.3).unwrap(), &SERIES),
            &[
                0.298_317_151_750_749_96,
                0.267_595_931_072_499_96,
                0.333_422_758_674_999_93,
                0.300_689_655_249_999_9,
                0.398_759_507_499_999_94,
                0.483_812_724_999_999_94,
                0.350_356_15,
                0.401_231_079_999_999_96,
                0.351_550_005_999_999_97,
                0.267_782_504_199_999_94,
                0.269_872_752_939_999_96,
                0.014_160_927_057_999_956,
            ],
            1e-15,
        );
        assert_eq!(run(Ema::new(1.0).unwrap(), &SERIES), SERIES);
    }

    #[test]
    fn one_step_by_hand() {
        // Forwards 1, 3; backwards 4, 5.
        assert_eq!(run(Ema::new(0.5).unwrap(), &[1.0, 5.0]), [2.0, 4.0]);
        assert_eq!(run(Ema::new(0.5).unwrap(), &[7.0]), [7.0]);
        assert_eq!(run(Ema::new(0.5).unwrap(), &[]), [0.0; 0]);
    }

    #[test]
    fn alpha_is_checked() {
        for alpha in [0.0, -0.1, 1.1, f64::NAN] {
            assert!(matches!(Ema::new(alpha), Err(Error::Parameter { name: "alpha", .. })), "{alpha}");
        }
    }
}
