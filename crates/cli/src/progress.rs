//! Progress on stderr, on a terminal only.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use oddframe::core::{Event, Observer};

use crate::interrupt;

/// Shorter work shows no bar, which would only flicker.
const SHOW_AFTER: Duration = Duration::from_secs(1);

/// Runs `work`. If it takes longer than [`SHOW_AFTER`], a spinner shows the task.
pub(crate) fn during<T>(task: &str, work: impl FnOnce() -> T) -> T {
    // Logs and pipes get no spinner: its escape sequences would be stored as text.
    if !std::io::stderr().is_terminal() {
        return work();
    }
    // The work stays on this thread, because it may hold values that cannot be sent to another one; the
    // spinner runs beside it.
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

/// Shows the events of a library as a progress bar and cancels the work on Ctrl-C.
pub(crate) struct Progress {
    bar: ProgressBar,
    started: Instant,
    task: String,
    /// The latest measured figures by name.
    measured: BTreeMap<String, f64>,
}

impl Progress {
    pub(crate) fn new() -> Self {
        interrupt::work_cleans_up();
        let (task, measured) = Default::default();
        Self {
            bar: ProgressBar::hidden(),
            started: Instant::now(),
            task,
            measured,
        }
    }

    /// Shows a figure after the name of the task.
    fn measure(&mut self, name: &str, value: f64) {
        match self.measured.get_mut(name) {
            Some(known) => *known = value,
            None => drop(self.measured.insert(name.to_owned(), value)),
        }
        let figures = self
            .measured
            .iter()
            .map(|(name, value)| format!(", {name} {}", figure(*value)));
        self.bar
            .set_message(format!("{}{}", self.task, figures.collect::<String>()));
    }

    fn show_when_due(&self) {
        if self.bar.is_hidden()
            && self.started.elapsed() > SHOW_AFTER
            && std::io::stderr().is_terminal()
        {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Observer for Progress {
    fn observe(&mut self, event: Event<'_>) -> ControlFlow<()> {
        match event {
            Event::Started { task, total } => {
                // The bar is created hidden for each task and shown by `show_when_due`, so that short tasks
                // leave the terminal untouched.
                self.started = Instant::now();
                self.bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
                // The template is a constant. If it were invalid, the default style would be used.
                let template = match total {
                    Some(_) => "{msg} {wide_bar} {pos}/{len}, {eta} left",
                    None => "{spinner} {msg} {pos}",
                };
                if let Ok(style) = ProgressStyle::with_template(template) {
                    self.bar.set_style(style);
                }
                self.measured.clear();
                task.clone_into(&mut self.task);
                self.bar.set_message(self.task.clone());
            }
            Event::Advanced { done } => {
                self.show_when_due();
                self.bar.set_position(done);
            }
            Event::Warned { message } => self.bar.suspend(|| crate::report::note(&message)),
            Event::Measured { name, value } => self.measure(name, value),
            Event::ValidationLoss { value, .. } => self.measure("validation", value),
            Event::Finished => self.bar.finish_and_clear(),
            _ => {}
        }
        // Every event is also an opportunity to cancel. The bar is removed first, so that the message about
        // the interruption starts on a clean line.
        let answer = interrupt::go_on();
        if answer.is_break() {
            self.bar.finish_and_clear();
        }
        answer
    }
}

/// A figure short enough for a bar: speeds without decimals, losses with four digits.
fn figure(value: f64) -> String {
    if value.abs() >= 100.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.4}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        assert_eq!(
            [1234.5, 0.012_345, -3.0].map(figure),
            ["1234", "0.0123", "-3.0000"]
        );
    }
}
