//! Progress on stderr, on a terminal only.

use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use oddframe::core::{Event, Observer};

use crate::interrupt;

/// Shorter work shows no bar: it would only flicker.
const SHOW_AFTER: Duration = Duration::from_secs(1);

/// Does some work; where it takes longer, a spinner says what is being done.
pub(crate) fn during<T>(task: &str, work: impl FnOnce() -> T) -> T {
    if !std::io::stderr().is_terminal() {
        return work();
    }
    std::thread::scope(|scope| {
        // Nothing is ever sent: the channel closes when the work is done.
        let (working, done) = mpsc::channel::<()>();
        scope.spawn(move || {
            if done.recv_timeout(SHOW_AFTER) == Err(mpsc::RecvTimeoutError::Timeout) {
                let spinner = ProgressBar::new_spinner().with_message(task.to_string());
                spinner.enable_steady_tick(Duration::from_millis(100));
                let _ = done.recv();
                spinner.finish_and_clear();
            }
        });
        let result = work();
        drop(working);
        result
    })
}

/// Shows the events of a library as a progress bar and stops the work on Ctrl-C.
pub(crate) struct Progress {
    bar: ProgressBar,
    started: Instant,
}

impl Progress {
    pub(crate) fn new() -> Self {
        interrupt::work_cleans_up();
        Self { bar: ProgressBar::hidden(), started: Instant::now() }
    }

    fn show_when_due(&self) {
        if self.bar.is_hidden() && self.started.elapsed() > SHOW_AFTER && std::io::stderr().is_terminal() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Observer for Progress {
    fn observe(&mut self, event: Event<'_>) -> ControlFlow<()> {
        match event {
            Event::Started { task, total } => {
                self.started = Instant::now();
                self.bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
                // The template is a constant; were it wrong, the plain bar would do.
                if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}, {eta} left") {
                    self.bar.set_style(style);
                }
                self.bar.set_message(task.to_string());
            }
            Event::Advanced { done } => {
                self.show_when_due();
                self.bar.set_position(done);
            }
            Event::Warned { message } => self.bar.suspend(|| crate::report::note(&message)),
            Event::Finished => self.bar.finish_and_clear(),
            _ => {}
        }
        let answer = interrupt::go_on();
        if answer.is_break() {
            self.bar.finish_and_clear();
        }
        answer
    }
}
