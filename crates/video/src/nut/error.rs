use std::io;

/// Why a stream cannot be read on.
#[derive(Debug)]
pub(crate) enum NutError {
    /// The pipe ended between two frames, or before the first.
    End,
    /// The pipe ended elsewhere or cannot be read; why is known from the program that writes it.
    Pipe,
    /// The bytes are not what ffmpeg writes.
    Invalid(String),
}

impl From<io::Error> for NutError {
    fn from(_: io::Error) -> Self {
        Self::Pipe
    }
}

pub(super) fn invalid<T>(reason: impl Into<String>) -> Result<T, NutError> {
    Err(NutError::Invalid(reason.into()))
}
