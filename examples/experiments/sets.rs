use anyhow::{Context, Result};
use oddframe::frames::DamageOptions;
use oddframe::pipeline::{Data, Recipe, SceneRecipe};
use oddframe::synth::Preset;

use crate::options::Options;

/// Where the videos come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Set {
    Street,
    Ped2,
}

impl Set {
    pub(crate) const ALL: [Self; 2] = [Self::Street, Self::Ped2];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Street => "street",
            Self::Ped2 => "ped2",
        }
    }

    /// Its videos: each seed has a street of its own, and damage of its own.
    pub(crate) fn data(self, options: &Options, seed: u64, damaged: bool) -> Result<Data> {
        if self == Self::Street {
            return Ok(Data::scene(&SceneRecipe { preset: Preset::Small, seed, damaged })?);
        }
        let folder = options.ped2.as_deref().context("--ped2 says where Ped2 is, and is not given")?;
        let data = Data::open(folder)?;
        Ok(if damaged { data.damaged(DamageOptions::default(), seed)? } else { data })
    }
}

/// Networks of one set that are measured together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Group {
    pub(crate) set: Set,
    pub(crate) name: &'static str,
    recipe: &'static str,
}

impl Group {
    /// What is to be measured, in this order: all of a line before anything of the next.
    pub(crate) const ALL: [&[Self]; 3] =
        [&[Self::STREET, Self::PED2], &[Self::STREET_MORE, Self::PED2_MORE], &[Self::PED2_LONGER]];

    const STREET: Self = Self { set: Set::Street, name: "all", recipe: include_str!("street.toml") };
    const STREET_MORE: Self =
        Self { set: Set::Street, name: "more", recipe: include_str!("street_more.toml") };
    const PED2: Self = Self { set: Set::Ped2, name: "reference", recipe: include_str!("ped2.toml") };
    const PED2_MORE: Self = Self { set: Set::Ped2, name: "more", recipe: include_str!("ped2_more.toml") };
    const PED2_LONGER: Self =
        Self { set: Set::Ped2, name: "longer", recipe: include_str!("ped2_longer.toml") };

    /// The networks, from this seed.
    pub(crate) fn recipe(self, seed: u64) -> Result<Recipe> {
        Ok(Recipe { seed, ..Recipe::parse(self.recipe)? })
    }
}

/// The test frames in three states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum State {
    /// As they were filmed.
    Clean,
    /// Some of them noisy, upside down or missing, as the contest's are.
    Damaged,
    /// Damaged, and turned back where the flip classifier says so.
    Repaired,
}

impl State {
    pub(crate) const ALL: [Self; 3] = [Self::Clean, Self::Damaged, Self::Repaired];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Damaged => "damaged",
            Self::Repaired => "repaired",
        }
    }
}
