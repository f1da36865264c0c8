use std::sync::Arc;

use crate::error::Error;
use crate::parameters::Parameter;
use crate::rescale::rescale_series;
use crate::transform::{Outcome, Signature, Transform};

pub(crate) static SIGNATURE: Signature = Signature {
    name: "percentile_clip",
    smooths: false,
    parameters: &[Parameter::required("lo"), Parameter::required("hi")],
    build: |v| Ok(Arc::new(PercentileClip::new(v[0], v[1])?)),
};

/// Normalisation between two percentiles: (x − low) / (high − low), clipped to [0, 1].
///
/// The text form is `percentile_clip(lo=1, hi=100)`. Percentiles are interpolated like `np.percentile`, equal
/// to the last bit. `lo=0` clips at the upper percentile and then applies min-max. Clipping makes ties at
/// both ends. A series whose percentiles are equal becomes 0.
///
/// ```
/// use oddframe_post::{PercentileClip, Step};
///
/// let mut scores = [0.0, 1.0, 2.0, 3.0, 100.0];
/// Step::over_all(PercentileClip::new(0.0, 50.0)?)?.apply_to_series(&mut scores)?;
/// assert_eq!(scores, [0.0, 0.5, 1.0, 1.0, 1.0]);
/// # Ok::<(), oddframe_post::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PercentileClip {
    low: f64,
    high: f64,
}

impl PercentileClip {
    /// Clips at the percentiles `low` and `high`.
    ///
    /// # Errors
    /// When a percentile is outside 0 to 100, or low is not below high.
    pub fn new(low: f64, high: f64) -> Result<Self, Error> {
        if !(0.0..=100.0).contains(&low) {
            return Err(Error::parameter(
                "percentile_clip",
                "lo",
                low,
                "a percentile from 0 to 100",
            ));
        }
        if !(0.0..=100.0).contains(&high) || high <= low {
            return Err(Error::parameter(
                "percentile_clip",
                "hi",
                high,
                "a percentile above lo, up to 100",
            ));
        }
        Ok(Self { low, high })
    }

    /// The lower percentile.
    pub const fn low(self) -> f64 {
        self.low
    }

    /// The upper percentile.
    pub const fn high(self) -> f64 {
        self.high
    }
}

impl Transform for PercentileClip {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn parameter_values(&self) -> Vec<f64> {
        vec![self.low, self.high]
    }

    fn transform_series(&self, series: &mut [f64]) -> Outcome {
        if series.is_empty() {
            return Outcome::Done;
        }
        let mut scratch = series.to_vec();
        let low = select_percentile(&mut scratch, self.low);
        let high = select_percentile(&mut scratch, self.high);
        // Clipping after the division gives exactly 0 and 1 at both ends.
        let outcome = rescale_series(series, low, high - low);
        for v in series.iter_mut() {
            *v = v.clamp(0.0, 1.0);
        }
        outcome
    }
}

/// The percentile of at least one value. The order of the values changes.
fn select_percentile(values: &mut [f64], percent: f64) -> f64 {
    let last = values.len() - 1;
    let place = last as f64 * (percent / 100.0);
    let at = (place.floor() as usize).min(last);
    let t = place - at as f64;
    // Selection is linear in time; sorting the whole series is not needed for two order statistics. The next
    // larger value is the smallest of those behind the selected one.
    let (_, below, rest) = values.select_nth_unstable_by(at, f64::total_cmp);
    let below = *below;
    let above = rest.iter().copied().reduce(f64::min).unwrap_or(below);
    // numpy interpolates from the nearer of both values.
    if t < 0.5 {
        below + (above - below) * t
    } else {
        above - (above - below) * (1.0 - t)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SERIES, run};

    fn clip(low: f64, high: f64) -> PercentileClip {
        PercentileClip::new(low, high).unwrap()
    }

    #[test]
    fn values_equal_numpy_to_the_bit() {
        let [a, b, c, d] = [
            [
                0.460_188_933_873_144_4,
                0.280_251_911_830_859_23,
                0.550_157_444_894_287_1,
                0.280_251_911_830_859_23,
                0.640_125_955_915_429_6,
                1.0,
                0.370_220_422_852_001_8,
                0.730_094_466_936_572_2,
                0.640_125_955_915_429_6,
                0.460_188_933_873_144_4,
                0.820_062_977_957_714_9,
                0.0,
            ],
            [
                0.478_352_380_455_391_6,
                0.304_406_060_289_794_6,
                0.565_325_540_538_190_1,
                0.304_406_060_289_794_6,
                0.652_298_700_620_988_5,
                1.0,
                0.391_379_220_372_593_1,
                0.739_271_860_703_786_9,
                0.652_298_700_620_988_5,
                0.478_352_380_455_391_6,
                0.826_245_020_786_585_3,
                0.0,
            ],
            [
                0.478_260_869_565_217_35,
                0.210_702_341_137_123_72,
                0.612_040_133_779_264_3,
                0.210_702_341_137_123_72,
                0.745_819_397_993_311_1,
                1.0,
                0.344_481_605_351_170_5,
                0.879_598_662_207_357_9,
                0.745_819_397_993_311_1,
                0.478_260_869_565_217_35,
                1.0,
                0.0,
            ],
            [
                0.714_285_714_285_714_3,
                0.0,
                1.0,
                0.0,
                1.0,
                1.0,
                0.142_857_142_857_142_85,
                1.0,
                1.0,
                0.714_285_714_285_714_3,
                1.0,
                0.0,
            ],
        ];
        assert_eq!(run(clip(1.0, 100.0), &SERIES), a);
        assert_eq!(run(clip(0.0, 99.99), &SERIES), b);
        assert_eq!(run(clip(5.0, 90.0), &SERIES), c);
        assert_eq!(run(clip(25.0, 50.0), &SERIES), d);
    }

    #[test]
    fn a_lower_percentile_of_0_is_a_clip_and_min_max() {
        let (low, p99) = (-0.25, select_percentile(&mut SERIES.to_vec(), 99.0));
        assert_eq!(p99, 0.878_000_000_000_000_1);
        let clipped: Vec<f64> = SERIES.iter().map(|v| v.min(p99)).collect();
        assert_eq!(run(clip(0.0, 99.0), &SERIES), run(crate::MinMax, &clipped));
        assert_eq!(run(clip(0.0, 100.0), &SERIES), run(crate::MinMax, &SERIES));
        assert_eq!(clipped.iter().copied().fold(f64::INFINITY, f64::min), low);
    }

    #[test]
    fn equal_percentiles_give_zeros_and_are_reported() {
        let mut series = [1.0, 1.0, 1.0, 1.0, 9.0];
        assert_eq!(
            clip(0.0, 50.0).transform_series(&mut series),
            Outcome::Constant
        );
        assert_eq!(series, [0.0; 5]);
        assert_eq!(
            clip(0.0, 50.0).transform_series(&mut [3.0]),
            Outcome::Constant
        );
        assert_eq!(run(clip(0.0, 50.0), &[]), [0.0; 0]);
    }

    #[test]
    fn percentiles_are_checked() {
        for (low, high, name) in [
            (-1.0, 50.0, "lo"),
            (f64::NAN, 50.0, "lo"),
            (0.0, 100.1, "hi"),
            (0.0, f64::NAN, "hi"),
            (50.0, 50.0, "hi"),
        ] {
            let wrong = PercentileClip::new(low, high).unwrap_err();
            assert!(
                matches!(wrong, Error::Parameter { name: found, .. } if found == name),
                "{wrong}"
            );
        }
    }
}
