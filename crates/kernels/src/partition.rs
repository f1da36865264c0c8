//! Work cut into parts. The cuts depend on shapes alone, never on the number of threads: every sum is then formed from
//! the same terms in the same order, and results are the same to the last bit on any number of threads.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use crate::threads::{run_parallel, threads};

/// Values of a part of an elementwise operation: enough to be worth waking a thread, and few enough for the
/// second-level cache. Under Miri parts are small, so that small slices have several.
pub(crate) const PART_LEN: usize = if cfg!(miri) { 1 << 6 } else { 1 << 15 };

/// Calls `work` with every part of an iterator, on several threads where there are several parts.
pub(crate) fn for_each_part<T>(
    parts: impl ExactSizeIterator<Item = T> + Send,
    work: impl Fn(T) + Sync,
) {
    if parts.len() < 2 || threads() == 1 {
        return parts.for_each(work);
    }
    let count = parts.len();
    // The lock is held only while the next part is taken, which is short against the work on a part.
    let parts = Mutex::new(parts);
    run_parallel(count, &|_, _| {
        let part = parts.lock().unwrap_or_else(PoisonError::into_inner).next();
        if let Some(part) = part {
            work(part);
        }
    });
}

/// The range of part number `part` when `total` is cut into `parts` nearly even parts, the larger ones first.
pub(crate) fn part_range(total: usize, parts: usize, part: usize) -> Range<usize> {
    part_start(total, parts, part)..part_start(total, parts, part + 1)
}

/// `total * part / parts`, nearly: without the product, which could overflow.
fn part_start(total: usize, parts: usize, part: usize) -> usize {
    let (whole, remainder) = (total / parts, total % parts);
    part * whole + part.min(remainder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_even_and_cover_everything() {
        for (total, parts) in [
            (0, 1),
            (1, 3),
            (64, 11),
            (100, 100),
            (7, 3),
            (usize::MAX, 5),
        ] {
            let ranges: Vec<_> = (0..parts)
                .map(|part| part_range(total, parts, part))
                .collect();
            assert_eq!((ranges[0].start, ranges[parts - 1].end), (0, total));
            assert!(
                ranges
                    .windows(2)
                    .all(|two| two[0].end == two[1].start && two[0].len() >= two[1].len())
            );
            assert!(ranges[0].len() - ranges[parts - 1].len() <= 1);
        }
    }
}
