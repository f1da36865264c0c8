/// Outputs made side by side, so that their additions run in SIMD lanes.
const LANES: usize = 16;

/// Weighted sums with weights that are the same to both sides.
///
/// `weights[0]` is the centre's, `weights[d]` that of both scores at distance `d`. `padded` is longer than
/// `out` by twice the largest distance. Every sum starts at the centre and goes on from the farthest pair
/// to the nearest, which is the order of `scipy.ndimage`; the lanes never mix.
pub(crate) fn symmetric(padded: &[f64], weights: &[f64], out: &mut [f64]) {
    let radius = weights.len() - 1;
    debug_assert_eq!(padded.len(), out.len() + 2 * radius);
    let mut at = 0;
    let mut blocks = out.chunks_exact_mut(LANES);
    for block in &mut blocks {
        block.copy_from_slice(&sums::<LANES>(&padded[at..], weights));
        at += LANES;
    }
    for one in blocks.into_remainder() {
        [*one] = sums::<1>(&padded[at..], weights);
        at += 1;
    }
}

/// The first N sums of a padded series.
#[inline]
fn sums<const N: usize>(padded: &[f64], weights: &[f64]) -> [f64; N] {
    let radius = weights.len() - 1;
    let lanes = |start: usize| -> [f64; N] { std::array::from_fn(|lane| padded[start..start + N][lane]) };
    let mut sums = lanes(radius).map(|centre| centre * weights[0]);
    for distance in (1..=radius).rev() {
        let (left, right) = (lanes(radius - distance), lanes(radius + distance));
        for lane in 0..N {
            sums[lane] += (left[lane] + right[lane]) * weights[distance];
        }
    }
    sums
}
