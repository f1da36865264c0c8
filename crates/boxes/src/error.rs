use std::io;
use std::path::PathBuf;

use oddframe_core::{FrameNumber, FrameShape, VideoId};

/// The errors of boxes: files of detections, settings and the foreground proposer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// A file of detections with an invalid line.
    #[error("{}line {line}: {problem}", prefix(path.as_ref()))]
    Invalid {
        /// The file, if the text comes from one.
        path: Option<PathBuf>,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: Problem,
    },
    /// A file of detections names videos that the data set does not have.
    #[error(
        "{}detections of {count} unknown videos: {}; the data set has {known} videos, such as {example}; \
         use the detections of this data set, or name the videos as their folders",
        prefix(path.as_ref()), names.join(", ")
    )]
    UnknownVideos {
        /// The file, if the detections come from one.
        path: Option<PathBuf>,
        /// The number of unknown videos.
        count: usize,
        /// The first of their names.
        names: Vec<String>,
        /// The number of videos of the data set.
        known: usize,
        /// The name of one of them; empty if there is none.
        example: String,
    },
    /// A setting outside its range.
    #[error("{name} is {value}; it must be {expected}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: f64,
        /// The values that are possible.
        expected: &'static str,
    },
    /// A frame with a size other than that of the background.
    #[error(
        "{}frame {frame} has {}x{} pixels, but the background has {}x{}; for videos of several sizes use the boxes of a detector",
        in_video(video.as_ref()), found.width(), found.height(), expected.width(), expected.height()
    )]
    FrameSize {
        /// The video, where it is known.
        video: Option<VideoId>,
        /// The frame's own number.
        frame: FrameNumber,
        /// The shape of the background.
        expected: FrameShape,
        /// The shape of the frame.
        found: FrameShape,
    },
    /// A file of a foreground model that is damaged or something else.
    #[error("{} is no foreground model: {reason}; learn the model again", path.display())]
    ModelFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A frame cannot be read, there is no video, or the observer cancels.
    #[error(transparent)]
    Core(#[from] oddframe_core::Error),
}

/// What is wrong with a line of a file of detections.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// No header and no object.
    #[error("the file is empty; a CSV file begins with the header {header}")]
    Empty {
        /// The expected header.
        header: String,
    },
    /// Bytes that are not UTF-8.
    #[error("byte {offset} of the file is not UTF-8 text")]
    NotText {
        /// The offset of the first such byte, from 0.
        offset: usize,
    },
    /// A column or key that is needed.
    #[error("column `{column}` is missing; found: {found}; needed: {needed}, in any order")]
    MissingColumn {
        /// The column.
        column: &'static str,
        /// The columns or keys that are there.
        found: String,
        /// The columns or keys that are needed.
        needed: String,
    },
    /// A column that occurs twice.
    #[error("column `{column}` occurs twice")]
    RepeatedColumn {
        /// The column.
        column: &'static str,
    },
    /// A row that is longer or shorter than the header.
    #[error("{found} fields, but the header has {expected} columns")]
    FieldCount {
        /// The columns of the header.
        expected: usize,
        /// The fields of the row.
        found: usize,
    },
    /// A quoted field without its second quote.
    #[error("a quoted field is not closed")]
    OpenQuote,
    /// A field without a value.
    #[error("column `{column}` is empty")]
    EmptyField {
        /// The column.
        column: &'static str,
    },
    /// Text in place of a number.
    #[error("column `{column}`: `{text}` is not {expected}")]
    NotANumber {
        /// The column.
        column: &'static str,
        /// The text.
        text: String,
        /// What is expected.
        expected: &'static str,
    },
    /// A frame number below zero.
    #[error("column `frame`: {text} is negative; frames are numbered from 0")]
    NegativeFrame {
        /// The number.
        text: String,
    },
    /// A number that is NaN or infinite.
    #[error("column `{column}`: `{text}` is not finite")]
    NotFinite {
        /// The column.
        column: &'static str,
        /// The text.
        text: String,
    },
    /// A box without area.
    #[error(
        "column `{high_column}`: {high} is not above `{low_column}` ({low}); x2 and y2 are exclusive edges"
    )]
    EmptyBox {
        /// `x1` or `y1`.
        low_column: &'static str,
        /// Its value.
        low: f64,
        /// `x2` or `y2`.
        high_column: &'static str,
        /// Its value.
        high: f64,
    },
    /// A confidence outside 0 to 1.
    #[error("column `confidence`: {value} is not between 0 and 1")]
    ConfidenceRange {
        /// The value.
        value: f64,
    },
    /// A line that is no JSON object.
    #[error("{message}")]
    Json {
        /// The message of the JSON parser, with the column.
        message: String,
    },
    /// JSON lines, in a build that cannot read them.
    #[error(
        "this file has JSON lines, which this program was built without (feature `json` of oddframe-boxes)"
    )]
    JsonUnsupported,
}

impl Error {
    /// Adds the video of a frame with another size than the background.
    #[must_use]
    pub fn in_video(mut self, id: &VideoId) -> Self {
        if let Self::FrameSize { video, .. } = &mut self {
            *video = Some(id.clone());
        }
        self
    }

    /// Adds the path of the file.
    pub(crate) fn in_file(mut self, file: &std::path::Path) -> Self {
        if let Self::Invalid { path, .. } = &mut self {
            *path = Some(file.to_path_buf());
        }
        self
    }
}

/// The error of an invalid line of a text that has no path yet.
pub(crate) fn invalid(line: usize, problem: Problem) -> Error {
    Error::Invalid {
        path: None,
        line,
        problem,
    }
}

fn in_video(video: Option<&VideoId>) -> String {
    video.map_or_else(String::new, |video| format!("video {video}, "))
}

fn prefix(path: Option<&PathBuf>) -> String {
    path.map_or_else(String::new, |p| format!("{}: ", p.display()))
}
