use std::cell::Cell;
use std::sync::OnceLock;

/// `burn` makes flex run Burn's own operations everywhere.
const VARIABLE: &str = "ODDFRAME_KERNELS";

static WANTED: OnceLock<bool> = OnceLock::new();

thread_local! {
    static OFF: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread's tensors go through our kernels.
pub(super) fn on() -> bool {
    !OFF.get() && *WANTED.get_or_init(|| std::env::var_os(VARIABLE).is_none_or(|value| value != "burn"))
}

/// Calls `run` with Burn's own operations in the place of our kernels, on this thread: for comparisons.
pub fn without_kernels<T>(run: impl FnOnce() -> T) -> T {
    /// Puts the old value back also when `run` panics.
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            OFF.set(self.0);
        }
    }
    let _restore = Restore(OFF.replace(true));
    run()
}
