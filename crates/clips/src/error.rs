use oddframe_core::ClipShape;

/// What can be wrong with how clips are asked for.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Windows and a network that disagree on a clip.
    #[error(
        "the network takes clips of {} frames of {}x{} with {} channels, it would be given {} frames of {}x{} with {}",
        .network.frames, .network.width, .network.height, .network.channels,
        .clips.frames, .clips.width, .clips.height, .clips.channels
    )]
    OtherClip {
        /// What the network takes.
        network: ClipShape,
        /// What the look and the windows give.
        clips: ClipShape,
    },
    /// A network that explains some frames of a clip, and windows that score each.
    #[error(
        "the network explains frames {first} to {last} of a clip's {frames}: its windows can score one frame each \
         (align first, centre or last), not every frame"
    )]
    UnexplainedFrames {
        /// The first place it explains.
        first: usize,
        /// The last one.
        last: usize,
        /// Places in a clip.
        frames: usize,
    },
    /// No clips at a time.
    #[error("a batch needs at least one clip")]
    EmptyBatch,
    /// A share that is none.
    #[error("{value} of the videos cannot be set aside: the share must be above 0 and below 1")]
    Share {
        /// The value.
        value: f64,
    },
    /// One video cannot be both learned from and measured on.
    #[error(
        "videos are set aside whole, and there is only one: give more normal videos, or train without validation"
    )]
    SingleVideo,
    /// Places that a clip has not got.
    #[error("a clip of {frames} frames has no places {first} to {last}")]
    NoSuchPlaces {
        /// The first place.
        first: usize,
        /// The place behind the last.
        last: usize,
        /// Places in a clip.
        frames: usize,
    },
}

impl From<Error> for oddframe_core::Error {
    fn from(error: Error) -> Self {
        Self::System { system: "clips", source: error.into() }
    }
}
