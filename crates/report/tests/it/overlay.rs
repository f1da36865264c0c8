//! The footage with what was found drawn in. Skipped where ffmpeg is not installed.

use std::fs;
use std::path::Path;

use oddframe_core::{Frame, FrameStream, Silent, VideoId};
use oddframe_pipeline::{
    Data, Engine, Outcome, Recipe, Registry, RunFolder, Runner, SceneRecipe, TestVideos,
};
use oddframe_report::{OverlayOptions, write_overlays};
use oddframe_synth::{Preset, Scene, WriteOptions};
use oddframe_video::{Ffmpeg, VideoFile};
use tempfile::tempdir;

const RECIPE: &str = r#"
name = "tiny"
baselines = false
scene = { preset = "tiny", seed = 3 }
report = { maps = true }
repair = { mend = "nearest" }

[[system]]
name = "typical"
kind = "typical_frame"
width = 24
height = 16
"#;

/// The panel below the picture: its height, and the first row, the rows and the margin of the curve.
const PANEL: usize = 156;
const CURVE: (usize, f64, f64) = (66, 78.0, 3.0);

fn has_ffmpeg() -> bool {
    let found = Ffmpeg::find();
    if let Err(error) = &found {
        println!("skipped: {error}");
    }
    found.is_ok()
}

fn run(data: &Data, folder: &Path) -> RunFolder {
    let registry = Registry::default();
    let recipe = Recipe::parse(RECIPE, &registry).unwrap();
    let engine = Engine::open("flex".parse().unwrap()).unwrap();
    let runner = Runner::new(&registry, &engine);
    runner.run(&recipe, data, folder, &mut Silent).unwrap();
    RunFolder::open(folder, &registry).unwrap()
}

fn scene() -> Data {
    Data::scene(&SceneRecipe {
        preset: Preset::Tiny,
        seed: 3,
        damaged: false,
    })
    .unwrap()
}

/// The street as folders of images.
fn write_street(root: &Path) -> Data {
    let scene = Scene::new(Preset::Tiny, 3);
    scene.write(root, WriteOptions::new(), &mut Silent).unwrap();
    Data::open(root).unwrap()
}

fn decode(path: &Path) -> Vec<Frame> {
    let mut stream = VideoFile::open(path).unwrap().stream().unwrap();
    let (mut frame, mut frames) = (Frame::default(), Vec::new());
    while stream.next_into(&mut frame).unwrap() {
        frames.push(frame.clone());
    }
    assert!(stream.damage().is_none());
    frames
}

fn pixel(frame: &Frame, x: usize, y: usize) -> [i32; 3] {
    let pixel = frame.row(y).as_chunks::<3>().0[x];
    pixel.map(i32::from)
}

/// The mean brightness of the picture above the panel.
fn brightness(frame: &Frame) -> f64 {
    let rows = 0..frame.shape().height() - PANEL;
    let samples = rows.flat_map(|y| frame.row(y).iter().map(|sample| f64::from(*sample)));
    let (count, sum) = samples.fold((0.0, 0.0), |(count, sum), sample| {
        (count + 1.0, sum + sample)
    });
    sum / count
}

fn write(run: &RunFolder, target: &Path, options: &OverlayOptions) -> Result<usize, String> {
    let videos = TestVideos::find(run, None).unwrap();
    let written = write_overlays(run, &videos, target, options, &mut Silent);
    written
        .map(|paths| paths.len())
        .map_err(|error| error.to_string())
}

#[test]
fn every_scored_frame_is_shown_above_its_place_on_the_curve() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempdir().unwrap();
    let run = run(&scene(), &folder.path().join("run"));
    let out = folder.path().join("overlays");
    assert_eq!(write(&run, &out, &OverlayOptions::default()), Ok(3));
    let scores = Outcome::read(&run).unwrap().fused.scores;
    let (low, high) = scores
        .values()
        .fold((f64::MAX, f64::MIN), |(low, high), score| {
            (low.min(score), high.max(score))
        });
    for (video, source) in scores.videos().iter().zip(scene().test().unwrap()) {
        let frames = decode(&out.join(format!("{}.mp4", video.id().name())));
        assert_eq!(frames.len(), video.len());
        let (width, height) = (frames[0].shape().width(), frames[0].shape().height());
        let top = height - PANEL + CURVE.0;
        let column = |index: usize| (index as f64 + 0.5) * width as f64 / video.len() as f64;
        // The cursor of the last frame hides nothing of the curve before it.
        let last = frames.last().unwrap();
        let is_curve = |x: usize, y: usize| {
            let [red, _, blue] = pixel(last, x, y);
            blue - red > 25
        };
        for (index, score) in video.values().iter().enumerate().take(video.len() - 1) {
            let share = (score - low) / (high - low);
            let row = top as f64 + CURVE.1 - CURVE.2 - share * (CURVE.1 - 2.0 * CURVE.2);
            let x = column(index) as usize;
            assert!(
                is_curve(x, row.round() as usize),
                "{} {index} {row}",
                video.id()
            );
        }
        // Elsewhere there is none: the curve covers a small part of its area.
        let covered = (top..top + CURVE.1 as usize)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .filter(|(x, y)| is_curve(*x, *y))
            .count();
        assert!(covered * 4 < width * CURVE.1 as usize, "{covered}");
        // The cursor moves with the frames.
        for index in [0, 17, 39] {
            let x = column(index) as usize;
            let [red, green, blue] = pixel(&frames[index], x, top + 1);
            assert!(red > 150 && green > 150 && blue > 150, "{index}");
        }
        // The picture is that of the frame, enlarged.
        let original = source.read(0).unwrap();
        let scale = width / original.shape().width();
        let (x, y) = (original.shape().width() / 2, 3);
        let channels = original.shape().channels();
        let expected = i32::from(original.row(y)[x * channels]);
        let found = pixel(&frames[0], x * scale + scale / 2, y * scale + scale / 2)[0];
        assert!((found - expected).abs() < 30, "{found} {expected}");
    }
}

