//! Trains, scores, and keeps the scores.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use oddframe::baseline::{DifferenceEnergy, Typical, TypicalDistance};
use oddframe::core::{Detector, EdgePolicy, FrameScorer, FrameSource, Labels, ScoreTable};
use oddframe::flip::{FlipReport, Upright};
use oddframe::frames::{Filter, Prepare};
use oddframe::nn::Kernels;
use oddframe::pipeline::{Engine, Model, Training, Truth, fit};
use oddframe::score::AnyPool;
use oddframe::submit::{FileFormat, read_scores, write_scores};
use oddframe::train::FitOptions;

use crate::experiment::{Progress, sources, upright};
use crate::options::Options;
use crate::sets::{Group, Set, State};

/// What one seed gave on one set.
pub(crate) struct Measured {
    pub(crate) set: Set,
    pub(crate) seed: u64,
    pub(crate) device: String,
    pub(crate) labels: Labels,
    pub(crate) truth: Truth,
    /// What the flip classifier found on the damaged frames.
    pub(crate) flips: String,
    /// The trainings, by the first system that uses the network.
    pub(crate) trainings: Vec<(String, Training)>,
    scores: HashMap<(State, String), ScoreTable>,
}

impl Measured {
    /// The raw scores of a system.
    pub(crate) fn scores(&self, state: State, system: &str) -> Result<&ScoreTable> {
        let found = self.scores.get(&(state, system.to_owned()));
        found.with_context(|| format!("there are no scores of {system} on {} frames", state.name()))
    }

    /// Whether these systems were all scored.
    pub(crate) fn has(&self, systems: &[&str]) -> bool {
        systems.iter().all(|system| self.scores(State::Clean, system).is_ok())
    }
}

/// Files of one seed of a group.
struct Place(PathBuf);

impl Place {
    fn new(options: &Options, group: Group, seed: u64) -> Self {
        Self(options.folder.join(group.set.name()).join(seed.to_string()).join(group.name))
    }

    fn networks(&self) -> PathBuf {
        self.0.join("networks")
    }

    fn scores(&self, state: State) -> PathBuf {
        self.0.join(state.name())
    }

    fn flips(&self) -> PathBuf {
        self.0.join("flips.txt")
    }

    /// Written last.
    fn finished(&self) -> PathBuf {
        self.0.join("device.txt")
    }
}

/// Trains and scores everything of a group from one seed, as far as it is not there yet.
pub(crate) fn measure<B: Kernels>(
    options: &Options,
    group: Group,
    seed: u64,
    device: &B::Device,
) -> Result<()> {
    let (place, set) = (Place::new(options, group, seed), group.set);
    if place.finished().exists() {
        return Ok(());
    }
    eprintln!("{}, {}, seed {seed}", set.name(), group.name);
    let (clean, damaged) = (set.data(options, seed, false)?, set.data(options, seed, true)?);
    let engine = Engine::on::<B>(&options.device.to_string(), device.clone());
    let progress = &mut Progress::new();
    fit(&group.recipe(seed)?, &clean, &place.networks(), &engine, progress)?;
    let networks = Model::open(&place.networks())?;

    let normal = clean.train()?;
    let simple = without_network(&normal)?;
    let score = |state: State, videos: &[&dyn FrameSource]| -> Result<()> {
        let folder = place.scores(state);
        if folder.exists() {
            return Ok(());
        }
        let mut systems = networks.score_systems(videos, &engine, &mut Progress::new())?;
        for (name, scorer) in &simple {
            systems.push((name.clone(), scorer.score_all(videos, &mut Progress::new())?));
        }
        keep(&folder, &systems)
    };
    score(State::Clean, &clean.test()?)?;
    score(State::Damaged, &damaged.test()?)?;

    let learning = FitOptions::new(5, 32, 1e-3).with_seed(seed);
    let truth = damaged.truth().flipped.as_ref();
    let repaired = upright::<B, _>(&normal, damaged.test()?, &learning, truth, device, &mut Progress::new())?;
    score(State::Repaired, &sources(&repaired))?;
    let truth = truth.context("the damage is not known")?;
    let found = FlipReport::new(repaired.iter().map(Upright::decisions), truth)?;
    fs::write(place.flips(), found.to_string())?;
    Ok(fs::write(place.finished(), engine.name())?)
}

/// The systems with no network: what differs from the frame before, and from the mean frame.
fn without_network(normal: &[&dyn FrameSource]) -> Result<Vec<(String, Box<dyn FrameScorer>)>> {
    let look = Prepare::new(128, 128)?.with_filter(Filter::Antialiased);
    let mut scorers: Vec<(String, Box<dyn FrameScorer>)> = Vec::new();
    let watch = &mut Progress::new();
    for (pool, name) in [("mean", "mean"), ("topk(patch=16, stride=16, k=1)", "top1")] {
        let pool: AnyPool = pool.parse()?;
        for (edge, place) in [(EdgePolicy::Nearest, ""), (EdgePolicy::Constant(0.0), "_zero")] {
            let difference = DifferenceEnergy::new(look, pool, edge).fit(normal, watch)?;
            scorers.push((format!("energy_{name}{place}"), Box::new(difference)));
        }
        let distance = TypicalDistance::new(look, pool, Typical::Mean).fit(normal, watch)?;
        scorers.push((format!("typical_{name}"), Box::new(distance)));
    }
    Ok(scorers)
}

/// Writes a file for each system; the folder appears when it is whole.
fn keep(folder: &Path, systems: &[(String, ScoreTable)]) -> Result<()> {
    let partial = folder.with_extension("partial");
    fs::create_dir_all(&partial)?;
    for (system, scores) in systems {
        write_scores(&partial.join(format!("{system}.csv")), scores, &FileFormat::Scores)?;
    }
    fs::rename(&partial, folder).with_context(|| format!("{}", folder.display()))
}

/// What is measured of a set, by seed.
pub(crate) fn measured(options: &Options, set: Set) -> Result<Vec<Measured>> {
    let mut all = Vec::new();
    for seed in 1..=options.seeds {
        let groups = Group::ALL.into_iter().flatten().filter(|group| group.set == set);
        let places: Vec<Place> = groups.map(|group| Place::new(options, *group, seed)).collect();
        let mut places = places.into_iter().filter(|place| place.finished().exists()).peekable();
        let Some(first) = places.peek().filter(|_| options.has(set)) else { continue };
        let data = set.data(options, seed, true)?;
        let mut one = Measured {
            set,
            seed,
            device: fs::read_to_string(first.finished())?,
            labels: data.labels().context("the data has no labels")?.labels.clone(),
            truth: data.truth().clone(),
            flips: fs::read_to_string(first.flips())?,
            trainings: Vec::new(),
            scores: HashMap::new(),
        };
        for place in places {
            one.trainings.extend(Model::open(&place.networks())?.trainings()?);
            for state in State::ALL {
                for entry in fs::read_dir(place.scores(state))? {
                    let path = entry?.path();
                    let system = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                    one.scores.insert((state, system), read_scores(&path)?.table);
                }
            }
        }
        all.push(one);
    }
    Ok(all)
}
