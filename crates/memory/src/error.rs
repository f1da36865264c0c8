use std::io;
use std::path::PathBuf;

use oddframe_core::{FrameNumber, SharedError, VideoId};

/// What goes wrong in this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A cancellation, or another error of the types and traits of `oddframe-core`.
    #[error(transparent)]
    Core(#[from] oddframe_core::Error),
    /// Rows too many or too long for a matrix product.
    #[error("cannot compute the distances: {0}")]
    Product(#[from] oddframe_kernels::Error),
    /// Values whose number is no multiple of the row length.
    #[error("{found} values are not a whole number of rows of {dimensions} values")]
    RowLength {
        /// Values in a row.
        dimensions: usize,
        /// Values there are.
        found: usize,
    },
    /// Rows of another length than those of the bank, or of the set they are added to.
    #[error(
        "the rows have {found} dimensions, {expected} are expected; features of one bank come from one backbone with one setting"
    )]
    Dimensions {
        /// Values in a row that are expected.
        expected: usize,
        /// Values in a row that there are.
        found: usize,
    },
    /// A feature that is not finite, or too large for its squared distances to be finite.
    #[error("row {row}, column {column}: the feature is {value}; features must be numbers between -{limit:e} and {limit:e}", limit = crate::Features::MAX_MAGNITUDE)]
    Value {
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
        /// The value there.
        value: f32,
    },
    /// A feature that 16 bits cannot hold.
    #[error(
        "row {row}, column {column}: the feature {value} is too large for 16 bits, whose largest number is 65504; store this bank in 32 bits, or scale its features down"
    )]
    TooLargeForHalf {
        /// The row of the features, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
        /// The value there.
        value: f32,
    },
    /// A number of origins other than the number of rows.
    #[error("{rows} rows have {origins} origins; each row needs one")]
    Origins {
        /// The rows.
        rows: usize,
        /// The origins.
        origins: usize,
    },
    /// No rows to select from.
    #[error("there are no features to {action}")]
    NoRows {
        /// What the features are for.
        action: &'static str,
    },
    /// A setting that must be at least 1.
    #[error("{name} is 0; it must be at least 1")]
    Zero {
        /// The name of the setting.
        name: &'static str,
    },
    /// More links of a row than a graph can store.
    #[error("links = {links} is more than {most}; 16 to 48 suffice for most features")]
    Links {
        /// The links asked for.
        links: usize,
        /// The most that are possible.
        most: usize,
    },
    /// Work that needs more memory than its limit.
    #[error(
        "{what} needs {bytes} bytes ({rows} rows of {dimensions} values), more than memory_limit = {limit}; {remedy}, or raise the limit"
    )]
    MemoryLimit {
        /// What needs the memory.
        what: &'static str,
        /// The bytes it needs.
        bytes: u64,
        /// The rows it works on.
        rows: usize,
        /// Values in a row.
        dimensions: usize,
        /// The limit in bytes.
        limit: u64,
        /// What makes it smaller.
        remedy: &'static str,
    },
    /// A bank that cannot be written.
    #[error("cannot write the bank {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// A bank that cannot be read.
    #[error("cannot read the bank {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// A file that is not a whole safetensors file.
    #[error("{} is damaged or not a bank: {source}; build the bank again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: safetensors::SafeTensorError,
    },
    /// A safetensors file with contents that no bank has.
    #[error("{} is not a valid bank: {problem}; build the bank again", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A bank of a later release.
    #[error("{} has schema version {found}, this release reads versions up to {supported}; use a newer release, or build the bank again", path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// The version in the file.
        found: u32,
        /// The latest version that can be read.
        supported: u32,
    },
    /// A bank of features of another backbone, or of other settings.
    #[error("{}: this bank has features of `{found}`, which cannot be compared with those of `{expected}`; use the backbone and the settings of the bank, or build the bank again", path.display())]
    Identity {
        /// The file.
        path: PathBuf,
        /// The backbone and the settings of the bank.
        found: String,
        /// The backbone and the settings in use.
        expected: String,
    },
    /// A backbone that cannot be opened.
    #[error("cannot open the backbone: {source}")]
    OpenBackbone {
        /// The reason.
        #[source]
        source: SharedError,
    },
    /// A backbone that fails.
    #[error("video {video}, frame {frame}: the backbone failed: {source}")]
    Extract {
        /// The video.
        video: VideoId,
        /// The first frame of the batch.
        frame: FrameNumber,
        /// The reason.
        #[source]
        source: SharedError,
    },
    /// A backbone that gives maps of another size than it says.
    #[error("map {map} of the backbone has {found} values, {expected} are expected")]
    MapLength {
        /// The map, from 0.
        map: usize,
        /// The values that the shape of the map asks for.
        expected: usize,
        /// The values there are.
        found: usize,
    },
    /// A backbone with a map of no values.
    #[error("map {map} of the backbone has no values")]
    EmptyMap {
        /// The map, from 0.
        map: usize,
    },
    /// A map that the backbone does not have.
    #[error("the settings ask for map {map}, but the backbone gives {count} maps, numbered from 0")]
    NoSuchMap {
        /// The map.
        map: usize,
        /// The number of maps.
        count: usize,
    },
    /// A feature of a frame that is not finite, or too large for its squared distances to be finite.
    #[error(
        "video {video}, frame {frame}: the backbone gives the feature {value}; its weights are damaged, or the device computes in too few bits"
    )]
    FeatureValue {
        /// The video.
        video: VideoId,
        /// The frame.
        frame: FrameNumber,
        /// The feature.
        value: f32,
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
    /// A frame was pushed without an image.
    #[error("frame {frame} has no image; prepare frames as the scorer's input asks")]
    NoImage {
        /// The frame.
        frame: FrameNumber,
    },
    /// Boxes that cannot be read or do not fit the videos.
    #[error(transparent)]
    Boxes(#[from] oddframe_boxes::Error),
    /// Training boxes in a file, but boxes to score from the foreground proposer.
    #[error(
        "training_boxes names a file, but boxes is \"foreground\"; leave training_boxes out, or name a file in boxes too"
    )]
    TrainingBoxesAlone,
    /// Boxes to score from a file, but none for training.
    #[error(
        "boxes names a file, but training_boxes names none; the boxes of a test video must not be taken for those of a \
         training video of the same name: name the file with the boxes of the training videos, or the same file again \
         where no two videos share a name"
    )]
    NoTrainingBoxes,
    /// One file of boxes for two videos of one name.
    #[error(
        "one file has the boxes of the training and the test videos: it has boxes of video {video}, and {video} is the name of \
         a video of either kind; name two files, in training_boxes and in boxes"
    )]
    SharedName {
        /// The name.
        video: VideoId,
    },
    /// Training video without a single box.
    #[error(
        "none of the {clips} training clips has a box in its middle frame; check that the boxes are those of the training videos, \
         lower min_confidence ({min_confidence}), or allow more classes"
    )]
    NobodyInTraining {
        /// The training clips.
        clips: usize,
        /// The confidence that boxes must exceed.
        min_confidence: f32,
    },
}

impl Error {
    /// The same error as the cause of a failed system. Errors of core, such as a cancellation, stay what they are.
    pub(crate) fn of_system(self, system: &'static str) -> oddframe_core::Error {
        match self {
            Self::Core(error) | Self::Boxes(oddframe_boxes::Error::Core(error)) => error,
            other => oddframe_core::Error::System {
                system,
                source: other.into(),
            },
        }
    }
}
