use std::path::PathBuf;
use std::process::exit;

use anyhow::{Context, Result, bail};
use oddframe::nn::DeviceName;

use crate::sets::Set;

const USAGE: &str = "options, all of them optional:
  --ped2 DIR        UCSD Ped2, with labels.csv; without it the street alone is measured
  --device NAME     flex, ndarray, cuda:0 or wgpu, as far as built in                  [flex]
  --seeds N         how often everything is measured                                    [3]
  --folder DIR      where networks and scores are kept             [target/experiments]
  --page FILE       where the tables go                           [docs/experiments.md]
  --render          write the tables of what is measured already";

/// What the program was asked for.
pub(crate) struct Options {
    pub(crate) ped2: Option<PathBuf>,
    pub(crate) device: DeviceName,
    pub(crate) seeds: u64,
    pub(crate) folder: PathBuf,
    pub(crate) page: PathBuf,
    pub(crate) render: bool,
}

impl Options {
    pub(crate) fn parse() -> Result<Self> {
        let mut options = Self {
            ped2: None,
            device: DeviceName::default(),
            seeds: 3,
            folder: "target/experiments".into(),
            page: "docs/experiments.md".into(),
            render: false,
        };
        let mut words = std::env::args().skip(1);
        while let Some(name) = words.next() {
            match name.as_str() {
                "--help" | "-h" => {
                    println!("{USAGE}");
                    exit(0);
                }
                "--render" => {
                    options.render = true;
                    continue;
                }
                "--ped2" | "--device" | "--seeds" | "--folder" | "--page" => {}
                _ => bail!("unknown option {name}\n{USAGE}"),
            }
            let value = words.next().with_context(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--ped2" => options.ped2 = Some(value.into()),
                "--device" => options.device = value.parse()?,
                "--seeds" => options.seeds = value.parse().with_context(|| format!("--seeds {value}"))?,
                "--folder" => options.folder = value.into(),
                _ => options.page = value.into(),
            }
        }
        Ok(options)
    }

    /// Whether this set's frames can be had.
    pub(crate) fn has(&self, set: Set) -> bool {
        set == Set::Street || self.ped2.is_some()
    }
}
