use std::sync::Arc;

use crate::error::Error;
use crate::parameters::{Parameter, to_count};
use crate::transform::{Outcome, Signature, Transform};

pub(crate) static SIGNATURE: Signature = Signature {
    name: "round",
    smooths: false,
    parameters: &[Parameter::required("digits")],
    build: |v| {
        Ok(Arc::new(Round::new(
            to_count("round", "digits", v[0])? as u32
        )?))
    },
};

/// Rounding to a number of decimals, halves to even: equal to the last bit to `np.round`.
///
/// The text form is `round(digits=6)`. Each score is rounded by itself, so the scope does not matter.
///
/// ```
/// use oddframe_post::{Round, Step};
///
/// let mut scores = [0.125, 0.377];
/// Step::per_video(Round::new(2)?).apply_to_series(&mut scores)?;
/// assert_eq!(scores, [0.12, 0.38]);
/// # Ok::<(), oddframe_post::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Round {
    digits: u32,
}

impl Round {
    /// The most decimals: an f64 has about 15 significant digits.
    pub const MAX_DIGITS: u32 = 15;

    /// Rounds to `digits` decimals.
    ///
    /// # Errors
    /// When `digits` is above [`Self::MAX_DIGITS`].
    pub fn new(digits: u32) -> Result<Self, Error> {
        if digits > Self::MAX_DIGITS {
            let needs = "a whole number from 0 to 15";
            return Err(Error::parameter(
                "round",
                "digits",
                f64::from(digits),
                needs,
            ));
        }
        Ok(Self { digits })
    }

    /// The number of decimals.
    pub const fn digits(self) -> u32 {
        self.digits
    }
}

impl Transform for Round {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn parameter_values(&self) -> Vec<f64> {
        vec![f64::from(self.digits)]
    }

    fn is_pointwise(&self) -> bool {
        true
    }

    fn transform_series(&self, series: &mut [f64]) -> Outcome {
        // Scaling, rounding and dividing is what numpy does. A direct decimal rounding would differ in the
        // last bit.
        let factor = 10_u64.pow(self.digits) as f64;
        for v in series.iter_mut() {
            *v = (*v * factor).round_ties_even() / factor;
        }
        Outcome::Done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn values_equal_numpy_to_the_bit() {
        let round = |digits| {
            run(
                Round::new(digits).unwrap(),
                &[
                    0.123_456_5,
                    0.123_457_5,
                    1_234.567_890_5,
                    -0.000_000_5,
                    2.5,
                    1e-7,
                ],
            )
        };
        assert_eq!(
            round(6),
            [0.123_456, 0.123_458, 1_234.567_89, -0.0, 2.5, 0.0]
        );
        assert_eq!(round(2), [0.12, 0.12, 1234.57, -0.0, 2.5, 0.0]);
        assert_eq!(round(0), [0.0, 0.0, 1235.0, -0.0, 2.0, 0.0]);
    }

    #[test]
    fn digits_are_checked() {
        assert!(Round::new(15).is_ok());
        assert!(matches!(
            Round::new(16),
            Err(Error::Parameter { name: "digits", .. })
        ));
    }
}
