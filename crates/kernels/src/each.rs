//! Work on parts of slices, by several threads.

use std::sync::{Mutex, PoisonError};

use crate::threads::{parallel, threads};

/// Values of a part, where nothing else asks for a size: enough to be worth a thread's while, and little enough for
/// the second-level cache. Miri sees the seams of small slices.
pub(crate) const PART: usize = if cfg!(miri) { 1 << 6 } else { 1 << 15 };

/// Calls `work` with every part. The parts do not depend on the number of threads, so neither do the results.
pub(crate) fn each<T>(parts: impl ExactSizeIterator<Item = T> + Send, work: impl Fn(T) + Sync) {
    if parts.len() < 2 || threads() == 1 {
        return parts.for_each(work);
    }
    let count = parts.len();
    let parts = Mutex::new(parts);
    parallel(count, &|_, _| {
        let part = parts.lock().unwrap_or_else(PoisonError::into_inner).next();
        if let Some(part) = part {
            work(part);
        }
    });
}
