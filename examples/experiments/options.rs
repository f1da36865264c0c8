//! The command line of the program.

use std::path::PathBuf;
use std::process::exit;

use anyhow::{Context, Result, bail};
use oddframe::nn::DeviceName;

use crate::sets::Set;

const USAGE: &str = "options, all of them optional:
  --ped2 DIR        the folder of UCSD Ped2, with labels.csv; without it only the street is measured
  --device NAME     flex, ndarray, cuda:0 or wgpu, if compiled in                       [flex]
  --seeds N         the number of seeds                                                [3]
  --folder DIR      the folder of networks and scores              [target/experiments]
  --page FILE       the page with the tables                      [docs/experiments.md]
  --render          only write the tables of the results in --folder";

/// The options of the program.
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
            let value = words
                .next()
                .with_context(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--ped2" => options.ped2 = Some(value.into()),
                "--device" => options.device = value.parse()?,
                "--seeds" => {
                    options.seeds = value.parse().with_context(|| format!("--seeds {value}"))?;
                }
                "--folder" => options.folder = value.into(),
                _ => options.page = value.into(),
            }
        }
        Ok(options)
    }

    /// Whether the frames of this data set are available.
    pub(crate) fn has_data_of(&self, set: Set) -> bool {
        set == Set::Street || self.ped2.is_some()
    }
}
