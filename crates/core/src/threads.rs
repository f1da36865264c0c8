//! How many threads this process uses.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::available_parallelism;

static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Limits the threads that work started from now on uses, for reading frames and for hashing files: at least one. Results do
/// not depend on the number.
///
/// The kernels have a thread pool of their own, and so has the crate `rayon`.
///
/// ```
/// oddframe_core::limit_threads(1);
/// assert_eq!(oddframe_core::available_threads(), 1);
/// ```
pub fn limit_threads(threads: usize) {
    LIMIT.store(threads.max(1), Ordering::Relaxed);
}

/// The number of threads to start for parallel work: one for each core that this process may use, or the number that
/// [`limit_threads`] set if that is lower.
pub fn available_threads() -> usize {
    let cores = available_parallelism().map_or(1, NonZero::get);
    cores.min(LIMIT.load(Ordering::Relaxed))
}
