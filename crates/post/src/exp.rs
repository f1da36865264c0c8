//! The exponential function, correctly rounded, so that Gaussian weights are the same on every platform:
//! the system libraries behind `f64::exp` differ in the last bit.

use std::f64::consts::{LN_2, LOG2_E};

/// What ln 2 has below the precision of [`LN_2`].
const LN_2_REST: f64 = 2.319_046_813_846_299_6e-17;
/// exp of less is below the smallest f64.
const UNDERFLOW: f64 = -745.2;
/// Terms of the series after which |r| ≤ ln 2 / 2 leaves less than 2^-106.
const TERMS: u32 = 28;

/// e^x for x ≤ 0.
pub(crate) fn exp(x: f64) -> f64 {
    debug_assert!(x <= 0.0);
    if x < UNDERFLOW {
        return 0.0;
    }
    let k = (x * LOG2_E).round();
    let r = Double::product(-k, LN_2).plus(x).plus(-k * LN_2_REST);
    let mut series = Double { high: 1.0, low: 0.0 };
    for term in (1..=TERMS).rev() {
        series = series.times(r).over(f64::from(term)).plus(1.0);
    }
    // 2^k may be too small for an f64 where its product with the series is not.
    let half = (k / 2.0).trunc();
    series.high * power_of_two(half) * power_of_two(k - half)
}

fn power_of_two(k: f64) -> f64 {
    f64::from_bits(((1023 + k as i64) as u64) << 52)
}

/// A number of about 106 bits: the sum of two, the lower below half a unit of the higher.
#[derive(Clone, Copy)]
struct Double {
    high: f64,
    low: f64,
}

impl Double {
    fn product(a: f64, b: f64) -> Self {
        let high = a * b;
        Self { high, low: a.mul_add(b, -high) }
    }

    fn settled(high: f64, low: f64) -> Self {
        let sum = high + low;
        Self { high: sum, low: low - (sum - high) }
    }

    fn plus(self, other: f64) -> Self {
        let sum = self.high + other;
        let added = sum - self.high;
        let lost = (self.high - (sum - added)) + (other - added);
        Self::settled(sum, lost + self.low)
    }

    fn times(self, other: Self) -> Self {
        let p = Self::product(self.high, other.high);
        Self::settled(p.high, p.low + self.high * other.low + self.low * other.high)
    }

    fn over(self, divisor: f64) -> Self {
        let quotient = self.high / divisor;
        let rest = (-quotient).mul_add(divisor, self.high) + self.low;
        Self::settled(quotient, rest / divisor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_nearest_f64() {
        // Rounded from 60 digits; at the first numpy with AVX-512 is off by one unit.
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
            assert_eq!(exp(x), expected, "exp({x})");
        }
    }

    #[test]
    fn stays_within_a_unit_of_the_system() {
        for step in 0..20_000 {
            let x = f64::from(step) * -0.035;
            let (ours, theirs) = (exp(x).to_bits(), x.exp().to_bits());
            assert!(ours.abs_diff(theirs) <= 1, "exp({x})");
        }
    }
}
