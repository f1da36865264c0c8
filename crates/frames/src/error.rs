use std::io;
use std::path::PathBuf;

use oddframe_core::{Error as CoreError, FrameNumber, SharedError, VideoId};

use crate::layout::Contents;
use crate::{ImageError, Layout};

/// Everything that can go wrong with video folders, data sets and the sources around other sources.
///
/// What a [`FrameSource`](oddframe_core::FrameSource) says while frames are read is core's own
/// [`Error`](oddframe_core::Error); an error from here is then its cause.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A difference needs two frames.
    #[error(
        "video {video} has one frame, {frame}, and a difference needs two; FirstFrame::Zero would give one black frame"
    )]
    SingleFrame {
        /// The video.
        video: VideoId,
        /// Its only frame.
        frame: FrameNumber,
    },
    /// No frame of a video can be read, so that none can stand in for another.
    #[error("none of the {frames} frames can be read, so that none can stand in; the first one: {source}")]
    NoneReadable {
        /// How many frames were tried.
        frames: usize,
        /// What was said of the first.
        #[source]
        source: SharedError,
    },
    /// A folder or file could not be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A path that leads nowhere.
    #[error("there is no folder {}; a data set is a folder in one of these layouts: {}", path.display(), Layout::known())]
    NoFolder {
        /// The path.
        path: PathBuf,
    },
    /// A file where a folder was expected.
    #[error("{} is not a folder: a data set is a folder in one of these layouts: {}", path.display(), Layout::known())]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// No layout fits.
    #[error("{} holds no known data set: found {found}; the known layouts are {}", path.display(), Layout::known())]
    UnknownLayout {
        /// The folder.
        path: PathBuf,
        /// What is in it.
        found: Contents,
    },
    /// Another layout was asked for.
    #[error("{} has not got the layout {layout} ({}): found {found}", path.display(), layout.tree())]
    NotThisLayout {
        /// The folder.
        path: PathBuf,
        /// The layout asked for.
        layout: Layout,
        /// What is in it.
        found: Contents,
    },
    /// More than one layout fits, or one fits in more than one place.
    #[error("{} can be read in more than one way: {}; open one of these folders, or name the layout", path.display(), ways(fitting))]
    AmbiguousLayout {
        /// The folder.
        path: PathBuf,
        /// The layouts, and the folders they are in.
        fitting: Vec<(Layout, PathBuf)>,
    },
    /// A layout whose name is not known.
    #[error("there is no layout {name:?}; the known layouts are {}", Layout::known())]
    UnknownLayoutName {
        /// The name.
        name: String,
    },
    /// A set without a video.
    #[error("{} holds no folders of images, one for each video: found {found}", path.display())]
    NoVideos {
        /// The folder of the set.
        path: PathBuf,
        /// What is in it.
        found: Contents,
    },
    /// A video's folder without an image.
    #[error("{} holds no images (jpg, jpeg, png, tif, tiff, bmp): found {found}", path.display())]
    NoImages {
        /// The folder.
        path: PathBuf,
        /// What is in it.
        found: Contents,
    },
    /// Some images of a folder have a number in their names, and some have none.
    #[error("{} has no frame number in its name ({unnumbered} such images in this folder), but {} has; number all or none", path.display(), numbered.display())]
    Unnumbered {
        /// The first image without one.
        path: PathBuf,
        /// The first image with one.
        numbered: PathBuf,
        /// How many have none.
        unnumbered: usize,
    },
    /// Two images of a folder have one number.
    #[error("{} and {} are both frame {number}; a video has one image for each number", first.display(), second.display())]
    SameNumber {
        /// The number.
        number: FrameNumber,
        /// One image.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// Two videos of a set have one name.
    #[error("{} and {} are one video: names that differ in leading zeros alone are the same", first.display(), second.display())]
    SameVideo {
        /// One folder.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// The images of a video are none.
    #[error("{}: {source}", path.display())]
    Header {
        /// The first image.
        path: PathBuf,
        /// What its header lacks.
        #[source]
        source: ImageError,
    },
    /// A parameter outside its range.
    #[error("{what} is {value}; it must be {expected}")]
    Parameter {
        /// Which one.
        what: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        expected: &'static str,
    },
    /// A range of lengths that begins too low or ends before it begins.
    #[error("{what}: {least} to {most}; the least must be at least {minimum} and at most the most")]
    Span {
        /// Of what.
        what: &'static str,
        /// Where it begins.
        least: usize,
        /// Where it ends.
        most: usize,
        /// Where it may begin.
        minimum: usize,
    },
    /// So many flipped frames have no room with a frame between any two runs.
    #[error(
        "only {placed} of {wanted} frames can be flipped without two runs touching; ask for a smaller share or longer runs"
    )]
    FlipsDoNotFit {
        /// How many were asked for.
        wanted: usize,
        /// How many found room.
        placed: usize,
    },
    /// A plan of damage for another video.
    #[error("this damage was planned for video {planned}, not for {found}")]
    PlannedForAnother {
        /// The video of the plan.
        planned: VideoId,
        /// The video of the source.
        found: VideoId,
    },
    /// A plan of damage for other frames.
    #[error(
        "video {video}: the damage was planned with frame {frame} at index {index}, where the source has another or none"
    )]
    PlannedFrame {
        /// The video.
        video: VideoId,
        /// The frame of the plan.
        frame: FrameNumber,
        /// Its index.
        index: usize,
    },
    /// An error of the nouns themselves.
    #[error(transparent)]
    Core(#[from] CoreError),
}

/// Layouts and where they are, for a message.
fn ways(fitting: &[(Layout, PathBuf)]) -> String {
    let way = |(layout, path): &(Layout, PathBuf)| format!("{layout} in {}", path.display());
    fitting.iter().map(way).collect::<Vec<_>>().join(", ")
}
