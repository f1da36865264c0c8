//! Pictures of test frames: kept while videos are scored, and larger ones of the top moments.

use std::fs;
use std::path::Path;

use oddframe_core::{Frame, FrameNumber, FrameShape, FrameSource, PixelFormat, Silent, Video};
use oddframe_pipeline::{Data, FramePicture, Recipe, Registry, RunFolder, Runner, Share, finish};
use oddframe_pipeline::{Outcome, top_moments};
use tempfile::tempdir;

use crate::common::{engine, parse, read, run};

/// No network, so that a run takes a moment.
const MOTION: &str = r#"
name = "motion"
baselines = false
scene = { preset = "tiny", seed = 3 }

[[system]]
name = "motion"
kind = "frame_difference"
width = 24
height = 16
"#;

fn scene(recipe: &Recipe) -> Data {
    Data::scene(&recipe.scene).unwrap()
}

fn open(folder: &Path) -> RunFolder {
    RunFolder::open(folder, &Registry::default()).unwrap()
}

/// The pictures of all test videos.
fn pictures_of(folder: &Path) -> Vec<Vec<FramePicture>> {
    let folder = open(folder);
    let videos = folder.record().data.test.iter();
    videos
        .map(|video| folder.read_pictures(&video.id()).unwrap())
        .collect()
}

/// A stored picture, decoded.
fn decode(folder: &Path, video: &str, frame: u64) -> Frame {
    let path = open(folder).picture_file(&video.into(), FrameNumber(frame));
    let mut frame = Frame::default();
    let jpeg = fs::read(path).unwrap();
    oddframe_frames::decode_into(&jpeg, PixelFormat::Gray, FrameNumber(0), &mut frame).unwrap();
    frame
}

#[test]
fn each_video_has_evenly_spaced_pictures_and_the_top_moments_have_large_ones() {
    let (recipe, folder) = (parse(MOTION), tempdir().unwrap());
    let outcome = run(&recipe, &scene(&recipe), folder.path()).unwrap();
    let pictures = pictures_of(folder.path());
    for (video, pictures) in open(folder.path()).record().data.test.iter().zip(&pictures) {
        let small = pictures.iter().filter(|picture| !picture.large).count();
        assert!(small.abs_diff(video.frames.min(40)) <= 12, "{small}");
        assert!(pictures.is_sorted_by(|a, b| a.frame < b.frame));
    }
    let run_folder = open(folder.path());
    let moments = top_moments(&run_folder, &outcome.fused.scores).unwrap();
    let highest = outcome.fused.scores.values().fold(f64::MIN, f64::max);
    assert_eq!(moments[0].score, highest);
    for moment in &moments {
        let kept = run_folder.read_pictures(&moment.video).unwrap();
        let kept = kept.iter().find(|kept| kept.frame == moment.frame.0);
        assert!(kept.is_some_and(|kept| kept.large), "{moment:?}");
    }
}

#[test]
fn pictures_change_no_score_and_can_be_left_out() {
    let (with, without) = (tempdir().unwrap(), tempdir().unwrap());
    let (clear, mut private) = (parse(MOTION), parse(MOTION));
    private.report.pictures = false;
    run(&clear, &scene(&clear), with.path()).unwrap();
    run(&private, &scene(&private), without.path()).unwrap();
    assert_eq!(
        read(with.path(), "scores.csv"),
        read(without.path(), "scores.csv")
    );
    assert!(!without.path().join("pictures").exists());
    // The choice is none about scores: the same folder takes both, and the pictures of the first are removed.
    run(&private, &scene(&private), with.path()).unwrap();
    assert!(!with.path().join("pictures").exists());
}

#[test]
fn missing_pictures_are_completed_without_scoring_again() {
    let (recipe, folder) = (parse(MOTION), tempdir().unwrap());
    run(&recipe, &scene(&recipe), folder.path()).unwrap();
    let before = pictures_of(folder.path());
    let scores = folder.path().join("scores/motion.0/01.csv");
    let scored = scores.metadata().unwrap().modified().unwrap();
    fs::remove_dir_all(folder.path().join("pictures/01")).unwrap();
    run(&recipe, &scene(&recipe), folder.path()).unwrap();
    assert_eq!(pictures_of(folder.path()), before);
    assert_eq!(scores.metadata().unwrap().modified().unwrap(), scored);
}

