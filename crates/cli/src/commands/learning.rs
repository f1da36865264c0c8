//! What `run`, `fit` and `score` have in common.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Result, bail};
use oddframe::pipeline::{Data, DeviceName, Engine, Mend, Recipe, Setting};

use crate::interrupt;

/// Which frames there are.
#[derive(Debug, clap::Args)]
pub(crate) struct Footage {
    /// The data set's folder; the recipe's synthetic street without it.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// What becomes of frames that cannot be read: error, or nearest (the nearest readable one stands in and is
    /// listed); as the recipe says without it.
    #[arg(long, value_name = "error|nearest")]
    on_bad_frame: Option<OnBadFrame>,
}

/// How the recipe is changed before it is used.
#[derive(Debug, clap::Args)]
pub(crate) struct Changes {
    /// Let every network learn for so many epochs.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    epochs: Option<u64>,
    /// The seed.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Another value for a field, such as system.0.train.batch=16 or fuse.how=mean; may be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<Setting>,
}

/// Where the networks are computed.
#[derive(Debug, clap::Args)]
pub(crate) struct Machine {
    /// flex or ndarray (the CPU), cuda or cuda:N, wgpu or wgpu:N.
    #[arg(long, value_name = "DEVICE", default_value = "flex")]
    device: DeviceName,
}

#[derive(Debug, Clone, Copy)]
struct OnBadFrame(Mend);

impl FromStr for OnBadFrame {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "error" => Ok(Self(Mend::Error)),
            "nearest" => Ok(Self(Mend::Nearest)),
            other => Err(format!("`{other}` is neither error nor nearest")),
        }
    }
}

impl Footage {
    /// The data set, or the street that the recipe names.
    pub(crate) fn open(&self, recipe: &Recipe) -> Result<Data> {
        Ok(match &self.data {
            Some(folder) => Data::open(folder)?,
            None => Data::scene(&recipe.scene)?,
        })
    }

    pub(crate) fn mend(&self) -> Option<Mend> {
        self.on_bad_frame.map(|OnBadFrame(mend)| mend)
    }
}

impl Changes {
    /// The recipe of a file, or the one to begin with, changed.
    pub(crate) fn read(&self, recipe: Option<&Path>, footage: &Footage) -> Result<Recipe> {
        let mut recipe = match recipe {
            Some(path) => Recipe::read(path, &self.set)?,
            None => Recipe::parse_with(Recipe::quickstart_text(), &self.set)?,
        };
        if let Some(epochs) = self.epochs {
            recipe.set_epochs(epochs);
        }
        if let Some(seed) = self.seed {
            // TOML's integers, in which the recipe is kept, have 63 bits.
            if i64::try_from(seed).is_err() {
                bail!("--seed {seed} is too large: at most {}", i64::MAX);
            }
            recipe.seed = seed;
        }
        if let Some(mend) = footage.mend() {
            recipe.repair.mend = mend;
        }
        Ok(recipe)
    }
}

impl Machine {
    pub(crate) fn open(&self) -> Result<Engine> {
        Ok(Engine::open(self.device)?)
    }
}

/// Says what an interrupted run leaves.
pub(crate) fn can_be_gone_on_with(folder: &Path) {
    let folder = folder.display();
    interrupt::work_leaves(format!(
        "what is done so far is in {folder}; the same command goes on from there"
    ));
}
