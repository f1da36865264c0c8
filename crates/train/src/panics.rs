//! Turns a panic inside a network into an error.
//!
//! Layers panic on shapes they do not accept. On several devices a panicking thread of burn-train would leave the
//! others waiting for ever, and on one device the panic would end a program that could have reported an error.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::thread;

thread_local! {
    /// Whether this thread runs inside [`catch_panic`], which reports the panic itself.
    static CATCHING: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` and returns the message of a panic as an error; nothing is printed to stderr.
pub(crate) fn catch_panic<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    install_hook();
    let outer = CATCHING.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    CATCHING.set(outer);
    done.map_err(|payload| panic_message(&*payload))
}

/// Makes the panic hook silent on threads inside [`catch_panic`]; on all others it stays the hook that was set before.
fn install_hook() {
    static INSTALLED: Once = Once::new();
    // The hook cannot be replaced while this thread panics, for example when a destructor trains a network.
    if thread::panicking() {
        return;
    }
    INSTALLED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !CATCHING.get() {
                previous(info);
            }
        }));
    });
}

fn panic_message(payload: &(dyn Any + Send)) -> String {
    match (
        payload.downcast_ref::<&str>(),
        payload.downcast_ref::<String>(),
    ) {
        (Some(text), _) => (*text).to_string(),
        (_, Some(text)) => text.clone(),
        _ => "it panicked without a message".to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(catch_panic(|| 7), Ok(7));
        assert_eq!(
            catch_panic(|| panic!("fixed text")),
            Err::<(), _>("fixed text".to_string())
        );
        assert_eq!(
            catch_panic(|| panic!("step {}", 3)),
            Err::<(), _>("step 3".to_string())
        );
        let nested = catch_panic(|| catch_panic(|| panic!("inner")).unwrap_err());
        assert_eq!((nested, CATCHING.get()), (Ok("inner".to_string()), false));
        let other: Result<(), _> = catch_panic(|| panic::panic_any(5_u8));
        assert_eq!(other, Err("it panicked without a message".to_string()));
    }
}