#[test]
fn shares_keep_the_pictures_of_their_videos() {
    let (recipe, model, parts) = (parse(MOTION), tempdir().unwrap(), tempdir().unwrap());
    let (registry, engine, data) = (Registry::default(), engine(), scene(&recipe));
    let runner = Runner::new(&registry, &engine);
    runner
        .fit(&recipe, &data, model.path(), &mut Silent)
        .unwrap();
    let shares: [Share; 2] = ["1/2", "2/2"].map(|share| share.parse().unwrap());
    for share in shares {
        runner
            .score_share(&open(model.path()), &data, share, parts.path(), &mut Silent)
            .unwrap();
    }
    assert!(
        pictures_of(parts.path())
            .iter()
            .all(|pictures| !pictures.is_empty())
    );
    let outcome: Outcome = finish(&mut open(parts.path()), &mut Silent).unwrap();
    assert!(outcome.fused.scores.len() > 1);
}

/// A video whose frames have these sizes, each with a bright upper half.
struct Sized(Video, Vec<FrameShape>);

impl FrameSource for Sized {
    fn video(&self) -> &Video {
        &self.0
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), oddframe_core::Error> {
        out.reset(self.1[index], self.number_at(index)?);
        let half = self.1[index].bytes() / 2;
        out.pixels_mut()[..half].fill(250);
        out.pixels_mut()[half..].fill(index as u8);
        Ok(())
    }
}

fn sized(name: &str, shapes: Vec<FrameShape>) -> Box<dyn FrameSource> {
    let numbers = (1..=shapes.len() as u64).map(FrameNumber).collect();
    Box::new(Sized(
        Video::new(name.into(), shapes[0], numbers).unwrap(),
        shapes,
    ))
}

#[test]
fn frames_of_any_size_and_format_have_pictures() {
    let shape = |width, height, format| FrameShape::new(width, height, format).unwrap();
    let large = shape(3840, 2160, PixelFormat::Rgb);
    let mixed = vec![
        shape(8, 8, PixelFormat::Gray),
        shape(64, 300, PixelFormat::Rgb),
    ];
    let data = Data::new(
        "sizes",
        vec![sized("t", vec![shape(8, 8, PixelFormat::Gray); 3])],
        vec![sized("4k/<b>", vec![large; 3]), sized("mixed", mixed)],
    );
    let folder = tempdir().unwrap();
    run(&parse(MOTION), &data, folder.path()).unwrap();
    let pictures = pictures_of(folder.path());
    let sizes = |place: usize| -> Vec<(usize, usize)> {
        let pictures = pictures[place].iter();
        pictures.map(|kept| (kept.width, kept.height)).collect()
    };
    assert_eq!(sizes(0), [(3840, 2160); 3]);
    assert_eq!(sizes(1), [(8, 8), (64, 300)]);
    let picture = decode(folder.path(), "mixed", 1).shape();
    assert_eq!((picture.width(), picture.height()), (8, 8));
    let picture = decode(folder.path(), "4k/<b>", 1).shape();
    assert!([(160, 90), (480, 270)].contains(&(picture.width(), picture.height())));
    assert!(
        !folder.path().join("pictures/4k").exists(),
        "names are no paths"
    );
}

/// The mean brightness of a part of the rows of a frame.
fn brightness(frame: &Frame, from: f64, to: f64) -> f64 {
    let rows = frame.shape().height() as f64;
    let rows = (rows * from) as usize..(rows * to) as usize;
    let bytes: Vec<f64> = rows
        .flat_map(|y| frame.row(y).iter().map(|byte| f64::from(*byte)))
        .collect();
    bytes.iter().sum::<f64>() / bytes.len() as f64
}

#[test]
fn pictures_show_repaired_frames_upright() {
    let (recipe, folder) = (parse(MOTION), tempdir().unwrap());
    run(&recipe, &scene(&recipe), folder.path()).unwrap();
    let before = decode(folder.path(), "01", 7);
    // What the flip repair leaves when it has flipped frame 7.
    let flips = r#"{"video": "01", "substitutes": [], "flips": [{"frame": 7, "flipped": true, "probability": 1.0}]}"#;
    fs::write(folder.path().join("scores/repair/01.json"), flips).unwrap();
    let kept = decode(folder.path(), "01", 8);
    fs::remove_dir_all(folder.path().join("pictures/01")).unwrap();
    run(&recipe, &scene(&recipe), folder.path()).unwrap();
    let after = decode(folder.path(), "01", 7);
    let (top, bottom) = (brightness(&before, 0.0, 0.3), brightness(&before, 0.7, 1.0));
    assert!((top - bottom).abs() > 5.0, "the scene shows what is up");
    assert!((brightness(&after, 0.0, 0.3) - bottom).abs() < 2.0);
    assert!((brightness(&after, 0.7, 1.0) - top).abs() < 2.0);
    assert_eq!(decode(folder.path(), "01", 8), kept);
}
