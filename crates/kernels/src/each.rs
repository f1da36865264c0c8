//! Work on parts of slices, by several threads.

use std::sync::{Mutex, PoisonError};

use crate::threads::{parallel, threads};

/// Values of a part, where nothing else asks for a size: enough to be worth a thread's while, and little enough for
/// the second-level cache. Miri sees the seams of small slices.
pub(crate) const PART: usize = if cfg!(miri) { 1 << 6 } else { 1 << 15 };

/// Calls `work` with every part. The parts do not depend on the number of threads, so neither do the results.
pub(crate) fn each<T: Send>(parts: impl ExactSizeIterator<Item = T>, work: impl Fn(T) + Sync) {
    if parts.len() < 2 || threads() == 1 {
        return parts.for_each(work);
    }
    // A lock each that only one thread ever takes: it hands the part over.
    let parts: Vec<_> = parts.map(|part| Mutex::new(Some(part))).collect();
    parallel(parts.len(), &|at, _| {
        let part = parts[at].lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(part) = part {
            work(part);
        }
    });
}
