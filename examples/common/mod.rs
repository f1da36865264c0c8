//! The videos, the labels and the command line of an example.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use oddframe::core::{
    Event, FrameSource, Labels, ModelFolder, ScoreTable, ScoredVideo, Silent, System,
};
use oddframe::frames::{
    BadFrameReplacer, BadFrames, Dataset, FolderVideo, FramePass, Substitute, prepared,
    score_videos,
};
use oddframe::labels::{VideoFrames, read_labels};
use oddframe::synth::Scene;

/// `--data DIR --labels FILE-OR-DIR --out FILE.csv --preset small --on-bad-frame error`, all optional.
pub(crate) struct Options(HashMap<String, String>);

impl Options {
    pub(crate) fn parse() -> Result<Self> {
        let known = ["--data", "--labels", "--out", "--preset", "--on-bad-frame"];
        let usage = "options: --data DIR  --labels FILE-OR-DIR  --out FILE.csv  --preset tiny|small|pixelplay  \
                     --on-bad-frame error|nearest";
        let mut options = HashMap::new();
        let mut words = std::env::args().skip(1);
        while let Some(name) = words.next() {
            if name == "--help" || name == "-h" {
                println!("{usage}");
                std::process::exit(0);
            }
            if !known.contains(&name.as_str()) {
                bail!("unknown option {name}; {usage}");
            }
            let value = words
                .next()
                .with_context(|| format!("{name} needs a value"))?;
            options.insert(name, value);
        }
        for (option, excluded_by_data) in [
            ("--preset", true),
            ("--labels", false),
            ("--on-bad-frame", false),
        ] {
            if options.contains_key(option) && options.contains_key("--data") == excluded_by_data {
                bail!(
                    "{option} has no effect {} --data",
                    if excluded_by_data { "with" } else { "without" }
                );
            }
        }
        Ok(Self(options))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// A system with the name of its results.
pub(crate) type NamedSystem = (String, Box<dyn System>);

/// Videos to learn from, videos to score, and which of their frames are abnormal.
pub(crate) struct Data {
    train: Vec<Box<dyn FrameSource>>,
    test: Vec<Box<dyn FrameSource>>,
    bad_frames: BadFrames,
    /// The training videos of a data set whose unreadable frames are replaced.
    replaced: Vec<Arc<BadFrameReplacer<FolderVideo>>>,
    /// Labels of the synthetic scene.
    labels: Option<Labels>,
    /// Labels of a data set.
    label_file: Option<PathBuf>,
}

impl Data {
    /// Opens the folder that `--data` names, or the synthetic street.
    pub(crate) fn open(options: &Options) -> Result<Self> {
        let bad_frames = options.get("--on-bad-frame").unwrap_or("error").parse()?;
        match options.get("--data") {
            Some(folder) => Self::open_folder(folder.as_ref(), bad_frames, options.get("--labels")),
            None => Ok(Self::of_scene(&Scene::new(
                options.get("--preset").unwrap_or("small").parse()?,
                0,
            ))),
        }
    }

    fn open_folder(folder: &Path, bad_frames: BadFrames, labels: Option<&str>) -> Result<Self> {
        let dataset = Dataset::open(folder)?;
        // As `oddframe run` does: a data set's own labels.csv is used unless other labels are given.
        let own_labels = folder.join("labels.csv");
        let label_file = labels
            .map(PathBuf::from)
            .or_else(|| own_labels.exists().then_some(own_labels));
        match &label_file {
            Some(path) => println!("labels: {}", path.display()),
            None => println!(
                "no --labels, and no labels.csv in {}: nothing is evaluated",
                folder.display()
            ),
        }
        let replaced: Vec<_> = match bad_frames {
            BadFrames::Error => Vec::new(),
            BadFrames::Nearest => dataset
                .train()
                .iter()
                .cloned()
                .map(BadFrameReplacer::new)
                .map(Arc::new)
                .collect(),
        };
        Ok(Self {
            train: if replaced.is_empty() {
                boxed_videos(dataset.train())
            } else {
                boxed_videos(&replaced)
            },
            test: boxed_videos(dataset.test()),
            bad_frames,
            replaced,
            labels: None,
            label_file,
        })
    }

    fn of_scene(scene: &Scene) -> Self {
        Self {
            train: boxed_videos(scene.train()),
            test: boxed_videos(scene.test()),
            bad_frames: BadFrames::Error,
            replaced: Vec::new(),
            labels: Some(scene.labels()),
            label_file: None,
        }
    }

    pub(crate) fn has_training_videos(&self) -> bool {
        !self.train.is_empty()
    }

    pub(crate) fn test(&self) -> Vec<&dyn FrameSource> {
        self.test.iter().map(AsRef::as_ref).collect()
    }

    /// The labels of these scores, if there are any.
    pub(crate) fn labels(&self, scores: &ScoreTable) -> Result<Option<Labels>> {
        let Some(path) = &self.label_file else {
            return Ok(self.labels.clone());
        };
        let videos: Vec<VideoFrames> = scores.videos().iter().map(VideoFrames::from).collect();
        Ok(Some(read_labels(path, &videos)?.labels))
    }

    /// Fits every system to the training videos, and scores the test videos with all of them in one pass.
    pub(crate) fn fit_and_score(
        &self,
        systems: Vec<NamedSystem>,
    ) -> Result<Vec<(String, ScoreTable)>> {
        let models = tempfile::tempdir()?;
        let mut scorers = Vec::new();
        for (_, system) in &systems {
            // Systems with equal keys learn the same. They share a folder, which the first of them completes.
            let key = system.training_key();
            let first = systems
                .iter()
                .position(|(_, other)| other.training_key() == key);
            let model = ModelFolder::create(&models.path().join(first.unwrap_or(0).to_string()))?;
            if system.needs_training() {
                self.fit(system.as_ref(), &model)?;
            }
            scorers.push(system.open(&model)?);
        }
        self.print_substitutes();
        let pass = FramePass::new().with_bad_frames(self.bad_frames);
        let scored = score_videos(&self.test(), &mut scorers, pass, &mut print_warnings)?;
        let names = systems.into_iter().map(|(name, _)| name);
        names
            .zip(scored)
            .map(|(name, videos)| Ok((name, into_table(videos)?)))
            .collect()
    }

    fn fit(&self, system: &dyn System, model: &ModelFolder) -> Result<()> {
        let normal: Result<Vec<_>, _> = self
            .train
            .iter()
            .map(|video| prepared(system.input(), video.as_ref()))
            .collect();
        let normal = normal?;
        let normal: Vec<&dyn FrameSource> = normal.iter().map(AsRef::as_ref).collect();
        Ok(system.fit(&normal, model, &mut Silent)?)
    }

    /// Prints which training frames could not be read. The pass over the test videos warns about theirs.
    fn print_substitutes(&self) {
        for video in &self.replaced {
            for Substitute {
                frame,
                donor,
                error,
            } in video.substitutes()
            {
                println!(
                    "video {}: frame {donor} stands in for frame {frame}: {error}",
                    video.id()
                );
            }
        }
    }
}

fn boxed_videos<V: FrameSource + Clone + 'static>(videos: &[V]) -> Vec<Box<dyn FrameSource>> {
    videos
        .iter()
        .map(|video| Box::new(video.clone()) as _)
        .collect()
}

fn into_table(videos: Vec<ScoredVideo>) -> Result<ScoreTable> {
    Ok(ScoreTable::new(
        videos.into_iter().map(ScoredVideo::into_scores).collect(),
    )?)
}

/// Prints the warnings of a pass: which frames could not be read, and whose pixels replace them.
fn print_warnings(event: Event<'_>) -> ControlFlow<()> {
    if let Event::Warned { message } = event {
        println!("{message}");
    }
    ControlFlow::Continue(())
}
