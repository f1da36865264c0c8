//! A run folder as typed values: what was run, on which videos, with which scores. Then the same raw scores with other
//! post-processing.
//!
//! `cargo run --release --example read_run`

use anyhow::{Context, Result, ensure};
use oddframe::core::{Silent, VideoScores};
use oddframe::pipeline::{
    Data, DataRecord, Engine, LabelRecord, Outcome, Recipe, Registry, RunFolder, RunRecord, Runner,
    SystemOutcome, VideoRecord, finish,
};

/// Differences between frames need no network, so that the run takes a second. `typical_frame` is added to every recipe.
const RECIPE: &str = r#"
name = "read_run"
scene = { preset = "tiny" }

[[system]]
name = "motion"
kind = "frame_difference"
width = 48
height = 32
"#;

fn main() -> Result<()> {
    // 1. A run to read. From here on only its folder is needed, neither the data nor a device.
    let registry = Registry::default();
    let recipe = Recipe::parse(RECIPE, &registry)?;
    let (engine, data) = (Engine::open("flex".parse()?)?, Data::scene(&recipe.scene)?);
    let folder = tempfile::tempdir()?;
    Runner::new(&registry, &engine).run(&recipe, &data, folder.path(), &mut Silent)?;

    // 2. The record: versions, seed, device, data, labels and times.
    let run = RunFolder::open(folder.path(), &registry)?;
    let record: &RunRecord = run.record();
    ensure!(record.finished, "the run is complete");
    println!(
        "recipe {} with seed {}, by oddframe {} on {}",
        record.recipe, record.seed, record.oddframe, record.device
    );
    print_data(&record.data, record.labels.as_ref());
    for stage in &record.stages {
        println!("{} took {:.1} s", stage.name, stage.seconds);
    }

    // 3. The raw scores, before any post-processing: one table for each member of a system.
    let raw = run.read_raw_scores("motion", 0)?;
    for (video, scores) in record.data.test.iter().zip(raw.videos()) {
        print_video(video, scores)?;
    }

    // 4. The results: scores and figures of each system, and of all together.
    let first = Outcome::read(&run)?;
    println!("\n{:<20} {:>9} {:>6}", "system", "micro AUC", "EER");
    for system in first.systems.iter().chain([&first.fused]) {
        print_figures(&system.figures.name, system)?;
    }

    // 5. Post-processing, fusion and names can change without scoring again. A change of anything else would
    //    need other raw scores, and `with_recipe` refuses it.
    let mut smoothed = run.recipe().clone();
    smoothed.fuse.post = "gaussian(sigma=1) per video | minmax".parse()?;
    let mut run = run.with_recipe(smoothed)?;
    let second = finish(&mut run, &mut Silent)?;
    print_figures("smoothed again", &second.fused)?;
    ensure!(
        second.fused.scores != first.fused.scores,
        "the chain smooths the fused scores"
    );
    ensure!(
        second.systems == first.systems,
        "the chains of the systems did not change"
    );
    ensure!(
        run.read_raw_scores("motion", 0)? == raw,
        "raw scores never change"
    );

    let mut other = run.recipe().clone();
    other.scene.seed = 1;
    let refused = run.with_recipe(other).unwrap_err().to_string();
    ensure!(
        refused.contains("scene.seed is 0 there and 1 here"),
        "{refused}"
    );
    Ok(())
}

fn print_data(data: &DataRecord, labels: Option<&LabelRecord>) {
    println!(
        "{}: {} training and {} test frames; digest {}",
        data.name,
        data.train_frames,
        data.test_frames(),
        data.digest
    );
    match labels {
        Some(labels) => println!("labels of {}", labels.from),
        None => println!("no labels"),
    }
}

fn print_video(video: &VideoRecord, scores: &VideoScores) -> Result<()> {
    ensure!(*scores.id() == video.id() && scores.len() == video.frames);
    let largest = scores.values().iter().copied().max_by(f64::total_cmp);
    println!(
        "test video {}: {} frames from number {}; raw scores up to {:.4}",
        video.name,
        video.frames,
        video.first_frame,
        largest.context("a video has frames")?
    );
    Ok(())
}

fn print_figures(name: &str, system: &SystemOutcome) -> Result<()> {
    let found = system
        .figures
        .evaluation
        .as_ref()
        .context("the scene has labels")?;
    println!("{name:<20} {:>9.4} {:>6.4}", found.micro_auc, found.eer);
    Ok(())
}
