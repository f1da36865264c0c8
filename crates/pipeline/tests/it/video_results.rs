//! Results of single videos, and merging them.

use std::fs;
use std::path::PathBuf;

use oddframe_core::{FrameSource, Silent};
use oddframe_pipeline::{Data, Model, Registry, VideoPath};
use oddframe_synth::{Preset, Scene, WriteOptions};
use tempfile::{TempDir, tempdir};

use crate::common::{engine, recipe, run};

/// A street in files, a model of it, and a folder for results.
struct Place {
    folder: TempDir,
    model: Model,
    videos: Vec<VideoPath>,
}

impl Place {
    fn new() -> Self {
        let folder = tempdir().unwrap();
        let (street, model) = (folder.path().join("street"), folder.path().join("model"));
        Scene::new(Preset::Tiny, 3)
            .write(&street, WriteOptions::default(), &mut Silent)
            .unwrap();
        run(&recipe(), &Data::open(&street).unwrap(), &model).unwrap();
        Self {
            model: Model::open(&model, &Registry::default(), &engine()).unwrap(),
            videos: VideoPath::find(&street).unwrap(),
            folder,
        }
    }

    fn results(&self) -> PathBuf {
        self.folder.path().join("results")
    }

    fn score(&self, video: usize) -> oddframe_pipeline::VideoResult {
        self.model
            .score_video(&self.videos[video], &self.results(), &mut Silent)
            .unwrap()
    }

    fn merge_error(&self) -> String {
        self.model
            .merge_results(&self.videos, &self.results(), &mut Silent)
            .unwrap_err()
            .to_string()
    }
}

#[test]
fn merged_results_are_the_scores_of_all_videos_together() {
    let place = Place::new();
    let names: Vec<_> = place.videos.iter().map(|video| video.id().name()).collect();
    assert_eq!(names, ["01", "02", "03"]);
    // Workers score in any order, and one video twice.
    for video in [2, 0, 1, 0] {
        place.score(video);
    }
    assert!(place.score(1).was_there);
    assert_eq!(fs::read_dir(place.results()).unwrap().count(), 3);
    let data = Data::open(&place.folder.path().join("street")).unwrap();
    let merged = place
        .model
        .merge_results(&place.videos, &place.results(), &mut Silent)
        .unwrap();
    let together = place
        .model
        .score(&data.test().unwrap(), None, &mut Silent)
        .unwrap();
    assert_eq!(merged, together);
}

#[test]
fn a_result_belongs_to_one_video_and_one_model() {
    let mut place = Place::new();
    let first = place.score(0);
    assert_eq!((first.frames, first.was_there), (40, false));
    // A changed video is scored again; the file of the one before stays.
    let image = place.videos[0].path().join("frame_00000.jpg");
    fs::copy(place.videos[0].path().join("frame_00001.jpg"), &image).unwrap();
    let second = place.score(0);
    assert!(!second.was_there && second.file != first.file && first.file.exists());
    // So is a video by a model that has learned more, or that treats unreadable frames in another way.
    place.model = place
        .model
        .with_bad_frames(oddframe_frames::BadFrames::Nearest);
    assert_ne!(place.score(0).file, second.file);
    // A model in another folder is the same model.
    let copy = place.folder.path().join("copy");
    copy_folder(&place.folder.path().join("model"), &copy);
    let copy = Model::open(&copy, &Registry::default(), &engine()).unwrap();
    let file = copy
        .result_file(&place.videos[0], &place.results())
        .unwrap();
    assert_eq!(file, second.file);
}

fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn missing_and_damaged_results_are_named() {
    let place = Place::new();
    place.score(0);
    let error = place.merge_error();
    assert!(
        error.contains("no result of 2 of the 3 videos: 02, 03; score them first"),
        "{error}"
    );
    place.score(1);
    let file = place.score(2).file;
    let whole = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let shorter = lines[..lines.len() - 1].join("\n");
    let foreign = whole.replace("cuboids,0,", "cubes,0,");
    let other_video = whole.replace(",03,", ",04,");
    let not_a_number = whole.replacen("frames,1,03,5,", "frames,1,03,5,x", 1);
    for (damaged, message) in [
        ("", "first line"),
        ("video,frame,score\n", "first line"),
        (lines[0], "system frames, member 0"),
        (&shorter, "do not score the same frames"),
        (&foreign, "cuboids"),
        (&other_video, "video 04, not of 03"),
        (&not_a_number, "line"),
        (
            &format!("{whole}more,0,03,1,1,computed\n"),
            "belongs to no system",
        ),
    ] {
        fs::write(&file, damaged).unwrap();
        let error = place.merge_error();
        assert!(error.contains(message), "{message}: {error}");
        assert!(error.contains(file.to_str().unwrap()), "{error}");
    }
    fs::write(&file, &whole).unwrap();
    let videos = [&place.videos[..], &place.videos[2..]].concat();
    let error = place
        .model
        .merge_results(&videos, &place.results(), &mut Silent)
        .unwrap_err();
    assert!(error.to_string().contains("03"), "{error}");
}

#[test]
fn paths_that_are_no_single_video_are_refused() {
    let place = Place::new();
    let street = place.folder.path().join("street");
    for path in [
        street.as_path(),
        place.folder.path(),
        &street.join("absent"),
    ] {
        let error = VideoPath::new(path).unwrap_err().to_string();
        assert!(error.contains(path.to_str().unwrap()), "{error}");
    }
    // A text that is no video is found out when it is decoded.
    let text = place.folder.path().join("text.mp4");
    fs::write(&text, "no video").unwrap();
    let video = VideoPath::new(&text).unwrap();
    assert_eq!(video.id().name(), "text");
    let scored = place
        .model
        .score_video(&video, &place.results(), &mut Silent);
    assert!(scored.is_err());
    assert!(!place.results().exists());
    let training = street.join("training_videos");
    fs::rename(
        street.join("testing_videos"),
        place.folder.path().join("moved"),
    )
    .unwrap();
    let error = VideoPath::find(&street).unwrap_err().to_string();
    assert!(error.contains("no test videos"), "{error}");
    // Without the folder of a test set, every folder of images is a video.
    let found = VideoPath::find(&training).unwrap();
    assert_eq!(found.len(), 3);
    assert_eq!(found[0].open(&mut Silent).unwrap().0.numbers().len(), 40);
}
