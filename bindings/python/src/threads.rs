//! The threads of this process.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use pyo3::prelude::*;

use crate::errors::{Failure, Kind, exception, run};

/// The process that did work first; 0 before that.
static PROCESS: AtomicU32 = AtomicU32::new(0);

/// Limits the threads of this process.
#[pyfunction]
pub(crate) fn set_threads(py: Python<'_>, threads: usize) -> PyResult<()> {
    run(py, || {
        if threads == 0 {
            return Err(Failure::argument("threads is 0: at least 1 is needed"));
        }
        oddframe::core::limit_threads(threads);
        oddframe::kernels::set_threads(threads);
        // This pool is made once. It is smaller than asked for at most where an earlier call limited it.
        let _ = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build_global();
        Ok(())
    })
}

/// The threads that work of this process may use.
#[pyfunction]
pub(crate) fn available_threads() -> usize {
    oddframe::core::available_threads()
}

/// Raises an exception in a fork of a process that has used this package. A fork has only the thread that forked, so that work on the
/// thread pools would never end.
pub(crate) fn check_process(py: Python<'_>) -> PyResult<()> {
    let own = process::id();
    match PROCESS.compare_exchange(0, own, Ordering::Relaxed, Ordering::Relaxed) {
        Err(first) if first != own => Err(exception(
            py,
            Kind::General,
            "this process is a fork of one that has used oddframe, and lacks its threads: start processes with the method \"spawn\", \
             as multiprocessing.get_context(\"spawn\") does",
        )),
        _ => Ok(()),
    }
}
