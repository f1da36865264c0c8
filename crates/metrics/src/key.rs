//! Scores as whole numbers in the same order, which sort without a comparison of floats.

const SIGN: u64 = 1 << 63;

/// The key of a finite score: larger for a larger score, equal for 0.0 and -0.0, never [`BELOW_ALL`].
pub(crate) fn encode(score: f64) -> u64 {
    // Adding 0.0 turns -0.0 into 0.0 and changes nothing else.
    let bits = (score + 0.0).to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

/// The score of a key.
pub(crate) fn decode(key: u64) -> f64 {
    f64::from_bits(if key & SIGN == 0 { !key } else { key & !SIGN })
}

/// Smaller than the key of every finite score (those of -infinity and of NaNs lie in between).
pub(crate) const BELOW_ALL: u64 = 0;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_are_ordered_as_scores(a in any::<f64>(), b in any::<f64>()) {
            prop_assume!(a.is_finite() && b.is_finite());
            prop_assert_eq!(encode(a).partial_cmp(&encode(b)), a.partial_cmp(&b));
            prop_assert_eq!(decode(encode(a)), a);
            prop_assert!(encode(a) > BELOW_ALL);
        }
    }

    #[test]
    fn zeros_are_equal_and_the_extremes_are_in_place() {
        assert_eq!(encode(0.0), encode(-0.0));
        assert!(encode(f64::MIN) > BELOW_ALL);
        let rising = [f64::MIN, -1.0, -5e-324, 0.0, 5e-324, f64::MIN_POSITIVE, 1.0, f64::MAX].map(encode);
        assert!(rising.is_sorted_by(|a, b| a < b));
    }
}
