use std::io;
use std::path::{Path, PathBuf};

use oddframe_core::{FrameNumber, VideoId};

use crate::missing::Missing;
use crate::problem::Problem;

/// Everything that can go wrong with score files, their completion and their merging.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read.
    #[error("{}cannot be read: {source}", path_prefix(path.as_ref()))]
    Read {
        /// The file, if there is one.
        path: Option<PathBuf>,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// A file could not be written; an old file, if any, is unchanged.
    #[error("{}cannot be written: {source}", path_prefix(path.as_ref()))]
    Write {
        /// The file, if there is one.
        path: Option<PathBuf>,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// The first problem of a file that was read.
    #[error("{}{problem}", path_prefix(path.as_ref()))]
    Invalid {
        /// The file, if there is one.
        path: Option<PathBuf>,
        /// The problem, with its line.
        problem: Problem,
    },
    /// A video without a number, under the rule that ids consist of numbers.
    #[error(
        "video {video} has no number in its name for ids such as 1_939; use ids with whole video names \
         ({video}_939) or the scores format"
    )]
    NoNumber {
        /// The video.
        video: VideoId,
    },
    /// Two videos with the same number, under the rule that ids consist of numbers.
    #[error(
        "videos {video} and {other} both have the number {number}, so their frames would share ids such as {number}_0; \
         use ids with whole video names ({video}_0, {other}_0) or the scores format"
    )]
    SharedNumber {
        /// The shared number.
        number: u64,
        /// The first video.
        video: VideoId,
        /// The second video.
        other: VideoId,
    },
    /// A name that cannot be written to a CSV file: empty, or with a line break.
    #[error(
        "the name {name:?} is empty or contains a line break, so it cannot be written to a CSV file; rename it"
    )]
    Unwritable {
        /// The name.
        name: String,
    },
    /// Scores of frames that are not expected.
    #[error(
        "{count} scores belong to no expected id; the first is frame {frame} of video {video}; drop them, or use the ids \
         of this data set"
    )]
    UnknownIds {
        /// The video of the first such frame.
        video: VideoId,
        /// The first such frame.
        frame: FrameNumber,
        /// The number of such frames.
        count: usize,
    },
    /// Expected ids without a score, under a policy that fills in nothing.
    #[error("no score for {missing}; complete them with a policy such as nearest or constant(0)")]
    Missing {
        /// The ids.
        missing: Missing,
    },
    /// Videos without any score, under a policy that borrows.
    #[error(
        "no score for {missing}, so there is nothing to borrow from; score these videos, or use constant(NUMBER)"
    )]
    NothingToBorrow {
        /// The ids.
        missing: Missing,
    },
    /// A frame that occurs in two of the tables to merge.
    #[error(
        "video {video}: frame {frame} is both in table {first} and in table {second} ({count} frames occur more than once)"
    )]
    Overlap {
        /// The video of the first such frame.
        video: VideoId,
        /// The first such frame.
        frame: FrameNumber,
        /// The first table with the frame, counted from 1.
        first: usize,
        /// The second table with the frame.
        second: usize,
        /// The number of frames in more than one table.
        count: usize,
    },
    /// The scores do not form a valid table.
    #[error(transparent)]
    Core(#[from] oddframe_core::Error),
}

impl Error {
    /// Adds the path of the file.
    pub(crate) fn in_file(mut self, file: &Path) -> Self {
        if let Self::Read { path, .. } | Self::Write { path, .. } | Self::Invalid { path, .. } =
            &mut self
        {
            *path = Some(file.to_path_buf());
        }
        self
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Invalid {
            path: None,
            problem,
        }
    }
}

impl From<io::Error> for Error {
    /// An error of writing: `write_atomically` converts its errors. Errors of reading are built explicitly.
    fn from(source: io::Error) -> Self {
        Self::Write { path: None, source }
    }
}

fn path_prefix(path: Option<&PathBuf>) -> String {
    path.map_or_else(String::new, |p| format!("{}: ", p.display()))
}
