use std::path::Path;

use oddframe_core::{FrameNumber, FrameSource, VideoId};
use oddframe_nn::int8_is_fast;
use serde::{Deserialize, Serialize};

use crate::data::DataDigest;
use crate::files::read_json;
use crate::{Data, Engine, Error, Recipe, SystemRecipe};

/// The run record, `run.json`: the inputs of a run, how long it took, and what it warned of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRecord {
    /// The version of this file's format and of the folder's layout.
    pub schema: u32,
    /// The version of oddframe that made the run.
    pub oddframe: String,
    /// The version of Burn it was built with.
    pub burn: String,
    /// The name of the recipe.
    pub recipe: String,
    /// The seed of all random numbers.
    pub seed: u64,
    /// The device that networks ran on.
    pub device: String,
    /// What networks calculated in when they scored: `f32`, or where systems chose another precision, which and where, such
    /// as `int8 in cuboids`. Records of older versions have none, and were all `f32`.
    #[serde(default = "floats")]
    pub precision: String,
    /// The data.
    pub data: DataRecord,
    /// The labels that the scores were evaluated with, where there were any.
    pub labels: Option<LabelRecord>,
    /// How long each stage took. A stage whose result was already in the folder adds no time.
    #[serde(default)]
    pub stages: Vec<Stage>,
    /// The warnings so far: those of fitting, and in a finished run those of all steps. Records of older versions have none.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Whether the run is complete.
    pub finished: bool,
}

/// The data of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataRecord {
    /// The name of the data set.
    pub name: String,
    /// What identifies the data.
    pub digest: DataDigest,
    /// The number of training videos.
    pub train_videos: usize,
    /// The number of training frames.
    pub train_frames: usize,
    /// The test videos, in natural order.
    pub test: Vec<VideoRecord>,
}

/// One video that is scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VideoRecord {
    /// Its name.
    pub name: String,
    /// Its number of frames.
    pub frames: usize,
    /// The number of its first frame.
    pub first_frame: u64,
    /// The frame rate, where the video knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frames_per_second: Option<f64>,
}

/// The labels of an evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelRecord {
    /// The file they were read from, or what else they come from.
    pub from: String,
    /// The SHA-256 of the file; none when there is no file.
    pub sha256: Option<String>,
}

/// One part of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// The name of the stage.
    pub name: String,
    /// How long it took, all sessions of the run together.
    pub seconds: f64,
}

impl VideoRecord {
    /// The name as an id.
    pub fn id(&self) -> VideoId {
        VideoId::new(&self.name)
    }

    /// The time of a frame from the start of the video, in seconds. `default_rate` is the frame rate of a video that does not
    /// know its own.
    pub fn seconds_of(&self, frame: u64, default_rate: f64) -> f64 {
        // A file knows its frame rate, and its frames are numbered from 0 even where only its later part is scored. A folder
        // of images starts with whatever number its first image has.
        let (start, rate) = match self.frames_per_second {
            Some(rate) => (0, rate),
            None => (self.first_frame, default_rate),
        };
        frame.saturating_sub(start) as f64 / rate
    }

    /// Describes a video.
    pub(crate) fn of(video: &dyn FrameSource) -> Self {
        let first = video.numbers().first().copied().unwrap_or(FrameNumber(0));
        Self {
            name: video.id().name().to_owned(),
            frames: video.numbers().len(),
            first_frame: first.0,
            frames_per_second: video.frames_per_second(),
        }
    }
}

impl DataRecord {
    /// The number of test frames.
    pub fn test_frames(&self) -> usize {
        self.test.iter().map(|video| video.frames).sum()
    }
}

impl RunRecord {
    /// The format that this version writes and reads.
    pub const SCHEMA: u32 = 1;
    /// The version of Burn, which the workspace pins; a test keeps the two equal.
    const BURN: &str = "0.21.0";

    /// The record of a run that begins now.
    pub(crate) fn new(recipe: &Recipe, data: &Data, digest: DataDigest, engine: &Engine) -> Self {
        let train = data.train_videos();
        Self {
            schema: Self::SCHEMA,
            oddframe: env!("CARGO_PKG_VERSION").to_owned(),
            burn: Self::BURN.to_owned(),
            recipe: recipe.name.clone(),
            seed: recipe.seed,
            device: engine.name().to_owned(),
            precision: describe_precision(recipe),
            data: DataRecord {
                name: data.name().to_owned(),
                digest,
                train_videos: train.len(),
                train_frames: train.iter().map(|video| video.numbers().len()).sum(),
                test: data
                    .test_videos()
                    .iter()
                    .map(|video| VideoRecord::of(&**video))
                    .collect(),
            },
            labels: None,
            stages: Vec::new(),
            warnings: Vec::new(),
            finished: false,
        }
    }

