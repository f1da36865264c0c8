//! Ctrl-C: no half-written file stays behind.

use std::ops::ControlFlow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::Context;
use oddframe::core::remove_unfinished_files;

/// The exit code of a program ended by Ctrl-C (128 + SIGINT).
pub(crate) const EXIT_CODE: u8 = 130;

/// How often it was pressed.
static ASKED: AtomicUsize = AtomicUsize::new(0);
static CLEANS_UP: AtomicBool = AtomicBool::new(false);
/// What an interrupted piece of work leaves, where that is not nothing.
static LEAVES: OnceLock<String> = OnceLock::new();

/// Work that cleans up after itself gets this many requests to stop before the program just ends.
const PATIENCE: usize = 3;

/// Handles Ctrl-C: work that cleans up after itself is asked to stop; other work ends at once, and its
/// unfinished files are removed.
pub(crate) fn install() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        let times = ASKED.fetch_add(1, Ordering::SeqCst) + 1;
        if times >= PATIENCE || !CLEANS_UP.load(Ordering::SeqCst) {
            remove_unfinished_files();
            std::process::exit(i32::from(EXIT_CODE));
        }
    })
    .context("cannot listen for Ctrl-C")
}

/// Declares that the work from here on asks [`go_on`] often, and cleans up when the answer is no.
pub(crate) fn work_cleans_up() {
    CLEANS_UP.store(true, Ordering::SeqCst);
}

/// Declares what stays when the work from here on is interrupted.
pub(crate) fn work_leaves(text: String) {
    // The first to say so is the outermost.
    let _ = LEAVES.set(text);
}

/// What an interrupted piece of work left.
pub(crate) fn left() -> &'static str {
    LEAVES.get().map_or("nothing was left behind", String::as_str)
}

/// Whether the user asked the program to stop.
pub(crate) fn asked() -> bool {
    ASKED.load(Ordering::SeqCst) > 0
}

/// Whether to go on working.
pub(crate) fn go_on() -> ControlFlow<()> {
    if asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}
