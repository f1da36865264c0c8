//! Reproduces the submissions of a real competition entry, which were computed with numpy and scipy.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use oddframe_core::{FrameNumber, Origin, PostStep, ScoreTable, VideoScores};
use oddframe_post::{Chain, Fusion};

/// The table of a file with the rows `video_frame,score` under a header; `None` if the data is not available.
fn read(name: &str) -> Option<ScoreTable> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let data =
        std::env::var_os("ODDFRAME_DATA").map_or_else(|| PathBuf::from(default), PathBuf::from);
    let path = data.join("pixelplay26").join(name);
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("skipped: {} cannot be read", path.display());
        return None;
    };
    let mut videos: BTreeMap<u64, (Vec<FrameNumber>, Vec<f64>)> = BTreeMap::new();
    for row in text.lines().skip(1) {
        let (id, score) = row.split_once(',').unwrap();
        let (video, frame) = id.split_once('_').unwrap();
        let (numbers, values) = videos.entry(video.parse().unwrap()).or_default();
        numbers.push(FrameNumber(frame.parse().unwrap()));
        values.push(score.parse().unwrap());
    }
    let videos = videos.into_iter().map(|(id, (numbers, values))| {
        let origins = vec![Origin::Computed; values.len()];
        VideoScores::from_parts(id.to_string().as_str().into(), numbers, values, origins).unwrap()
    });
    Some(ScoreTable::new(videos.collect()).unwrap())
}

#[test]
fn smoothing_and_min_max_give_the_smoothed_submission() {
    let (Some(mut scores), Some(golden)) =
        (read("sub_all_smooth0.csv"), read("sub_all_smooth3.csv"))
    else {
        return;
    };
    assert_eq!(golden.len(), 11_706);
    let chain: Chain = "gaussian(sigma=3) per video | minmax".parse().unwrap();
    assert!(chain.apply(&mut scores).unwrap().is_empty());
    assert_eq!(scores, golden);
}

#[test]
fn the_higher_of_two_systems_gives_the_fused_submission() {
    let parts = [
        read("sub_rgb_only.csv"),
        read("sub_flow_only.csv"),
        read("sub_max_fusion.csv"),
    ];
    let [Some(colour), Some(flow), Some(golden)] = parts else {
        return;
    };
    let mut scores = Fusion::Max.fuse(&[colour, flow]).unwrap();
    "minmax over all"
        .parse::<Chain>()
        .unwrap()
        .apply(&mut scores)
        .unwrap();
    assert_eq!(scores, golden);
}
