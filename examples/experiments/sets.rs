//! The data sets, the networks that are trained on them, and the states of the test frames.

use anyhow::{Context, Result};
use oddframe::frames::DamageOptions;
use oddframe::pipeline::{Data, Recipe, Registry, SceneRecipe};
use oddframe::synth::Preset;

use crate::options::Options;

/// A data set.
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

    /// Opens the videos. Each seed has its own street and its own damage.
    pub(crate) fn open_data(self, options: &Options, seed: u64, damaged: bool) -> Result<Data> {
        if self == Self::Street {
            return Ok(Data::scene(&SceneRecipe {
                preset: Preset::Small,
                seed,
                damaged,
            })?);
        }
        let folder = options
            .ped2
            .as_deref()
            .context("give the folder of Ped2 with --ped2")?;
        let data = Data::open(folder)?;
        Ok(if damaged {
            data.damaged(DamageOptions::default(), seed)?
        } else {
            data
        })
    }
}

/// Systems that are trained on one data set and measured together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Group {
    pub(crate) set: Set,
    pub(crate) name: &'static str,
    recipe: &'static str,
}

impl Group {
    /// The order of measuring: all groups of one line, for every seed, before those of the next.
    pub(crate) const ALL: [&[Self]; 4] = [
        &[Self::STREET, Self::PED2],
        &[Self::STREET_MORE, Self::PED2_MORE, Self::STREET_MOTION],
        &[Self::STREET_OBJECTS, Self::PED2_OBJECTS],
        &[Self::PED2_LONGER],
    ];

    const STREET: Self = Self {
        set: Set::Street,
        name: "all",
        recipe: include_str!("street.toml"),
    };
    const STREET_MORE: Self = Self {
        set: Set::Street,
        name: "more",
        recipe: include_str!("street_more.toml"),
    };
    const STREET_MOTION: Self = Self {
        set: Set::Street,
        name: "motion",
        recipe: include_str!("street_motion.toml"),
    };
    const STREET_OBJECTS: Self = Self {
        set: Set::Street,
        name: "objects",
        recipe: include_str!("objects.toml"),
    };
    const PED2_OBJECTS: Self = Self {
        set: Set::Ped2,
        ..Self::STREET_OBJECTS
    };
    const PED2: Self = Self {
        set: Set::Ped2,
        name: "reference",
        recipe: include_str!("ped2.toml"),
    };
    const PED2_MORE: Self = Self {
        set: Set::Ped2,
        name: "more",
        recipe: include_str!("ped2_more.toml"),
    };
    const PED2_LONGER: Self = Self {
        set: Set::Ped2,
        name: "longer",
        recipe: include_str!("ped2_longer.toml"),
    };

    /// The recipe of the systems, with this seed.
    pub(crate) fn recipe(self, seed: u64, registry: &Registry) -> Result<Recipe> {
        let mut recipe = Recipe::parse(self.recipe, registry)?;
        recipe.seed = seed;
        Ok(recipe)
    }
}

/// A state of the test frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum State {
    /// As they were recorded.
    Clean,
    /// Some frames are noisy, upside down or missing, as in the contest's data.
    Damaged,
    /// Damaged, with the frames flipped back that the classifier finds upside down.
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
