//! Handles Ctrl-C without leaving unfinished files.

use std::ops::ControlFlow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::Context;
use oddframe::core::remove_unfinished_files;

/// The exit code of a program ended by Ctrl-C (128 + SIGINT).
pub(crate) const EXIT_CODE: u8 = 130;

/// How often Ctrl-C was pressed.
static ASKED: AtomicUsize = AtomicUsize::new(0);
static CLEANS_UP: AtomicBool = AtomicBool::new(false);
/// Describes the files that interrupted work leaves; unset when it leaves none.
static LEAVES: OnceLock<String> = OnceLock::new();

/// The number of presses after which the program ends at once, even if the work cleans up after itself.
const PATIENCE: usize = 3;

/// Installs the handler of Ctrl-C. Work that cleans up after itself is asked to stop. Other work ends at once, and
/// its unfinished files are removed.
pub(crate) fn install() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        // The handler runs on a thread of its own, so it may lock and remove files. The first request only
        // sets a counter, which the work polls through its observer; a training step may take a while, so an
        // impatient user can press again.
        let times = ASKED.fetch_add(1, Ordering::SeqCst) + 1;
        if times >= PATIENCE || !CLEANS_UP.load(Ordering::SeqCst) {
            remove_unfinished_files();
            std::process::exit(i32::from(EXIT_CODE));
        }
    })
    .context("cannot listen for Ctrl-C")
}

/// Declares that the following work polls [`go_on`] often, and cleans up when it is cancelled.
pub(crate) fn work_cleans_up() {
    CLEANS_UP.store(true, Ordering::SeqCst);
}

/// Declares which files stay when the following work is interrupted.
pub(crate) fn work_leaves(text: String) {
    // The first call wins: it is that of the outermost work.
    let _ = LEAVES.set(text);
}

/// The description of the files that interrupted work left.
pub(crate) fn left() -> &'static str {
    LEAVES
        .get()
        .map_or("nothing was left behind", String::as_str)
}

/// Whether the user asked the program to stop.
pub(crate) fn asked() -> bool {
    ASKED.load(Ordering::SeqCst) > 0
}

/// Whether the work continues, as an observer answers it.
pub(crate) fn go_on() -> ControlFlow<()> {
    if asked() {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}
