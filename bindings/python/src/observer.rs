//! Progress, warnings and Ctrl-C.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use oddframe::core::{Event, Observer};
use pyo3::prelude::*;

use crate::errors::{Failure, run};

/// The interpreter is asked for signals, and a callback is told about progress, no more often than this.
const PAUSE: Duration = Duration::from_millis(100);

/// Tells a Python callback about progress, and cancels the work when that raises or when Ctrl-C was pressed.
pub(crate) struct PyObserver {
    /// The function to call with each `oddframe.progress.Progress`; none when nobody asked for progress.
    progress: Option<Py<PyAny>>,
    task: String,
    total: Option<u64>,
    done: u64,
    loss: Option<f64>,
    asked: Instant,
    error: Option<PyErr>,
}

impl PyObserver {
    /// `progress` is what callers pass: None, True or a callable.
    fn new(py: Python<'_>, progress: Option<Py<PyAny>>) -> PyResult<Self> {
        let resolve = py.import("oddframe.progress")?.getattr("resolve")?;
        let progress = resolve.call1((progress,))?;
        Ok(Self {
            progress: (!progress.is_none()).then(|| progress.unbind()),
            task: String::new(),
            total: None,
            done: 0,
            loss: None,
            asked: Instant::now(),
            error: None,
        })
    }

    fn report(&self, py: Python<'_>, finished: bool) -> PyResult<()> {
        let Some(progress) = &self.progress else {
            return Ok(());
        };
        let class = py.import("oddframe.progress")?.getattr("Progress")?;
        let state = class.call1((&self.task, self.done, self.total, self.loss, finished))?;
        progress.call1(py, (state,)).map(drop)
    }

    fn handle(&mut self, py: Python<'_>, event: Event<'_>) -> PyResult<()> {
        let mut is_due = self.asked.elapsed() >= PAUSE;
        let mut finished = false;
        match event {
            Event::Started { task, total } => {
                task.clone_into(&mut self.task);
                (self.total, self.done, self.loss) = (total, 0, None);
                is_due = true;
            }
            Event::Advanced { done } => self.done = done,
            Event::Loss { value, .. } => {
                self.loss = Some(value);
                is_due = true;
            }
            Event::Finished => {
                finished = true;
                is_due = true;
            }
            Event::Warned { message } => {
                let warn = py.import("oddframe.errors")?.getattr("warn")?;
                warn.call1((message,))?;
            }
            _ => {}
        }
        if is_due {
            self.asked = Instant::now();
            py.check_signals()?;
            self.report(py, finished)?;
        }
        Ok(())
    }
}

impl Observer for PyObserver {
    fn observe(&mut self, event: Event<'_>) -> ControlFlow<()> {
        let is_rare = !matches!(event, Event::Advanced { .. } | Event::Measured { .. });
        if !is_rare && self.asked.elapsed() < PAUSE {
            if let Event::Advanced { done } = event {
                self.done = done;
            }
            return ControlFlow::Continue(());
        }
        match Python::attach(|py| self.handle(py, event)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.error = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}

/// Runs work with an observer, without holding the interpreter. What the observer was cancelled by is raised.
pub(crate) fn run_observed<T: Send>(
    py: Python<'_>,
    progress: Option<Py<PyAny>>,
    work: impl FnOnce(&mut dyn Observer) -> Result<T, Failure> + Send,
) -> PyResult<T> {
    let mut observer = PyObserver::new(py, progress)?;
    let result = run(py, || work(&mut observer));
    match observer.error {
        Some(error) => Err(error),
        None => result,
    }
}
