//! Errors as Python exceptions.

use std::any::Any;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

use oddframe::core::Error as CoreError;
use oddframe::pipeline::Error as PipelineError;
use pyo3::prelude::*;

/// The classes of exceptions in `oddframe.errors` that Rust code raises.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// Something outside the program: a file, a video, a model.
    General,
    /// An argument that cannot be used.
    Argument,
    Recipe,
    /// Use of a scorer after its end.
    Closed,
    /// A panic: a mistake in this package.
    Internal,
}

impl Kind {
    fn class_name(self) -> &'static str {
        match self {
            Self::General => "OddframeError",
            Self::Argument => "ArgumentError",
            Self::Recipe => "RecipeError",
            Self::Closed => "ClosedError",
            Self::Internal => "InternalError",
        }
    }
}

/// Why work failed, before it is an exception: made without holding the interpreter.
#[derive(Debug)]
pub(crate) enum Failure {
    Message(Kind, String),
    /// An observer cancelled; it knows why.
    Cancelled,
}

impl Failure {
    /// An error about an argument.
    pub(crate) fn argument(error: impl Display) -> Self {
        Self::Message(Kind::Argument, error.to_string())
    }

    /// An error about a file or something else outside the program.
    pub(crate) fn general(error: impl Display) -> Self {
        Self::Message(Kind::General, error.to_string())
    }

    /// The exception.
    pub(crate) fn into_exception(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Message(kind, message) => exception(py, kind, &message),
            // Only Ctrl-C and callbacks cancel, and the observer keeps the exceptions of both.
            Self::Cancelled => pyo3::exceptions::PyKeyboardInterrupt::new_err(()),
        }
    }
}

impl From<PipelineError> for Failure {
    fn from(error: PipelineError) -> Self {
        match &error {
            PipelineError::Core(CoreError::Interrupted) => Self::Cancelled,
            PipelineError::Recipe(_) => Self::Message(Kind::Recipe, error.to_string()),
            PipelineError::LiveVideoEnded { .. } => Self::Message(Kind::Closed, error.to_string()),
            PipelineError::WhichSystem { .. } => Self::argument(error),
            _ => Self::general(error),
        }
    }
}

impl From<CoreError> for Failure {
    fn from(error: CoreError) -> Self {
        match error {
            CoreError::Interrupted => Self::Cancelled,
            error => Self::general(error),
        }
    }
}

/// An exception of `oddframe.errors`. Its classes are written in Python, so that some of them can also be a `ValueError`.
pub(crate) fn exception(py: Python<'_>, kind: Kind, message: &str) -> PyErr {
    let made = py
        .import("oddframe.errors")
        .and_then(|module| module.getattr(kind.class_name()))
        .and_then(|class| class.call1((message,)));
    match made {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}

/// Runs work without holding the interpreter, and turns its failure into an exception. A panic becomes an exception too.
pub(crate) fn run<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, Failure> + Send,
) -> PyResult<T> {
    crate::threads::check_process(py)?;
    // After a panic no value that the work changed is used again: scorers close, everything else is only read.
    let done = py.detach(|| catch_unwind(AssertUnwindSafe(work)));
    match done {
        Ok(result) => result.map_err(|failure| failure.into_exception(py)),
        Err(panic) => Err(exception(py, Kind::Internal, &describe_panic(&*panic))),
    }
}

fn describe_panic(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!(
        "this is a mistake in oddframe, please report it: {}",
        text.unwrap_or("a panic without a message")
    )
}
