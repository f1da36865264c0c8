//! What do weights in 16 bits and 8-bit integers change? The tables of accuracy in docs/benchmarks.md.
//!
//! `cargo run --release -p oddframe-pipeline --example precision -- RECIPE.toml ped2=DIR|street=SEED bf16|int8
//! [only=SYSTEM,…]`
//!
//! Every network of the recipe is trained once and scores the test videos twice, in 32-bit floats and in the given precision. The
//! table has the micro AUC of both, and how far the score of a frame changes: the largest and the median change, as shares of the
//! score in floats.

use std::error::Error;
use std::path::Path;

use oddframe_core::Silent;
use oddframe_pipeline::{Data, Engine, Recipe, Registry, Runner, SceneRecipe, SystemRecipe};
use oddframe_post::Chain;
use toml::Value;

/// The kinds of systems whose networks can score in both.
const KINDS: [&str; 6] = [
    "conv_ae",
    "unet",
    "conv3d_ae",
    "conv_lstm",
    "cuboid_ae",
    "denoising_ae",
];

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let (registry, engine) = (Registry::default(), Engine::open("flex".parse()?)?);
    let (mut recipe, mut data, mut only, mut precision) = (None, None, None, None);
    for word in std::env::args().skip(1) {
        match word.split_once('=') {
            Some(("ped2", folder)) => data = Some(Data::open(Path::new(folder))?),
            Some(("street", seed)) => {
                let (seed, scene) = (seed.parse()?, SceneRecipe::default());
                data = Some(Data::scene(&SceneRecipe { seed, ..scene })?);
            }
            Some(("only", names)) => only = Some(names.to_owned()),
            Some(_) => {
                return Err(format!("`{word}` is not known: see the top of this example").into());
            }
            None if matches!(&*word, "bf16" | "int8") => precision = Some(word),
            None => recipe = Some(Recipe::parse(&std::fs::read_to_string(word)?, &registry)?),
        }
    }
    let mut recipe = recipe.ok_or("a recipe is missing: see the top of this example")?;
    let data = data.ok_or("data is missing: see the top of this example")?;
    let precision = precision.ok_or("bf16 or int8 is missing: see the top of this example")?;
    recipe.systems.retain(|system| {
        let wanted = |only: &String| only.split(',').any(|name| name == system.name);
        KINDS.contains(&&*system.kind) && only.as_ref().is_none_or(wanted)
    });
    let systems = std::mem::take(&mut recipe.systems);
    for mut system in systems {
        // The scores of the network itself are compared.
        system.post = Chain::new();
        recipe.systems.push(system.clone());
        recipe.systems.push(in_precision(&precision, system)?);
    }

    let folder = tempfile::tempdir()?;
    let runner = Runner::new(&registry, &engine);
    let outcome = runner.run(&recipe, &data, folder.path(), &mut Silent)?;
    println!(
        "| system on {} | AUC, f32 | AUC, {precision} | largest change of a score | median change |",
        data.name()
    );
    println!("|---|---|---|---|---|");
    for pair in outcome.systems.chunks_exact(2) {
        let auc = |at: usize| match pair[at].figures.evaluation {
            Some(found) => format!("{:.4}", found.micro_auc),
            None => "-".to_owned(),
        };
        let scores = pair[0].scores.values().zip(pair[1].scores.values());
        let mut changes: Vec<f64> = scores
            .map(|(floats, others)| (others / floats - 1.0).abs())
            .collect();
        changes.sort_by(f64::total_cmp);
        let percent = |change: f64| format!("{:.2}%", 100.0 * change);
        let largest = changes.last().ok_or("no frame was scored")?;
        println!(
            "| {} | {} | {} | {} | {} |",
            pair[0].figures.name,
            auc(0),
            auc(1),
            percent(*largest),
            percent(changes[changes.len() / 2])
        );
    }
    Ok(())
}

/// A copy of the system that scores in this precision. Both share one training.
fn in_precision(precision: &str, mut system: SystemRecipe) -> Result<SystemRecipe, Failure> {
    system.name = format!("{}_{precision}", system.name);
    let score = system
        .settings
        .get_mut("score")
        .and_then(Value::as_table_mut);
    let score = score.ok_or("a network has settings of its score")?;
    score.insert("precision".to_owned(), precision.into());
    Ok(system)
}
