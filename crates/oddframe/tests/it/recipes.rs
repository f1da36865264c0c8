//! An example and the recipe beside it are the same experiment: their scores are equal, to the last digit.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use oddframe::core::{Error, Frame, FrameSource, Silent, Video};
use oddframe::flip::{WriteOptions, write_cleaned};
use oddframe::pipeline::{Data, Engine, Recipe, Registry, RunFolder, Runner};
use oddframe::synth::{Preset, Scene, SceneVideo};

use crate::common::built_example;

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

fn recipe(name: &str) -> Recipe {
    Recipe::read(
        &examples().join(format!("{name}.toml")),
        &[],
        &Registry::default(),
    )
    .unwrap()
}

/// The names of the files in the folder of the examples that end so.
fn names(extension: &str) -> BTreeSet<String> {
    let paths = fs::read_dir(examples())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let of_kind = paths.filter(|path| path.extension().is_some_and(|found| found == extension));
    of_kind
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

/// The first frames of a video.
struct Beginning<'a>(&'a SceneVideo, Video);

impl<'a> Beginning<'a> {
    fn of(video: &'a SceneVideo, frames: usize) -> Self {
        let numbers = video.numbers()[..frames].to_vec();
        Self(
            video,
            Video::new(video.id().clone(), video.shape(), numbers).unwrap(),
        )
    }
}

impl FrameSource for Beginning<'_> {
    fn video(&self) -> &Video {
        &self.1
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        self.0.read_into(index, out)
    }
}

/// Writes a data set of two training videos and one to score, of this many frames each.
fn write_data(folder: &Path, frames: usize) {
    let scene = Scene::new(Preset::Tiny, 0);
    for (name, videos) in [
        ("training_videos", &scene.train()[..2]),
        ("testing_videos", &scene.test()[..1]),
    ] {
        let videos: Vec<_> = videos
            .iter()
            .map(|video| Beginning::of(video, frames))
            .collect();
        let videos: Vec<_> = videos
            .iter()
            .map(|video| video as &dyn FrameSource)
            .collect();
        write_cleaned(
            &videos,
            &folder.join(name),
            WriteOptions::new(),
            &mut Silent,
        )
        .unwrap();
    }
}

/// The scores that a program writes.
fn of_program(name: &str, on: [&OsStr; 2], folder: &Path) -> String {
    let out = folder.join("program.csv");
    let mut command = Command::new(built_example(name));
    command
        .args(on)
        .args(["--epochs", "1", "--device", "flex", "--out"])
        .arg(&out);
    let ended = command.output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{name}: {said}");
    fs::read_to_string(out).unwrap()
}

/// The scores that a recipe gives.
fn of_recipe(mut recipe: Recipe, data: &Data, folder: &Path) -> String {
    recipe.set_epochs(1);
    let engine = Engine::open("flex".parse().unwrap()).unwrap();
    let folder = folder.join("run");
    // One epoch on a few frames is too little for the flip classifier.
    if let Some(flip) = &mut recipe.repair.flip {
        flip.allow_weak = true;
    }
    Runner::new(&Registry::default(), &engine)
        .run(&recipe, data, &folder, &mut Silent)
        .unwrap();
    fs::read_to_string(folder.join("scores.csv")).unwrap()
}

fn check_equal(program: &str, recipe: &str) {
    let apart = program
        .lines()
        .zip(recipe.lines())
        .find(|(program, recipe)| program != recipe);
    assert_eq!(
        apart, None,
        "the program's first line that is not the recipe's, and that"
    );
    assert_eq!(program.lines().count(), recipe.lines().count());
}

/// Enough frames for every clip. The largest networks see single frames, and need few.
fn frames_for(name: &str) -> usize {
    match name {
        "multi_scale" | "skip_connections" => 3,
        "ensemble" => 6,
        _ => 17,
    }
}

fn check(name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    write_data(&data, frames_for(name));
    let program = of_program(name, ["--data".as_ref(), data.as_os_str()], folder.path());
    check_equal(
        &program,
        &of_recipe(recipe(name), &Data::open(&data).unwrap(), folder.path()),
    );
}

macro_rules! equal_scores {
    ($($name:ident)*) => {
        const COMPARED: &[&str] = &[$(stringify!($name)),*];

        mod equal_scores {
            $(#[test]
            fn $name() {
                super::check(stringify!($name));
            })*
        }
    };
}

