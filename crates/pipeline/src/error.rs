use std::io;
use std::path::{Path, PathBuf};

use oddframe_core::{SharedError, VideoId};

use crate::{DataDigest, Difference, RecipeError};

/// The errors of recipes, runs and run folders.
///
/// A cancellation by the observer is always [`Error::Core`] with [`oddframe_core::Error::Interrupted`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A recipe that cannot be used.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// A file or folder that cannot be read or written.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// The action.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// The test videos of a run that are no longer where it found them.
    #[error(
        "the test videos of this run were {from}, which is not here: name the data set with --data"
    )]
    NoTestVideos {
        /// Where the run found them.
        from: String,
    },
    /// A test video that a data set does not have.
    #[error("{from} has no test video {video}: is it the data of this run? name it with --data")]
    NoSuchVideo {
        /// The data set.
        from: String,
        /// The video.
        video: VideoId,
    },
    /// A folder that holds something other than a run.
    #[error(
        "{} holds `{found}` and no recipe.toml, so it is not a run that can be resumed; name a new or an empty folder",
        .path.display()
    )]
    NotARun {
        /// The folder.
        path: PathBuf,
        /// An entry of it.
        found: String,
    },
    /// A folder with the run of another recipe.
    #[error(
        "{} holds the run of another recipe: {difference}; name another folder, or delete this one",
        .path.display()
    )]
    OtherRecipe {
        /// The folder.
        path: PathBuf,
        /// The first field that differs.
        difference: Difference,
    },
    /// A folder with a run of this recipe on another device, or by another version.
    #[error(
        "{} holds a run with another {what}: {found} there, {expected} here; name another folder, or delete this one",
        .path.display()
    )]
    OtherRun {
        /// The folder.
        path: PathBuf,
        /// What differs.
        what: &'static str,
        /// The value in the folder.
        found: String,
        /// The value of this run.
        expected: String,
    },
    /// A folder with a run of this recipe on other data.
    #[error(
        "{} holds a run on another data set: digest {found} there, {expected} here; name another folder, or delete this \
         one{}",
        .path.display(), .found.advice_for_copies()
    )]
    OtherData {
        /// The folder.
        path: PathBuf,
        /// The digest in the folder.
        found: DataDigest,
        /// The digest of this run.
        expected: DataDigest,
    },
    /// A run folder in a format that this version does not read.
    #[error("{}: the run folder has format {found}, this version of oddframe reads format {expected}", .path.display())]
    OtherSchema {
        /// The record of the run.
        path: PathBuf,
        /// The format of the folder.
        found: u32,
        /// The format that is read.
        expected: u32,
    },
    /// A damaged file of a run folder.
    #[error("{}: {source}; delete the file and repeat the `run`, `fit` or `score` that wrote the folder", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The damage.
        #[source]
        source: SharedError,
    },
    /// A picture of a frame that cannot be made.
    #[error("cannot make the picture {}: {source}", .path.display())]
    Picture {
        /// The file that was to be written.
        path: PathBuf,
        /// The reason.
        #[source]
        source: SharedError,
    },
    /// A folder without a run.
    #[error("{} has no {missing}: name a folder that `fit`, `run` or `score --shard` wrote", .path.display())]
    NoRun {
        /// The folder.
        path: PathBuf,
        /// The missing file.
        missing: String,
    },
    /// A model folder in which a system is not fitted.
    #[error("{} has no finished {missing}: run the same `fit` or `run` again to finish it", .path.display())]
    NotFitted {
        /// The folder.
        path: PathBuf,
        /// The folder of the system.
        missing: String,
    },
    /// A run folder in which a video is not scored.
    #[error(
        "{}: system {system} has not scored video {video}; run the same `run`, or the missing `score --shard`, first",
        .path.display()
    )]
    NotScored {
        /// The folder.
        path: PathBuf,
        /// The system.
        system: String,
        /// The video.
        video: String,
    },
    /// A system to score live video with that is not there, or not the only one.
    #[error(
        "{}: name one of the systems of the model: {}",
        .asked.as_ref().map_or("several systems or none are fused".to_owned(), |name| format!("there is no system `{name}`")),
        .known.join(", ")
    )]
    WhichSystem {
        /// The name, where one was given.
        asked: Option<String>,
        /// The systems of the model.
        known: Vec<String>,
    },
    /// A system that cannot score live video.
    #[error(
        "system {system} joins its members by the ranks of their scores, which needs whole videos: score recordings, or name another \
         system"
    )]
    NotLive {
        /// The system.
        system: String,
    },
    /// A frame of a live video after its end.
    #[error("live video {video} has ended, or its last frame gave an error: start a new one")]
    LiveVideoEnded {
        /// The video.
        video: VideoId,
    },
    /// A folder of results in which videos are missing.
    #[error(
        "{} has no result of {} of the {of} videos: {}; score them first",
        .path.display(), .videos.len(), list_names(.videos)
    )]
    MissingResults {
        /// The folder.
        path: PathBuf,
        /// How many videos were asked for.
        of: usize,
        /// The names of the missing ones.
        videos: Vec<String>,
    },
    /// A run folder without results.
    #[error("{} has no results yet; `oddframe finish` computes them", .path.display())]
    NotFinished {
        /// The folder.
        path: PathBuf,
    },
    /// A run folder without events.
    #[error("{} has no events.json: the events of a run need a section [calibration] in its recipe", .path.display())]
    NoEvents {
        /// The folder.
        path: PathBuf,
    },
    /// A file about damaged frames that leaves a test frame out.
    #[error("{} says nothing about frame {frame} of video {video}", .path.display())]
    IncompleteFlags {
        /// The file: `noise.csv` or `flips.csv`.
        path: PathBuf,
        /// The name of the video.
        video: String,
        /// The number of the frame.
        frame: u64,
    },
    /// The output folder has files that no selection wrote.
    #[error(
        "{} holds `{found}`, so it is not the folder of a selection; name a new or an empty folder",
        .path.display()
    )]
    NotASelection {
        /// The folder.
        path: PathBuf,
        /// An entry of it.
        found: String,
    },
    /// A single training video that is too short to be divided.
    #[error(
        "{data} has a single training video of {frames} frames; a selection holds a third of it out, so it needs at least 3"
    )]
    NothingToHoldOut {
        /// The data.
        data: String,
        /// The frames of the video.
        frames: usize,
    },
    /// A training video that is too short to be divided.
    #[error(
        "training video {video} has a single frame; with [calibration] and fewer than 5 training videos, a part of each is held \
         out: leave the video out, or give more"
    )]
    TooShortToHoldOut {
        /// The video.
        video: String,
        /// Its frames.
        frames: usize,
    },
    /// Scores of held-out normal video that give no calibration.
    #[error(
        "[calibration], held-out frames of {of}: {source}; raise calibration.held_out, or give longer training videos"
    )]
    CannotCalibrate {
        /// The data, the system, or the fused scores.
        of: String,
        /// The reason.
        #[source]
        source: oddframe_post::Error,
    },
    /// A threshold from labels, without labels.
    #[error(
        "calibration.threshold_from is \"test labels\", and there are no labels of both classes; name labels, or write \
         \"normal scores\""
    )]
    NoLabelsForThreshold,
    /// Videos of which no pseudo-anomaly can be made.
    #[error("no pseudo-anomaly can be made of {data}: {reasons}")]
    NoPseudoAnomalies {
        /// The data.
        data: String,
        /// Why, for each kind.
        reasons: String,
    },
    /// Recipes with different regions in one selection.
    #[error(
        "recipes {first} and {other} ignore different parts of the picture, so their systems cannot be compared; give both the same \
         [regions], and [repair.flip] to both or to none"
    )]
    OtherRegions {
        /// The first recipe.
        first: String,
        /// The other one.
        other: String,
    },
    /// A system that was given something for videos by name, which pasted videos cannot have.
    #[error(
        "{source}. A selection scores videos with pasted objects, for which no file has boxes: let the system find them itself, or \
         leave it out"
    )]
    GivenByName {
        /// The system, and what it was given.
        #[source]
        source: Box<Self>,
    },
    /// Pseudo-anomalies that cannot be made.
    #[error("making pseudo-anomalies: {source}")]
    PseudoAnomalies {
        /// The reason.
        #[source]
        source: oddframe_objects::Error,
    },
    /// A model without a system that can learn.
    #[error(
        "{}: no system can learn more without being fitted again (kinds: {kinds}); systems of these kinds can: {able}",
        .path.display()
    )]
    CannotLearnMore {
        /// The folder.
        path: PathBuf,
        /// The kinds of the model.
        kinds: String,
        /// The kinds that can learn.
        able: String,
    },
    /// Footage that the model has learned already.
    #[error(
        "frames {first} to {last} of video {video} are learned already, since {time}; name other frames, or a range beside these"
    )]
    AlreadyLearned {
        /// The video.
        video: String,
        /// The first frame that is learned.
        first: u64,
        /// The last frame that is learned.
        last: u64,
        /// When it was learned.
        time: String,
    },
    /// Footage that is named twice.
    #[error(
        "frames of video {video} are named twice, or another video has the same frames; name each once"
    )]
    NamedTwice {
        /// The second video.
        video: String,
    },
    /// A range without a frame.
    #[error("no frame of video {video} is in the range; its frames are {first} to {last}")]
    NoFrameInRange {
        /// The video.
        video: String,
        /// Its first frame.
        first: u64,
        /// Its last frame.
        last: u64,
    },
    /// A model whose last learning is to be taken back, without one.
    #[error("{}: nothing was learned since the model was fitted, so nothing can be taken back", .path.display())]
    NothingLearned {
        /// The folder.
        path: PathBuf,
    },
    /// A model whose state before a learning is deleted.
    #[error("{}: the models after learning {number} are no longer kept, only the last {kept}; fit the model again", .path.display())]
    StateNotKept {
        /// The folder.
        path: PathBuf,
        /// The number of the learning.
        number: u64,
        /// How many are kept.
        kept: usize,
    },
    /// A model that another process changed.
    #[error("{}: another process has learned or taken something back in the meantime; repeat the command", .path.display())]
    LearnedMeanwhile {
        /// The folder.
        path: PathBuf,
    },
    /// A run that cannot be resumed because its model has learned more.
    #[error(
        "{}: the model has learned more since it was fitted, and its runs cannot be resumed; score videos with `oddframe score`, or take \
         the learning back with `oddframe learn MODEL --undo`",
        .path.display()
    )]
    HasLearned {
        /// The folder.
        path: PathBuf,
    },
    /// A path of data at which there is nothing.
    #[error("there is no file or folder {}; name a recording, a folder of recordings, or a data set", path.display())]
    NoSuchData {
        /// The path.
        path: PathBuf,
    },
    /// Data without anything to learn from, or to score.
    #[error("{data} has no {what} videos{advice}")]
    NoVideos {
        /// The data.
        data: String,
        /// `training` or `test`.
        what: &'static str,
        /// What to do about it; empty where nothing is known.
        advice: &'static str,
    },
    /// A share of frames to learn from that leaves nothing to learn from or to score.
    #[error("the share of frames to learn from is {share}; it must be above 0 and below 1")]
    StartShare {
        /// The share.
        share: f64,
    },
    /// The beginning of recordings to learn from, for data that has training videos.
    #[error(
        "{data} has training videos, so the first part of its test videos is not learned from; leave one of the two out"
    )]
    TrainingVideosBesideStart {
        /// The data.
        data: String,
    },
    /// A recording that cannot be divided into a part to learn from and one to score.
    #[error(
        "video {video} has a single frame: nothing of it can be learned and the rest scored; leave it out"
    )]
    TooShortToStart {
        /// The video.
        video: String,
    },
    /// A text that is not a share of the videos.
    #[error("`{text}` is not a share; write I/N with I from 1 to N, such as 1/4")]
    NotAShare {
        /// The text.
        text: String,
    },
    /// Post-processing that cannot be applied to videos of these lengths.
    #[error("{field} cannot be applied to these videos: {source}")]
    UnusableChain {
        /// The field of the recipe.
        field: String,
        /// The reason.
        #[source]
        source: SharedError,
    },
    /// Work on one system that failed.
    #[error("system {system}: {source}")]
    System {
        /// The name of the system.
        system: String,
        /// The reason.
        #[source]
        source: SharedError,
    },
    /// Flip repair that failed.
    #[error("flip repair: {source}")]
    Flip {
        /// The reason.
        #[source]
        source: SharedError,
    },
    /// Watching the camera failed.
    #[error("health of the camera: {source}")]
    Health {
        /// The reason.
        #[source]
        source: oddframe_health::Error,
    },
    /// Data that cannot be opened.
    #[error(transparent)]
    Frames(#[from] oddframe_frames::Error),
    /// An error about a video file, or about the program that decodes it.
    #[error(transparent)]
    Video(#[from] oddframe_video::Error),
    /// Labels that cannot be read.
    #[error(transparent)]
    Labels(#[from] oddframe_labels::Error),
    /// Scores that cannot be evaluated.
    #[error(transparent)]
    Metrics(#[from] oddframe_metrics::Error),
    /// Scores that cannot be fused.
    #[error(transparent)]
    Post(#[from] oddframe_post::Error),
    /// Scores that cannot be written or read.
    #[error(transparent)]
    Submit(#[from] oddframe_submit::Error),
    /// A device that cannot be opened.
    #[error(transparent)]
    Network(#[from] oddframe_nn::Error),
    /// Errors of frames and scores, and a cancellation.
    #[error(transparent)]
    Core(#[from] oddframe_core::Error),
}

impl Error {
    /// A failed action on a path, for `map_err`.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_path_buf();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }

    /// A damaged file, for `map_err`.
    pub(crate) fn damaged<E: Into<SharedError>>(path: &Path) -> impl FnOnce(E) -> Self + use<E> {
        let path = path.to_path_buf();
        move |source| Self::Damaged {
            path,
            source: source.into(),
        }
    }

    /// The failure of a system, for `map_err`. A cancellation stays one.
    pub(crate) fn system<E: Into<SharedError>>(system: &str) -> impl FnOnce(E) -> Self + use<E> {
        let system = system.to_owned();
        move |source| match cancellation(source.into()) {
            Ok(cancelled) => Self::Core(cancelled),
            Err(source) => Self::System { system, source },
        }
    }

    /// A failure of the flip repair, for `map_err`. A cancellation stays one.
    pub(crate) fn flip<E: Into<SharedError>>(source: E) -> Self {
        match cancellation(source.into()) {
            Ok(cancelled) => Self::Core(cancelled),
            Err(source) => Self::Flip {
                source: without_system_name(source),
            },
        }
    }

    /// A failure to make pseudo-anomalies, for `map_err`. Errors of core, such as a cancellation, stay what they are.
    pub(crate) fn pseudo(source: oddframe_objects::Error) -> Self {
        match source {
            oddframe_objects::Error::Core(error) => Self::Core(error),
            source => Self::PseudoAnomalies { source },
        }
    }

    /// A failure to watch the camera, for `map_err`, within a pass. Errors of core stay what they are.
    pub(crate) fn health(source: oddframe_health::Error) -> oddframe_core::Error {
        Self::from(source).into_core()
    }

    /// As an error of core, for the traits that are defined there.
    pub(crate) fn into_core(self) -> oddframe_core::Error {
        match self {
            Self::Core(error) => error,
            other => oddframe_core::Error::System {
                system: "run folder",
                source: other.into(),
            },
        }
    }

    /// Whether the observer cancelled the work.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Core(oddframe_core::Error::Interrupted))
    }
}

impl From<oddframe_health::Error> for Error {
    fn from(source: oddframe_health::Error) -> Self {
        match source {
            oddframe_health::Error::Core(error) => Self::Core(error),
            source => Self::Health { source },
        }
    }
}

/// The reason of an error that names its system; any other error as it is. For messages that name the system themselves.
fn without_system_name(error: SharedError) -> SharedError {
    match error.downcast::<oddframe_core::Error>() {
        Ok(error) => match *error {
            oddframe_core::Error::System { source, .. } => source,
            other => other.into(),
        },
        Err(error) => error,
    }
}

/// The cancellation that an error is, or the error itself.
fn cancellation(error: SharedError) -> Result<oddframe_core::Error, SharedError> {
    match error.downcast::<oddframe_core::Error>() {
        Ok(error) if matches!(*error, oddframe_core::Error::Interrupted) => Ok(*error),
        Ok(error) => Err(error),
        Err(error) => Err(error),
    }
}

/// The first names of a list, for a message.
fn list_names(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
