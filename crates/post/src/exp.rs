//! A correctly rounded exponential function, so that Gaussian weights are equal on every platform: the system
//! libraries behind `f64::exp` differ in the last bit.

use std::f64::consts::{LN_2, LOG2_E};

/// ln 2 minus [`LN_2`]: the digits below the precision of an f64.
const LN_2_REST: f64 = 2.319_046_813_846_299_6e-17;
/// The exponential of a smaller number is below the smallest f64.
const UNDERFLOW: f64 = -745.2;
/// The number of Taylor terms after which the rest is below 2^-106 for |r| ≤ ln 2 / 2.
const TERMS: u32 = 28;

/// e^x for x ≤ 0: e^x = 2^k · e^r with r = x − k·ln 2, and e^r by its Taylor series in Horner form.
pub(crate) fn exp_nonpositive(x: f64) -> f64 {
    debug_assert!(x <= 0.0);
    if x < UNDERFLOW {
        return 0.0;
    }
    let k = (x * LOG2_E).round();
    // The subtraction cancels leading digits, so it needs double the precision.
    let r = Double::product(-k, LN_2).add_f64(x).add_f64(-k * LN_2_REST);
    let mut series = Double {
        high: 1.0,
        low: 0.0,
    };
    for term in (1..=TERMS).rev() {
        series = series
            .multiply_by(r)
            .divide_by(f64::from(term))
            .add_f64(1.0);
    }
    // 2^k may underflow although its product with the series does not, so it is applied in two halves.
    let half = (k / 2.0).trunc();
    series.high * power_of_two(half) * power_of_two(k - half)
}

fn power_of_two(k: f64) -> f64 {
    f64::from_bits(((1023 + k as i64) as u64) << 52)
}

/// A number of about 106 bits: the unevaluated sum of two f64, the lower below half a unit in the last place
/// of the higher (Dekker, 1971).
#[derive(Clone, Copy)]
struct Double {
    high: f64,
    low: f64,
}

impl Double {
    /// The exact product: a fused multiply-add yields the rounding error.
    fn product(a: f64, b: f64) -> Self {
        let high = a * b;
        Self {
            high,
            low: a.mul_add(b, -high),
        }
    }

    /// Moves the carry of the lower part into the higher part.
    fn normalised(high: f64, low: f64) -> Self {
        let sum = high + low;
        Self {
            high: sum,
            low: low - (sum - high),
        }
    }

    /// The sum with an f64, including its rounding error (Knuth's two-sum).
    fn add_f64(self, other: f64) -> Self {
        let sum = self.high + other;
        let added = sum - self.high;
        let lost = (self.high - (sum - added)) + (other - added);
        Self::normalised(sum, lost + self.low)
    }

    fn multiply_by(self, other: Self) -> Self {
        let p = Self::product(self.high, other.high);
        Self::normalised(
            p.high,
            p.low + self.high * other.low + self.low * other.high,
        )
    }

    fn divide_by(self, divisor: f64) -> Self {
        let quotient = self.high / divisor;
        let rest = (-quotient).mul_add(divisor, self.high) + self.low;
        Self::normalised(quotient, rest / divisor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_the_nearest_f64() {
        // Rounded from 60 digits. For the first value numpy with AVX-512 is off by one unit.
        let known = [
            (-0.125, 0.882_496_902_584_595_5),
            (-0.0, 1.0),
            (-1e-300, 1.0),
            (-0.5, 0.606_530_659_712_633_4),
            (-1.0, 0.367_879_441_171_442_33),
            (-8.0, 0.000_335_462_627_902_511_84),
            (-100.3, 2.755_900_065_356_568_7e-44),
            (-700.0, 9.859_676_543_759_77e-305),
            (-744.0, 9.881_312_916_824_93e-324),
            (-800.0, 0.0),
        ];
        for (x, expected) in known {
            assert_eq!(exp_nonpositive(x), expected, "exp({x})");
        }
    }

    #[test]
    fn results_differ_from_the_system_by_at_most_one_unit() {
        for step in 0..20_000 {
            let x = f64::from(step) * -0.035;
            let (ours, theirs) = (exp_nonpositive(x).to_bits(), x.exp().to_bits());
            assert!(ours.abs_diff(theirs) <= 1, "exp({x})");
        }
    }
}
