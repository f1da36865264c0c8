//! Sums in the order in which numpy adds, so that means and deviations are equal to the last bit.

/// Below this many values numpy's pairwise sum adds them one by one. It is also the number of running sums.
const FEW: usize = 8;
/// Up to this many values numpy keeps eight running sums; above, it halves the series.
const BLOCK: usize = 128;

/// The sum in the order in which numpy adds a contiguous array: equal to the last bit to `np.sum`.
pub(crate) fn pairwise_sum(values: &[f64]) -> f64 {
    let n = values.len();
    if n < FEW {
        return values.iter().fold(-0.0, |sum, v| sum + v);
    }
    // numpy splits at a multiple of eight, so both halves keep full blocks.
    if n > BLOCK {
        let half = n / 2 - n / 2 % FEW;
        return pairwise_sum(&values[..half]) + pairwise_sum(&values[half..]);
    }
    let mut sums = [-0.0; FEW];
    let eights = values.chunks_exact(FEW);
    let rest = eights.remainder();
    for eight in eights {
        for (sum, v) in sums.iter_mut().zip(eight) {
            *sum += v;
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    rest.iter()
        .fold(((a + b) + (c + d)) + ((e + f) + (g + h)), |sum, v| sum + v)
}

/// The mean, equal to the last bit to `np.mean`; NaN for an empty slice.
pub(crate) fn mean(values: &[f64]) -> f64 {
    pairwise_sum(values) / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1, 1/2, 1/3 …
    fn harmonic(n: u32) -> Vec<f64> {
        (1..=n).map(|i| 1.0 / f64::from(i)).collect()
    }

    #[test]
    fn sums_equal_numpy_to_the_bit() {
        let sums = [
            (1, 1.0),
            (7, 2.592_857_142_857_142_5),
            (8, 2.717_857_142_857_142_5),
            (13, 3.180_133_755_133_755),
            (25, 3.815_958_177_753_507),
            (128, 5.433_147_092_589_173),
            (129, 5.440_899_030_573_669),
            (257, 6.128_236_013_400_938),
            (1000, 7.485_470_860_550_345),
        ];
        for (n, sum) in sums {
            assert_eq!(pairwise_sum(&harmonic(n)), sum, "{n}");
        }
        // Some of these differ when added one by one.
        assert!(
            sums.iter()
                .any(|(n, sum)| harmonic(*n).iter().sum::<f64>() != *sum)
        );
        assert_eq!(pairwise_sum(&[]), 0.0);
    }
}
