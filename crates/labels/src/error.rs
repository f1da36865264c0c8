use std::io;
use std::path::{Path, PathBuf};

use oddframe_core::{FrameNumber, VideoId};

/// Everything that can go wrong while label files are read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An error in a file or folder, with its path.
    #[error("{}: {source}", path.display())]
    InFile {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: Box<Error>,
    },
    /// The file or folder could not be read.
    #[error("cannot be read: {source}")]
    Read {
        /// The error of the operating system.
        #[from]
        source: io::Error,
    },
    /// The output could not be written.
    #[error("cannot be written: {source}")]
    Write {
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// The labels do not form a valid set.
    #[error(transparent)]
    Core {
        /// The error of `oddframe-core`.
        #[from]
        source: oddframe_core::Error,
    },
    /// A file without bytes.
    #[error("the file is empty")]
    Empty,
    /// A file that is not in any supported format.
    #[error(
        "not a label file; the supported formats are CSV (`video,frame,label`), .npy, MATLAB 5 .mat, UCSD's .m scripts \
         and folders of BMP masks (*_gt/*.bmp)"
    )]
    UnknownFormat,
    /// A MATLAB 7.3 file, which is an HDF5 file.
    #[error("MATLAB 7.3 files are not supported; save the variable again with `save(name, '-v7')`")]
    Matlab73,
    /// Labels that name no videos were read without a list of videos.
    #[error("these labels name no videos; pass the videos that they belong to")]
    NoVideos,
    /// A first frame number other than 0 and 1.
    #[error("the first frame number must be 0 or 1, not {first}")]
    FirstNumber {
        /// The number.
        first: u64,
    },
    /// A video has a frame 0 although the caller said that frames count from 1.
    #[error("video {video} has a frame 0, so its frames cannot count from 1")]
    FrameZero {
        /// The video.
        video: VideoId,
    },
    /// A folder without known label files.
    #[error(
        "no labels in this folder; looked for labels.csv, UCSDped1.m, UCSDped2.m, N_label.mat, test_frame_mask/*.npy, \
         *_gt/*.bmp, frame_labels*.npy, gt.mat, ped1.mat, ped2.mat and avenue.mat"
    )]
    NoLabelsInFolder,
    /// A folder with more than one set of labels.
    #[error(
        "the folder contains several sets of labels; pass one of them: {}",
        join_paths(candidates)
    )]
    SeveralCandidates {
        /// The files and folders that contain labels.
        candidates: Vec<PathBuf>,
    },

    /// A CSV header without a required column.
    #[error("line 1: the header `{header}` has no column `{column}`")]
    NoColumn {
        /// The required column.
        column: &'static str,
        /// The header.
        header: String,
    },
    /// A CSV header that names a required column twice.
    #[error("line 1: the header has the column `{column}` twice")]
    ColumnTwice {
        /// The column.
        column: &'static str,
    },
    /// A CSV row with more or fewer fields than the header.
    #[error("line {line}: expected {expected} fields, found {found}")]
    FieldCount {
        /// The line, counted from 1.
        line: u64,
        /// Number of fields in the header.
        expected: usize,
        /// Number of fields in the row.
        found: usize,
    },
    /// A CSV line that is not UTF-8.
    #[error("line {line}: byte {column} is not UTF-8 text")]
    NotText {
        /// The line, counted from 1.
        line: u64,
        /// The byte within the line, counted from 1.
        column: usize,
    },
    /// A quoted CSV field without its closing quote.
    #[error("line {line}: a quoted field is not closed on its line")]
    Quotes {
        /// The line, counted from 1.
        line: u64,
    },
    /// A CSV field with an invalid value.
    #[error("line {line}: `{text}` is not a valid {column}; expected {expected}")]
    Field {
        /// The line, counted from 1.
        line: u64,
        /// The column.
        column: &'static str,
        /// The field.
        text: String,
        /// The values that are accepted.
        expected: &'static str,
    },
    /// Two rows for one frame.
    #[error("line {line}: frame {frame} of video {video} was already given in line {first}")]
    FrameTwice {
        /// The line of the second row, counted from 1.
        line: u64,
        /// The line of the first row.
        first: u64,
        /// The video.
        video: VideoId,
        /// The frame.
        frame: FrameNumber,
    },
    /// A box without an area.
    #[error("line {line}: the box is empty: `left` must be below `right` and `top` below `bottom`")]
    EmptyBox {
        /// The line, counted from 1.
        line: u64,
    },

    /// Bytes that violate the rules of their format.
    #[error("not a valid {format} file: {what} (at byte {offset})")]
    Malformed {
        /// The format.
        format: &'static str,
        /// What is wrong.
        what: &'static str,
        /// The offset from the start of the file, or of the decompressed array.
        offset: u64,
    },
    /// A `.npy` file with bytes after its array.
    #[error("more bytes follow the array; a file of labels must contain exactly one array")]
    TrailingBytes,
    /// A file that ends too early.
    #[error(
        "the file is truncated: {what} should have {expected} bytes but has {found}; copy the file again"
    )]
    Truncated {
        /// The part that was being read.
        what: &'static str,
        /// The bytes it should have.
        expected: u64,
        /// The bytes that are there.
        found: u64,
    },
    /// A file that exceeds a limit.
    #[error("too many {what}: the limit is {limit}")]
    TooLarge {
        /// The quantity that is limited.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// A compressed element that cannot be decompressed.
    #[error("the compressed element at byte {offset} is damaged: {source}")]
    Inflate {
        /// The offset of the element in the file.
        offset: u64,
        /// The error of the decompressor.
        #[source]
        source: io::Error,
    },
    /// Array elements that are not plain numbers.
    #[error(
        "elements of the type `{descr}` are not supported; save the labels as integers, booleans or floats"
    )]
    NumberType {
        /// The type as the file describes it.
        descr: String,
    },
    /// A MATLAB file without labels.
    #[error(
        "the file has no variable `gt` or `volLabel`; its variables are {}",
        join_names(found)
    )]
    NoVariable {
        /// The variables of the file.
        found: Vec<String>,
    },
    /// A variable with an unexpected structure.
    #[error("`{variable}` is not {expected}")]
    VariableShape {
        /// The variable.
        variable: &'static str,
        /// The expected structure.
        expected: &'static str,
    },

    /// An array that is not a list.
    #[error(
        "an array of the shape {shape:?} is not a list of labels; the shape must be N, 1xN or Nx1"
    )]
    NotAList {
        /// The shape.
        shape: Vec<usize>,
    },
    /// A label other than 0 and 1.
    #[error("label {index} (counted from 0) is {value}; labels are 0 or 1")]
    NotALabel {
        /// The index in the list, counted from 0.
        index: usize,
        /// The value.
        value: f64,
    },
    /// A list whose length differs from the number of frames.
    #[error(
        "{labels} labels, {} the {frames} frames of the {videos} videos; this format needs one label for \
         every frame, including the first frame of each video",
        describe_difference(*labels, *frames)
    )]
    LabelCount {
        /// The number of labels.
        labels: usize,
        /// The number of frames.
        frames: usize,
        /// The number of videos.
        videos: usize,
    },
    /// A list of labels that ends before its video.
    #[error(
        "video {video}: {labels} labels, {} the {needed} that reach its last frame {last}",
        describe_difference(*labels, *needed)
    )]
    VideoLabelCount {
        /// The video.
        video: VideoId,
        /// The number of labels.
        labels: usize,
        /// The number of labels that reach the last frame.
        needed: usize,
        /// The last frame.
        last: FrameNumber,
    },

    /// Interval lists that cannot be assigned to videos.
    #[error(
        "the file has {lists} interval lists for {videos} videos; either the lists are numbered like the videos, \
         or there must be one list per video"
    )]
    IntervalListCount {
        /// Interval lists in the file.
        lists: usize,
        /// Videos in the set.
        videos: usize,
    },
    /// A line of a UCSD script that cannot be read.
    #[error(
        "line {line}: `{text}` is not a frame range; expected ranges such as `[5:90, 140:200]`"
    )]
    ScriptRange {
        /// The line, counted from 1.
        line: usize,
        /// The text found instead of a range.
        text: String,
    },
    /// A UCSD script without ground truth.
    #[error(
        "the script has no assignment to `gt_frame`, such as `TestVideoFile{{end+1}}.gt_frame = [60:152];`"
    )]
    NoGroundTruth,
    /// An interval matrix that has neither two rows nor two columns.
    #[error("video {video}: the interval matrix must be 2xK or Kx2, not {shape:?}")]
    IntervalShape {
        /// The video.
        video: VideoId,
        /// The shape of the array.
        shape: Vec<usize>,
    },
    /// An interval that is not a range of frames.
    #[error(
        "video {video}: {start} to {end} is not an interval; both ends must be whole numbers of at least 1, the first not above the last"
    )]
    InvalidInterval {
        /// The video.
        video: VideoId,
        /// First frame.
        start: f64,
        /// Last frame.
        end: f64,
    },
    /// A mask that is not two-dimensional, or has an impossible size.
    #[error("the mask of frame {frame} has the shape {shape:?}; expected height x width")]
    MaskShape {
        /// The index of the mask, counted from 0.
        frame: usize,
        /// The shape of the array.
        shape: Vec<usize>,
    },
    /// Masks of one video that differ in size.
    #[error("the mask of frame {frame} is {width}x{height}, unlike the first mask of the video")]
    MaskSize {
        /// The index of the mask, counted from 0.
        frame: usize,
        /// Its width in pixels.
        width: usize,
        /// Its height in pixels.
        height: usize,
    },
    /// A BMP variant that is not supported.
    #[error(
        "BMP images with {bits} bits per pixel and compression {compression} are not supported; save the image as an \
         uncompressed 8-bit BMP"
    )]
    BitmapKind {
        /// Bits per pixel.
        bits: u16,
        /// The header's compression code.
        compression: u32,
    },
    /// A mask's file name without a number.
    #[error("the file name of a mask must contain the number of its frame")]
    NoFrameNumber,

    /// A video of the set without labels.
    #[error("no labels for video {video}; there are labels for {known}")]
    UnknownVideo {
        /// The video.
        video: VideoId,
        /// The videos that have labels.
        known: String,
    },
    /// Frames of the set without a label.
    #[error("video {video}: {missing} frames have no label; the first is frame {frame}")]
    Unlabelled {
        /// The video.
        video: VideoId,
        /// The first frame without a label.
        frame: FrameNumber,
        /// How many frames of this video have no label.
        missing: usize,
    },
}

impl Error {
    /// Adds the path of the file, unless the error names a file already.
    pub(crate) fn in_file(self, path: &Path) -> Self {
        match self {
            Self::InFile { .. } => self,
            _ => Self::InFile {
                path: path.to_path_buf(),
                source: Box::new(self),
            },
        }
    }
}

fn join_paths(paths: &[PathBuf]) -> String {
    paths
        .iter()
        .map(|p| p.display().to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

fn join_names(found: &[String]) -> String {
    if found.is_empty() {
        return "none".to_string();
    }
    found
        .iter()
        .map(|n| format!("`{n}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn describe_difference(found: usize, expected: usize) -> String {
    match (found.abs_diff(expected), found < expected) {
        (1, true) => "one fewer than".to_string(),
        (1, false) => "one more than".to_string(),
        (n, true) => format!("{n} fewer than"),
        (n, false) => format!("{n} more than"),
    }
}
