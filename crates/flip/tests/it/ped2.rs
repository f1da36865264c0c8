//! The trained PyTorch network decides here as it does there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::backend::Flex;
use burn::tensor::{Device, Tensor};
use oddframe_core::{FrameSource, PixelFormat, Silent};
use oddframe_flip::{
    Decisions, FlipClassifier, FlipConfig, FlipInference, FlipNet, FlipReport, UprightOptions,
    detect_flips,
};
use oddframe_frames::{Dataset, flip_vertically};
use oddframe_labels::read_flags;

type Pattern = fn(usize, usize) -> usize;

/// The data's folder, where it has this in it.
fn data(part: &str) -> Option<PathBuf> {
    let root = std::env::var_os("ODDFRAME_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    if root.join(part).exists() {
        return Some(root);
    }
    eprintln!(
        "skipped: {} is not here (set ODDFRAME_DATA)",
        root.join(part).display()
    );
    None
}

fn network(root: &Path) -> FlipNet<Flex> {
    let path = root.join("parity/flipnet.pt");
    FlipConfig::default()
        .load(&path, &Device::<Flex>::default())
        .unwrap()
}

/// Log odds that PyTorch 2.11 gives for patterns that need no image reader.
#[test]
fn patterns_get_pytorchs_odds() {
    let Some(root) = data("parity/flipnet.pt") else {
        return;
    };
    let net = network(&root);
    let patterns: [(Pattern, f64); 4] = [
        (|x, y| (7 * x + 13 * y) % 256, 7.978_472_7),
        (|_, y| 4 * y % 256, -22.222_208),
        (|_, _| 0, -20.834_753),
        (|_, y| 255 - 4 * y, 13.234_829),
    ];
    let mut classifier = FlipInference::new(&net).unwrap();
    for (pattern, expected) in patterns {
        let values: Vec<f32> = (0..64 * 64)
            .map(|i| pattern(i % 64, i / 64) as f32 / 255.0)
            .collect();
        let mut probability = [0.0];
        classifier
            .flip_probabilities(&values, 1, &mut probability)
            .unwrap();
        let frozen = (probability[0] / (1.0 - probability[0])).ln();
        let frame = Tensor::<Flex, 1>::from_data(values.as_slice(), &Device::<Flex>::default());
        let odds = net
            .log_odds(frame.reshape([1, 1, 64, 64]))
            .into_data()
            .to_vec::<f32>()
            .unwrap();
        for found in [f64::from(odds[0]), frozen] {
            assert!(
                (found - expected).abs() < 1e-4 * expected.abs(),
                "{found} instead of {expected}"
            );
        }
    }
}

/// A video upside down.
struct UpsideDown<S>(S);

impl<S: FrameSource> FrameSource for UpsideDown<S> {
    fn video(&self) -> &oddframe_core::Video {
        self.0.video()
    }
    fn read_into(
        &self,
        index: usize,
        out: &mut oddframe_core::Frame,
    ) -> Result<(), oddframe_core::Error> {
        self.0.read_into(index, out)?;
        flip_vertically(out);
        Ok(())
    }
}

#[test]
fn every_frame_of_ped2_is_upright_and_upside_down_it_is_not() {
    let (Some(root), Some(_)) = (data("parity/flipnet.clean.csv"), data("ped2/testing")) else {
        return;
    };
    let mut classifier = FlipInference::new(&network(&root)).unwrap();
    let set = Dataset::open(&root.join("ped2"))
        .unwrap()
        .with_format(PixelFormat::Gray);
    let mut judged = |videos: &[&dyn FrameSource]| -> Vec<Decisions> {
        detect_flips(videos, &mut classifier, UprightOptions::new(), &mut Silent).unwrap()
    };
    let videos: Vec<&dyn FrameSource> = set.test().iter().map(|v| v as _).collect();
    let decisions = judged(&videos);
    let expected = read_flags(&root.join("parity/flipnet.clean.csv"), "flipped").unwrap();
    let report = FlipReport::new(&decisions, &expected).unwrap();
    assert_eq!(
        (
            report.frames(),
            report.missed + report.mistaken,
            report.unused
        ),
        (2010, 0, 0)
    );
    let odds = |decisions: &[Decisions]| -> BTreeMap<String, f64> {
        let log_odds = |p: f64| (p / (1.0 - p)).ln();
        let mean = |d: &Decisions| {
            d.frames()
                .iter()
                .map(|f| log_odds(f.probability))
                .sum::<f64>()
                / d.frames().len() as f64
        };
        decisions
            .iter()
            .map(|d| (d.id().to_string(), mean(d)))
            .collect()
    };
    // PyTorch's means over the frames of a video, through Pillow's decoder and resizer.
    let close = |found: f64, expected: f64| {
        assert!((found - expected).abs() < 0.01, "{found}, not {expected}");
    };
    let upright = odds(&decisions);
    for (video, expected) in [("01", -10.5999), ("04", -11.7517), ("12", -10.4293)] {
        close(upright[video], expected);
    }
    let turned: Vec<_> = set.test()[..2].iter().map(UpsideDown).collect();
    let turned: Vec<&dyn FrameSource> = turned.iter().map(|v| v as _).collect();
    let decisions = judged(&turned);
    assert!(
        decisions
            .iter()
            .flat_map(Decisions::frames)
            .all(|frame| frame.flipped)
    );
    let flipped = odds(&decisions);
    for (video, expected) in [("01", 8.8505), ("02", 8.6013)] {
        close(flipped[video], expected);
    }
}
