use std::io;
use std::path::{Path, PathBuf};

use oddframe_core::{FrameNumber, VideoId};

use crate::{Missing, Problem};

/// Everything that can go wrong with score files, their completion and their merging.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read.
    #[error("{}cannot be read: {source}", before(path.as_ref()))]
    Read {
        /// The file, where there is one.
        path: Option<PathBuf>,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file could not be written; the old one, if any, is still there.
    #[error("{}cannot be written: {source}", before(path.as_ref()))]
    Write {
        /// The file, where there is one.
        path: Option<PathBuf>,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The first problem of a file that was to be read.
    #[error("{}{problem}", before(path.as_ref()))]
    Invalid {
        /// The file, where there is one.
        path: Option<PathBuf>,
        /// The problem, with its line.
        problem: Problem,
    },
    /// A video that has no number to make ids of.
    #[error("video {video} has no number in its name, so its frames have no ids; write the scores format")]
    NoNumber {
        /// The video.
        video: VideoId,
    },
    /// Two videos whose ids would be the same.
    #[error(
        "videos {video} and {other} both have the number {number}, so their ids would be the same; write the scores format"
    )]
    SharedNumber {
        /// The number.
        number: u64,
        /// The first video.
        video: VideoId,
        /// The second one.
        other: VideoId,
    },
    /// A name that cannot stand in a file: empty, or with a line break in it.
    #[error("the name {name:?} cannot be written to a file of one row a line; rename it")]
    Unwritable {
        /// The name.
        name: String,
    },
    /// Scores of frames that are not expected.
    #[error(
        "{count} scores belong to no expected id; the first is frame {frame} of video {video}; drop them, or use the ids of this data set"
    )]
    UnknownIds {
        /// The video of the first one.
        video: VideoId,
        /// The first frame.
        frame: FrameNumber,
        /// How many there are.
        count: usize,
    },
    /// Expected ids without a score, and nothing that makes one.
    #[error("no score for {missing}; complete them by a policy such as nearest or constant(0)")]
    Missing {
        /// Which ids.
        missing: Missing,
    },
    /// Videos without any score, under a policy that borrows.
    #[error(
        "no score for {missing}, so there is nothing to borrow from; score these videos, or use constant(NUMBER)"
    )]
    NothingToBorrow {
        /// Which ids.
        missing: Missing,
    },
    /// A frame is in two tables that were to be joined.
    #[error(
        "video {video}: frame {frame} is both in {first} and in {second} ({count} frames are in several)"
    )]
    Overlap {
        /// The video of the first one.
        video: VideoId,
        /// The first frame.
        frame: FrameNumber,
        /// Name of the table that has it first.
        first: String,
        /// Name of the table that has it again.
        second: String,
        /// How many frames are in more than one table.
        count: usize,
    },
    /// A table that cannot be.
    #[error(transparent)]
    Core(#[from] oddframe_core::Error),
}

impl Error {
    /// The same error, of this file.
    pub(crate) fn at(mut self, file: &Path) -> Self {
        if let Self::Read { path, .. } | Self::Write { path, .. } | Self::Invalid { path, .. } = &mut self {
            *path = Some(file.to_path_buf());
        }
        self
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Invalid { path: None, problem }
    }
}

impl From<io::Error> for Error {
    /// Writing goes through functions that are generic over their error; reading says so itself.
    fn from(source: io::Error) -> Self {
        Self::Write { path: None, source }
    }
}

fn before(path: Option<&PathBuf>) -> String {
    path.map_or_else(String::new, |p| format!("{}: ", p.display()))
}
