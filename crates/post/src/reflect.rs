/// The series with `left` and `right` more scores mirrored at its ends, the end itself repeated
/// (d c b a | a b c d | d c b a), back and forth where the series is shorter than that.
pub(crate) fn pad(series: &[f64], left: usize, right: usize) -> Vec<f64> {
    let n = series.len();
    let mut padded = Vec::with_capacity(left + n + right);
    if n == 0 {
        return padded;
    }
    padded.extend((0..left).rev().map(|beyond| series[fold(beyond, n)]));
    padded.extend_from_slice(series);
    padded.extend((0..right).map(|beyond| series[n - 1 - fold(beyond, n)]));
    padded
}

/// The distance from the end of the score that lies `beyond` places before it, when walked back and forth.
fn fold(beyond: usize, n: usize) -> usize {
    let step = beyond % (2 * n);
    step.min(2 * n - 1 - step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_with_the_end_repeated_back_and_forth() {
        assert_eq!(pad(&[1., 2., 3.], 7, 4), [1., 1., 2., 3., 3., 2., 1., 1., 2., 3., 3., 2., 1., 1.]);
        assert_eq!(pad(&[4.], 3, 2), [4.; 6]);
        assert_eq!(pad(&[], 3, 2), [0.0; 0]);
    }
}
