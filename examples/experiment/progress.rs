use std::io::{IsTerminal, Write, stderr};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use oddframe::core::{Event, Observer};

/// Tells on stderr what is being done, how far it is and what the losses are.
pub(crate) struct Progress {
    task: String,
    total: Option<u64>,
    started: Instant,
    told: Instant,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self { task: String::new(), total: None, started: Instant::now(), told: Instant::now() }
    }
}

/// A line that the next one overwrites; nothing where nobody watches.
fn line(text: &str) {
    if stderr().is_terminal() {
        let _ = write!(stderr(), "\r\x1b[K{text}");
    }
}

impl Observer for Progress {
    fn observe(&mut self, event: Event<'_>) -> ControlFlow<()> {
        match event {
            Event::Started { task, total } => {
                *self = Self { task: task.to_owned(), total, ..Self::new() };
                line(task);
            }
            Event::Advanced { done } if self.told.elapsed() > Duration::from_millis(200) => {
                self.told = Instant::now();
                let a_second = done as f64 / self.started.elapsed().as_secs_f64();
                let total = self.total.map_or(String::new(), |total| {
                    format!(" of {total}, {:.0} s left", total.saturating_sub(done) as f64 / a_second)
                });
                line(&format!("{}: {done}{total}, {a_second:.0} a second", self.task));
            }
            Event::Loss { epoch, value } => {
                line("");
                eprintln!("{}: epoch {epoch}, loss {value:.6}", self.task);
            }
            Event::Warned { message } => {
                line("");
                eprintln!("note: {message}");
            }
            Event::Finished => line(""),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
