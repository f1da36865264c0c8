use std::io;
use std::path::PathBuf;

use oddframe_core::{ClipShape, SharedError};

/// Everything that can go wrong while a network is fitted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The observer cancelled the training.
    #[error("the training was cancelled")]
    Cancelled,
    /// An example could not be read, or there is none.
    #[error(transparent)]
    Core(oddframe_core::Error),
    /// An option outside its range.
    #[error("the {name} is {value}; it must be {must}")]
    Option {
        /// The option.
        name: &'static str,
        /// The value it has.
        value: f64,
        /// The range of values that are accepted.
        must: &'static str,
    },
    /// An error of oddframe-nn, such as a batch that cannot become a tensor.
    #[error(transparent)]
    Nn(#[from] oddframe_nn::Error),
    /// No device to train on.
    #[error("no device to train on was given; name at least one")]
    NoDevice,
    /// The validation examples have another shape than the training examples.
    #[error(
        "the validation examples have the shape {validation:?} and the training examples the shape {training:?}; \
         prepare both the same way"
    )]
    ShapeMismatch {
        /// The shape of a training example.
        training: ClipShape,
        /// The shape of a validation example.
        validation: ClipShape,
    },
    /// A loss is NaN or infinite.
    #[error(
        "the {what} is {value} at epoch {epoch}, step {step}, learning rate {learning_rate}; try a lower learning rate \
         or gradient clipping, and check that the weights and the frames hold finite numbers"
    )]
    NonFiniteLoss {
        /// Which loss.
        what: &'static str,
        /// Its value.
        value: f64,
        /// The pass over the examples, from 1.
        epoch: u64,
        /// The batch within the epoch, from 1.
        step: u64,
        /// The learning rate.
        learning_rate: f64,
    },
    /// A weight is NaN or infinite after an epoch whose losses were all finite.
    #[error(
        "a weight is NaN or infinite after epoch {epoch}, learning rate {learning_rate}; try a lower learning rate or \
         gradient clipping"
    )]
    NonFiniteWeights {
        /// The pass over the examples, from 1.
        epoch: u64,
        /// The learning rate.
        learning_rate: f64,
    },
    /// The network panicked on a batch, usually because its layers do not accept the batch's shape.
    #[error("the network failed on a batch of {batch:?} at epoch {epoch}, step {step}: {message}")]
    Network {
        /// The number of examples and the shape of one: `[batch, T, C, H, W]`.
        batch: [usize; 5],
        /// The pass over the examples, from 1; 0 when the network is measured and not trained.
        epoch: u64,
        /// The batch within the epoch, from 1.
        step: u64,
        /// The panic's message.
        message: String,
    },
    /// A part of the training's state could not be serialised or deserialised.
    #[error("the {what} cannot be converted to or from the bytes of a checkpoint: {source}")]
    Record {
        /// Which part.
        what: &'static str,
        /// Burn's or serde's reason.
        #[source]
        source: SharedError,
    },
    /// A checkpoint could not be read.
    #[error("{}: the checkpoint cannot be read: {source}", path.display())]
    ReadCheckpoint {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// A checkpoint could not be written.
    #[error("{}: the checkpoint cannot be written: {source}", path.display())]
    WriteCheckpoint {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// The file is not a checkpoint, or parts of it are missing or changed.
    #[error("{}: {reason}; delete the file to train from the start", path.display())]
    DamagedCheckpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The checkpoint belongs to a training with other options, another network or other data.
    #[error(
        "{}: the checkpoint belongs to another training: {field} is {found} in the checkpoint and {expected} in this \
         training; restore the old value to resume it, or delete the file to train from the start", path.display()
    )]
    CheckpointMismatch {
        /// The file.
        path: PathBuf,
        /// The first field that differs.
        field: String,
        /// Its value in this training.
        expected: String,
        /// Its value in the checkpoint.
        found: String,
    },
}

// Cancellation is one variant of every crate's error: it changes its type on the way up, never its meaning.
impl From<oddframe_core::Error> for Error {
    fn from(error: oddframe_core::Error) -> Self {
        match error {
            oddframe_core::Error::Interrupted => Self::Cancelled,
            other => Self::Core(other),
        }
    }
}

impl From<Error> for oddframe_core::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Cancelled => Self::Interrupted,
            Error::Core(error) => error,
            other => Self::System {
                system: "training",
                source: other.into(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use oddframe_core::Error as CoreError;

    use super::*;

    #[test]
    fn cancellation_stays_cancellation_in_both_directions() {
        assert!(matches!(
            Error::from(CoreError::Interrupted),
            Error::Cancelled
        ));
        assert!(matches!(
            CoreError::from(Error::Cancelled),
            CoreError::Interrupted
        ));
        let nothing = CoreError::Nothing { what: "example" };
        assert!(matches!(
            CoreError::from(Error::from(nothing)),
            CoreError::Nothing { what: "example" }
        ));
        assert!(matches!(
            CoreError::from(Error::NoDevice),
            CoreError::System {
                system: "training",
                ..
            }
        ));
    }
}
