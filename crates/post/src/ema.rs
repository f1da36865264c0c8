use std::sync::Arc;

use crate::error::Error;
use crate::parameters::Parameter;
use crate::transform::{Outcome, Signature, Transform};

pub(crate) static SIGNATURE: Signature = Signature {
    name: "ema",
    smooths: true,
    parameters: &[Parameter::required("alpha")],
    build: |v| Ok(Arc::new(Ema::new(v[0])?)),
};

/// Exponential moving averages in both directions, and the mean of the two.
///
/// The text form is `ema(alpha=0.3)`. The forward average is y₀ = x₀ and yₜ = α·xₜ + (1 − α)·yₜ₋₁, that is
/// pandas `ewm(alpha, adjust=False).mean()`; the backward average starts at the end. Averaging both cancels
/// the lag.
///
/// ```
/// use oddframe_post::{Ema, Step};
///
/// let mut scores = [1.0, 5.0];
/// Step::per_video(Ema::new(0.5)?).apply_to_series(&mut scores)?;
/// // Forwards 1, 3; backwards 3, 5.
/// assert_eq!(scores, [2.0, 4.0]);
/// # Ok::<(), oddframe_post::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ema {
    alpha: f64,
}

impl Ema {
    /// An average in which a new score has the weight `alpha`.
    ///
    /// # Errors
    /// When alpha is not above 0 and at most 1.
    pub fn new(alpha: f64) -> Result<Self, Error> {
        if alpha > 0.0 && alpha <= 1.0 {
            Ok(Self { alpha })
        } else {
            Err(Error::parameter(
                "ema",
                "alpha",
                alpha,
                "above 0 and at most 1",
            ))
        }
    }

    /// The weight of a new score.
    pub const fn alpha(self) -> f64 {
        self.alpha
    }

    /// The average after one more score.
    fn update_average(self, average: f64, score: f64) -> f64 {
        self.alpha * score + (1.0 - self.alpha) * average
    }
}

impl Transform for Ema {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn parameter_values(&self) -> Vec<f64> {
        vec![self.alpha]
    }

    fn transform_series(&self, series: &mut [f64]) -> Outcome {
        let (Some(first), Some(last)) = (series.first().copied(), series.last().copied()) else {
            return Outcome::Done;
        };
        // The forward pass keeps its averages, because the backward pass still needs the scores.
        let mut average = first;
        let mut forward_averages = Vec::with_capacity(series.len());
        for score in &*series {
            average = self.update_average(average, *score);
            forward_averages.push(average);
        }
        // The backward pass starts with the last score, so both passes treat their first score alike.
        average = last;
        for (score, forward) in series.iter_mut().zip(forward_averages).rev() {
            average = self.update_average(average, *score);
            *score = f64::midpoint(forward, average);
        }
        Outcome::Done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SERIES, assert_near, run};

    #[test]
    fn values_equal_pandas() {
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
    fn short_series_by_hand() {
        // Forwards 1, 3; backwards 3, 5.
        assert_eq!(run(Ema::new(0.5).unwrap(), &[1.0, 5.0]), [2.0, 4.0]);
        assert_eq!(run(Ema::new(0.5).unwrap(), &[7.0]), [7.0]);
        assert_eq!(run(Ema::new(0.5).unwrap(), &[]), [0.0; 0]);
    }

    #[test]
    fn alpha_is_checked() {
        for alpha in [0.0, -0.1, 1.1, f64::NAN] {
            assert!(
                matches!(Ema::new(alpha), Err(Error::Parameter { name: "alpha", .. })),
                "{alpha}"
            );
        }
    }
}
