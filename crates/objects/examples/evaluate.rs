//! The AUC of the system on a data set: fits on its training videos, scores its test videos, compares with its labels.
//!
//! `cargo run --release -p oddframe-objects --example evaluate -- DIR [causal] [street SEED]`
//!
//! DIR has training and test videos and `labels.csv`. With `street` the synthetic street of this seed is written to it first.

use std::path::PathBuf;
use std::time::Instant;

use oddframe_core::{FrameSource, ModelFolder, ScoreTable, ScoredVideo, Silent, System};
use oddframe_frames::{Dataset, FramePass, prepared, score_videos};
use oddframe_labels::{VideoFrames, read_labels};
use oddframe_metrics::{evaluate, padded_macro_auc};
use oddframe_objects::{ObjectSettings, Objects};
use oddframe_synth::{Preset, Scene, WriteOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let root = PathBuf::from(words.next().ok_or("the folder of a data set is missing")?);
    let mut settings = ObjectSettings::default();
    while let Some(word) = words.next() {
        match word.as_str() {
            "causal" => settings.causal = true,
            "street" => {
                let seed = words.next().ok_or("the seed of the street is missing")?;
                let scene = Scene::new(Preset::Small, seed.parse()?);
                scene.write(&root, WriteOptions::new(), &mut Silent)?;
            }
            other => return Err(format!("`{other}` is neither `causal` nor `street`").into()),
        }
    }
    let (data, system) = (Dataset::open(&root)?, Objects::new(settings)?);
    let normal: Vec<_> = data
        .train()
        .iter()
        .map(|video| prepared(system.input(), video))
        .collect::<Result<_, _>>()?;
    let normal: Vec<&dyn FrameSource> = normal.iter().map(AsRef::as_ref).collect();
    let folder = tempfile::tempdir()?;
    let model = ModelFolder::create(folder.path())?;

    let started = Instant::now();
    system.fit(&normal, &model, &mut Silent)?;
    let frames: usize = normal.iter().map(|video| video.numbers().len()).sum();
    let size = std::fs::metadata(model.file("objects.safetensors"))?.len();
    println!(
        "fitted {frames} frames in {:.1} s; the model has {:.1} MB",
        started.elapsed().as_secs_f64(),
        size as f64 / 1e6
    );

    let started = Instant::now();
    let test: Vec<&dyn FrameSource> = data.test().iter().map(|video| video as _).collect();
    let mut scorers = [system.open(&model)?];
    let scored = score_videos(&test, &mut scorers, FramePass::new(), &mut Silent)?;
    let videos: Vec<_> = scored.into_iter().flatten().collect();
    let frames: usize = videos
        .iter()
        .map(|video| video.scores().values().len())
        .sum();
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "scored {frames} frames in {seconds:.1} s: {:.0} frames/s",
        frames as f64 / seconds
    );
    // The most unusual frame of each video, and why.
    for video in &videos {
        let values = video.scores().values();
        let top = (0..values.len()).max_by(|a, b| values[*a].total_cmp(&values[*b]));
        let reason = top.and_then(|top| video.details().get(top)?.reason.clone());
        if let (Some(top), Some(reason)) = (top, reason) {
            println!(
                "  {} [{top}] {:.2} {}: {}",
                video.scores().id(),
                values[top],
                reason.cue,
                reason.sentence
            );
        }
    }

    let table = ScoreTable::new(videos.into_iter().map(ScoredVideo::into_scores).collect())?;
    let frames: Vec<VideoFrames> = table.videos().iter().map(VideoFrames::from).collect();
    let labels = read_labels(&root.join("labels.csv"), &frames)?.labels;
    let found = evaluate(&table, &labels)?;
    println!(
        "micro AUC {:.4}, macro AUC with one 0 and one 1 added to each video {:.4}",
        found.micro_auc,
        padded_macro_auc(&table, &labels)?
    );
    Ok(())
}
