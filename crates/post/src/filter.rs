//! What the smoothers share: mirrored padding, blocks of a series, and symmetric weighted sums.

use std::sync::{Mutex, PoisonError};
use std::thread;

use oddframe_core::available_threads;

/// Scores of a block: with its neighbours it stays in the first cache, while a padded copy of ten million scores would cost more
/// than filtering them.
const BLOCK: usize = 2048;
/// The fewest scores for which another thread is started.
const PER_THREAD: usize = 1 << 18;

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

/// Replaces every score by what `filter` computes from the scores around it.
///
/// `filter` gets a part of the series with `left` more scores in front of it and `right` more behind it, all as they were, and writes
/// the new scores of the part. Beyond its ends the series is mirrored. Long series are divided among threads, so a new score may
/// depend on nothing else.
pub(crate) fn filter_in_blocks(
    series: &mut [f64],
    left: usize,
    right: usize,
    filter: impl Fn(&[f64], &mut [f64]) + Sync,
) {
    let threads = available_threads().min(series.len() / PER_THREAD).max(1);
    let length = series.len().div_ceil(threads).max(1);
    if threads == 1 || length < left.max(right) {
        return filter_in_order(series, left, right, filter);
    }
    // What lies around each part is copied before any thread changes it.
    let around: Vec<_> = (0..series.len())
        .step_by(length)
        .map(|start| {
            let end = (start + length).min(series.len());
            (
                scores_before(series, start, left),
                scores_after(series, end, right),
            )
        })
        .collect();
    let parts = series.chunks_mut(length).zip(around).collect();
    let parts: Mutex<Vec<_>> = Mutex::new(parts);
    let filter_parts = || {
        while let Some((part, (before, after))) = take_last(&parts) {
            filter_part(part, before, &after, &filter);
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            // If no thread can be started, the calling thread filters all parts.
            let _ = thread::Builder::new().spawn_scoped(scope, filter_parts);
        }
        filter_parts();
    });
}

fn take_last<T>(parts: &Mutex<Vec<T>>) -> Option<T> {
    parts.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

/// As [`filter_in_blocks`], one part after the other: `filter` may keep a state.
pub(crate) fn filter_in_order(
    series: &mut [f64],
    left: usize,
    right: usize,
    filter: impl FnMut(&[f64], &mut [f64]),
) {
    if series.is_empty() {
        return;
    }
    let before = scores_before(series, 0, left);
    let after = scores_after(series, series.len(), right);
    filter_part(series, before, &after, filter);
}

/// Filters a part of a series in blocks. `before` and `after` are the scores around it.
fn filter_part(
    part: &mut [f64],
    mut before: Vec<f64>,
    after: &[f64],
    mut filter: impl FnMut(&[f64], &mut [f64]),
) {
    let (left, right) = (before.len(), after.len());
    // With a wide window a block is several times as long, so that most of the padded block is not copied again for the next.
    let block = BLOCK.max(2 * (left + right));
    let mut padded = Vec::with_capacity(left + block.min(part.len()) + right);
    let mut start = 0;
    while start < part.len() {
        let end = (start + block).min(part.len());
        let own = right.min(part.len() - end);
        padded.clear();
        padded.extend_from_slice(&before);
        padded.extend_from_slice(&part[start..end + own]);
        padded.extend_from_slice(&after[..right - own]);
        // The next block needs the last scores of this one as they were.
        before.copy_from_slice(&padded[end - start..end - start + left]);
        filter(&padded, &mut part[start..end]);
        start = end;
    }
}

/// The `count` scores before position `start`, mirrored beyond the beginning.
fn scores_before(series: &[f64], start: usize, count: usize) -> Vec<f64> {
    let inside = count.min(start);
    let mirrored = (0..count - inside).rev();
    let mirrored = mirrored.map(|beyond| series[mirror_index(beyond, series.len())]);
    mirrored
        .chain(series[start - inside..start].iter().copied())
        .collect()
}

/// The `count` scores from position `end` on, mirrored beyond the end.
fn scores_after(series: &[f64], end: usize, count: usize) -> Vec<f64> {
    let inside = count.min(series.len() - end);
    let last = series.len() - 1;
    let mirrored =
        (0..count - inside).map(|beyond| series[last - mirror_index(beyond, series.len())]);
    let own = series[end..end + inside].iter().copied();
    own.chain(mirrored).collect()
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

    /// The series with `left` and `right` further scores mirrored at its ends: what [`filter_in_blocks`] shows to a filter.
    fn pad_mirrored(series: &[f64], left: usize, right: usize) -> Vec<f64> {
        if series.is_empty() {
            return Vec::new();
        }
        [
            scores_before(series, 0, left),
            series.to_vec(),
            scores_after(series, series.len(), right),
        ]
        .concat()
    }

    #[test]
    fn blocks_and_threads_show_what_a_padded_copy_shows() {
        let series: Vec<f64> = (0..2 * PER_THREAD + 77)
            .map(|at| (at % 1013) as f64)
            .collect();
        // Windows of one score, wider than a block, and wider than a short series.
        for (count, left, right) in [
            (series.len(), 0, 0),
            (series.len(), 3, 5),
            (series.len(), BLOCK + 1, 7),
            (BLOCK, 1, 1),
            (BLOCK + 1, 1, 0),
            (5, 20, 31),
            (0, 3, 3),
        ] {
            let series = &series[..count];
            let padded = pad_mirrored(series, left, right);
            // The sum of the outermost scores of a window tells whether a filter sees the right ones.
            let window = left + 1 + right;
            let ends = |padded: &[f64], out: &mut [f64]| {
                assert_eq!(padded.len(), out.len() + left + right);
                for (at, score) in out.iter_mut().enumerate() {
                    *score = padded[at] + 2.0 * padded[at + left] + 4.0 * padded[at + window - 1];
                }
            };
            let mut whole = vec![0.0; count];
            if count > 0 {
                ends(&padded, &mut whole);
            }
            let (mut threaded, mut in_order) = (series.to_vec(), series.to_vec());
            filter_in_blocks(&mut threaded, left, right, ends);
            filter_in_order(&mut in_order, left, right, ends);
            assert!(threaded == whole, "{count} {left} {right}");
            assert!(in_order == whole, "{count} {left} {right}");
        }
    }

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
