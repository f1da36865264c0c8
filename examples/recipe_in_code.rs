//! A recipe built in Rust: the same values, checks and results as from a recipe file.
//!
//! `cargo run --release --example recipe_in_code`

use anyhow::{Result, ensure};
use oddframe::core::{PixelFormat, Silent};
use oddframe::frames::BadFrames;
use oddframe::models::ConvAeConfig;
use oddframe::pipeline::{
    Data, Engine, FlipAugmentation, FuseRecipe, InputSettings, NetworkSettings, Problem, Recipe,
    RecipeError, Registry, RepairRecipe, RunFolder, Runner, SceneRecipe, ScoreSettings,
    SystemRecipe, TrainSettings, WindowSettings,
};
use oddframe::post::Fusion;
use oddframe::report::{ReportOptions, write_report};
use oddframe::score::Channels;
use oddframe::synth::Preset;

/// The experiment as a recipe file.
const TEXT: &str = r#"
name = "in_code"
seed = 7
scene = { preset = "tiny" }
repair = { mend = "nearest" }
fuse = { how = "mean", post = "minmax" }

[[system]]
name = "frames"
kind = "conv_ae"
members = 2
post = "gaussian(sigma=2) per video | minmax"
model = { channels = [4, 8], latent = 0 }
input = { width = 24, height = 16, color = "rgb" }
window = { train_stride = 2 }
score = { pool = "topk(patch=4, stride=2, k=1)", channels = "max" }

[system.train]
epochs = 20
batch = 16
learning_rate = 1e-2
flip = { probability = 0.2, each = "frame" }
"#;

/// The same experiment in Rust. A field that is left out has the same default as in a file.
fn build_recipe(registry: &Registry) -> Result<Recipe> {
    // The settings of every network have five parts. `model` is of the type that belongs to the kind.
    let settings = NetworkSettings {
        model: ConvAeConfig {
            channels: vec![4, 8],
            latent: 0,
            ..ConvAeConfig::default()
        },
        input: InputSettings {
            width: 24,
            height: 16,
            color: PixelFormat::Rgb,
            ..InputSettings::default()
        },
        window: WindowSettings {
            train_stride: 2,
            ..WindowSettings::default()
        },
        train: TrainSettings {
            epochs: 20,
            batch: 16,
            learning_rate: 1e-2,
            flip: Some(FlipAugmentation::default()),
            ..TrainSettings::default()
        },
        score: ScoreSettings {
            pool: "topk(patch=4, stride=2, k=1)".parse()?,
            channels: Channels::Max,
            ..ScoreSettings::default()
        },
    };
    let frames = SystemRecipe {
        members: 2,
        post: "gaussian(sigma=2) per video | minmax".parse()?,
        ..SystemRecipe::new("frames", "conv_ae").with_settings(&settings)?
    };
    let recipe = Recipe {
        seed: 7,
        scene: SceneRecipe {
            preset: Preset::Tiny,
            ..SceneRecipe::default()
        },
        repair: RepairRecipe {
            mend: BadFrames::Nearest,
            flip: None,
        },
        fuse: FuseRecipe {
            how: Fusion::Mean,
            post: "minmax".parse()?,
        },
        ..Recipe::new("in_code", vec![frames])
    };
    // Checks everything, and adds the systems that every run scores for comparison.
    Ok(recipe.complete(registry)?)
}

fn main() -> Result<()> {
    // 1. Both ways give the same recipe.
    let registry = Registry::default();
    let recipe = build_recipe(&registry)?;
    ensure!(recipe == Recipe::parse(TEXT, &registry)?);

    // 2. A mistake is an error before anything is trained, and a program can tell the mistakes apart.
    let mut twins = recipe.clone();
    twins.systems.push(recipe.systems[0].clone());
    let error: RecipeError = twins.complete(&registry).unwrap_err();
    println!("two systems of one name: {error}\n");
    ensure!(matches!(*error.problem, Problem::SameName { .. }));

    // 3. The run: training, scores, fusion, evaluation.
    let (engine, data) = (Engine::open("flex".parse()?)?, Data::scene(&recipe.scene)?);
    let folder = tempfile::tempdir()?;
    let outcome =
        Runner::new(&registry, &engine).run(&recipe, &data, folder.path(), &mut Silent)?;
    for table in outcome.tables() {
        println!("{table}");
    }
    let trainings = &outcome.systems[0].figures.training;
    ensure!(trainings.len() == 2, "two members are trained");
    for training in trainings {
        ensure!(training.errors.network < training.errors.zero);
    }
    ensure!(
        outcome.fused.figures.evaluation.is_some(),
        "the scene has labels"
    );

    // 4. The run folder keeps the recipe, and its settings can be read as typed values again.
    let run = RunFolder::open(folder.path(), &registry)?;
    let settings: NetworkSettings<ConvAeConfig> = run.recipe().systems[0].settings_as()?;
    ensure!(settings.model.channels == [4, 8] && settings.train.epochs == 20);

    // 5. A page for people, made from the folder alone.
    write_report(&run, &ReportOptions::default())?;
    ensure!(run.report_file().exists());
    Ok(())
}
