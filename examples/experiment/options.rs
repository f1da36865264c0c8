use std::env::temp_dir;
use std::path::PathBuf;
use std::process::exit;
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use oddframe::core::ScoreTable;
use oddframe::nn::DeviceName;
use oddframe::pipeline::{Data, SceneRecipe};
use oddframe::submit::{FileFormat, write_scores};
use oddframe::synth::Preset;

const USAGE: &str = "options, all of them optional:
  --data DIR        a data set's folder; without it the synthetic street
  --labels FILE     its labels, in any known format; labels.csv in DIR is found by itself
  --device NAME     flex, ndarray, cuda:0 or wgpu, as far as built in                  [flex]
  --epochs N        passes over the training clips          [few on the street, the documented number on DIR]
  --seed N          where all chance comes from                                         [42]
  --preset NAME     how much of the street: tiny, small or pixelplay                    [small]
  --out FILE        where the scores go that the experiment is about";

/// What an experiment was asked for.
pub(crate) struct Options {
    pub(crate) device: DeviceName,
    pub(crate) seed: u64,
    data: Option<PathBuf>,
    labels: Option<PathBuf>,
    epochs: Option<u64>,
    preset: Option<Preset>,
    out: Option<PathBuf>,
}

impl Options {
    pub(crate) fn parse(question: &str) -> Result<Self> {
        let mut options = Self {
            device: DeviceName::default(),
            seed: 42,
            data: None,
            labels: None,
            epochs: None,
            preset: None,
            out: None,
        };
        let mut words = std::env::args().skip(1);
        while let Some(name) = words.next() {
            if name == "--help" || name == "-h" {
                println!("{question}\n\n{USAGE}");
                exit(0);
            }
            let known = ["--data", "--labels", "--device", "--epochs", "--seed", "--preset", "--out"];
            if !known.contains(&name.as_str()) {
                bail!("unknown option {name}\n{USAGE}");
            }
            let value = words.next().with_context(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--data" => options.data = Some(value.into()),
                "--labels" => options.labels = Some(value.into()),
                "--device" => options.device = read(&name, &value)?,
                "--epochs" => options.epochs = Some(read(&name, &value)?),
                "--seed" => options.seed = read(&name, &value)?,
                "--preset" => options.preset = Some(read(&name, &value)?),
                _ => options.out = Some(value.into()),
            }
        }
        if options.data.is_some() && options.preset.is_some() {
            bail!(
                "--preset says how much of the synthetic street there is, --data takes other videos: give one"
            );
        }
        if options.data.is_none() && options.labels.is_some() {
            bail!("--labels means nothing without --data: the synthetic street knows its own");
        }
        Ok(options)
    }

    /// The videos: the folder that was given, or the synthetic street.
    pub(crate) fn data(&self) -> Result<Data> {
        self.videos(false)
    }

    /// The videos; the street's test frames partly noisy, upside down and missing, as the contest's are.
    pub(crate) fn damaged_data(&self) -> Result<Data> {
        self.videos(true)
    }

    fn videos(&self, damaged: bool) -> Result<Data> {
        let Some(folder) = &self.data else {
            let preset = self.preset.unwrap_or(Preset::Small);
            return Ok(Data::scene(&SceneRecipe { preset, seed: 0, damaged })?);
        };
        let data = Data::open(folder)?;
        Ok(match &self.labels {
            Some(labels) => data.with_labels(labels)?,
            None => data,
        })
    }

    /// How often the training clips are passed: as the document has it, or fewer times on the street, where it is to
    /// end soon.
    pub(crate) fn epochs(&self, documented: u64, on_street: u64) -> u64 {
        self.epochs.unwrap_or(if self.data.is_some() { documented } else { on_street })
    }

    /// How many clips make a step: as the document has it, or fewer on the street, where few passes over little video are
    /// to be many steps.
    pub(crate) fn batch(&self, documented: usize, on_street: usize) -> usize {
        if self.data.is_some() { documented } else { on_street }
    }

    /// How many frames lie between the starts of training clips: as the document has it, or more on the street, where
    /// one that takes minutes for each pass is to see fewer of its frames, which are much alike.
    pub(crate) fn train_stride(&self, documented: usize, on_street: usize) -> usize {
        if self.data.is_some() { documented } else { on_street }
    }

    /// A file beside that of `--out`, or among the temporary ones.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.out.as_ref().map_or_else(|| temp_dir().join(name), |path| path.with_file_name(name))
    }

    /// Writes scores where `--out` says.
    pub(crate) fn write(&self, scores: &ScoreTable) -> Result<()> {
        if let Some(path) = &self.out {
            write_scores(path, scores, &FileFormat::Scores)?;
            println!("scores of {} frames in {}", scores.len(), path.display());
        }
        Ok(())
    }
}

fn read<T: FromStr>(name: &str, value: &str) -> Result<T>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    value.parse().with_context(|| format!("{name} {value}"))
}
