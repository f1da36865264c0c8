use std::ops::ControlFlow;

/// Something that happened during a long piece of work.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A task began; `total` steps are ahead, where that is known.
    Started {
        /// What is being done, in a few words.
        task: &'a str,
        /// How many steps it takes.
        total: Option<u64>,
    },
    /// `done` steps of the current task are behind.
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
    /// A loss was measured on footage that is not trained on.
    ValidationLoss {
        /// Passes over the training data, from 1.
        epoch: u64,
        /// The mean loss.
        value: f64,
    },
    /// A figure of the work at this moment, to be shown beside its progress: the loss so far, frames a second.
    Measured {
        /// What it is, in a word or two.
        name: &'a str,
        /// How much.
        value: f64,
    },
    /// Something deserves attention and does not stop the work.
    Warned {
        /// What, where, and what to do.
        message: &'a str,
    },
    /// The current task ended.
    Finished,
}

/// Listens to progress and may stop the work: progress bars, logs and a user interface are observers.
///
/// Closures `FnMut(Event) -> ControlFlow<()>` are observers too.
pub trait Observer {
    /// Called at every event. `ControlFlow::Break` stops the work, which then ends with
    /// [`Error::Interrupted`](crate::Error::Interrupted).
    fn observe(&mut self, event: Event<'_>) -> ControlFlow<()>;

    /// Passes on an event and turns a wish to stop into an error, for use with `?`.
    ///
    /// # Errors
    /// [`Error::Interrupted`](crate::Error::Interrupted) when the observer asked to stop.
    fn tell(&mut self, event: Event<'_>) -> Result<(), crate::Error> {
        match self.observe(event) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(crate::Error::Interrupted),
        }
    }
}

/// Listens to nothing and never stops the work.
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
