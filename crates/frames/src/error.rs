use std::io;
use std::path::PathBuf;

use oddframe_core::{Error as CoreError, FrameNumber, SharedError, VideoId};

use crate::layout::Contents;
use crate::{ImageError, Layout};

/// An error about video folders, data sets or the sources that wrap other sources.
///
/// While frames are read, a [`FrameSource`](oddframe_core::FrameSource) returns the [`Error`](oddframe_core::Error) of
/// `oddframe-core`; an error of this type is then its cause.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A difference needs two frames.
    #[error(
        "video {video} has only frame {frame}, and a difference needs two frames; FirstFrame::Zero makes the first difference black"
    )]
    SingleFrame {
        /// The video.
        video: VideoId,
        /// Its only frame.
        frame: FrameNumber,
    },
    /// No frame of a video can be read, so none can replace another.
    #[error(
        "none of the {frames} frames can be read, so none can stand in for another; the first error is: {source}"
    )]
    NoneReadable {
        /// How many frames were tried.
        frames: usize,
        /// The error of the first one.
        #[source]
        source: SharedError,
    },
    /// A folder or file could not be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// The folder does not exist.
    #[error("there is no folder {}; a data set is a folder in one of these layouts: {}", path.display(), Layout::known())]
    NoFolder {
        /// The path.
        path: PathBuf,
    },
    /// The path is a file, and a folder was expected.
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
    /// The folder does not have the layout that was asked for.
    #[error("{} does not have the layout {layout} ({}): found {found}", path.display(), layout.tree())]
    NotThisLayout {
        /// The folder.
        path: PathBuf,
        /// The layout asked for.
        layout: Layout,
        /// What is in it.
        found: Contents,
    },
    /// More than one layout fits, or one fits in more than one place.
    #[error("{} can be read in more than one way: {}; open one of these folders, or name the layout", path.display(), list_layouts(fitting))]
    AmbiguousLayout {
        /// The folder.
        path: PathBuf,
        /// The layouts, and the folders they are in.
        fitting: Vec<(Layout, PathBuf)>,
    },
    /// No layout has this name.
    #[error(
        "there is no layout {name:?}; the known layouts are {}",
        Layout::known()
    )]
    UnknownLayoutName {
        /// The name.
        name: String,
    },
    /// No policy for frames that cannot be read has this name.
    #[error(
        "there is no policy {name:?} for frames that cannot be read; write \"error\" or \"nearest\""
    )]
    UnknownBadFramePolicy {
        /// The name.
        name: String,
    },
    /// The folder of a set has no videos.
    #[error("{} holds no folders of images; it needs one for each video, but found {found}", path.display())]
    NoVideos {
        /// The folder of the set.
        path: PathBuf,
        /// What is in it.
        found: Contents,
    },
    /// The folder of a video has no images.
    #[error("{} holds no images (jpg, jpeg, png, tif, tiff, bmp): found {found}", path.display())]
    NoImages {
        /// The folder.
        path: PathBuf,
        /// What is in it.
        found: Contents,
    },
    /// Some images of a folder have a number in their names, and others have none.
    #[error("{} has no frame number in its name (one of {unnumbered} such images in this folder), but {} has; number all images or none", path.display(), numbered.display())]
    Unnumbered {
        /// The first image without one.
        path: PathBuf,
        /// The first image with one.
        numbered: PathBuf,
        /// How many have none.
        unnumbered: usize,
    },
    /// Two images of a folder have the same number.
    #[error("{} and {} are both frame {number}; keep one of them", first.display(), second.display())]
    SameNumber {
        /// The number.
        number: FrameNumber,
        /// One image.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// Two videos of a set have the same name.
    #[error("{} and {} have the same name, because leading zeros do not count; rename one of them", first.display(), second.display())]
    SameVideo {
        /// One folder.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// No image of a video has a readable header.
    #[error("{}: {source}", path.display())]
    Header {
        /// The first image.
        path: PathBuf,
        /// Why its header cannot be read.
        #[source]
        source: ImageError,
    },
    /// A parameter is outside its range.
    #[error("{what} is {value}; it must be {expected}")]
    Parameter {
        /// The parameter.
        what: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        expected: &'static str,
    },
    /// A range of lengths begins too low, or ends before it begins.
    #[error(
        "{what} is {least} to {most}; it must begin at {minimum} or above and must not end before it begins"
    )]
    Span {
        /// The parameter.
        what: &'static str,
        /// Where it begins.
        least: usize,
        /// Where it ends.
        most: usize,
        /// Where it may begin.
        minimum: usize,
    },
    /// There is no room for as many flipped frames, with at least one upright frame between two runs.
    #[error(
        "only {placed} of {wanted} frames can be flipped without two runs touching; choose a smaller share or longer runs"
    )]
    FlipsDoNotFit {
        /// How many were asked for.
        wanted: usize,
        /// How many found room.
        placed: usize,
    },
    /// The damage was planned for another video.
    #[error("this damage was planned for video {planned}, not for {found}")]
    PlannedForAnother {
        /// The video of the plan.
        planned: VideoId,
        /// The video of the source.
        found: VideoId,
    },
    /// The damage was planned for other frames.
    #[error(
        "video {video}: the damage was planned for frame {frame} at index {index}, but the source has another frame there, or none"
    )]
    PlannedFrame {
        /// The video.
        video: VideoId,
        /// The frame of the plan.
        frame: FrameNumber,
        /// Its index.
        index: usize,
    },
    /// A region that is no area.
    #[error("region {region} has {points} points; an area needs at least 3")]
    TooFewPoints {
        /// The region.
        region: String,
        /// How many points it has.
        points: usize,
    },
    /// A corner of a region that is far outside any frame, or not a number.
    #[error("region {region}, point {point}: {value} is not between {least} and {most}{advice}")]
    PointOutside {
        /// The region.
        region: String,
        /// The number of the point, from 1.
        point: usize,
        /// The coordinate.
        value: f64,
        /// The smallest coordinate.
        least: f64,
        /// The largest coordinate.
        most: f64,
        /// What to write instead.
        advice: &'static str,
    },
    /// Regions that leave no pixel.
    #[error(
        "video {video}: the regions ({regions}) leave no pixel of the {width}x{height} picture to look at{advice}"
    )]
    NothingLeft {
        /// The video.
        video: VideoId,
        /// The width of its frames.
        width: usize,
        /// The height of its frames.
        height: usize,
        /// The names of its regions.
        regions: String,
        /// What to change.
        advice: &'static str,
    },
    /// An error of `oddframe-core`.
    #[error(transparent)]
    Core(#[from] CoreError),
}

/// Lists layouts with the folders they were found in.
fn list_layouts(fitting: &[(Layout, PathBuf)]) -> String {
    let listed = fitting
        .iter()
        .map(|(layout, path)| format!("{layout} in {}", path.display()));
    listed.collect::<Vec<_>>().join(", ")
}
