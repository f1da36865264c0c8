//! Reproduces the results of NumPy, Pillow, SciPy and scikit-learn on UCSD Ped2.

use std::path::{Path, PathBuf};

use oddframe_baseline::{
    FrameDifference, FrameDifferenceSettings, Typical, TypicalFrame, TypicalFrameSettings,
};
use oddframe_core::{FrameSource, ModelFolder, PostStep, ScoreTable, Silent, System};
use oddframe_frames::{Dataset, prepared};
use oddframe_labels::{VideoFrames, read_labels};
use oddframe_metrics::evaluate;
use oddframe_post::Chain;

use crate::score::score_table;

/// The results agree to three decimals: JPEG decoders differ by one gray level in some pixels.
const SAME: f64 = 0.0005;

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

/// The raw scores of the test videos.
fn score_ped2(root: &Path, system: &dyn System) -> ScoreTable {
    let data = Dataset::open(root).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let model = ModelFolder::create(folder.path()).unwrap();
    if system.needs_training() {
        let normal: Vec<_> = data
            .train()
            .iter()
            .map(|video| prepared(system.input(), video).unwrap())
            .collect();
        let normal: Vec<&dyn FrameSource> = normal.iter().map(AsRef::as_ref).collect();
        system.fit(&normal, &model, &mut Silent).unwrap();
    }
    let test: Vec<&dyn FrameSource> = data.test().iter().map(|v| v as _).collect();
    score_table(system.open(&model).unwrap(), &test).unwrap()
}

/// Compares the micro AUC after each chain with Python's.
fn assert_auc(root: &Path, raw: &ScoreTable, expected: [(&str, f64); 3]) {
    for (text, auc) in expected {
        let mut table = raw.clone();
        text.parse::<Chain>().unwrap().apply(&mut table).unwrap();
        let frames: Vec<VideoFrames> = table.videos().iter().map(VideoFrames::from).collect();
        let labels = read_labels(&root.join("labels.csv"), &frames)
            .unwrap()
            .labels;
        let found = evaluate(&table, &labels).unwrap();
        assert_eq!(
            (found.frames, found.videos, found.positives),
            (2010, 12, 1648)
        );
        assert!(
            (found.micro_auc - auc).abs() < SAME,
            "{text}: {} instead of {auc}",
            found.micro_auc
        );
    }
}

const GAUSSIAN: &str = "gaussian(sigma=3) per video";
const ROLLING: &str = "rolling(7) per video | minmax per video";

/// The pool of the scores by the most different patch.
const TOP_PATCH: &str = "topk(patch=16, stride=16, k=1)";

fn frame_difference(pool: &str) -> FrameDifference {
    let pool = pool.parse().unwrap();
    FrameDifference::new(FrameDifferenceSettings {
        pool,
        ..FrameDifferenceSettings::default()
    })
    .unwrap()
}

fn typical_frame(typical: Typical, pool: &str) -> TypicalFrame {
    let pool = pool.parse().unwrap();
    TypicalFrame::new(TypicalFrameSettings {
        typical,
        pool,
        ..TypicalFrameSettings::default()
    })
    .unwrap()
}

#[test]
fn difference_energy() {
    let Some(root) = ped2() else { return };
    let mean = score_ped2(&root, &frame_difference("mean"));
    assert_auc(
        &root,
        &mean,
        [("none", 0.79765), (GAUSSIAN, 0.79398), (ROLLING, 0.90046)],
    );
    let patch = score_ped2(&root, &frame_difference(TOP_PATCH));
    assert_auc(
        &root,
        &patch,
        [("none", 0.81410), (GAUSSIAN, 0.83423), (ROLLING, 0.83008)],
    );
}

#[test]
fn distance_to_the_mean_frame() {
    let Some(root) = ped2() else { return };
    let mean = score_ped2(&root, &typical_frame(Typical::Mean, "mean"));
    assert_auc(
        &root,
        &mean,
        [("none", 0.64665), (GAUSSIAN, 0.64715), (ROLLING, 0.84160)],
    );
    let patch = score_ped2(&root, &typical_frame(Typical::Mean, TOP_PATCH));
    assert_auc(
        &root,
        &patch,
        [("none", 0.66290), (GAUSSIAN, 0.66729), (ROLLING, 0.76229)],
    );
}

#[test]
fn distance_to_the_median_frame() {
    let Some(root) = ped2() else { return };
    let mean = score_ped2(&root, &typical_frame(Typical::Median, "mean"));
    assert_auc(
        &root,
        &mean,
        [("none", 0.62570), (GAUSSIAN, 0.62638), (ROLLING, 0.86292)],
    );
}