    /// Reads a record.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        /// The one field that every version has.
        #[derive(Deserialize)]
        struct Schema {
            schema: u32,
        }
        // The version is read on its own first. A record of another version may lack fields or have unknown
        // ones, and would otherwise be reported as damaged.
        let Schema { schema } = read_json(path)?;
        if schema != Self::SCHEMA {
            return Err(Error::OtherSchema {
                path: path.to_path_buf(),
                found: schema,
                expected: Self::SCHEMA,
            });
        }
        read_json(path)
    }

    /// Refuses to continue this run as another one.
    pub(super) fn check_same_run(&self, other: &Self, root: &Path) -> Result<(), Error> {
        // Everything outside the recipe that changes scores. Another device or version rounds differently,
        // and a run whose videos are scored by different ones would not be reproducible.
        let pairs = [
            ("version of oddframe", &self.oddframe, &other.oddframe),
            ("version of Burn", &self.burn, &other.burn),
            ("device", &self.device, &other.device),
        ];
        if let Some((what, found, expected)) = pairs
            .into_iter()
            .find(|(_, found, expected)| found != expected)
        {
            return Err(Error::OtherRun {
                path: root.to_path_buf(),
                what,
                found: found.clone(),
                expected: expected.clone(),
            });
        }
        if self.data.digest != other.data.digest {
            return Err(Error::OtherData {
                path: root.to_path_buf(),
                found: self.data.digest.clone(),
                expected: other.data.digest.clone(),
            });
        }
        Ok(())
    }

    /// Adds the time of a stage.
    pub(crate) fn add_time(&mut self, name: &str, seconds: f64) {
        /// In less time a stage only reads its earlier result.
        const SHORTEST_S: f64 = 0.05;
        match self.stages.iter_mut().find(|stage| stage.name == name) {
            Some(stage) if seconds > SHORTEST_S => stage.seconds += seconds,
            Some(_) => {}
            None => self.stages.push(Stage {
                name: name.to_owned(),
                seconds,
            }),
        }
    }
}

/// The precision of networks where nothing else is chosen.
fn floats() -> String {
    "f32".to_owned()
}

/// What the networks of a recipe calculate in when they score.
fn describe_precision(recipe: &Recipe) -> String {
    let others = recipe.systems.iter().filter_map(|system| {
        let precision = read_precision(system)?;
        (precision != floats()).then(|| format!("{precision} in {}", system.name))
    });
    let others: Vec<String> = others.collect();
    if others.is_empty() {
        floats()
    } else {
        others.join(", ")
    }
}

fn read_precision(system: &SystemRecipe) -> Option<&str> {
    system.settings.get("score")?.get("precision")?.as_str()
}

/// Says that 8-bit integers only cost time, where a system scores in them and the CPU is not made for it.
pub(crate) fn describe_slow_precision(recipe: &Recipe) -> Option<String> {
    let in_bytes = |system: &&SystemRecipe| read_precision(system) == Some("int8");
    let names: Vec<&str> = recipe
        .systems
        .iter()
        .filter(in_bytes)
        .map(|system| system.name.as_str())
        .collect();
    (!names.is_empty() && !int8_is_fast()).then(|| {
        format!(
            "{}: score.precision is `int8`, which takes longer than `f32` on this CPU, as it has no AVX-512 VNNI; leave it out to \
             score faster",
            names.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorded_version_of_burn_is_the_one_the_workspace_pins() {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml");
        let pinned = format!("burn = {{ version = \"={}\"", RunRecord::BURN);
        assert!(
            std::fs::read_to_string(manifest).unwrap().contains(&pinned),
            "{pinned}"
        );
    }
    #[test]
    fn a_record_without_warnings_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        let recipe = Recipe::quickstart(&crate::Registry::default()).unwrap();
        let engine = Engine::open("flex".parse().unwrap()).unwrap();
        let data = Data::scene(&recipe.scene).unwrap();
        let digest = data.digest(false, &mut oddframe_core::Silent).unwrap();
        let record = RunRecord::new(&recipe, &data, digest, &engine);
        let mut older = serde_json::to_value(&record).unwrap();
        assert!(older.as_object_mut().unwrap().remove("warnings").is_some());
        std::fs::write(&path, older.to_string()).unwrap();
        assert_eq!(RunRecord::read(&path).unwrap(), record);
    }
}
