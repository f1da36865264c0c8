//! The error maps that a run keeps.

use std::fs;

use oddframe_core::{FrameNumber, VideoId};
use oddframe_pipeline::{Recipe, Registry, RunFolder, TestVideos};
use tempfile::tempdir;

use crate::common::{data, parse, read, run, with_causes};

/// A system with an error map for each frame.
const RECIPE: &str = r#"
name = "mapped"
seed = 7
baselines = false
scene = { preset = "tiny", seed = 3, damaged = true }
report = { maps = true }

[[system]]
name = "frames"
kind = "conv_ae"
post = "minmax"
model = { channels = [4], latent = 0 }
input = { width = 24, height = 16 }
train = { epochs = 1 }

[[system]]
name = "compared"
kind = "typical_frame"
fused = false
width = 24
height = 16
"#;

fn open(folder: &std::path::Path) -> RunFolder {
    RunFolder::open(folder, &Registry::default()).unwrap()
}

fn recipe(maps: bool) -> Recipe {
    parse(&RECIPE.replace("maps = true", &format!("maps = {maps}")))
}

#[test]
fn a_run_keeps_the_map_of_every_frame_and_resuming_adds_them() {
    let (with, later) = (tempdir().unwrap(), tempdir().unwrap());
    run(&recipe(true), &data(), with.path()).unwrap();
    run(&recipe(false), &data(), later.path()).unwrap();
    assert!(!open(later.path()).maps_folder().exists());
    // A session that was killed while it added maps left those of a few frames.
    let half = later.path().join("maps/frames.0/01");
    fs::create_dir_all(&half).unwrap();
    run(&recipe(true), &data(), later.path()).unwrap();
    assert_eq!(
        read(with.path(), "scores.csv"),
        read(later.path(), "scores.csv")
    );
    let (with_maps, added) = (open(with.path()), open(later.path()));
    let all = data();
    for video in all.test().unwrap() {
        for number in video.numbers() {
            let map = with_maps.read_map("frames", 0, video.id(), *number);
            let map = map.unwrap().unwrap();
            assert_eq!((map.width, map.values.len()), (24, 24 * 16));
            assert!(map.values.iter().any(|value| *value > 0.0));
            let compared = with_maps.read_map("compared", 0, video.id(), *number);
            assert_eq!(compared.unwrap(), None, "it is not fused");
            let later = added.read_map("frames", 0, video.id(), *number).unwrap();
            assert_eq!(later, Some(map));
        }
    }
    let (video, frame) = (VideoId::new("01"), FrameNumber(3));
    fs::write(later.path().join("maps/frames.0/01/3.npy"), "no array").unwrap();
    let error = added.read_map("frames", 0, &video, frame).unwrap_err();
    assert!(error.to_string().contains("3.npy"), "{error}");
    // Who keeps no pictures keeps no maps.
    let mut without = recipe(false);
    without.report.pictures = false;
    run(&without, &data(), later.path()).unwrap();
    assert!(!added.maps_folder().exists());
}

#[test]
fn maps_without_pictures_are_refused() {
    let text = RECIPE.replace("maps = true", "maps = true, pictures = false");
    let error = Recipe::parse(&text, &Registry::default()).unwrap_err();
    assert!(error.to_string().contains("report.maps"), "{error}");
}

#[test]
fn the_test_videos_of_a_run_are_found_again() {
    let folder = tempdir().unwrap();
    run(&recipe(false), &data(), &folder.path().join("run")).unwrap();
    let run = open(&folder.path().join("run"));
    let videos = TestVideos::find(&run, None).unwrap();
    let all = data();
    let source = all.test().unwrap()[1];
    let mut stream = videos.stream(source.id()).unwrap();
    let mut frame = oddframe_core::Frame::default();
    assert!(stream.next_into(&mut frame).unwrap());
    assert_eq!(frame, source.read(0).unwrap());
    let error = videos.stream(&VideoId::new("99")).err().unwrap();
    assert!(error.to_string().contains("no test video 99"), "{error}");

    let error = TestVideos::find(&run, Some(&folder.path().join("nowhere"))).unwrap_err();
    assert!(with_causes(&error).contains("nowhere"), "{error}");
    // A run of a folder that is gone.
    let record = read(run.path(), "run.json");
    let gone = record.replace(all.name(), "gone/street");
    assert_ne!(gone, record);
    fs::write(run.path().join("run.json"), gone).unwrap();
    let error = TestVideos::find(&open(run.path()), None).unwrap_err();
    assert!(
        error.to_string().contains("gone/street") && error.to_string().contains("--data"),
        "{error}"
    );
}
