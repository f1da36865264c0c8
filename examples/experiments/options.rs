//! The command line of the program.

use std::path::PathBuf;
use std::process::exit;

use anyhow::{Context, Result, bail};
use oddframe::nn::DeviceName;

use crate::sets::{Group, Set};

const USAGE: &str = "options, all of them optional:
  --ped2 DIR        the folder of UCSD Ped2, with labels.csv; without it only the street is measured
  --device NAME     flex, ndarray, cuda:0 or wgpu, if compiled in                       [flex]
  --seeds N         the number of seeds                                                [3]
  --groups A,B      only these groups of systems: all, more, motion, objects, reference, longer
  --folder DIR      the folder of networks and scores              [target/experiments]
  --page FILE       the page with the tables                      [docs/experiments.md]
  --render          only write the tables of the results in --folder";

/// The options of the program.
pub(crate) struct Options {
    pub(crate) ped2: Option<PathBuf>,
    pub(crate) device: DeviceName,
    pub(crate) seeds: u64,
    /// The names of the groups to measure; empty for all.
    groups: Vec<String>,
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
            groups: Vec::new(),
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
                "--ped2" | "--device" | "--seeds" | "--groups" | "--folder" | "--page" => {}
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
                "--groups" => options.groups = parse_groups(&value)?,
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

    /// Whether this group is to be measured.
    pub(crate) fn includes(&self, group: Group) -> bool {
        let is_named = self.groups.iter().any(|name| name == group.name);
        self.has_data_of(group.set) && (self.groups.is_empty() || is_named)
    }
}

fn parse_groups(list: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for name in list.split(',') {
        if !Group::ALL
            .iter()
            .any(|groups| groups.iter().any(|group| group.name == name))
        {
            bail!("unknown group {name}\n{USAGE}");
        }
        names.push(name.to_owned());
    }
    Ok(names)
}
