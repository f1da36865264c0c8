//! The AUC on UCSD Ped2 beside that of the Python prototype.

use std::path::{Path, PathBuf};

use oddframe_core::{FrameSource, ModelFolder, ScoreTable, ScoredVideo, Silent, System};
use oddframe_frames::{Dataset, FramePass, prepared, score_videos};
use oddframe_labels::{VideoFrames, read_labels};
use oddframe_metrics::{evaluate, padded_macro_auc};
use oddframe_objects::{ObjectSettings, Objects};

fn ped2() -> Option<PathBuf> {
    let root = std::env::var_os("ODDFRAME_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = root.join("ped2");
    if !path.exists() {
        eprintln!(
            "skipped: {} is not here (set ODDFRAME_DATA)",
            path.display()
        );
        return None;
    }
    Some(path)
}

#[test]
#[ignore = "fits 2,550 frames and scores 2,010: a minute in release, many in debug"]
fn the_auc_is_that_of_the_prototype() {
    let Some(root) = ped2() else { return };
    let data = Dataset::open(&root).unwrap();
    let system = Objects::new(ObjectSettings::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let model = ModelFolder::create(folder.path()).unwrap();
    let normal: Vec<_> = data
        .train()
        .iter()
        .map(|video| prepared(system.input(), video).unwrap())
        .collect();
    let normal: Vec<&dyn FrameSource> = normal.iter().map(AsRef::as_ref).collect();
    system.fit(&normal, &model, &mut Silent).unwrap();
    let test: Vec<&dyn FrameSource> = data.test().iter().map(|video| video as _).collect();
    let scored = score_videos(
        &test,
        &mut [system.open(&model).unwrap()],
        FramePass::new(),
        &mut Silent,
    )
    .unwrap();
    let videos = scored.into_iter().flatten().map(ScoredVideo::into_scores);
    let table = ScoreTable::new(videos.collect()).unwrap();
    let frames: Vec<VideoFrames> = table.videos().iter().map(VideoFrames::from).collect();
    let labels = read_labels(&root.join("labels.csv"), &frames)
        .unwrap()
        .labels;
    let (micro, padded) = (
        evaluate(&table, &labels).unwrap().micro_auc,
        padded_macro_auc(&table, &labels).unwrap(),
    );
    println!("micro {micro:.4}, macro {padded:.4}");
    // The prototype gives .973 and .998.
    assert!((micro - 0.973).abs() < 0.005, "{micro}");
    assert!((padded - 0.998).abs() < 0.005, "{padded}");
}
