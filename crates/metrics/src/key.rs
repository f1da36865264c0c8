//! Scores as integers in the same order, which sort without float comparisons.

const SIGN: u64 = 1 << 63;

/// The key of a finite score: larger for a larger score, equal for 0.0 and -0.0, never [`BELOW_ALL`].
pub(crate) fn encode_score(score: f64) -> u64 {
    // Adding 0.0 turns -0.0 into 0.0 and changes nothing else. The bits of positive floats rise with their
    // value; those of negative floats fall, so they are inverted.
    let bits = (score + 0.0).to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

/// The score that a key encodes.
pub(crate) fn decode_score(key: u64) -> f64 {
    f64::from_bits(if key & SIGN == 0 { !key } else { key & !SIGN })
}

/// A key below those of all finite scores.
pub(crate) const BELOW_ALL: u64 = 0;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_have_the_order_of_scores(a in any::<f64>(), b in any::<f64>()) {
            prop_assume!(a.is_finite() && b.is_finite());
            prop_assert_eq!(encode_score(a).partial_cmp(&encode_score(b)), a.partial_cmp(&b));
            prop_assert_eq!(decode_score(encode_score(a)), a);
            prop_assert!(encode_score(a) > BELOW_ALL);
        }
    }

    #[test]
    fn zeros_are_equal_and_extremes_are_ordered() {
        assert_eq!(encode_score(0.0), encode_score(-0.0));
        assert!(encode_score(f64::MIN) > BELOW_ALL);
        let rising = [
            f64::MIN,
            -1.0,
            -5e-324,
            0.0,
            5e-324,
            f64::MIN_POSITIVE,
            1.0,
            f64::MAX,
        ]
        .map(encode_score);
        assert!(rising.is_sorted_by(|a, b| a < b));
    }
}
