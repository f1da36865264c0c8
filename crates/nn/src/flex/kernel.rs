use std::cell::RefCell;

use oddframe_kernels::{Error, Workspace};

thread_local! {
    static WORKSPACE: RefCell<Workspace> = RefCell::default();
}

/// Calls `run` with this thread's scratch memory, which the kernels grow once and use again.
pub(super) fn with_workspace<T>(run: impl FnOnce(&mut Workspace) -> T) -> T {
    WORKSPACE.with_borrow_mut(run)
}

/// The result of a kernel; its error becomes a panic.
///
/// The layers check their input before they call an operation. What remains is a caller of
/// [`Operations`](crate::kernels::Operations) with shapes that do not fit, and Burn's operations report that by panicking
/// too.
#[track_caller]
pub(super) fn expect_kernel<T>(result: Result<T, Error>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}
