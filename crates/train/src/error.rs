use std::io;
use std::path::PathBuf;

use oddframe_core::{ClipShape, SharedError};

/// What can go wrong while a network is fitted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The examples could not be read, or the observer asked to stop.
    #[error(transparent)]
    Core(#[from] oddframe_core::Error),
    /// An option outside its range.
    #[error("the {name} is {value}; it must be {must}")]
    Option {
        /// Which option.
        name: &'static str,
        /// What was given.
        value: f64,
        /// What is accepted.
        must: &'static str,
    },
    /// What oddframe-nn refuses.
    #[error(transparent)]
    Nn(#[from] oddframe_nn::Error),
    /// No device to compute on.
    #[error("no device to train on was given; name at least one")]
    NoDevice,
    /// Validation examples of another shape than those trained on.
    #[error(
        "examples to validate on have the shape {validation:?}, those to train on {training:?}; prepare both alike"
    )]
    OtherShape {
        /// What is trained on.
        training: ClipShape,
        /// What is validated on.
        validation: ClipShape,
    },
    /// A loss that is NaN or infinite.
    #[error(
        "the {what} is {value} at epoch {epoch}, step {step}, learning rate {learning_rate}; try a lower learning rate \
         or gradient clipping, and check that the weights and the frames hold finite numbers"
    )]
    NotFinite {
        /// Which number.
        what: &'static str,
        /// The number.
        value: f64,
        /// The pass over the examples, from 1.
        epoch: u64,
        /// The batch within it, from 1.
        step: u64,
        /// The learning rate.
        learning_rate: f64,
    },
    /// Weights that are NaN or infinite after an epoch whose losses were not.
    #[error(
        "a weight is NaN or infinite after epoch {epoch}, learning rate {learning_rate}; try a lower learning rate or \
         gradient clipping"
    )]
    Weights {
        /// The pass over the examples, from 1.
        epoch: u64,
        /// The learning rate.
        learning_rate: f64,
    },
    /// The network does not take what it is given.
    #[error("the network failed on a batch of {batch:?} at epoch {epoch}, step {step}: {message}")]
    Network {
        /// Examples and the shape of one: `[batch, T, C, H, W]`.
        batch: [usize; 5],
        /// The pass over the examples, from 1; 0 where nothing is learned.
        epoch: u64,
        /// The batch within it, from 1.
        step: u64,
        /// What the network said.
        message: String,
    },
    /// Weights that could not be turned into bytes.
    #[error("the {what} cannot be written down")]
    Record {
        /// What it was.
        what: &'static str,
        /// Burn's reason.
        #[source]
        source: SharedError,
    },
    /// A checkpoint that could not be read.
    #[error("{}: the checkpoint cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// A checkpoint that could not be written.
    #[error("{}: the checkpoint cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// A file that is no checkpoint, or not a whole one.
    #[error("{}: {reason}; delete the file to train from the start", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A checkpoint of another training.
    #[error(
        "{}: the checkpoint is of another training: {field} is {found} there and {expected} here; train as before to go \
         on with it, or delete the file to train from the start", path.display()
    )]
    OtherTraining {
        /// The file.
        path: PathBuf,
        /// Where they differ first.
        field: String,
        /// What this training has.
        expected: String,
        /// What the checkpoint has.
        found: String,
    },
}

impl From<Error> for oddframe_core::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Core(error) => error,
            other => Self::System { system: "training", source: other.into() },
        }
    }
}
