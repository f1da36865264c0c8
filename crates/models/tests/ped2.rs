//! Networks trained by PyTorch on UCSD Ped2 give the scores there that they gave in PyTorch: through decoding, resizing,
//! the network and pooling.
#![allow(clippy::default_trait_access)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use burn::backend::Flex;
use oddframe_clips::{Look, Measure, ScoreOptions, VideoScorer};
use oddframe_core::{FrameScorer, FrameSource, PixelFormat, Silent, WindowSpec};
use oddframe_frames::{Dataset, Filter, FirstFrame};
use oddframe_models::{ConvAeConfig, DenoisingAeConfig, ModelConfig, Network};
use oddframe_nn::load_weights;
use oddframe_score::{Mean, TopK, TopKPatches};

/// What the score of a frame may differ by, relative to PyTorch's. The files are decoded to the same pixels there.
const ALLOWED: f64 = 1e-4;

/// The folders of the videos and of the networks.
fn data() -> Option<(PathBuf, PathBuf)> {
    let root = std::env::var_os("ODDFRAME_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let folders = (root.join("ped2"), root.join("parity"));
    if !folders.0.exists() || !folders.1.exists() {
        eprintln!("skipped: {} has no ped2 and parity (set ODDFRAME_DATA)", root.display());
        return None;
    }
    Some(folders)
}

/// Scores by video and frame.
fn expected(path: &Path) -> HashMap<(u64, u64), f64> {
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().skip(1).map(|line| {
        let fields: Vec<&str> = line.split(',').collect();
        ((fields[0].parse().unwrap(), fields[1].parse().unwrap()), fields[2].parse().unwrap())
    });
    rows.collect()
}

/// Scores the first videos and compares frame by frame.
fn same_as_torch(name: &str, config: &ModelConfig, look: Look, measure: Measure, table: &str, videos: usize) {
    let Some((ped2, parity)) = data() else { return };
    let windows = WindowSpec::new(config.default_clip().frames, 1).unwrap();
    let clip = look.clip(windows.length());
    let net = config.init::<Flex>(clip, &Default::default()).unwrap();
    let net = load_weights(net, parity.join(name), &config.weight_names()).unwrap();
    let scorer = VideoScorer::new(net.freeze().unwrap(), ScoreOptions::new(look, windows, measure)).unwrap();
    let dataset = Dataset::open(&ped2).unwrap().with_format(PixelFormat::Gray);
    let videos: Vec<&dyn FrameSource> = dataset.test().iter().take(videos).map(|video| video as _).collect();
    let scores = scorer.score_all(&videos, &mut Silent).unwrap();
    let expected = expected(&parity.join(table));
    let (mut worst, mut frames) = (0.0_f64, 0);
    for video in scores.videos() {
        let number = video.id().number().unwrap();
        for (frame, score) in video.numbers().iter().zip(video.values()) {
            let torchs = expected[&(number, frame.0)];
            worst = worst.max((score - torchs).abs() / torchs);
            frames += 1;
        }
    }
    assert!(frames > 0 && worst < ALLOWED, "{name}: {worst} off in the worst of {frames} frames");
    println!("{name}: {worst} off in the worst of {frames} frames");
}

fn gray() -> Look {
    Look::new(128, 128, PixelFormat::Gray).unwrap().with_filter(Filter::Antialiased)
}

fn differences(videos: usize) {
    // As PyTorch's script gave the first frame the score of the second.
    let look = gray().with_difference(FirstFrame::Next);
    let measure = Measure::new(TopKPatches::new(16, 16, TopK::Count(1)).unwrap());
    let config = ConvAeConfig::of_differences().into();
    same_as_torch("diffae.pt", &config, look, measure, "diffae.top1.clean.csv", videos);
}

fn denoising(videos: usize) {
    let config = DenoisingAeConfig::default().into();
    same_as_torch("denoise16.pt", &config, gray(), Measure::new(Mean), "denoise16.mean.clean.csv", videos);
}

#[test]
fn differences_score_as_in_torch() {
    differences(2);
}

#[test]
fn cuboids_score_as_in_torch() {
    denoising(1);
}

#[test]
#[ignore = "all of Ped2 takes a minute"]
fn all_of_ped2_scores_as_in_torch() {
    differences(usize::MAX);
    denoising(usize::MAX);
}
