//! Data to repair to systems to fusion to files.

use std::path::Path;
use std::time::Instant;

use oddframe_core::{Event, FrameSource, Observer};
use oddframe_flip::Upright;
use oddframe_submit::{FileFormat, Ids, Schema, write_scores};

use crate::files::{FUSED, Files};
use crate::folder::{DataCard, RunCard, Stage, Versions, go_on, open, write_json, write_text};
use crate::members::Member;
use crate::metrics::metrics;
use crate::outcome::{FlipOutcome, Outcome, SystemKind, SystemOutcome};
use crate::report::report;
use crate::scoring::{apply, join, raw_scores, write_raw};
use crate::source::{Source, borrowed};
use crate::{Data, Engine, Error, Recipe, baselines, flips, members};

/// Runs a recipe: trains what it asks for, scores the test videos, and puts everything into a folder.
///
/// A run that was stopped is gone on with when it is started again on the same folder: what is finished there is
/// taken, a network that was being trained goes on from its last epoch. Equal recipes, data and devices give equal
/// scores, to the last bit on a CPU. Runs at the same time in one process draw from one source of chance: make them one
/// after the other, or in processes of their own.
///
/// # Errors
/// When the folder cannot be written to or holds another run (both before anything is trained), the data has no
/// training or test videos, a frame cannot be read, a network cannot be built or trained, a score is not finite, or
/// `watch` asks to stop.
pub fn run(
    recipe: &Recipe,
    data: &Data,
    folder: &Path,
    engine: &Engine,
    watch: &mut dyn Observer,
) -> Result<Outcome, Error> {
    let (normal, test) = (data.train()?, data.test()?);
    let files = open(folder, recipe)?;
    let mut card = card(recipe, data, engine, watch)?;
    go_on(&files, &mut card)?;
    let mut clock = Clock::default();

    let normal = Source::all(&normal, recipe.repair.mend);
    learn(recipe, &borrowed(&normal), engine, &files, &mut clock, watch)?;

    let test = Source::all(&test, recipe.repair.mend);
    let outcome = match &recipe.repair.flip {
        None => score_run(recipe, data, &borrowed(&test), None, engine, &files, &mut clock, watch)?,
        Some(flip) => {
            let upright = clock.time("finding flipped frames", || {
                let upright = flips::repair(borrowed(&test), flip, engine.networks(), &files, true, watch)?;
                if flip.write_cleaned {
                    flips::write(&upright, &files, watch)?;
                }
                Ok::<Vec<Upright<_>>, Error>(upright)
            })?;
            let flips = Some(flips::outcome(&upright, data)?);
            score_run(recipe, data, &borrowed(&upright), flips, engine, &files, &mut clock, watch)?
        }
    };
    let mended = normal.iter().chain(&test).flat_map(Source::substitutes);
    let outcome = Outcome { warnings: mended.chain(outcome.warnings).collect(), ..outcome };
    for message in &outcome.warnings {
        watch.tell(Event::Warned { message })?;
    }
    card.take(clock);
    write_outcome(&outcome, recipe, data, &mut card, &files)?;
    Ok(outcome)
}

/// Trains what a recipe asks for and puts it into a folder that [`Model::open`](crate::Model::open) reads.
///
/// # Errors
/// As [`run`].
pub fn fit(
    recipe: &Recipe,
    data: &Data,
    folder: &Path,
    engine: &Engine,
    watch: &mut dyn Observer,
) -> Result<(), Error> {
    let normal = data.train()?;
    let files = open(folder, recipe)?;
    let mut card = card(recipe, data, engine, watch)?;
    go_on(&files, &mut card)?;
    let mut clock = Clock::default();
    let normal = Source::all(&normal, recipe.repair.mend);
    learn(recipe, &borrowed(&normal), engine, &files, &mut clock, watch)?;
    for message in normal.iter().flat_map(Source::substitutes).chain(lessons(recipe, &files)?) {
        watch.tell(Event::Warned { message: &message })?;
    }
    card.take(clock);
    card.finished = true;
    write_json(&files.run(), &card)
}

/// Everything that is learned.
fn learn(
    recipe: &Recipe,
    normal: &[&dyn FrameSource],
    engine: &Engine,
    files: &Files,
    clock: &mut Clock,
    watch: &mut dyn Observer,
) -> Result<(), Error> {
    clock.time("learning the typical frame", || baselines::train(&recipe.baseline, normal, files, watch))?;
    if let Some(flip) = &recipe.repair.flip {
        let train = || flips::train(flip, recipe.seed, normal, engine.networks(), files, watch);
        clock.time("training the flip classifier", train)?;
    }
    clock.time("training", || members::train(recipe, normal, engine.networks(), files, watch))
}

