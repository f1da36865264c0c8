use std::path::PathBuf;

use oddframe_core::{ClipShape, FrameNumber, FrameShape, PixelFormat, VideoId};

/// Settings and videos that cannot be cut into clips, trained on or scored.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A network that takes clips of another shape than the input and the windows give.
    #[error(
        "the network takes clips of {} frames of {}x{} with {} channels, but the input and the windows give {} frames \
         of {}x{} with {} channels",
        .network.frames, .network.width, .network.height, .network.channels,
        .clips.frames, .clips.width, .clips.height, .clips.channels
    )]
    ClipMismatch {
        /// The shape that the network takes.
        network: ClipShape,
        /// The shape that the input and the windows give.
        clips: ClipShape,
    },
    /// An input that keeps the size of each video's frames.
    #[error(
        "the input keeps the size of each video's frames, but a network takes clips of one size; give the input a \
         width and a height"
    )]
    NoInputSize,
    /// A network that predicts some frames of a clip, and windows that score every frame.
    #[error(
        "the network predicts frames {first} to {last} of a clip's {frames}, so its windows cannot score every frame; \
         align the score with the first, centre or last frame of a window"
    )]
    PartialPrediction {
        /// The first predicted place.
        first: usize,
        /// The last predicted place.
        last: usize,
        /// Places in a clip.
        frames: usize,
    },
    /// A limit of flow that is no positive number.
    #[error("the limit of optical flow is {value}; it must be above 0 and finite")]
    FlowLimit {
        /// The limit.
        value: f32,
    },
    /// Options of frames for a network that sees flow.
    #[error(
        "the options are for a network that sees frames; make them with `ScoreOptions::of_flow`"
    )]
    NoFlow,
    /// Flow and windows that treat gaps differently.
    #[error("the flow and the windows must treat gaps in the frame numbers alike")]
    FlowGaps,
    /// Frames in another format than the method of estimating flow wants.
    #[error(
        "the method of estimating flow wants frames in the format {wanted:?}, but the input has {found:?}"
    )]
    FlowFormat {
        /// The format that the method wants.
        wanted: PixelFormat,
        /// The format of the input.
        found: PixelFormat,
    },
    /// A file of flow that cannot be used.
    #[error("cannot {action} {}, which keeps the optical flow of a training video: {problem}", path.display())]
    FlowFile {
        /// The action that failed.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The reason.
        problem: String,
    },
    /// A feature that is no finite number.
    #[error(
        "video {video}, frame {frame}: feature {place} is not a finite number; the weights of the backbone may be damaged"
    )]
    Feature {
        /// The video.
        video: VideoId,
        /// The frame.
        frame: FrameNumber,
        /// The place of the feature in the vector, from 0.
        place: usize,
    },
    /// Batches of no clips.
    #[error("a batch needs at least one clip")]
    EmptyBatch,
    /// A frame that was not prepared as the input asks.
    #[error(
        "video {video}, frame {frame}: the scorer was given a frame of {found}, but its input asks for {expected}"
    )]
    UnpreparedFrame {
        /// The video.
        video: VideoId,
        /// The frame.
        frame: FrameNumber,
        /// The shape that the input asks for.
        expected: FrameShape,
        /// The shape of the frame.
        found: FrameShape,
    },
    /// A training video that was not prepared as the input asks.
    #[error(
        "video {video}: its frames are {found}, but the input of the clips asks for {expected}; prepare the video first"
    )]
    UnpreparedVideo {
        /// The video.
        video: VideoId,
        /// The shape that the input asks for.
        expected: FrameShape,
        /// The shape of the video.
        found: FrameShape,
    },
    /// A frame pushed to a scorer outside of a video.
    #[error("a frame was pushed to a scorer before a video was started")]
    NotStarted,
    /// A video with fewer frames than a window, where the windows ask for an error.
    #[error(
        "video {video} has {frames} usable frames, fewer than the {length} of a window; use shorter windows, or let \
         short videos repeat their last frame"
    )]
    VideoTooShort {
        /// The video.
        video: VideoId,
        /// Frames that the input shows.
        frames: usize,
        /// Frames in a window.
        length: usize,
    },
    /// A run of frames between two gaps that is shorter than a window, under
    /// [`ShortVideo::Error`](oddframe_core::ShortVideo::Error) and [`Gaps::Break`](oddframe_core::Gaps::Break).
    #[error(
        "video {video} has only {frames} usable frames between two gaps, fewer than the {length} of a window; use shorter \
         windows, let them span gaps, or let short runs repeat their last frame"
    )]
    RunTooShort {
        /// The video.
        video: VideoId,
        /// Frames of the run that the input shows.
        frames: usize,
        /// Frames in a window.
        length: usize,
    },
    /// A video that no window scores, so that the edge policy has nothing to borrow.
    #[error(
        "video {video}: none of its {frames} usable frames gets a score from a window of {length} frames, and the edge \
         policy has no score to borrow; use shorter windows, let short videos repeat their last frame, or choose the \
         edge policy constant(NUMBER)"
    )]
    NothingToBorrow {
        /// The video.
        video: VideoId,
        /// Frames that the input shows.
        frames: usize,
        /// Frames in a window.
        length: usize,
    },
    /// Frames that no window scores, under [`EdgePolicy::Error`](oddframe_core::EdgePolicy::Error).
    #[error(
        "video {video}: {missing} of its {frames} frames get no score from a window, and the edge policy is `error`; \
         choose nearest, reflect or constant(NUMBER), or let every frame of a window get a score"
    )]
    UnscoredFrames {
        /// The video.
        video: VideoId,
        /// Frames without a score.
        missing: usize,
        /// All frames.
        frames: usize,
    },
    /// A share outside of 0 to 1.
    #[error("a share of {value} of the clips cannot be set aside; it must be above 0 and below 1")]
    Share {
        /// The share.
        value: f64,
    },
    /// A single video, which cannot be both trained on and validated on.
    #[error(
        "validation sets whole videos aside, and there is only one; give more normal videos, or train without \
         validation"
    )]
    SingleVideo,
    /// Places that a clip does not have.
    #[error("a clip of {frames} frames does not have the places {first} to {last}")]
    NoSuchPlaces {
        /// The first place.
        first: usize,
        /// The last place.
        last: usize,
        /// Places in a clip.
        frames: usize,
    },
}

impl From<Error> for oddframe_core::Error {
    fn from(error: Error) -> Self {
        Self::System {
            system: "clips",
            source: error.into(),
        }
    }
}
