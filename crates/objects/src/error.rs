use std::io;
use std::path::PathBuf;

use oddframe_core::{FrameNumber, VideoId};

/// What goes wrong in this crate. The system returns it as the source of [`oddframe_core::Error::System`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A cancellation, or another error of the types and traits of `oddframe-core`.
    #[error(transparent)]
    Core(#[from] oddframe_core::Error),
    /// Optical flow that cannot be estimated.
    #[error(transparent)]
    Flow(#[from] oddframe_flow::Error),
    /// A smoothing that is not possible.
    #[error(transparent)]
    Smoothing(#[from] oddframe_post::Error),
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
    /// Frames without room for the patches of the optical flow.
    #[error(
        "video {video}: frames of {width}x{height} pixels are too small; objects are found in frames of at least 12x8 pixels, \
         after wider ones are shrunk to 360 pixels in a row"
    )]
    TooSmall {
        /// The video.
        video: VideoId,
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
    },
    /// A video with frames of another size than the training's.
    #[error(
        "video {video}: the frames have {found_width}x{found_height} pixels, those of the training {width}x{height}; a model belongs to one camera"
    )]
    FrameSize {
        /// The video.
        video: VideoId,
        /// Width of the training's frames.
        width: usize,
        /// Height of the training's frames.
        height: usize,
        /// Width of the video's frames.
        found_width: usize,
        /// Height of the video's frames.
        found_height: usize,
    },
    /// A camera that stands elsewhere than in training.
    #[error(
        "video {video}: the camera has moved by ({dx:.1}, {dy:.1}) pixels of the analysed picture since the training, {limit} or more in \
         one direction; point it as before, or fit a model of its own"
    )]
    CameraMoved {
        /// The video.
        video: VideoId,
        /// Pixels to the right.
        dx: f64,
        /// Pixels downwards.
        dy: f64,
        /// The shift in one direction from which on a video is refused.
        limit: f64,
    },
    /// Normal footage without a frame in the range that was named.
    #[error("video {video}: no frame is in the range; its frames are {first} to {last}")]
    EmptyRange {
        /// The video.
        video: VideoId,
        /// Its first frame.
        first: FrameNumber,
        /// Its last frame.
        last: FrameNumber,
    },
    /// A frame was pushed without an image.
    #[error("frame {frame} has no image; prepare frames as the scorer's input asks")]
    NoImage {
        /// The frame.
        frame: FrameNumber,
    },
    /// Footage for a model that was fitted on empty scenes.
    #[error(
        "the model was fitted without seeing a single object: it knows neither the size of people nor their speed, and cannot learn from \
         footage; fit it again with this footage among the normal videos"
    )]
    NothingKnown,
    /// A picture of the model that cannot be encoded.
    #[error("cannot encode a picture of the model: {source}")]
    Picture {
        /// The reason.
        #[source]
        source: image::ImageError,
    },
    /// A file of the model that cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// A file of the model that cannot be read.
    #[error("cannot read {}: {source}; fit the system into this folder first", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// A file that is not a whole safetensors file.
    #[error("{} is damaged: {source}; delete it and fit the system again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: safetensors::SafeTensorError,
    },
    /// A safetensors file with contents that no model has.
    #[error("{} is not a model of objects: {problem}; delete it and fit the system again", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A model of a later release.
    #[error("{} has schema version {found}, this release reads versions up to {supported}; use a newer release, or fit the system again", path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// The version in the file.
        found: u64,
        /// The latest version that can be read.
        supported: u64,
    },
}

impl Error {
    /// The same error as the cause of a failed system. Errors of core, such as a cancellation, stay what they are.
    pub(crate) fn of_system(self) -> oddframe_core::Error {
        match self {
            Self::Core(error) => error,
            other => oddframe_core::Error::System {
                system: crate::NAME,
                source: other.into(),
            },
        }
    }
}
