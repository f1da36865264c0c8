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
  --data DIR        the folder of a data set; without it the synthetic street is used
  --labels FILE     its labels, in any known format; without it DIR/labels.csv is used if it exists
  --device NAME     flex, ndarray, cuda:0 or wgpu, if compiled in                        [flex]
  --epochs N        passes over the training clips    [few on the street, the documented number on DIR]
  --seed N          the seed of everything random                                        [42]
  --preset NAME     the size of the street: tiny, small or pixelplay                     [small]
  --out FILE        writes the scores of the experiment's main system to FILE";

/// The options of an experiment.
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
            let known = [
                "--data", "--labels", "--device", "--epochs", "--seed", "--preset", "--out",
            ];
            if !known.contains(&name.as_str()) {
                bail!("unknown option {name}\n{USAGE}");
            }
            let value = words
                .next()
                .with_context(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--data" => options.data = Some(value.into()),
                "--labels" => options.labels = Some(value.into()),
                "--device" => options.device = parse_value(&name, &value)?,
                "--epochs" => options.epochs = Some(parse_value(&name, &value)?),
                "--seed" => options.seed = parse_value(&name, &value)?,
                "--preset" => options.preset = Some(parse_value(&name, &value)?),
                _ => options.out = Some(value.into()),
            }
        }
        if options.data.is_some() && options.preset.is_some() {
            bail!(
                "--preset sets the size of the synthetic street, which --data replaces: give only one of them"
            );
        }
        if options.data.is_none() && options.labels.is_some() {
            bail!("--labels needs --data: the labels of the synthetic street are built in");
        }
        Ok(options)
    }

    /// The videos: the data set that `--data` names, or the synthetic street.
    pub(crate) fn data(&self) -> Result<Data> {
        self.open_data(false)
    }

    /// The videos; the street's test frames are damaged as the contest's are: some are noisy, upside down or
    /// missing.
    pub(crate) fn damaged_data(&self) -> Result<Data> {
        self.open_data(true)
    }

    fn open_data(&self, damaged: bool) -> Result<Data> {
        let Some(folder) = &self.data else {
            let preset = self.preset.unwrap_or(Preset::Small);
            return Ok(Data::scene(&SceneRecipe {
                preset,
                seed: 0,
                damaged,
            })?);
        };
        let data = Data::open(folder)?;
        Ok(match &self.labels {
            Some(labels) => data.with_labels(labels, None)?,
            None => data,
        })
    }

    /// The number of epochs: the documented one, or a smaller one on the street, where an experiment takes minutes.
    pub(crate) fn epochs(&self, documented: u64, on_street: u64) -> u64 {
        self.epochs.unwrap_or(if self.data.is_some() {
            documented
        } else {
            on_street
        })
    }

    /// The number of clips in a batch: the documented one, or a smaller one on the street, where the few
    /// clips would otherwise make too few steps.
    pub(crate) fn batch(&self, documented: usize, on_street: usize) -> usize {
        if self.data.is_some() {
            documented
        } else {
            on_street
        }
    }

    /// The stride between training clips: the documented one, or a larger one on the street for networks
    /// whose epochs take minutes. Neighbouring frames of the street are nearly equal.
    pub(crate) fn train_stride(&self, documented: usize, on_street: usize) -> usize {
        if self.data.is_some() {
            documented
        } else {
            on_street
        }
    }

    /// The path of a file in the folder of `--out`, or in the folder for temporary files.
    pub(crate) fn sibling_of_output(&self, name: &str) -> PathBuf {
        self.out
            .as_ref()
            .map_or_else(|| temp_dir().join(name), |path| path.with_file_name(name))
    }

    /// Writes scores to the file that `--out` names, if there is one.
    pub(crate) fn write_output(&self, scores: &ScoreTable) -> Result<()> {
        if let Some(path) = &self.out {
            write_scores(path, scores, &FileFormat::Scores)?;
            println!(
                "wrote the scores of {} frames to {}",
                scores.len(),
                path.display()
            );
        }
        Ok(())
    }
}

fn parse_value<T: FromStr>(name: &str, value: &str) -> Result<T>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    value.parse().with_context(|| format!("{name} {value}"))
}
