//! The videos that a run learns from and scores.

mod content;
mod digest;
mod regions;
mod start;
mod video_path;
mod videos;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use oddframe_core::{Event, FrameSource, Labels, Observer, Silent, VideoId};
use oddframe_frames::{Damage, DamageOptions, Dataset};
use oddframe_labels::{LabelFile, VideoFrames, read_labels, read_labels_counting_from};
use oddframe_synth::Scene;

use self::content::Content;
pub use self::digest::DataDigest;
pub use self::video_path::VideoPath;
use self::videos::{may_hold_videos, open_videos};
use crate::{Error, SceneRecipe, Truth};

/// What to do about recordings that are all taken for videos to score.
const ADVICE_WITHOUT_TRAINING: &str = ": a run learns from normal video. Put normal videos into a folder `training_videos` and \
     those to score into `testing_videos` beside it; or, where each recording begins with normal footage, learn from its first \
     part (`--learn-first 0.5`: from its first half)";

/// Normal videos to learn from and videos to score, with what is known about the latter.
///
/// The `labels.csv` of a folder is read by [`Self::labels`], not when the folder is opened. A clone shares the videos.
#[derive(Clone)]
pub struct Data {
    name: String,
    /// The folder of a data set; none for the synthetic scene and for sources of the caller.
    folder: Option<PathBuf>,
    train: Vec<Arc<dyn FrameSource>>,
    test: Vec<Arc<dyn FrameSource>>,
    labels: Option<KnownLabels>,
    truth: Option<Truth>,
    content: Content,
    /// What is to be told before the data is used: files that are damaged, regions without effect.
    notes: Vec<String>,
}

impl std::fmt::Debug for Data {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Data")
            .field("name", &self.name)
            .field("train", &self.train.len())
            .field("test", &self.test.len())
            .finish_non_exhaustive()
    }
}

/// Labels, and where they come from.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownLabels {
    /// The labels.
    pub labels: Labels,
    /// The file they were read from, or what else they come from.
    pub from: String,
    /// The SHA-256 of the file; none when there is no file.
    pub sha256: Option<String>,
    /// The assumption about the number of the first frame, when the file has no frame numbers.
    pub assumption: Option<String>,
}

impl From<LabelFile> for KnownLabels {
    fn from(file: LabelFile) -> Self {
        let assumption = file.counting_note();
        Self {
            from: file.path.display().to_string(),
            sha256: Some(file.sha256),
            assumption,
            labels: file.labels,
        }
    }
}

