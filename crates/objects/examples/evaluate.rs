//! The AUC of the system on a data set: fits on its training videos, scores its test videos, compares with its labels.
//!
//! `cargo run --release -p oddframe-objects --example evaluate -- DIR [causal] [street SEED] [maps FOLDER]`
//!
//! DIR has training and test videos and `labels.csv`; where it has `tracks.csv` too, RBDC and TBDC are printed. With `street` the
//! synthetic street of this seed is written to it first. With `maps` that folder gets maps of what is usual where.

use std::path::PathBuf;
use std::time::Instant;

use oddframe_core::{FrameSource, ModelFolder, ScoreTable, ScoredVideo, Silent, System, Track};
use oddframe_frames::{Dataset, FramePass, prepared, score_videos};
use oddframe_labels::{VideoFrames, read_labels};
use oddframe_metrics::{Detection, LocalisationOptions, evaluate, padded_macro_auc, rbdc_tbdc};
use oddframe_objects::{ObjectSettings, Objects};
use oddframe_synth::{Preset, Scene, WriteOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let root = PathBuf::from(words.next().ok_or("the folder of a data set is missing")?);
    let (mut settings, mut maps) = (ObjectSettings::default(), None);
    while let Some(word) = words.next() {
        match word.as_str() {
            "causal" => settings.causal = true,
            "street" => {
                let seed = words.next().ok_or("the seed of the street is missing")?;
                let scene = Scene::new(Preset::Small, seed.parse()?);
                scene.write(&root, WriteOptions::new(), &mut Silent)?;
            }
            "maps" => maps = Some(words.next().ok_or("the folder of the maps is missing")?),
            other => {
                return Err(format!("`{other}` is none of `causal`, `street`, `maps`").into());
            }
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

    if let Some(folder) = maps.map(PathBuf::from) {
        std::fs::create_dir_all(&folder)?;
        for map in system.draw_model(&model)? {
            std::fs::write(folder.join(format!("{}.png", map.name)), map.png)?;
        }
    }

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

    let frames: Vec<VideoFrames> = videos
        .iter()
        .map(|video| VideoFrames::from(video.scores()))
        .collect();
    let known = read_labels(&root, &frames)?;
    let labels = known.labels;
    if !labels.tracks().is_empty() {
        print_localisation(&videos, labels.tracks())?;
    }
    let table = ScoreTable::new(videos.into_iter().map(ScoredVideo::into_scores).collect())?;
    let found = evaluate(&table, &labels)?;
    println!(
        "micro AUC {:.4}, macro AUC with one 0 and one 1 added to each video {:.4}",
        found.micro_auc,
        padded_macro_auc(&table, &labels)?
    );
    Ok(())
}

/// How well the boxes of frames fit the true ones: all boxes by their own scores, and the highest box of each frame by the
/// score of the frame.
fn print_localisation(
    videos: &[ScoredVideo],
    tracks: &[Track],
) -> Result<(), Box<dyn std::error::Error>> {
    let (mut all, mut highest, mut frames) = (Vec::new(), Vec::new(), 0);
    let (mut inside, mut abnormal) = (0, 0);
    for video in videos {
        let scores = video.scores();
        frames += scores.values().len();
        for ((number, value), details) in scores
            .numbers()
            .iter()
            .zip(scores.values())
            .zip(video.details())
        {
            let detection = |rect, score| Detection {
                video: scores.id().clone(),
                frame: *number,
                rect,
                score,
            };
            all.extend(details.boxes.iter().map(|b| detection(b.area, b.score)));
            let top = details
                .boxes
                .iter()
                .max_by(|a, b| a.score.total_cmp(&b.score));
            highest.extend(top.map(|top| detection(top.area, *value)));
            let truth: Vec<_> = tracks
                .iter()
                .filter(|track| track.video == *scores.id())
                .flat_map(|track| &track.boxes)
                .filter(|(frame, _)| frame == number)
                .collect();
            abnormal += usize::from(!truth.is_empty());
            let hit = top.is_some_and(|top| truth.iter().any(|(_, b)| b.iou(top.area) >= 0.1));
            inside += usize::from(hit);
        }
    }
    for (name, detections) in [("all boxes", all), ("highest box of a frame", highest)] {
        let found = rbdc_tbdc(&detections, tracks, frames, LocalisationOptions::default())?;
        println!("RBDC {:.4}, TBDC {:.4} ({name})", found.rbdc, found.tbdc);
    }
    println!("the highest box meets the truth in {inside} of {abnormal} abnormal frames");
    Ok(())
}