/// What the trainings have to say.
fn lessons(recipe: &Recipe, files: &Files) -> Result<Vec<String>, Error> {
    let mut lessons = Vec::new();
    for member in Member::all(recipe) {
        let training = member.trained(files)?;
        let warning = training.and_then(|training| training.beside.warning());
        lessons.extend(warning.map(|w| format!("{}, seed {}: {w}", member.system.name, member.seed)));
    }
    Ok(lessons)
}

#[expect(clippy::too_many_arguments, reason = "one call of one private function, nothing to name in between")]
fn score_run(
    recipe: &Recipe,
    data: &Data,
    videos: &[&dyn FrameSource],
    flips: Option<FlipOutcome>,
    engine: &Engine,
    files: &Files,
    clock: &mut Clock,
    watch: &mut dyn Observer,
) -> Result<Outcome, Error> {
    let mut warnings = lessons(recipe, files)?;
    let mut systems = Vec::new();
    let baselines =
        clock.time("scoring with no network", || baselines::score(&recipe.baseline, videos, files, watch))?;
    for (name, mut table) in baselines {
        apply(name, &recipe.baseline.post, &mut table, &mut warnings)?;
        systems.push(SystemOutcome::new(name, SystemKind::NoNetwork, table, data, Vec::new())?);
    }
    let raw = clock.time("scoring", || raw_scores(recipe, videos, engine.networks(), files, true, watch))?;
    let mut tables = Vec::new();
    for (system, members) in recipe.systems.iter().zip(raw) {
        let table = join(system, members, &mut warnings)?;
        let mut training = Vec::new();
        for member in Member::of(recipe, system) {
            training.extend(member.trained(files)?);
        }
        tables.push(table.clone());
        systems.push(SystemOutcome::new(&system.name, SystemKind::Networks, table, data, training)?);
    }
    let mut fused = recipe.fuse.how.fuse(&tables)?;
    apply(FUSED, &recipe.fuse.post, &mut fused, &mut warnings)?;
    systems.push(SystemOutcome::new(FUSED, SystemKind::Fused, fused, data, Vec::new())?);
    let folder = files.root().to_path_buf();
    Ok(Outcome { recipe: recipe.name.clone(), folder, systems, flips, warnings })
}

/// Writes everything that a run gave; `run.json` last, which says that it is finished.
fn write_outcome(
    outcome: &Outcome,
    recipe: &Recipe,
    data: &Data,
    card: &mut RunCard,
    files: &Files,
) -> Result<(), Error> {
    for system in &outcome.systems {
        let path = match system.kind {
            SystemKind::Fused => files.fused(),
            SystemKind::NoNetwork | SystemKind::Networks => files.scores(&system.name),
        };
        write_raw(&path, &system.scores)?;
    }
    if let Some(fused) = outcome.fused() {
        let videos = data.test()?;
        let videos: Vec<_> = videos.iter().map(FrameSource::video).collect();
        // A submission has numbers for names. Where the videos have none there is nothing to submit.
        if Ids::from_videos(&videos).is_ok() {
            write_scores(&files.submission(), &fused.scores, &FileFormat::Submission(Schema::default()))?;
        }
    }
    write_json(&files.metrics(), &metrics(outcome, data))?;
    card.finished = true;
    write_text(&files.report(), &report(outcome, data, card, &recipe.to_toml()?))?;
    write_json(&files.run(), card)
}

fn card(recipe: &Recipe, data: &Data, engine: &Engine, watch: &mut dyn Observer) -> Result<RunCard, Error> {
    let frames = |videos: &[Box<dyn FrameSource>]| videos.iter().map(|video| video.numbers().len()).sum();
    let (train, test) = (data.train_videos(), data.test_videos());
    Ok(RunCard {
        versions: Versions::here(),
        recipe: recipe.name.clone(),
        seed: recipe.seed,
        device: engine.name().to_owned(),
        data: DataCard {
            name: data.name().to_owned(),
            sha256: data.digest(watch)?,
            train_videos: train.len(),
            train_frames: frames(train),
            test_videos: test.len(),
            test_frames: frames(test),
            labels: data.labels().map(|known| known.from.clone()),
            labels_sha256: data.labels().and_then(|known| known.sha256.clone()),
        },
        seconds: Vec::new(),
        finished: false,
    })
}

/// How long the stages take.
#[derive(Debug, Default)]
struct Clock(Vec<Stage>);

/// A stage that took less found its result in the folder.
const SHORTEST_S: f64 = 0.05;

impl Clock {
    fn time<T>(&mut self, stage: &str, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let done = work();
        self.0.push(Stage { stage: stage.to_owned(), seconds: started.elapsed().as_secs_f64() });
        done
    }
}

impl RunCard {
    /// Adds the times of this run to those of the one it goes on with.
    fn take(&mut self, clock: Clock) {
        for Stage { stage, seconds } in clock.0 {
            match self.seconds.iter_mut().find(|before| before.stage == stage) {
                Some(before) if seconds > SHORTEST_S => before.seconds += seconds,
                Some(_) => {}
                None => self.seconds.push(Stage { stage, seconds }),
            }
        }
    }
}