equal_scores! {
    conv3d
    conv_lstm
    cuboid_ae
    denoising_ae
    ensemble
    flip_repair
    frame_difference
    gaussian_smoothing
    lstm_ae
    lstm_features
    mean_vs_max
    multi_scale
    noise_augmentation
    objects
    optical_flow
    other_smoothers
    per_video_normalization
    quickstart
    raft_gru
    skip_connections
    temporal_ae_rank
    topk_patches
    video_patchcore
}

#[test]
fn the_street_gives_equal_scores_too() {
    let folder = tempfile::tempdir().unwrap();
    let program = of_program(
        "quickstart",
        ["--preset".as_ref(), "tiny".as_ref()],
        folder.path(),
    );
    let mut recipe = recipe("quickstart");
    recipe.scene.preset = Preset::Tiny;
    let data = Data::scene(&recipe.scene).unwrap();
    check_equal(&program, &of_recipe(recipe, &data, folder.path()));
}

#[test]
fn the_street_is_damaged_for_both_or_for_neither() {
    for name in COMPARED {
        let program = fs::read_to_string(examples().join(format!("{name}.rs"))).unwrap();
        let recipe = recipe(name);
        assert_eq!(
            program.contains("options.damaged_data()"),
            recipe.scene.damaged,
            "{name}"
        );
        assert_eq!(
            (recipe.seed, recipe.scene.seed, recipe.scene.preset),
            (42, 0, Preset::Small),
            "{name}"
        );
    }
}

/// Programs without a recipe file: they train nothing, contain their recipe, or use the networks alone.
const NO_RECIPE: [&str; 9] = [
    "localise_anomalies",
    "metrics_in_depth",
    "ndarray_views",
    "network_alone",
    "no_network",
    "own_system",
    "post_in_code",
    "read_run",
    "recipe_in_code",
];
/// Recipes without a program: another form of `multi_scale`, which that program has as one of its rows, and calibrated events.
const NO_PROGRAM: [&str; 2] = ["multi_scale_doc", "watch_street"];

#[test]
fn every_example_has_a_recipe_and_every_recipe_an_example() {
    let compared: BTreeSet<String> = COMPARED.iter().map(|name| (*name).to_owned()).collect();
    let (mut programs, mut recipes) = (names("rs"), names("toml"));
    assert!(NO_RECIPE.iter().all(|name| programs.remove(*name)));
    assert!(NO_PROGRAM.iter().all(|name| recipes.remove(*name)));
    assert_eq!(programs, compared);
    assert_eq!(recipes, compared);
}

#[test]
fn the_watched_street_has_events_with_places_and_reasons() {
    let (mut recipe, folder) = (recipe("watch_street"), tempfile::tempdir().unwrap());
    recipe.scene.preset = Preset::Tiny;
    if let Some(calibration) = &mut recipe.calibration {
        // Of three short videos, half of each, and a number of false alarms that a second and a half can show.
        calibration.held_out = 0.5;
        calibration.false_alarms_per_hour = 1500.0;
    }
    let data = Data::scene(&recipe.scene).unwrap();
    of_recipe(recipe, &data, folder.path());
    let run = RunFolder::open(&folder.path().join("run"), &Registry::default()).unwrap();
    let events = run.read_events().unwrap();
    assert!(
        events
            .iter()
            .any(|event| event.area.is_some() && event.reason.is_some()),
        "{events:?}"
    );
}

#[test]
fn the_page_of_the_experiments_has_a_place_for_every_table() {
    let page = fs::read_to_string(examples().join("../docs/experiments.md")).unwrap();
    for recipe in ["street", "ped2", "ped2_more"] {
        Recipe::read(
            &examples().join(format!("experiments/{recipe}.toml")),
            &[],
            &Registry::default(),
        )
        .unwrap();
    }
    for set in ["street", "ped2"] {
        let tables = ["how", "summary", "learned", "systems", "reactions"].map(str::to_owned);
        for table in tables
            .into_iter()
            .chain((1..=12).map(|number| format!("effect {number}")))
        {
            for mark in ["begin", "end"] {
                assert!(
                    page.contains(&format!("<!-- {mark} {set} {table} -->")),
                    "{mark} {set} {table}"
                );
            }
        }
    }
}
