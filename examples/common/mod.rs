//! What every example shares: where the videos and labels come from.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use oddframe::core::{Detector, FrameScorer, FrameSource, Labels, ScoreTable, Silent};
use oddframe::frames::{Dataset, FolderVideo, Mended};
use oddframe::labels::{VideoFrames, read_labels};
use oddframe::synth::{Preset, Scene, SceneVideo};

/// `--data DIR --labels FILE --out FILE --preset small --on-bad-frame error`, all optional.
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
            let value = words.next().with_context(|| format!("{name} needs a value"))?;
            options.insert(name, value);
        }
        for (needless, with) in [("--preset", true), ("--labels", false), ("--on-bad-frame", false)] {
            if options.contains_key(needless) && options.contains_key("--data") == with {
                bail!("{needless} means nothing {} --data", if with { "with" } else { "without" });
            }
        }
        if options.contains_key("--data") && !options.contains_key("--labels") {
            println!("no --labels: nothing is evaluated");
        }
        Ok(Self(options))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// Videos to learn from, videos to score, and which of their frames are abnormal.
pub(crate) struct Data {
    train: Vec<Box<dyn FrameSource>>,
    test: Vec<Box<dyn FrameSource>>,
    labels: Option<Labels>,
    label_file: Option<PathBuf>,
    mended: Vec<Arc<Mended<FolderVideo>>>,
}

impl Data {
    /// The folder that `--data` names, or the synthetic street.
    pub(crate) fn open(options: &Options) -> Result<Self> {
        let mend = match options.get("--on-bad-frame").unwrap_or("error") {
            "error" => false,
            "nearest" => true,
            other => bail!("--on-bad-frame {other}: known are error and nearest"),
        };
        let Some(folder) = options.get("--data") else {
            let scene = Scene::new(options.get("--preset").unwrap_or("small").parse::<Preset>()?, 0);
            let boxed = |video: &SceneVideo| Box::new(video.clone()) as Box<dyn FrameSource>;
            return Ok(Self {
                train: scene.train().iter().map(boxed).collect(),
                test: scene.test().iter().map(boxed).collect(),
                labels: Some(scene.labels()),
                label_file: None,
                mended: Vec::new(),
            });
        };
        let dataset = Dataset::open(folder.as_ref())?;
        let mut mended = Vec::new();
        let mut boxed = |video: &FolderVideo| -> Box<dyn FrameSource> {
            if !mend {
                return Box::new(video.clone());
            }
            let video = Arc::new(Mended::new(video.clone()));
            mended.push(Arc::clone(&video));
            Box::new(video)
        };
        Ok(Self {
            train: dataset.train().iter().map(&mut boxed).collect(),
            test: dataset.test().iter().map(&mut boxed).collect(),
            labels: None,
            label_file: options.get("--labels").map(PathBuf::from),
            mended,
        })
    }

    /// Says which frames could not be read, and whose pixels stood in for them.
    pub(crate) fn report_substitutes(&self) {
        for video in &self.mended {
            for bad in video.substitutes() {
                println!(
                    "video {}: frame {} stood in for frame {}: {}",
                    video.id(),
                    bad.donor,
                    bad.frame,
                    bad.error
                );
            }
        }
    }

    pub(crate) fn train(&self) -> Vec<&dyn FrameSource> {
        self.train.iter().map(AsRef::as_ref).collect()
    }

    pub(crate) fn test(&self) -> Vec<&dyn FrameSource> {
        self.test.iter().map(AsRef::as_ref).collect()
    }

    /// The labels of these scores: the scene's own, or those of `--labels`, or none.
    pub(crate) fn labels(&self, scores: &ScoreTable) -> Result<Option<Labels>> {
        let Some(path) = &self.label_file else { return Ok(self.labels.clone()) };
        let videos: Vec<VideoFrames> = scores.videos().iter().map(VideoFrames::from).collect();
        Ok(Some(read_labels(path, &videos)?.labels))
    }

    /// Learns from the training videos and scores the test videos.
    pub(crate) fn fit_and_score<D: Detector>(&self, detector: &D) -> Result<ScoreTable> {
        let scorer = detector.fit(&self.train(), &mut Silent)?;
        Ok(scorer.score_all(&self.test(), &mut Silent)?)
    }
}
