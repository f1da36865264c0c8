use std::io;
use std::path::{Path, PathBuf};

use oddframe_core::{FrameNumber, VideoId};

/// Everything that can be wrong with label files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Something is wrong with this file or folder.
    #[error("{}: {source}", path.display())]
    InFile {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: Box<Error>,
    },
    /// Reading failed.
    #[error("cannot be read: {source}")]
    Read {
        /// What the system said.
        #[from]
        source: io::Error,
    },
    /// Writing failed.
    #[error("cannot be written: {source}")]
    Write {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The labels do not make a valid set.
    #[error(transparent)]
    Core {
        /// What `oddframe-core` said.
        #[from]
        source: oddframe_core::Error,
    },
    /// A file of no bytes.
    #[error("the file is empty")]
    Empty,
    /// Bytes that are no label file.
    #[error(
        "not a label file: known are CSV (`video,frame,label`), .npy, MATLAB 5 .mat and folders of BMP pictures \
         (*_gt/*.bmp)"
    )]
    UnknownFormat,
    /// A MATLAB 7.3 file, which is an HDF5 file.
    #[error("MATLAB 7.3 files are not read; save it again with `save(name, '-v7')`")]
    Matlab73,
    /// A format that names no videos was read without any.
    #[error("these labels name no videos: the videos they belong to must be given")]
    NoVideos,
    /// A number that no data set counts its frames from.
    #[error("frames are counted from 0 or 1, not from {first}")]
    FirstNumber {
        /// The number.
        first: u64,
    },
    /// A frame 0 where frames are said to be counted from 1.
    #[error("video {video} has a frame 0, so its frames are not counted from 1")]
    FrameZero {
        /// The video.
        video: VideoId,
    },
    /// A folder without anything known.
    #[error(
        "no labels in this folder: looked for labels.csv, N_label.mat, test_frame_mask/*.npy, *_gt/*.bmp, \
         frame_labels*.npy, gt.mat, ped1.mat, ped2.mat and avenue.mat"
    )]
    NoLabelsInFolder,
    /// A folder with more than one set of labels.
    #[error("several label files are here, name one of them: {}", list(candidates))]
    SeveralCandidates {
        /// The files and folders found.
        candidates: Vec<PathBuf>,
    },

    /// A CSV header without a column that is needed.
    #[error("line 1: the header has no column `{column}`; it is `{header}`")]
    NoColumn {
        /// The column looked for.
        column: &'static str,
        /// The header.
        header: String,
    },
    /// A CSV header with a needed column twice.
    #[error("line 1: the header has the column `{column}` twice")]
    ColumnTwice {
        /// The column.
        column: &'static str,
    },
    /// A CSV row with more or fewer fields than the header.
    #[error("line {line}: {found} fields, the header has {expected}")]
    FieldCount {
        /// Line, from 1.
        line: u64,
        /// Fields of the header.
        expected: usize,
        /// Fields of the row.
        found: usize,
    },
    /// A CSV line that is not UTF-8.
    #[error("line {line}: byte {column} is not UTF-8 text")]
    NotText {
        /// Line, from 1.
        line: u64,
        /// Byte within the line, from 1.
        column: usize,
    },
    /// A CSV field whose quotes do not end where the field ends.
    #[error("line {line}: a quoted field is not closed on its line")]
    Quotes {
        /// Line, from 1.
        line: u64,
    },
    /// A CSV field that is not what its column holds.
    #[error("line {line}: `{text}` is no {column}; expected {expected}")]
    Field {
        /// Line, from 1.
        line: u64,
        /// The column.
        column: &'static str,
        /// The field.
        text: String,
        /// What would be right.
        expected: &'static str,
    },
    /// A frame that two rows label.
    #[error("line {line}: frame {frame} of video {video} is already in line {first}")]
    FrameTwice {
        /// Line of the second row, from 1.
        line: u64,
        /// Line of the first row.
        first: u64,
        /// The video.
        video: VideoId,
        /// The frame.
        frame: FrameNumber,
    },
    /// A box without an area.
    #[error("line {line}: the box is empty: `left` must be below `right` and `top` below `bottom`")]
    EmptyBox {
        /// Line, from 1.
        line: u64,
    },

    /// Bytes that break the rules of their format.
    #[error("not a valid {format} file: {what} (at byte {offset})")]
    Malformed {
        /// The format.
        format: &'static str,
        /// What is wrong.
        what: &'static str,
        /// Where, from the start of the file, or of the decompressed array that holds it.
        offset: u64,
    },
    /// A `.npy` file that goes on behind its array.
    #[error("more bytes follow the array; a file of labels holds one array")]
    TrailingBytes,
    /// A file that ends too early.
    #[error("the file is cut off: {what} should have {expected} bytes, {found} are there")]
    Truncated {
        /// What was being read.
        what: &'static str,
        /// Bytes it should have.
        expected: u64,
        /// Bytes left.
        found: u64,
    },
    /// More than is accepted from a file.
    #[error("{what}: more than the {limit} that are accepted")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// A compressed part that cannot be decompressed.
    #[error("the compressed part at byte {offset} is damaged: {source}")]
    Inflate {
        /// Where the part begins in the file.
        offset: u64,
        /// What the decompressor said.
        #[source]
        source: io::Error,
    },
    /// Values that are no plain numbers.
    #[error("values of the type `{descr}` are not read; save the labels as integers, booleans or floats")]
    NumberType {
        /// The type as the file describes it.
        descr: String,
    },
    /// A MATLAB file without labels.
    #[error("no variable `gt` or `volLabel` in this file; it holds {}", names(found))]
    NoVariable {
        /// The variables there are.
        found: Vec<String>,
    },
    /// A variable that is not built as its name promises.
    #[error("`{variable}` is not {expected}")]
    VariableShape {
        /// The variable.
        variable: &'static str,
        /// What it should be.
        expected: &'static str,
    },

    /// An array that is not one row of labels.
    #[error("an array of the shape {shape:?} is no list of labels; expected N, 1xN or Nx1")]
    NotAList {
        /// The shape.
        shape: Vec<usize>,
    },
    /// A label other than 0 and 1.
    #[error("label {index} (counted from 0) is {value}; labels are 0 or 1")]
    NotALabel {
        /// The place in the list, from 0.
        index: usize,
        /// The value.
        value: f64,
    },
    /// A list of labels that is not as long as the frames it belongs to.
    #[error(
        "{labels} labels, {} the {frames} frames of the {videos} videos; this format needs one label for \
         every frame, the first of each video included",
        difference(*labels, *frames)
    )]
    LabelCount {
        /// How many labels there are.
        labels: usize,
        /// How many frames there are.
        frames: usize,
        /// How many videos there are.
        videos: usize,
    },
    /// A video's list of labels that ends before the video does.
    #[error(
        "video {video}: {labels} labels, {} the {needed} that its last frame {last} needs",
        difference(*labels, *needed)
    )]
    VideoLabelCount {
        /// The video.
        video: VideoId,
        /// How many labels there are.
        labels: usize,
        /// How many labels reach the last frame.
        needed: usize,
        /// The last frame.
        last: FrameNumber,
    },

    /// Interval lists that cannot be told apart: neither one for every video's number, nor as many as videos.
    #[error(
        "`gt` has {cells} cells for {videos} videos; every video needs the cell of its number, or one cell each"
    )]
    CellCount {
        /// Cells in the file.
        cells: usize,
        /// Videos in the set.
        videos: usize,
    },
    /// Intervals that are not in two rows or two columns.
    #[error("video {video}: intervals must be 2xK or Kx2, not {shape:?}")]
    IntervalShape {
        /// The video.
        video: VideoId,
        /// The shape found.
        shape: Vec<usize>,
    },
    /// The end of an interval that is no frame index.
    #[error("video {video}: the interval {start} to {end} must be whole numbers from 1 on, start first")]
    InvalidInterval {
        /// The video.
        video: VideoId,
        /// First frame.
        start: f64,
        /// Last frame.
        end: f64,
    },
    /// A mask that is no rectangle of pixels.
    #[error("the mask of frame {frame} has the shape {shape:?}; expected height x width")]
    MaskShape {
        /// Place of the mask, from 0.
        frame: usize,
        /// The shape found.
        shape: Vec<usize>,
    },
    /// Masks of one video that differ in size.
    #[error("the mask of frame {frame} is {width}x{height}, the first one of the video is not")]
    MaskSize {
        /// Place of the mask, from 0.
        frame: usize,
        /// Its width in pixels.
        width: usize,
        /// Its height in pixels.
        height: usize,
    },
    /// A picture of a kind that is not read.
    #[error(
        "pictures of {bits} bits a pixel with compression {compression} are not read; save it as 8-bit BMP"
    )]
    BitmapKind {
        /// Bits a pixel.
        bits: u16,
        /// The header's compression code.
        compression: u32,
    },
    /// A mask's file name without a number.
    #[error("a mask's file name must hold its frame's number")]
    NoFrameNumber,

    /// A video of the set that the labels do not know.
    #[error("no labels for video {video}; there are labels for {known}")]
    UnknownVideo {
        /// The video.
        video: VideoId,
        /// The videos the labels are for.
        known: String,
    },
    /// Frames of the set that have no label.
    #[error("video {video}: {missing} frames have no label; the first is frame {frame}")]
    Unlabelled {
        /// The video.
        video: VideoId,
        /// The first frame without a label.
        frame: FrameNumber,
        /// How many of this video have none.
        missing: usize,
    },
}

impl Error {
    /// Says which file an error is about, unless it says so already.
    pub(crate) fn at(self, path: &Path) -> Self {
        match self {
            Self::InFile { .. } => self,
            _ => Self::InFile { path: path.to_path_buf(), source: Box::new(self) },
        }
    }
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ")
}

fn names(found: &[String]) -> String {
    if found.is_empty() {
        return "none".to_string();
    }
    found.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
}

fn difference(found: usize, expected: usize) -> String {
    match (found.abs_diff(expected), found < expected) {
        (1, true) => "one fewer than".to_string(),
        (1, false) => "one more than".to_string(),
        (n, true) => format!("{n} fewer than"),
        (n, false) => format!("{n} more than"),
    }
}
