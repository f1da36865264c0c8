//! Trains and scores the systems of the experiments, and keeps the scores.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use oddframe::core::{FrameSource, Labels, ScoreTable, Silent};
use oddframe::flip::{FlipReport, Upright};
use oddframe::nn::{DeviceName, Kernels};
use oddframe::pipeline::{Engine, Model, Registry, Runner, TrainingRecord, Truth};
use oddframe::submit::{FileFormat, read_scores, write_scores};
use oddframe::train::FitOptions;

use crate::experiment::{Progress, as_sources, fit_flip_classifier, flip_back};
use crate::options::Options;
use crate::sets::{Group, Set, State};

/// The results of one seed on one data set.
pub(crate) struct Measured {
    pub(crate) set: Set,
    pub(crate) seed: u64,
    pub(crate) device: String,
    pub(crate) labels: Labels,
    pub(crate) truth: Truth,
    /// How many flipped frames the classifier found among the damaged frames, in a sentence.
    pub(crate) flips: String,
    /// The trainings, each with the name of the first system that uses the network.
    pub(crate) trainings: Vec<(String, TrainingRecord)>,
    scores: HashMap<(State, String), ScoreTable>,
}

impl Measured {
    /// The raw scores of a system.
    pub(crate) fn scores(&self, state: State, system: &str) -> Result<&ScoreTable> {
        let found = self.scores.get(&(state, system.to_owned()));
        found.with_context(|| format!("there are no scores of {system} on {} frames", state.name()))
    }

    /// Whether all these systems were scored.
    pub(crate) fn has_scores_of(&self, systems: &[&str]) -> bool {
        systems
            .iter()
            .all(|system| self.scores(State::Clean, system).is_ok())
    }

    /// What is known about the data, without trainings and scores.
    fn empty(options: &Options, set: Set, seed: u64, results: &ResultFolder) -> Result<Self> {
        let data = set.open_data(options, seed, true)?;
        Ok(Self {
            set,
            seed,
            device: fs::read_to_string(results.device_file())?,
            labels: data.labels()?.context("the data has no labels")?.labels,
            truth: data.truth(&mut Silent)?,
            flips: fs::read_to_string(results.flips_file())?,
            trainings: Vec::new(),
            scores: HashMap::new(),
        })
    }

    fn add_results(&mut self, results: &ResultFolder) -> Result<()> {
        // Only the training records are read, for which any device will do.
        let engine = Engine::open(DeviceName::default())?;
        let model = Model::open(&results.model_folder(), &Registry::default(), &engine)?;
        self.trainings.extend(model.trainings()?);
        for state in State::ALL {
            for entry in fs::read_dir(results.scores_folder(state))? {
                let path = entry?.path();
                let system = path
                    .file_stem()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                self.scores
                    .insert((state, system), read_scores(&path)?.table);
            }
        }
        Ok(())
    }
}

/// The folder with the results of one group and seed.
struct ResultFolder(PathBuf);

impl ResultFolder {
    fn new(options: &Options, group: Group, seed: u64) -> Self {
        Self(
            options
                .folder
                .join(group.set.name())
                .join(seed.to_string())
                .join(group.name),
        )
    }

    fn model_folder(&self) -> PathBuf {
        self.0.join("networks")
    }

    fn scores_folder(&self, state: State) -> PathBuf {
        self.0.join(state.name())
    }

    fn flips_file(&self) -> PathBuf {
        self.0.join("flips.txt")
    }

    /// The file that is written last: its presence means that the results are complete.
    fn device_file(&self) -> PathBuf {
        self.0.join("device.txt")
    }

    fn is_complete(&self) -> bool {
        self.device_file().exists()
    }
}

/// Trains and scores the systems of a group from one seed. What is already trained or scored is kept.
pub(crate) fn measure_group<B: Kernels>(
    options: &Options,
    group: Group,
    seed: u64,
    device: &B::Device,
) -> Result<()> {
    let (results, set) = (ResultFolder::new(options, group, seed), group.set);
    if results.is_complete() {
        return Ok(());
    }
    eprintln!("{}, {}, seed {seed}", set.name(), group.name);
    let (clean, damaged) = (
        set.open_data(options, seed, false)?,
        set.open_data(options, seed, true)?,
    );
    let engine = Engine::on::<B>(&options.device.to_string(), device.clone());
    let registry = Registry::default();
    let mut progress = Progress::new();
    let recipe = group.recipe(seed, &registry)?;
    Runner::new(&registry, &engine).fit(&recipe, &clean, &results.model_folder(), &mut progress)?;

    let model = Model::open(&results.model_folder(), &registry, &engine)?;
    score_state(&model, &clean.test()?, &results.scores_folder(State::Clean))?;
    score_state(
        &model,
        &damaged.test()?,
        &results.scores_folder(State::Damaged),
    )?;

    let flip_options = FitOptions::new(5, 32, 1e-3).with_seed(seed);
    let mut classifier =
        fit_flip_classifier::<B>(&clean.train()?, &flip_options, device, &mut progress)?;
    let truth = damaged
        .truth(&mut progress)?
        .flipped
        .context("which frames are flipped is not known")?;
    let repaired = flip_back(
        damaged.test()?,
        &mut classifier,
        Some(&truth),
        &mut progress,
    )?;
    score_state(
        &model,
        &as_sources(&repaired),
        &results.scores_folder(State::Repaired),
    )?;
    let report = FlipReport::new(repaired.iter().map(Upright::decisions), &truth)?;
    fs::write(results.flips_file(), report.to_string())?;
    Ok(fs::write(results.device_file(), engine.name())?)
}

/// Scores the test videos in one state with every system, unless the folder with the scores exists.
fn score_state(model: &Model, videos: &[&dyn FrameSource], folder: &Path) -> Result<()> {
    if folder.exists() {
        return Ok(());
    }
    // The folder gets its name when it is complete, so that a program that was stopped scores the videos again.
    let partial = folder.with_extension("partial");
    fs::create_dir_all(&partial)?;
    for (system, scores) in model.score_systems(videos, &mut Progress::new())? {
        write_scores(
            &partial.join(format!("{system}.csv")),
            &scores,
            &FileFormat::Scores,
        )?;
    }
    fs::rename(&partial, folder).with_context(|| format!("cannot rename {}", partial.display()))
}

/// Reads the complete results of a data set, one for each seed.
pub(crate) fn read_results(options: &Options, set: Set) -> Result<Vec<Measured>> {
    let mut all = Vec::new();
    if !options.has_data_of(set) {
        return Ok(all);
    }
    for seed in 1..=options.seeds {
        let groups = Group::ALL
            .into_iter()
            .flatten()
            .filter(|group| group.set == set);
        let folders = groups.map(|group| ResultFolder::new(options, *group, seed));
        let folders: Vec<ResultFolder> = folders.filter(ResultFolder::is_complete).collect();
        if let Some(first) = folders.first() {
            let mut measured = Measured::empty(options, set, seed, first)?;
            for folder in &folders {
                measured.add_results(folder)?;
            }
            all.push(measured);
        }
    }
    Ok(all)
}
