//! Each stage against PyTorch, on the maps of `scripts/export_video_patch_core.py`.

use oddframe_core::{FrameNumber, Random, Rect, Silent, VideoId};
use serde_json::Value;

use super::banks::Banks;
use super::clip_features::{ClipFeatures, TubeFeatures};
use super::clip_score::ClipScorer;
use super::pooling::{pool_appearance, pool_motion, pool_pyramid, pool_scene};
use super::{BoxSource, VideoPatchCoreSettings};
use crate::maps::JoinMaps;
use crate::{Bank, Features, MapShape, RowOrigin};

const FRAMES: usize = 10;
const CHANNELS: usize = 4;
const GRID: usize = 2;
const SHAPES: [MapShape; 2] = [
    MapShape {
        height: 8,
        width: 8,
        channels: 6,
    },
    MapShape {
        height: 4,
        width: 4,
        channels: 10,
    },
];

/// PyTorch computes in 64 bits, we in 32: sums of some hundred numbers below 1 agree this well.
const TOLERANCE: f64 = 2e-6;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../../tests/fixtures/video_patch_core.json")).unwrap()
}

/// The maps of a clip, as the script draws them.
fn draw_maps(seed: u64) -> Vec<Vec<f32>> {
    let mut random = Random::new(seed);
    SHAPES
        .iter()
        .map(|shape| {
            let values = FRAMES * shape.height * shape.width * shape.channels;
            (0..values).map(|_| random.unit() as f32).collect()
        })
        .collect()
}

fn join(maps: &[Vec<f32>], target: usize, channels: Option<usize>) -> (Vec<f32>, MapShape) {
    let mut join = JoinMaps::new(&SHAPES, &[0, 1], target, true, channels).unwrap();
    let mut joined = Vec::new();
    for image in 0..FRAMES {
        join.join_into(maps, image, &mut joined);
    }
    (joined, join.output())
}

fn read_features(seed: u64) -> ClipFeatures {
    let maps = draw_maps(seed);
    let (people, shape) = join(&maps, 0, Some(CHANNELS));
    let tube = TubeFeatures {
        area: Rect {
            left: 0.0,
            top: 0.0,
            right: 8.0,
            bottom: 8.0,
        },
        appearance: pool_appearance(&people, shape, GRID),
        motion: pool_motion(&people, shape),
    };
    let (scene, shape) = join(&maps, 1, None);
    ClipFeatures {
        scene: pool_pyramid(&pool_scene(&scene, shape), shape.channels),
        tubes: vec![tube],
    }
}

fn assert_close(what: &str, found: &[f32], expected: &Value) {
    let expected: Vec<f64> = serde_json::from_value(expected.clone()).unwrap();
    assert_eq!(found.len(), expected.len(), "{what}");
    for (place, (found, expected)) in found.iter().zip(expected).enumerate() {
        let difference = (f64::from(*found) - expected).abs();
        assert!(
            difference <= TOLERANCE,
            "{what}, value {place}: {found} instead of {expected}"
        );
    }
}

#[test]
fn features_agree() {
    let expected = fixture();
    let (people, shape) = join(&draw_maps(3), 0, Some(CHANNELS));
    let first = &people[..shape.height * shape.width * shape.channels];
    assert_close("joined maps of the first image", first, &expected["people"]);
    let features = read_features(3);
    let tube = &features.tubes[0];
    assert_close("appearance", &tube.appearance, &expected["spatial"]);
    assert_close("mean motion", &tube.motion.mean, &expected["motion_mean"]);
    assert_close("greatest motion", &tube.motion.max, &expected["motion_max"]);
    assert_close("scene", &features.scene, &expected["scene"]);
}

/// A bank of these rows, all of them.
fn remember(dimensions: usize, rows: [&Vec<f32>; 2]) -> Bank {
    let features = Features::from_vec(dimensions, rows.map(Clone::clone).concat()).unwrap();
    let origin = RowOrigin::of_frame(&VideoId::new("1"), FrameNumber(0));
    let origins = vec![origin; features.len()];
    let options = VideoPatchCoreSettings::default().bank_options(features.len());
    Bank::build(&features, &origins, "maps", &options, &mut Silent).unwrap()
}

#[test]
fn distances_and_scores_agree() {
    let expected = fixture();
    let [a, b] = [read_features(1), read_features(2)];
    let (tube_a, tube_b) = (&a.tubes[0], &b.tubes[0]);
    let banks = Banks {
        spatial: remember(CHANNELS, [&tube_a.appearance, &tube_b.appearance]),
        temporal: remember(CHANNELS, [&tube_a.motion.mean, &tube_b.motion.mean]),
        global: remember(16, [&a.scene, &b.scene]),
    };
    let features = read_features(3);
    let tube = &features.tubes[0];
    for (name, bank, rows) in [
        ("spatial", &banks.spatial, &tube.appearance),
        ("temporal", &banks.temporal, &tube.motion.max),
        ("global", &banks.global, &features.scene),
    ] {
        let mut neighbours = Vec::new();
        bank.nearest(rows, &mut neighbours).unwrap();
        let distances: Vec<f32> = neighbours.iter().map(|n| n.distance).collect();
        assert_close(name, &distances, &expected["distances"][name]);
    }
    let mut scorer = ClipScorer::new(&VideoPatchCoreSettings::default(), banks);
    let score = scorer.score_clip(&features).unwrap();
    let agrees = |found: f64, expected: &Value| {
        let expected = expected.as_f64().unwrap();
        (found - expected).abs() <= 1e-5 * expected
    };
    assert!(agrees(score.value, &expected["score"]), "{}", score.value);
    assert!(agrees(score.boxes[0].score, &expected["local"]));
    assert!(score.reason.is_some());
    // Nobody there: the scene alone.
    let empty = ClipFeatures {
        tubes: Vec::new(),
        ..features
    };
    let alone = scorer.score_clip(&empty).unwrap().value;
    let with_people = expected["score"].as_f64().unwrap();
    let local = 0.7 * expected["local"].as_f64().unwrap();
    assert!((alone - (with_people - local)).abs() <= 1e-5 * with_people);
}

#[test]
fn the_default_boxes_need_no_file() {
    let boxes = BoxSource::open(&VideoPatchCoreSettings::default()).unwrap();
    assert!(matches!(boxes, BoxSource::Foreground));
}
