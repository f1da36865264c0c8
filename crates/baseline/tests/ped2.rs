//! The figures that numpy, PIL, scipy and scikit-learn give on UCSD Ped2, reproduced.

use std::path::{Path, PathBuf};

use oddframe_baseline::{DifferenceEnergy, Typical, TypicalDistance};
use oddframe_core::{Detector, EdgePolicy, FrameScorer, FrameSource, PostStep, ScoreTable, Silent};
use oddframe_frames::{Dataset, Filter, Prepare};
use oddframe_labels::{VideoFrames, read_labels};
use oddframe_metrics::evaluate;
use oddframe_post::Chain;
use oddframe_score::{Mean, TopK, TopKPatches};

/// The figures agree to three decimals; JPEG decoders differ by one grey level here and there.
const SAME: f64 = 0.0005;

fn ped2() -> Option<PathBuf> {
    let root = std::env::var_os("ODDFRAME_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let path = root.join("ped2");
    if !path.exists() {
        eprintln!("skipped: {} is not here (set ODDFRAME_DATA)", path.display());
        return None;
    }
    Some(path)
}

fn scores<D: Detector>(root: &Path, detector: &D) -> ScoreTable {
    let data = Dataset::open(root).unwrap();
    let train: Vec<&dyn FrameSource> = data.train().iter().map(|v| v as _).collect();
    let test: Vec<&dyn FrameSource> = data.test().iter().map(|v| v as _).collect();
    detector.fit(&train, &mut Silent).unwrap().score_all(&test, &mut Silent).unwrap()
}

/// Micro AUC after each chain, against what Python gives.
fn compare(root: &Path, raw: &ScoreTable, expected: [(&str, f64); 3]) {
    for (text, auc) in expected {
        let mut table = raw.clone();
        text.parse::<Chain>().unwrap().apply(&mut table).unwrap();
        let frames: Vec<VideoFrames> = table.videos().iter().map(VideoFrames::from).collect();
        let labels = read_labels(&root.join("labels.csv"), &frames).unwrap().labels;
        let found = evaluate(&table, &labels).unwrap();
        assert_eq!((found.frames, found.videos, found.positives), (2010, 12, 1648));
        assert!((found.micro_auc - auc).abs() < SAME, "{text}: {} instead of {auc}", found.micro_auc);
    }
}

const GAUSSIAN: &str = "gaussian(sigma=3) per video";
const ROLLING: &str = "rolling(7) per video | minmax per video";

fn look() -> Prepare {
    Prepare::new(128, 128).unwrap().with_filter(Filter::Antialiased)
}

#[test]
fn difference_energy() {
    let Some(root) = ped2() else { return };
    let mean = scores(&root, &DifferenceEnergy::new(look(), Mean, EdgePolicy::Nearest));
    compare(&root, &mean, [("none", 0.79765), (GAUSSIAN, 0.79398), (ROLLING, 0.90046)]);
    let patch = scores(
        &root,
        &DifferenceEnergy::new(
            look(),
            TopKPatches::new(16, 16, TopK::Count(1)).unwrap(),
            EdgePolicy::Nearest,
        ),
    );
    compare(&root, &patch, [("none", 0.81410), (GAUSSIAN, 0.83423), (ROLLING, 0.83008)]);
}

#[test]
fn distance_to_the_mean_frame() {
    let Some(root) = ped2() else { return };
    let mean = scores(&root, &TypicalDistance::new(look(), Mean, Typical::Mean));
    compare(&root, &mean, [("none", 0.64665), (GAUSSIAN, 0.64715), (ROLLING, 0.84160)]);
    let patch = scores(
        &root,
        &TypicalDistance::new(look(), TopKPatches::new(16, 16, TopK::Count(1)).unwrap(), Typical::Mean),
    );
    compare(&root, &patch, [("none", 0.66290), (GAUSSIAN, 0.66729), (ROLLING, 0.76229)]);
}

#[test]
fn distance_to_the_median_frame() {
    let Some(root) = ped2() else { return };
    let mean = scores(&root, &TypicalDistance::new(look(), Mean, Typical::Median));
    compare(&root, &mean, [("none", 0.62570), (GAUSSIAN, 0.62638), (ROLLING, 0.86292)]);
}
