//! Whether a device responds.
//!
//! Drivers are loaded deep inside Burn's backends, in threads of their own, and a missing one panics there. Here that panic
//! becomes a message.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[cfg(any(feature = "cuda", feature = "wgpu"))]
use {super::name::DeviceName, crate::error::Error, crate::kernels::Kernels, burn::tensor::Tensor};

/// The panic hook belongs to the whole process: one probe at a time.
static HOOK: Mutex<()> = Mutex::new(());

/// Computes one small sum, so that a missing driver or card is an error here and not a panic later.
#[cfg(any(feature = "cuda", feature = "wgpu"))]
pub(super) fn probe_device<B: Kernels>(name: DeviceName, device: &B::Device) -> Result<(), Error> {
    let sum =
        catch_panics_of_all_threads(|| (Tensor::<B, 1>::ones([1], device) + 1.0).try_into_data());
    let reason = match sum {
        Ok(Ok(_)) => return Ok(()),
        Ok(Err(error)) => error.to_string(),
        Err(panic) => panic,
    };
    let needs = match name {
        DeviceName::Cuda(_) => "NVIDIA's driver, CUDA's libraries and a card of this number",
        DeviceName::Wgpu(_) => "a driver for Vulkan, Metal or DirectX and a card of this number",
        DeviceName::Flex | DeviceName::NdArray => "nothing but the CPU",
    };
    Err(Error::DeviceFailed {
        device: name,
        needs,
        reason: shorten_reason(&reason),
    })
}

/// Runs `run` and returns the message of the first panic, also when that happens in another thread that `run` waits for.
///
/// Replaces the panic hook of the whole process meanwhile, because the threads of a driver are not known.
fn catch_panics_of_all_threads<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    const UNKNOWN: &str = "it failed without a reason";
    let _guard = lock_ignoring_poison(&HOOK);
    let first = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&first);
    let hook = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        // Only the first: the others are threads that waited for it.
        lock_ignoring_poison(&seen)
            .get_or_insert_with(|| info.payload_as_str().unwrap_or(UNKNOWN).to_owned());
    }));
    let done = panic::catch_unwind(AssertUnwindSafe(run));
    panic::set_hook(hook);
    done.map_err(|_| {
        lock_ignoring_poison(&first)
            .take()
            .unwrap_or_else(|| UNKNOWN.into())
    })
}

fn lock_ignoring_poison<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A driver's reason without the dozens of file names that its loader tried.
fn shorten_reason(reason: &str) -> String {
    reason
        .split(" - searched for")
        .next()
        .unwrap_or(reason)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_panic_is_the_reason() {
        let waited = catch_panics_of_all_threads(|| {
            let driver = std::thread::spawn(|| panic!("no driver, code {}", 7));
            driver.join().expect("the driver's thread");
        });
        assert_eq!(waited.unwrap_err(), "no driver, code 7");
        assert_eq!(catch_panics_of_all_threads(|| 5), Ok(5));
    }

    #[test]
    fn a_loaders_list_of_names_is_left_out() {
        let said = "Unable to load the \"cuda\" library - searched for library names: [\"libcuda.so\"]. Ensure that";
        assert_eq!(shorten_reason(said), "Unable to load the \"cuda\" library");
        assert_eq!(shorten_reason("out of memory"), "out of memory");
    }
}