impl Data {
    /// Opens the folder of a data set of images or of video files, or a single video file, which is then scored.
    ///
    /// Video files are decoded once by ffmpeg, to count their frames. A damaged file whose frames can be read in part is
    /// used; a run reports it as a warning.
    ///
    /// # Errors
    /// When there is no data set, a video file cannot be decoded, or ffmpeg is needed and missing.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        Self::open_with(folder, &mut Silent)
    }

    /// As [`Self::open`], and tells the observer about the frames of video files while they are counted.
    ///
    /// # Errors
    /// As [`Self::open`], and when the observer cancels.
    pub fn open_with(folder: &Path, observer: &mut dyn Observer) -> Result<Self, Error> {
        // The layouts that a folder may have do not help whoever mistyped the name of a recording.
        if folder.extension().is_some() && !folder.exists() {
            let path = folder.to_path_buf();
            return Err(Error::NoSuchData { path });
        }
        let dataset = match Dataset::open(folder) {
            Ok(dataset) => dataset,
            Err(error) if may_hold_videos(&error) => {
                // Without any video file, the message about images lists what was found.
                let Some(videos) = open_videos(folder, observer)? else {
                    return Err(error.into());
                };
                return Ok(Self {
                    name: folder.display().to_string(),
                    folder: folder.is_dir().then(|| folder.to_path_buf()),
                    train: videos.train,
                    test: videos.test,
                    labels: None,
                    truth: None,
                    content: videos.content,
                    notes: videos.notes,
                });
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Self {
            name: folder.display().to_string(),
            folder: Some(folder.to_path_buf()),
            content: Content::of_folders(folder, dataset.train(), dataset.test()),
            train: shared_sources(dataset.train()),
            test: shared_sources(dataset.test()),
            labels: None,
            truth: None,
            notes: Vec::new(),
        })
    }

    /// Opens the synthetic street, with its labels and its truth.
    ///
    /// # Errors
    /// When its damage cannot be planned, which does not happen with the presets.
    pub fn scene(recipe: &SceneRecipe) -> Result<Self, Error> {
        let SceneRecipe {
            preset,
            seed,
            damaged,
        } = *recipe;
        let scene = Scene::new(preset, seed);
        let name = format!("the synthetic scene `{preset}`, seed {seed}");
        let truth = Truth::of_scene(scene.test())?;
        let already_damaged = truth.has_damage();
        let labels = KnownLabels {
            labels: scene.labels(),
            from: name.clone(),
            sha256: None,
            assumption: None,
        };
        let data = Self {
            train: shared_sources(scene.train()),
            test: shared_sources(scene.test()),
            folder: None,
            labels: Some(labels),
            truth: Some(truth),
            content: Content::Description(format!(
                "{name}, of oddframe {}",
                env!("CARGO_PKG_VERSION")
            )),
            name,
            notes: Vec::new(),
        };
        // `pixelplay` is damaged by itself: damaging it twice would give frames unlike the contest's.
        if damaged && !already_damaged {
            data.damaged(DamageOptions::default(), seed)
        } else {
            Ok(data)
        }
    }

    /// Damages the test videos as planned from this seed: some frames become noisy, upside down or missing, as in the
    /// contest's data. The truth is then that damage.
    ///
    /// # Errors
    /// When such damage cannot be planned for these videos.
    pub fn damaged(self, options: DamageOptions, seed: u64) -> Result<Self, Error> {
        let videos: Vec<_> = self.test.iter().map(FrameSource::video).collect();
        let damage = Damage::plan(&videos, options, seed)?;
        let mut test: Vec<Arc<dyn FrameSource>> = Vec::new();
        for video in self.test {
            match damage.video(video.id()) {
                Some(plan) => test.push(Arc::new(plan.of(video)?)),
                None => test.push(video),
            }
        }
        // The digest covers the options and the seed: differently damaged data is other data to a resumed
        // run.
        let how = format!("damaged with seed {seed}");
        let content = Content::Changed(Box::new(self.content), format!("{how}: {options:?}"));
        let (name, truth) = (
            format!("{}, {how}", self.name),
            Truth::of_damage(damage.videos())?,
        );
        Ok(Self {
            name,
            test,
            truth: Some(truth),
            content,
            ..self
        })
    }

    /// Takes the training videos out.
    pub(crate) fn take_train(&mut self) -> Vec<Arc<dyn FrameSource>> {
        std::mem::take(&mut self.train)
    }

    /// Videos that were made from these, without labels. `how` says how: differently made ones are other data to a resumed
    /// run.
    pub(crate) fn changed(
        &self,
        train: Vec<Arc<dyn FrameSource>>,
        test: Vec<Arc<dyn FrameSource>>,
        how: &str,
    ) -> Self {
        Self {
            name: format!("{}, {how}", self.name),
            folder: None,
            train,
            test,
            labels: None,
            truth: None,
            content: Content::Changed(Box::new(self.content.clone()), how.to_owned()),
            notes: self.notes.clone(),
        }
    }

    /// Uses videos of the caller. `name` identifies them: a run is resumed only on data of the same name.
    pub fn new(
        name: &str,
        train: Vec<Box<dyn FrameSource>>,
        test: Vec<Box<dyn FrameSource>>,
    ) -> Self {
        let content = Content::Description(name.to_owned());
        Self {
            name: name.to_owned(),
            folder: None,
            train: train.into_iter().map(Arc::from).collect(),
            test: test.into_iter().map(Arc::from).collect(),
            labels: None,
            truth: None,
            content,
            notes: Vec::new(),
        }
    }

    /// Reads labels from a file or folder, in any of the known formats. `count_from` is the number of the first frame of
    /// a video, for formats without frame numbers; by default it is determined from the videos and labels.
    ///
    /// # Errors
    /// When the labels cannot be read, or a test frame has none.
    pub fn with_labels(self, path: &Path, count_from: Option<u64>) -> Result<Self, Error> {
        let file = read_labels_counting_from(path, &self.test_frames(), count_from)?;
        Ok(Self {
            labels: Some(file.into()),
            ..self
        })
    }

    /// Sets labels and truth that the caller knows.
    #[must_use]
    pub fn with_known(self, labels: KnownLabels, truth: Truth) -> Self {
        Self {
            labels: Some(labels),
            truth: Some(truth),
            ..self
        }
    }

    /// The name in reports.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The folder of the data set, where there is one.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The normal videos.
    ///
    /// # Errors
    /// When there is none.
    pub fn train(&self) -> Result<Vec<&dyn FrameSource>, Error> {
        self.require_videos("training", &self.train)
    }

    /// The videos to score.
    ///
    /// # Errors
    /// When there is none.
    pub fn test(&self) -> Result<Vec<&dyn FrameSource>, Error> {
        self.require_videos("test", &self.test)
    }

    /// What the user is to be told before the data is used.
    pub(crate) fn notes(&self) -> &[String] {
        &self.notes
    }

    pub(crate) fn train_videos(&self) -> &[Arc<dyn FrameSource>] {
        &self.train
    }

    pub(crate) fn test_videos(&self) -> &[Arc<dyn FrameSource>] {
        &self.test
    }

    /// The names of the training videos.
    pub(crate) fn train_names(&self) -> Vec<VideoId> {
        list_names(&self.train)
    }

    /// The names of the test videos.
    pub(crate) fn test_names(&self) -> Vec<VideoId> {
        list_names(&self.test)
    }

    /// The labels of the test frames: those given, or the `labels.csv` of the data set.
    ///
    /// # Errors
    /// When `labels.csv` is there and is not a label file of these videos.
    pub fn labels(&self) -> Result<Option<KnownLabels>, Error> {
        if self.labels.is_some() {
            return Ok(self.labels.clone());
        }
        // Only this one name is looked for. Masks and intervals beside the videos are read when the caller names
        // them, because a folder can hold several and they need not agree.
        let file = self
            .folder
            .as_ref()
            .map(|folder| folder.join("labels.csv"))
            .filter(|file| file.exists());
        match file {
            Some(file) if !self.test.is_empty() => {
                Ok(Some(read_labels(&file, &self.test_frames())?.into()))
            }
            _ => Ok(None),
        }
    }

    /// Which test frames are noisy or upside down, where that is known: from the `noise.csv` and `flips.csv` of the data set.
    /// A file of that name that is something else is reported to the observer and left out.
    ///
    /// # Errors
    /// When the observer cancels.
    pub fn truth(&self, observer: &mut dyn Observer) -> Result<Truth, Error> {
        if let Some(truth) = &self.truth {
            return Ok(truth.clone());
        }
        let Some(folder) = &self.folder else {
            return Ok(Truth::default());
        };
        let (truth, ignored) = Truth::read(folder, &self.test_frames());
        for error in ignored {
            let message = format!("{error}; the file is ignored");
            observer.tell(Event::Warned { message: &message })?;
        }
        Ok(truth)
    }

    /// Identifies the data: by the names, sizes and times of its files, or with `full` by their contents, which reads every
    /// file once.
    ///
    /// # Errors
    /// When a file cannot be read, or the observer cancels.
    pub fn digest(&self, full: bool, observer: &mut dyn Observer) -> Result<DataDigest, Error> {
        self.content.digest(full, observer)
    }

    fn require_videos<'a>(
        &self,
        what: &'static str,
        videos: &'a [Arc<dyn FrameSource>],
    ) -> Result<Vec<&'a dyn FrameSource>, Error> {
        if videos.is_empty() {
            return Err(Error::NoVideos {
                data: self.name.clone(),
                what,
                advice: match what {
                    "training" if !self.test.is_empty() => ADVICE_WITHOUT_TRAINING,
                    _ => "",
                },
            });
        }
        Ok(videos
            .iter()
            .map(|video| &**video as &dyn FrameSource)
            .collect())
    }

    fn test_frames(&self) -> Vec<VideoFrames> {
        self.test
            .iter()
            .map(|video| VideoFrames::from(video.video()))
            .collect()
    }
}

fn list_names(videos: &[Arc<dyn FrameSource>]) -> Vec<VideoId> {
    videos.iter().map(|video| video.id().clone()).collect()
}

fn shared_sources<S: FrameSource + Clone + 'static>(videos: &[S]) -> Vec<Arc<dyn FrameSource>> {
    videos
        .iter()
        .map(|video| Arc::new(video.clone()) as Arc<dyn FrameSource>)
        .collect()
}
