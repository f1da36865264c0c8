//! An example and the recipe beside it are the same experiment: their scores are equal, to the last digit.
#![cfg(feature = "flex")]

use std::collections::BTreeSet;
use std::env::{consts::EXE_SUFFIX, current_exe};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use oddframe::core::Silent;
use oddframe::pipeline::{Data, Engine, Recipe, run};
use oddframe::synth::Preset;

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

/// The names of the files in the folder of the examples that end so.
fn names(extension: &str) -> BTreeSet<String> {
    let paths = fs::read_dir(examples()).unwrap().map(|entry| entry.unwrap().path());
    let of_kind = paths.filter(|path| path.extension().is_some_and(|found| found == extension));
    of_kind.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

/// The scores that a program writes.
fn of_program(name: &str, folder: &Path) -> String {
    // Tests are built into a folder beside that of the examples.
    let built = current_exe()
        .unwrap()
        .parent()
        .unwrap()
        .with_file_name("examples")
        .join(format!("{name}{EXE_SUFFIX}"));
    assert!(built.exists(), "{} is not built: cargo test -p oddframe builds it", built.display());
    let out = folder.join("program.csv");
    let mut command = Command::new(built);
    command.args(["--preset", "tiny", "--epochs", "1", "--device", "flex", "--out"]).arg(&out);
    let ended = command.output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{name}: {said}");
    fs::read_to_string(out).unwrap()
}

/// The scores that a recipe gives.
fn of_recipe(name: &str, folder: &Path) -> String {
    let mut recipe = Recipe::read(&examples().join(format!("{name}.toml")), &[]).unwrap();
    recipe.scene.preset = Preset::Tiny;
    recipe.set_epochs(1);
    let data = Data::scene(&recipe.scene).unwrap();
    let engine = Engine::open("flex".parse().unwrap()).unwrap();
    let folder = folder.join("run");
    run(&recipe, &data, &folder, &engine, &mut Silent).unwrap();
    fs::read_to_string(folder.join("scores.csv")).unwrap()
}

fn check(name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (program, recipe) = (of_program(name, folder.path()), of_recipe(name, folder.path()));
    let apart = program.lines().zip(recipe.lines()).find(|(program, recipe)| program != recipe);
    assert_eq!(apart, None, "{name}: the program's first line that is not the recipe's, and that");
    assert_eq!(program.lines().count(), recipe.lines().count(), "{name}");
}

macro_rules! same_scores {
    ($($name:ident)*) => {
        const COMPARED: &[&str] = &[$(stringify!($name)),*];

        mod same_scores {
            $(#[test]
            fn $name() {
                super::check(stringify!($name));
            })*
        }
    };
}

same_scores! {
    conv3d
    conv_lstm
    cuboid_ae
    denoising_ae
    ensemble
    flip_repair
    frame_difference
    gaussian_smoothing
    lstm_ae
    mean_vs_max
    multi_scale
    noise_augmentation
    other_smoothers
    per_video_normalization
    quickstart
    skip_connections
    temporal_ae_rank
    topk_patches
}

/// A program with nothing to train, and so with no recipe.
const NO_RECIPE: &str = "no_network";
/// Another form of `multi_scale`, which that program has as one of its rows.
const VARIANT: &str = "multi_scale_doc";

#[test]
fn every_example_has_a_recipe_and_every_recipe_an_example() {
    let compared: BTreeSet<String> = COMPARED.iter().map(|name| (*name).to_owned()).collect();
    let (mut programs, mut recipes) = (names("rs"), names("toml"));
    assert!(programs.remove(NO_RECIPE) && recipes.remove(VARIANT));
    assert_eq!(programs, compared);
    assert_eq!(recipes, compared);
}
