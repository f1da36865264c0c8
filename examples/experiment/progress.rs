use std::io::{IsTerminal, Write, stderr};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use oddframe::core::{Event, Observer};

/// Prints the current task, its progress, losses and warnings to stderr.
pub(crate) struct Progress {
    task: String,
    total: Option<u64>,
    started: Instant,
    /// When the progress was last printed.
    printed: Instant,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self {
            task: String::new(),
            total: None,
            started: Instant::now(),
            printed: Instant::now(),
        }
    }
}

/// Prints a line that the next one overwrites; nothing when stderr is not a terminal.
fn print_status(text: &str) {
    if stderr().is_terminal() {
        let _ = write!(stderr(), "\r\x1b[K{text}");
    }
}

impl Observer for Progress {
    fn observe(&mut self, event: Event<'_>) -> ControlFlow<()> {
        match event {
            Event::Started { task, total } => {
                *self = Self {
                    task: task.to_owned(),
                    total,
                    ..Self::new()
                };
                print_status(task);
            }
            Event::Advanced { done } if self.printed.elapsed() > Duration::from_millis(200) => {
                self.printed = Instant::now();
                let a_second = done as f64 / self.started.elapsed().as_secs_f64();
                let total = self.total.map_or(String::new(), |total| {
                    format!(
                        " of {total}, {:.0} s left",
                        total.saturating_sub(done) as f64 / a_second
                    )
                });
                print_status(&format!(
                    "{}: {done}{total}, {a_second:.0} a second",
                    self.task
                ));
            }
            Event::Loss { epoch, value } => {
                print_status("");
                eprintln!("{}: epoch {epoch}, loss {value:.6}", self.task);
            }
            Event::Warned { message } => {
                print_status("");
                eprintln!("note: {message}");
            }
            Event::Finished => print_status(""),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
