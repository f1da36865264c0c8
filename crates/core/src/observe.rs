use std::ops::ControlFlow;

/// An event during a long task.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A task began. It has `total` steps, when that is known.
    Started {
        /// What is being done, in a few words.
        task: &'a str,
        /// How many steps it takes.
        total: Option<u64>,
    },
    /// `done` steps of the current task are completed.
    Advanced {
        /// Steps done since the task began.
        done: u64,
    },
    /// A training loss was measured.
    Loss {
        /// Passes over the data, from 1.
        epoch: u64,
        /// The mean loss.
        value: f64,
    },
    /// A loss was measured on validation video, which is not trained on.
    ValidationLoss {
        /// Passes over the training data, from 1.
        epoch: u64,
        /// The mean loss.
        value: f64,
    },
    /// A current figure to show with the progress: the loss so far, frames per second.
    Measured {
        /// Its name, in a word or two.
        name: &'a str,
        /// Its value.
        value: f64,
    },
    /// A warning: the work continues.
    Warned {
        /// What, where, and what to do.
        message: &'a str,
    },
    /// The current task ended.
    Finished,
}

/// Receives progress and can cancel the work: progress bars, logs and user interfaces are observers.
///
/// Closures `FnMut(Event) -> ControlFlow<()>` are observers too.
pub trait Observer {
    /// Called at every event. `ControlFlow::Break` cancels the work, which then ends with
    /// [`Error::Interrupted`](crate::Error::Interrupted).
    fn observe(&mut self, event: Event<'_>) -> ControlFlow<()>;

    /// Reports an event and turns a cancellation into an error, for use with `?`.
    ///
    /// # Errors
    /// [`Error::Interrupted`](crate::Error::Interrupted) when the observer cancels.
    fn tell(&mut self, event: Event<'_>) -> Result<(), crate::Error> {
        match self.observe(event) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(crate::Error::Interrupted),
        }
    }
}

/// Ignores all events and never cancels.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn observe(&mut self, _: Event<'_>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl<F: FnMut(Event<'_>) -> ControlFlow<()>> Observer for F {
    fn observe(&mut self, event: Event<'_>) -> ControlFlow<()> {
        self(event)
    }
}
