//! Networks that were trained with PyTorch on UCSD Ped2 give the same scores here as in PyTorch: through decoding, resizing,
//! the network and pooling.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use burn::backend::Flex;
use oddframe_clips::{Measure, NetworkScorer, ScoreOptions};
use oddframe_core::{
    Filter, FirstFrame, FrameInput, FrameSource, PixelFormat, ScoredVideo, Scorer, Silent,
    WindowSpec,
};
use oddframe_frames::{Dataset, FramePass, score_videos};
use oddframe_models::{ConvAeConfig, DenoisingAeConfig, ModelConfig, Network};
use oddframe_nn::load_weights;
use oddframe_score::{Mean, TopK, TopKPatches};

/// The largest allowed difference of a score, relative to PyTorch's, where the files are decoded to the same pixels.
const TOLERANCE: f64 = 1e-4;

/// The folders of the videos and of the networks, where they exist.
fn find_data() -> Option<(PathBuf, PathBuf)> {
    let root = std::env::var_os("ODDFRAME_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let folders = (root.join("ped2"), root.join("parity"));
    if !folders.0.exists() || !folders.1.exists() {
        eprintln!(
            "skipped: {} has no ped2 and parity (set ODDFRAME_DATA)",
            root.display()
        );
        return None;
    }
    Some(folders)
}

/// The scores by video and frame number.
fn read_expected(path: &Path) -> HashMap<(u64, u64), f64> {
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().skip(1).map(|line| {
        let fields: Vec<&str> = line.split(',').collect();
        (
            (fields[0].parse().unwrap(), fields[1].parse().unwrap()),
            fields[2].parse().unwrap(),
        )
    });
    rows.collect()
}

/// Scores the first videos and compares the scores frame by frame.
fn check_equals_torch(
    name: &str,
    config: &ModelConfig,
    input: FrameInput,
    measure: Measure,
    table: &str,
    videos: usize,
) {
    let Some((ped2, parity)) = find_data() else {
        return;
    };
    let windows = WindowSpec::new(config.default_clip().frames, 1).unwrap();
    let clip = input.clip(windows.length()).unwrap();
    let net = config.init::<Flex>(clip, &Default::default()).unwrap();
    let net = load_weights(net, parity.join(name), &config.weight_names()).unwrap();
    let options = ScoreOptions::new(input, windows, measure);
    let scorer = NetworkScorer::new(net.to_inference().unwrap(), options).unwrap();
    let mut scorers: [Box<dyn Scorer>; 1] = [Box::new(scorer)];
    let dataset = Dataset::open(&ped2).unwrap().with_format(PixelFormat::Gray);
    let videos: Vec<&dyn FrameSource> = dataset
        .test()
        .iter()
        .take(videos)
        .map(|video| video as _)
        .collect();
    let scored = score_videos(&videos, &mut scorers, FramePass::new(), &mut Silent).unwrap();
    let expected = read_expected(&parity.join(table));
    let (mut worst, mut frames) = (0.0_f64, 0);
    for video in scored.iter().flatten().map(ScoredVideo::scores) {
        let number = video.id().number().unwrap();
        for (frame, score) in video.numbers().iter().zip(video.values()) {
            let torch = expected[&(number, frame.0)];
            worst = worst.max((score - torch).abs() / torch);
            frames += 1;
        }
    }
    assert!(
        frames > 0 && worst < TOLERANCE,
        "{name}: the largest relative difference of {frames} frames is {worst}"
    );
    println!("{name}: the largest relative difference of {frames} frames is {worst}");
}

fn gray_input() -> FrameInput {
    FrameInput::new(128, 128, PixelFormat::Gray)
        .unwrap()
        .with_filter(Filter::Antialiased)
}

fn check_differences(videos: usize) {
    // PyTorch's script gives the first frame the score of the second.
    let input = gray_input().with_difference(FirstFrame::Next);
    let measure = Measure::new(TopKPatches::new(16, 16, TopK::Count(1)).unwrap());
    let config = ConvAeConfig::of_differences().into();
    check_equals_torch(
        "diffae.pt",
        &config,
        input,
        measure,
        "diffae.top1.clean.csv",
        videos,
    );
}

fn check_denoising(videos: usize) {
    let config = DenoisingAeConfig::default().into();
    check_equals_torch(
        "denoise16.pt",
        &config,
        gray_input(),
        Measure::new(Mean),
        "denoise16.mean.clean.csv",
        videos,
    );
}

#[test]
fn differences_score_as_in_torch() {
    check_differences(2);
}

#[test]
fn cuboids_score_as_in_torch() {
    check_denoising(1);
}

#[test]
#[ignore = "all of Ped2 takes a minute"]
fn all_of_ped2_scores_as_in_torch() {
    check_differences(usize::MAX);
    check_denoising(usize::MAX);
}
