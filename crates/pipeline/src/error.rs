use std::io;
use std::path::{Path, PathBuf};

use oddframe_core::SharedError;

use crate::{Difference, RecipeError};

/// What can go wrong in a run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A recipe that cannot be used.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// A file or folder that cannot be read or written.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A folder with something else in it.
    #[error(
        "{} holds `{found}` and no recipe.toml: it is no run to go on with; name a new or an empty folder",
        .path.display()
    )]
    NotARun {
        /// The folder.
        path: PathBuf,
        /// Something in it.
        found: String,
    },
    /// A folder with the run of another recipe.
    #[error(
        "{} holds the run of another recipe: {difference}; name another folder, or remove this one",
        .path.display()
    )]
    OtherRecipe {
        /// The folder.
        path: PathBuf,
        /// The first field that differs.
        difference: Difference,
    },
    /// A folder with a run of this recipe on other data or another device.
    #[error(
        "{} holds a run with another {what}: {found} there, {expected} here; name another folder, or remove this one",
        .path.display()
    )]
    OtherRun {
        /// The folder.
        path: PathBuf,
        /// What differs.
        what: &'static str,
        /// What it is there.
        found: String,
        /// What it is here.
        expected: String,
    },
    /// A file of the folder that cannot be understood.
    #[error("{}: {source}; remove it, and it is made again", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: SharedError,
    },
    /// A folder that holds no trained model.
    #[error("{} holds no {missing}: name a folder that `fit` or `run` wrote", .path.display())]
    NoModel {
        /// The folder.
        path: PathBuf,
        /// The file that is not there.
        missing: String,
    },
    /// Data without anything to learn from, or to score.
    #[error("{data} has no {what} videos")]
    NoVideos {
        /// The data.
        data: String,
        /// `training` or `test`.
        what: &'static str,
    },
    /// Work on one system that failed.
    #[error("system {system}: {source}")]
    System {
        /// Its name.
        system: String,
        /// Why.
        #[source]
        source: SharedError,
    },
    /// Flip repair that failed.
    #[error("flip repair: {source}")]
    Flip {
        /// Why.
        #[source]
        source: SharedError,
    },
    /// Data that cannot be opened.
    #[error(transparent)]
    Frames(#[from] oddframe_frames::Error),
    /// Labels that cannot be read.
    #[error(transparent)]
    Labels(#[from] oddframe_labels::Error),
    /// Scores that cannot be evaluated.
    #[error(transparent)]
    Metrics(#[from] oddframe_metrics::Error),
    /// Scores that cannot be fused.
    #[error(transparent)]
    Post(#[from] oddframe_post::Error),
    /// Scores that cannot be written or read.
    #[error(transparent)]
    Submit(#[from] oddframe_submit::Error),
    /// A device that is not there.
    #[error(transparent)]
    Network(#[from] oddframe_nn::Error),
    /// Everything that has to do with frames and scores, and a wish to stop.
    #[error(transparent)]
    Core(#[from] oddframe_core::Error),
}

impl Error {
    /// A failed action on a path, for `map_err`.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }

    /// A file that cannot be understood, for `map_err`.
    pub(crate) fn damaged<E: Into<SharedError>>(path: &Path) -> impl FnOnce(E) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Damaged { path, source: source.into() }
    }

    /// A system's failure, for `map_err`; a wish to stop stays one.
    pub(crate) fn system<E: Into<SharedError>>(system: &str) -> impl FnOnce(E) -> Self {
        let system = system.to_owned();
        move |source| match stop(source.into()) {
            Ok(()) => Self::Core(oddframe_core::Error::Interrupted),
            Err(source) => Self::System { system, source },
        }
    }

    /// A failure of the flip repair, for `map_err`; a wish to stop stays one.
    pub(crate) fn flip<E: Into<SharedError>>(source: E) -> Self {
        match stop(source.into()) {
            Ok(()) => Self::Core(oddframe_core::Error::Interrupted),
            Err(source) => Self::Flip { source },
        }
    }

    /// Whether the work was stopped on request.
    pub fn is_interrupted(&self) -> bool {
        matches!(self, Self::Core(oddframe_core::Error::Interrupted))
    }
}

/// Whether an error is a wish to stop, which crates pass on as their own; the error itself where it is not.
fn stop(error: SharedError) -> Result<(), SharedError> {
    let core = |error: &oddframe_core::Error| matches!(error, oddframe_core::Error::Interrupted);
    let train = |error: &oddframe_train::Error| match error {
        oddframe_train::Error::Core(error) => core(error),
        _ => false,
    };
    let flip = |error: &oddframe_flip::Error| match error {
        oddframe_flip::Error::Core(error) => core(error),
        oddframe_flip::Error::Train(error) => train(error),
        _ => false,
    };
    let stopped = error.downcast_ref().is_some_and(core)
        || error.downcast_ref().is_some_and(train)
        || error.downcast_ref().is_some_and(flip);
    if stopped { Ok(()) } else { Err(error) }
}
