use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The hook is the whole process's: one at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// Runs `work` and gives a panic's message instead of printing it, also that of another thread which `work` waits for.
///
/// Drivers are loaded deep inside Burn's backends, on threads of their own, and a missing one panics there.
pub(super) fn quietly<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let _alone = lock(&ALONE);
    let first = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&first);
    let hook = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        // What follows the first panic is other threads that waited in vain.
        lock(&seen)
            .get_or_insert_with(|| info.payload_as_str().unwrap_or("it failed without a reason").to_owned());
    }));
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    panic::set_hook(hook);
    done.map_err(|_| lock(&first).take().unwrap_or_else(|| "it failed without a reason".into()))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A driver's reason without the dozens of file names that its loader tried.
pub(super) fn brief(reason: &str) -> String {
    reason.split(" - searched for").next().unwrap_or(reason).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_panic_is_the_reason() {
        let waited = quietly(|| {
            let driver = std::thread::spawn(|| panic!("no driver, code {}", 7));
            driver.join().expect("the driver's thread");
        });
        assert_eq!(waited.unwrap_err(), "no driver, code 7");
        assert_eq!(quietly(|| 5), Ok(5));
    }

    #[test]
    fn a_loaders_list_of_names_is_left_out() {
        let said =
            "Unable to load the \"cuda\" library - searched for library names: [\"libcuda.so\"]. Ensure that";
        assert_eq!(brief(said), "Unable to load the \"cuda\" library");
        assert_eq!(brief("out of memory"), "out of memory");
    }
}