#[test]
fn one_video_can_be_written_and_pixelated() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempdir().unwrap();
    let run = run(&scene(), &folder.path().join("run"));
    let options = OverlayOptions::default().with_video(VideoId::new("02"));
    let (clear, blurred) = (folder.path().join("a.mp4"), folder.path().join("b.mkv"));
    assert_eq!(write(&run, &clear, &options), Ok(1));
    assert_eq!(write(&run, &blurred, &options.with_blur(true)), Ok(1));
    let edges = |path: &Path| {
        let frames = decode(path);
        let rows = 0..frames[20].shape().height() - PANEL;
        let steps = rows.flat_map(|y| {
            let row = frames[20].row(y).as_chunks::<3>().0;
            row.windows(2)
                .map(|pair| u64::from(pair[0][1].abs_diff(pair[1][1])))
        });
        steps.sum::<u64>()
    };
    let (sharp, soft) = (edges(&clear), edges(&blurred));
    assert!(soft * 3 < sharp * 2, "{soft} {sharp}");
}

#[test]
fn frames_that_were_flipped_back_are_shown_upright() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempdir().unwrap();
    let run = run(&scene(), &folder.path().join("run"));
    let options = OverlayOptions::default().with_video(VideoId::new("02"));
    let (before, after) = (folder.path().join("a.mp4"), folder.path().join("b.mp4"));
    assert_eq!(write(&run, &before, &options), Ok(1));
    // What the flip repair leaves when it flips frame 20.
    let flips = r#"{"video":"02","substitutes":[],"flips":[{"frame":20,"flipped":true,"probability":1.0}]}"#;
    fs::write(run.path().join("scores/repair/02.json"), flips).unwrap();
    assert_eq!(write(&run, &after, &options), Ok(1));
    let (before, after) = (decode(&before), decode(&after));
    let height = before[20].shape().height() - PANEL;
    let difference = |frame: usize, row_of: &dyn Fn(usize) -> usize| {
        let rows = (0..height).map(|y| {
            let pairs = after[frame].row(y).iter().zip(before[frame].row(row_of(y)));
            pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>()
        });
        rows.sum::<u64>()
    };
    let (flipped, same) = (difference(20, &|y| height - 1 - y), difference(20, &|y| y));
    assert!(flipped * 3 < same, "{flipped} {same}");
    assert!(difference(19, &|y| y) * 3 < same);
}

#[test]
fn a_damaged_frame_is_shown_as_one() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempdir().unwrap();
    let street = folder.path().join("street");
    write_street(&street);
    fs::write(
        street.join("testing_videos/02/frame_00000.jpg"),
        "no picture",
    )
    .unwrap();
    fs::write(
        street.join("testing_videos/02/frame_00012.jpg"),
        "no picture",
    )
    .unwrap();
    let run = run(&Data::open(&street).unwrap(), &folder.path().join("run"));
    let out = folder.path().join("out.mp4");
    let options = OverlayOptions::default().with_video(VideoId::new("02"));
    assert_eq!(write(&run, &out, &options), Ok(1));
    let frames = decode(&out);
    assert_eq!(frames.len(), 40);
    let usual = brightness(&frames[13]);
    assert!(brightness(&frames[12]) < 0.75 * usual);
    assert!(brightness(&frames[0]) < 0.75 * usual);
    assert!((brightness(&frames[11]) - usual).abs() < 0.1 * usual);
}

#[test]
fn what_cannot_be_written_says_why_and_leaves_nothing() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempdir().unwrap();
    let street = folder.path().join("street");
    let run = run(&write_street(&street), &folder.path().join("run"));
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    let all = OverlayOptions::default();
    let fails = |target: &str, options: &OverlayOptions, says: &str| {
        let message = write(&run, &out.join(target), options).unwrap_err();
        assert!(message.contains(says), "{says}: {message}");
        assert_eq!(fs::read_dir(&out).unwrap().count(), 0, "{says}");
    };
    fails("a.mp4", &all, "--video");
    let named = |name: &str| OverlayOptions::default().with_video(VideoId::new(name));
    fails("a.mp4", &named("99"), "no video 99");
    fails("a.txt", &named("01"), "mp4");
    fails("none/a.mp4", &named("01"), "a.mp4");
    // Footage that was changed since the run: a frame less at the end, one less in the middle, one more.
    let frame = |video: &str, number: u64| {
        street.join(format!("testing_videos/{video}/frame_{number:05}.jpg"))
    };
    fs::remove_file(frame("01", 39)).unwrap();
    fails("a.mp4", &named("01"), "ends before frame 39");
    fs::remove_file(frame("02", 7)).unwrap();
    fails("a.mp4", &named("02"), "frame 8 comes where frame 7");
    fs::copy(frame("03", 1), frame("03", 40)).unwrap();
    fails("a.mp4", &named("03"), "more than the 40 frames");
    fs::remove_dir_all(street.join("testing_videos/03")).unwrap();
    fails("a.mp4", &named("03"), "no test video 03");
}
