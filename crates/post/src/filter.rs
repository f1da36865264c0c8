//! What the smoothers share: mirrored padding and symmetric weighted sums.

/// Outputs computed together, so that their additions run in SIMD lanes.
const LANES: usize = 16;

/// Weighted sums with weights that are symmetric around the centre.
///
/// `weights[0]` belongs to the centre, `weights[d]` to both scores at distance `d`. `padded` is longer than
/// `out` by twice the largest distance:
///
/// ```text
/// padded  | radius scores | the scores of out | radius scores |
/// ```
///
/// Every sum starts with the centre and adds the pairs from the farthest to the nearest. `scipy.ndimage` adds
/// in this order too, so the results are equal to the last bit. The lanes are independent of each other.
pub(crate) fn correlate_symmetric(padded: &[f64], weights: &[f64], out: &mut [f64]) {
    let radius = weights.len() - 1;
    debug_assert_eq!(padded.len(), out.len() + 2 * radius);
    let mut at = 0;
    let mut blocks = out.chunks_exact_mut(LANES);
    for block in &mut blocks {
        block.copy_from_slice(&weighted_sums::<LANES>(&padded[at..], weights));
        at += LANES;
    }
    for one in blocks.into_remainder() {
        [*one] = weighted_sums::<1>(&padded[at..], weights);
        at += 1;
    }
}

/// The first N sums of a padded series.
#[inline]
fn weighted_sums<const N: usize>(padded: &[f64], weights: &[f64]) -> [f64; N] {
    let radius = weights.len() - 1;
    let mut sums = load_lanes::<N>(padded, radius).map(|centre| centre * weights[0]);
    for distance in (1..=radius).rev() {
        let left = load_lanes::<N>(padded, radius - distance);
        let right = load_lanes::<N>(padded, radius + distance);
        for lane in 0..N {
            sums[lane] += (left[lane] + right[lane]) * weights[distance];
        }
    }
    sums
}

#[inline]
fn load_lanes<const N: usize>(series: &[f64], start: usize) -> [f64; N] {
    std::array::from_fn(|lane| series[start..start + N][lane])
}

/// The series with `left` and `right` further scores mirrored at its ends, including the last score itself:
/// `d c b a | a b c d | d c b a`. A short series is mirrored repeatedly.
pub(crate) fn pad_mirrored(series: &[f64], left: usize, right: usize) -> Vec<f64> {
    let n = series.len();
    let mut padded = Vec::with_capacity(left + n + right);
    if n == 0 {
        return padded;
    }
    padded.extend(
        (0..left)
            .rev()
            .map(|beyond| series[mirror_index(beyond, n)]),
    );
    padded.extend_from_slice(series);
    padded.extend((0..right).map(|beyond| series[n - 1 - mirror_index(beyond, n)]));
    padded
}

/// The index, counted from the end, of the score that is mirrored `beyond` places outside a series of length
/// `n`.
fn mirror_index(beyond: usize, n: usize) -> usize {
    // The mirrored series repeats after 2n scores: n forwards, n backwards.
    let step = beyond % (2 * n);
    step.min(2 * n - 1 - step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_mirrors_the_ends_repeatedly() {
        assert_eq!(
            pad_mirrored(&[1., 2., 3.], 7, 4),
            [1., 1., 2., 3., 3., 2., 1., 1., 2., 3., 3., 2., 1., 1.]
        );
        assert_eq!(pad_mirrored(&[4.], 3, 2), [4.; 6]);
        assert_eq!(pad_mirrored(&[], 3, 2), [0.0; 0]);
    }
}
