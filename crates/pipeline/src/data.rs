//! What a run learns from and scores.

mod digest;

use std::path::{Path, PathBuf};

use oddframe_core::{FrameSource, Labels, Observer};
use oddframe_frames::{Damage, DamageOptions, Dataset, FolderVideo};
use oddframe_labels::{VideoFrames, read_labels};
use oddframe_synth::Scene;

use self::digest::Content;
use crate::{Error, SceneRecipe, Truth};

/// Normal videos to learn from and videos to score, with what is known of the latter.
pub struct Data {
    name: String,
    train: Vec<Box<dyn FrameSource>>,
    test: Vec<Box<dyn FrameSource>>,
    labels: Option<KnownLabels>,
    truth: Truth,
    content: Content,
}

impl std::fmt::Debug for Data {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (name, labels) = (&self.name, &self.labels.as_ref().map(|labels| &labels.from));
        let (train, test) = (self.train.len(), self.test.len());
        f.debug_struct("Data")
            .field("name", name)
            .field("train", &train)
            .field("test", &test)
            .field("labels", labels)
            .finish_non_exhaustive()
    }
}

/// Labels, and where they come from.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownLabels {
    /// The labels.
    pub labels: Labels,
    /// The file, or what else they come from.
    pub from: String,
    /// The file's SHA-256; none where there is no file.
    pub sha256: Option<String>,
}

impl Data {
    /// Opens a data set's folder. Labels are taken from its `labels.csv`, the truth about damage from its `noise.csv`
    /// and `flips.csv`, where they are there.
    ///
    /// # Errors
    /// When the folder is no data set, or a table in it is wrong.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let dataset = Dataset::open(folder)?;
        let content = Content::of_folders(folder, dataset.train(), dataset.test());
        let sources = |videos: &[FolderVideo]| {
            videos.iter().map(|video| Box::new(video.clone()) as Box<dyn FrameSource>).collect()
        };
        let data = Self {
            name: folder.display().to_string(),
            train: sources(dataset.train()),
            test: sources(dataset.test()),
            labels: None,
            truth: Truth::read(folder)?,
            content,
        };
        let labels = folder.join("labels.csv");
        if labels.exists() && !data.test.is_empty() { data.with_labels(&labels) } else { Ok(data) }
    }

    /// The synthetic street, with all that is known of it.
    ///
    /// # Errors
    /// When its damage cannot be planned, which no preset's can not.
    pub fn scene(recipe: &SceneRecipe) -> Result<Self, Error> {
        let SceneRecipe { preset, seed, damaged } = *recipe;
        let scene = Scene::new(preset, seed);
        let name = format!("the synthetic scene `{preset}`, seed {seed}");
        let own = Truth::of_scene(scene.test())?;
        let spoilt = |labels: &Option<Labels>| labels.as_ref().is_some_and(|labels| labels.positives() > 0);
        let already = spoilt(&own.noisy) || spoilt(&own.flipped);
        let data = Self {
            train: scene.train().iter().map(|video| Box::new(video.clone()) as _).collect(),
            test: scene.test().iter().map(|video| Box::new(video.clone()) as _).collect(),
            labels: Some(KnownLabels { labels: scene.labels(), from: name.clone(), sha256: None }),
            truth: own,
            content: Content::Text(format!("{name}, of oddframe {}", env!("CARGO_PKG_VERSION"))),
            name,
        };
        if damaged && !already { data.damaged(DamageOptions::default(), seed) } else { Ok(data) }
    }

    /// With test videos damaged as planned from this seed: some frames noisy, upside down or missing, as the contest's
    /// are. What is known of them by then is which frames these are.
    ///
    /// # Errors
    /// When such damage cannot be planned for these videos.
    pub fn damaged(self, options: DamageOptions, seed: u64) -> Result<Self, Error> {
        let videos: Vec<_> = self.test.iter().map(FrameSource::video).collect();
        let damage = Damage::plan(&videos, options, seed)?;
        let mut test: Vec<Box<dyn FrameSource>> = Vec::new();
        for video in self.test {
            match damage.video(video.id()) {
                Some(plan) => test.push(Box::new(plan.of(video)?)),
                None => test.push(video),
            }
        }
        let how = format!("damaged with seed {seed}");
        let content = Content::Changed(Box::new(self.content), format!("{how}: {options:?}"));
        let (name, truth) = (format!("{}, {how}", self.name), Truth::of_damage(damage.videos())?);
        Ok(Self { name, test, truth, content, ..self })
    }

    /// Videos of your own; `name` must change when their frames do, as a run is gone on with where it agrees.
    pub fn new(name: &str, train: Vec<Box<dyn FrameSource>>, test: Vec<Box<dyn FrameSource>>) -> Self {
        let (labels, truth, content) = (None, Truth::default(), Content::Text(name.to_owned()));
        Self { name: name.to_owned(), train, test, labels, truth, content }
    }

    /// With the labels of a file or folder, in any of the formats that are known.
    ///
    /// # Errors
    /// When they cannot be read, or a test frame has none.
    pub fn with_labels(self, path: &Path) -> Result<Self, Error> {
        let file = read_labels(path, &self.test_frames())?;
        let (from, sha256) = (file.path.display().to_string(), Some(file.sha256));
        Ok(Self { labels: Some(KnownLabels { labels: file.labels, from, sha256 }), ..self })
    }

    /// With labels and truth that are known.
    #[must_use]
    pub fn with_known(self, labels: KnownLabels, truth: Truth) -> Self {
        Self { labels: Some(labels), truth, ..self }
    }

    /// What it is called in reports.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The normal videos.
    ///
    /// # Errors
    /// When there is none.
    pub fn train(&self) -> Result<Vec<&dyn FrameSource>, Error> {
        self.some("training", &self.train)
    }

    /// The videos to score.
    ///
    /// # Errors
    /// When there is none.
    pub fn test(&self) -> Result<Vec<&dyn FrameSource>, Error> {
        self.some("test", &self.test)
    }

    pub(crate) fn train_videos(&self) -> &[Box<dyn FrameSource>] {
        &self.train
    }

    pub(crate) fn test_videos(&self) -> &[Box<dyn FrameSource>] {
        &self.test
    }

    /// What is known of the test frames.
    pub fn labels(&self) -> Option<&KnownLabels> {
        self.labels.as_ref()
    }

    /// What is known of their damage.
    pub fn truth(&self) -> &Truth {
        &self.truth
    }

    /// The SHA-256 of all files, or of the name of data without files. Reads every file once.
    ///
    /// # Errors
    /// When a file cannot be read, or `watch` asks to stop.
    pub fn digest(&self, watch: &mut dyn Observer) -> Result<String, Error> {
        self.content.digest(watch)
    }

    fn some<'a>(
        &self,
        what: &'static str,
        videos: &'a [Box<dyn FrameSource>],
    ) -> Result<Vec<&'a dyn FrameSource>, Error> {
        if videos.is_empty() {
            return Err(Error::NoVideos { data: self.name.clone(), what });
        }
        Ok(videos.iter().map(|video| &**video as &dyn FrameSource).collect())
    }

    fn test_frames(&self) -> Vec<VideoFrames> {
        self.test.iter().map(|video| VideoFrames::from(video.video())).collect()
    }
}

/// A file and the name it has within its data set, whatever folder that lies in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedFile {
    name: String,
    path: PathBuf,
}
