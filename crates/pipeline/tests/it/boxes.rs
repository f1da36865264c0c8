//! Boxes in files: the videos that they name must be those of the data set.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use oddframe_core::{Error as CoreError, Frame, FrameSource, Silent, Video, VideoId};
use oddframe_pipeline::{Data, Model, Recipe, Registry, Runner, SelectionOptions, Share};
use oddframe_synth::{Preset, Scene, SceneVideo};
use tempfile::tempdir;

use crate::common::{data, engine, parse, run, with_causes};

/// A system whose boxes come from files, which are named by these lines.
fn recipe(lines: &str) -> Recipe {
    parse(&format!(
        r#"
name = "boxes"
seed = 7
baselines = false
scene = {{ preset = "tiny", seed = 3, damaged = true }}

[[system]]
name = "people"
kind = "video_patch_core"
backbone = "mobilenet_v2"
weights = "random"

[system.memory]
spatial_rows = 50
temporal_rows = 20
global_rows = 20
{lines}
"#
    ))
}

/// The lines of a recipe that give these settings a new file in a folder, with a box in every frame of these videos.
fn write_boxes(folder: &Path, settings: &[&str], videos: &[&str]) -> String {
    let mut text = "video,frame,x1,y1,x2,y2,confidence,class\n".to_owned();
    for video in videos {
        for frame in 0..200 {
            writeln!(text, "{video},{frame},2,2,12,20,0.9,person").unwrap();
        }
    }
    let path = folder.join(format!("{}.csv", settings[0]));
    fs::write(&path, text).unwrap();
    let mut lines = String::new();
    for setting in settings {
        writeln!(lines, "{setting} = '{}'", path.display()).unwrap();
    }
    lines
}

/// A video of the street under another name.
struct Renamed(SceneVideo, Video);

impl FrameSource for Renamed {
    fn video(&self) -> &Video {
        &self.1
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), CoreError> {
        self.0.read_into(index, out)
    }
}

/// Videos of the street as `WORD1`, `WORD2`, …
fn rename(videos: &[SceneVideo], word: &str) -> Vec<Box<dyn FrameSource>> {
    let mut renamed: Vec<Box<dyn FrameSource>> = Vec::new();
    for (place, source) in (1..).zip(videos) {
        let id = VideoId::new(&format!("{word}{place}"));
        let video = Video::new(id, source.shape(), source.numbers().to_vec()).unwrap();
        renamed.push(Box::new(Renamed(source.clone(), video)));
    }
    renamed
}

/// The street with three training videos and three test videos, named after these words.
fn street(training: &str, testing: &str) -> Data {
    let scene = Scene::new(Preset::Tiny, 3);
    Data::new(
        "street",
        rename(scene.train(), training),
        rename(scene.test(), testing),
    )
}

/// The settings that name files of boxes; one file may serve for both.
const BOTH: [&str; 2] = ["boxes", "training_boxes"];
/// The videos of `street("a", "b")`.
const ALL: [&str; 6] = ["a1", "a2", "a3", "b1", "b2", "b3"];

/// The error of a run with these settings on the street, with its causes, as far as no box is read.
fn run_error(settings: &str, out: &Path) -> String {
    let error = run(&recipe(settings), &street("a", "b"), out).unwrap_err();
    assert!(!out.exists(), "a folder was made before the check");
    with_causes(&error)
}

#[test]
fn boxes_of_videos_that_the_data_set_lacks_are_refused_before_training() {
    let folder = tempdir().unwrap();
    let out = folder.path().join("run");
    let with_others = [&ALL[..], &["c1", "c2", "c3", "c4", "c5", "c6", "c7"]].concat();

    // One table of all videos.
    let error = run_error(&write_boxes(folder.path(), &BOTH, &with_others), &out);
    for part in [
        "boxes.csv: detections of 7 unknown videos: c1, c2, c3, c4, c5",
        "the data set has 6 videos, such as a1",
        "use the detections of this data set",
    ] {
        assert!(error.contains(part), "{error}");
    }
    // Tables of their own: one has other videos, or those of the other half.
    for (training, testing, says) in [
        (
            &ALL[..3],
            &with_others[3..],
            "boxes.csv: detections of 7 unknown videos",
        ),
        (
            &ALL[..3],
            &ALL[..],
            "boxes.csv: detections of 3 unknown videos: a1, a2, a3",
        ),
        (
            &ALL[..],
            &ALL[3..],
            "training_boxes.csv: detections of 3 unknown videos: b1, b2, b3",
        ),
    ] {
        let settings = write_boxes(folder.path(), &["boxes"], testing)
            + &write_boxes(folder.path(), &["training_boxes"], training);
        let error = run_error(&settings, &out);
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn one_table_cannot_have_the_boxes_of_two_videos_of_one_name() {
    let folder = tempdir().unwrap();
    let settings = write_boxes(folder.path(), &BOTH, &["01", "02", "03"]);
    let out = folder.path().join("run");
    // The street has training and test videos of the same names.
    let error = run(&recipe(&settings), &data(), &out).unwrap_err();
    let error = with_causes(&error);
    assert!(
        error.contains("it has boxes of video 01, and 01 is the name of a video of either kind"),
        "{error}"
    );
}

#[test]
fn a_model_scores_the_videos_of_its_boxes_and_refuses_others() {
    let folder = tempdir().unwrap();
    let settings = write_boxes(folder.path(), &BOTH, &ALL);
    let (registry, engine) = (Registry::default(), engine());
    let runner = Runner::new(&registry, &engine);
    let data = street("a", "b");
    let path = folder.path().join("model");
    runner
        .fit(&recipe(&settings), &data, &path, &mut Silent)
        .unwrap();
    let model = Model::open(&path, &registry, &engine).unwrap();
    let whole = model
        .score(&data.test().unwrap(), None, &mut Silent)
        .unwrap();
    // Some videos of the data set are no other data set.
    let one = model
        .score(&data.test().unwrap()[1..2], None, &mut Silent)
        .unwrap();
    assert_eq!(one.videos()[0], whole.videos()[1]);

    let others = street("c", "d");
    let error = model.score(&others.test().unwrap(), None, &mut Silent);
    let error = with_causes(&error.unwrap_err());
    assert!(
        error.contains("unknown videos: a1, a2, a3, b1, b2"),
        "{error}"
    );
    let out = folder.path().join("share");
    let share = runner.score_share(model.folder(), &others, Share::ALL, &out, &mut Silent);
    let error = with_causes(&share.unwrap_err());
    assert!(
        error.contains("unknown videos: a1, a2, a3, b1, b2"),
        "{error}"
    );
    assert!(!out.exists());
}

#[test]
fn a_selection_refuses_boxes_in_files_because_pasted_objects_have_none() {
    let folder = tempdir().unwrap();
    let names = ["normal1", "normal2", "normal3"];
    let lines = write_boxes(folder.path(), &["boxes", "training_boxes"], &names);
    let train = rename(Scene::new(Preset::Tiny, 3).train(), "normal");
    let data = Data::new("renamed", train, Vec::new());
    let error = Runner::new(&Registry::default(), &engine())
        .select(
            &[recipe(&lines)],
            data,
            SelectionOptions::default(),
            &folder.path().join("selection"),
            &mut Silent,
        )
        .unwrap_err();
    let text = with_causes(&error);
    assert!(
        text.contains("normal3") && text.contains("no file has boxes"),
        "{text}"
    );
    assert!(!folder.path().join("selection").exists());
}
