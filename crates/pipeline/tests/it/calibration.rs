//! Calibrated scores and events, from end to end.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use oddframe_core::{Event, FrameNumber, FrameSource, NormalPart, Silent};
use oddframe_pipeline::{
    Data, Error, Model, Outcome, Recipe, Registry, RunFolder, Runner, Setting, Share, finish,
};
use tempfile::{TempDir, tempdir};

use crate::common::{engine, parse, read, run};

/// Two systems without a network that are fused, and one of two members that explains its scores.
const RECIPE: &str = r#"
name = "calibrated"
baselines = false
scene = { preset = "tiny", seed = 3 }
[calibration]
held_out = 0.5
false_alarms_per_hour = 900
[[system]]
name = "difference"
kind = "frame_difference"
post = "gaussian(sigma=1)"
[[system]]
name = "people"
kind = "objects"
members = 2
switch = { slow = 0.0, spread = 0.25 }
[fuse]
how = "max"
post = "gaussian(sigma=1) per video | round(6)"
"#;

const FILES: [&str; 5] = [
    "scores.csv",
    "events.json",
    "events.csv",
    "calibration.json",
    "scores/people.csv",
];

fn data() -> Data {
    Data::scene(&parse(RECIPE).scene).unwrap()
}

fn run_in(folder: &Path) -> Outcome {
    run(&parse(RECIPE), &data(), folder).unwrap()
}

fn results(folder: &Path) -> Vec<String> {
    FILES.iter().map(|name| read(folder, name)).collect()
}

fn open(folder: &Path) -> RunFolder {
    RunFolder::open(folder, &Registry::default()).unwrap()
}

/// The folder of a run with another value of a field.
fn with_setting(folder: &Path, setting: &str) -> Result<RunFolder, Error> {
    let run = open(folder);
    let setting: Setting = setting.parse().unwrap();
    let text = run.recipe().to_toml().unwrap();
    run.with_recipe(Recipe::parse_with(&text, &[setting], &Registry::default()).unwrap())
}

fn fitted() -> (TempDir, Model) {
    let folder = tempdir().unwrap();
    Runner::new(&Registry::default(), &engine())
        .fit(&parse(RECIPE), &data(), folder.path(), &mut Silent)
        .unwrap();
    let model = Model::open(folder.path(), &Registry::default(), &engine()).unwrap();
    (folder, model)
}

/// What a call tells its observer.
fn warnings(call: impl FnOnce(&mut dyn FnMut(Event<'_>) -> ControlFlow<()>)) -> Vec<String> {
    let mut told = Vec::new();
    call(&mut |event| {
        if let Event::Warned { message } = event {
            told.push(message.to_owned());
        }
        ControlFlow::Continue(())
    });
    told
}

#[test]
fn a_run_gives_calibrated_scores_and_explained_events() {
    let folder = tempdir().unwrap();
    let outcome = run_in(folder.path());
    let events = outcome.events.clone().unwrap();
    assert!(!events.events.is_empty());
    let options = (
        events.figures.threshold,
        events.figures.false_alarms_per_hour,
    );
    assert!(
        options.0 > 0.0 && (options.1 - 900.0).abs() < 1e-6,
        "{options:?}"
    );
    assert_eq!(events.figures.threshold_from, "normal scores");
    // Half of three videos of 40 frames, at 25 frames per second.
    assert!((events.figures.normal_hours - 60.0 / 90_000.0).abs() < 1e-12);
    assert!(outcome.fused.scores.values().all(|score| score >= 0.0));
    let found = events.figures.evaluation.unwrap();
    assert_eq!(found.predicted, events.events.len());
    assert!(found.events > 0 && events.figures.latency_ap.unwrap() <= 1.0);

    for event in &events.events {
        let video = outcome
            .fused
            .scores
            .video(&event.video.as_str().into())
            .unwrap();
        let numbers = video.numbers();
        let place = |frame| numbers.binary_search(&FrameNumber(frame)).unwrap();
        let scores = &video.values()[place(event.start)..=place(event.end)];
        let highest = scores.iter().copied().fold(f64::MIN, f64::max);
        assert_eq!((highest, scores[0] >= options.0), (event.peak_score, true));
        let first = numbers[0].0 as f64;
        assert_eq!(
            event.start_seconds,
            Some((event.start as f64 - first) / 25.0)
        );
        assert_eq!(
            event.end_seconds,
            Some((event.end as f64 + 1.0 - first) / 25.0)
        );
        // The system is the one with the highest calibrated score at the peak.
        let of = |system: usize| {
            let table = &outcome.systems[system].scores;
            table.video(video.id()).unwrap().values()[place(event.peak)]
        };
        let highest = if of(0) >= of(1) {
            "difference"
        } else {
            "people"
        };
        assert_eq!(event.system.as_deref(), Some(highest));
        assert_eq!(event.reason.is_some(), event.cue.is_some());
        if let Some([left, top, right, bottom]) = event.area {
            assert!(left < right && top < bottom && right <= 96.0 && bottom <= 64.0);
        }
    }
    // Read back: the same.
    assert_eq!(Outcome::read(&open(folder.path())).unwrap(), outcome);
    assert_eq!(open(folder.path()).read_events().unwrap(), events.events);
    let tables = outcome.tables().join("\n");
    assert!(
        tables.contains("The events with the highest scores"),
        "{tables}"
    );
    let rows = read(folder.path(), "events.csv").lines().count();
    assert_eq!(rows, events.events.len() + 1);
}

#[test]
fn events_have_the_place_and_the_reason_of_a_frame_near_the_peak() {
    let folder = tempdir().unwrap();
    run_in(folder.path());
    // Only the system that explains its scores is left to fuse.
    let mut people = with_setting(folder.path(), "system.difference.fused=false").unwrap();
    let events = finish(&mut people, &mut Silent)
        .unwrap()
        .events
        .unwrap()
        .events;
    let explained: Vec<_> = events
        .iter()
        .filter(|event| event.reason.is_some())
        .collect();
    assert!(!explained.is_empty(), "{events:?}");
    for event in explained {
        assert_eq!(event.system.as_deref(), Some("people"));
        // One of the two members says it of a frame of the event.
        let said = [0, 1].map(|member| {
            let file = format!("scores/people.{member}/{}.details.json", event.video);
            let frames: serde_json::Value =
                serde_json::from_str(&read(folder.path(), &file)).unwrap();
            frames.as_array().unwrap().iter().any(|frame| {
                (event.start..=event.end).contains(&frame["frame"].as_u64().unwrap())
                    && frame["reason"].as_str() == event.reason.as_deref()
                    && frame["cue"].as_str() == event.cue.as_deref()
                    && event.area.is_none_or(|area| {
                        let boxes = frame["boxes"].as_array().unwrap();
                        boxes
                            .iter()
                            .any(|found| found["box"] == serde_json::json!(area))
                    })
            })
        });
        assert!(said.contains(&true), "{event:?}");
    }
    assert!(
        events.iter().any(|event| event.area.is_some()),
        "{events:?}"
    );
}

#[test]
fn shares_and_a_model_give_the_bytes_of_a_run() {
    let (whole, parts) = (tempdir().unwrap(), tempdir().unwrap());
    run_in(whole.path());
    let (model_folder, model) = fitted();
    for share in ["1/2", "2/2"] {
        Runner::new(&Registry::default(), &engine())
            .score_share(
                model.folder(),
                &data(),
                share.parse::<Share>().unwrap(),
                parts.path(),
                &mut Silent,
            )
            .unwrap();
    }
    finish(&mut open(parts.path()), &mut Silent).unwrap();
    assert_eq!(results(parts.path()), results(whole.path()));

    let data = data();
    let videos = data.test().unwrap();
    let table = model.score(&videos, None, &mut Silent).unwrap();
    let outcome = Outcome::read(&open(whole.path())).unwrap();
    assert_eq!(table, outcome.fused.scores);
    // A calibrated score is the same whatever is scored with it.
    let alone = model.score(&videos[1..2], None, &mut Silent).unwrap();
    assert_eq!(Some(&alone.videos()[0]), table.video(videos[1].id()));
    let systems = model.score_systems(&videos, &mut Silent).unwrap();
    assert_eq!(systems[1].1, outcome.systems[1].scores);
    let calibration = model.calibration().unwrap().unwrap();
    assert!(calibration.system("people").is_some() && calibration.system("other").is_none());
    drop(model_folder);
}

#[test]
fn a_stopped_run_resumes_while_held_out_video_is_scored() {
    let (whole, stopped) = (tempdir().unwrap(), tempdir().unwrap());
    run_in(whole.path());
    let mut held_out = false;
    let mut observer = |event: Event<'_>| match event {
        Event::Started { task, .. } => {
            held_out = task == "scoring held-out normal video";
            ControlFlow::Continue(())
        }
        Event::Advanced { done } if held_out && done > 30 => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let error = Runner::new(&Registry::default(), &engine())
        .run(&parse(RECIPE), &data(), stopped.path(), &mut observer)
        .unwrap_err();
    assert!(error.is_cancelled());
    let is_scored = ["01", "02", "03"].map(|video| {
        let scores = format!("normal/people.0/{video}.csv");
        stopped.path().join(scores).exists()
    });
    assert_eq!(is_scored, [true, false, false]);
    let error = Model::open(stopped.path(), &Registry::default(), &engine()).unwrap_err();
    assert!(
        error.to_string().contains("scores of held-out video"),
        "{error}"
    );
    run_in(stopped.path());
    assert_eq!(results(stopped.path()), results(whole.path()));
}

#[test]
fn the_threshold_changes_without_training_and_the_held_out_share_does_not() {
    let folder = tempdir().unwrap();
    let before = run_in(folder.path()).events.unwrap().figures;
    let model = fs::metadata(folder.path().join("model/people.0/fitted.json")).unwrap();
    let mut fewer = with_setting(folder.path(), "calibration.false_alarms_per_hour=9").unwrap();
    let after = finish(&mut fewer, &mut Silent)
        .unwrap()
        .events
        .unwrap()
        .figures;
    assert!(after.threshold > before.threshold);
    assert!((after.false_alarms_per_hour - 9.0).abs() < 1e-6);
    let again = fs::metadata(folder.path().join("model/people.0/fitted.json")).unwrap();
    assert_eq!(again.modified().unwrap(), model.modified().unwrap());
    // Another rate of frames is another number of hours.
    let mut slower = with_setting(folder.path(), "calibration.frames_per_second=5").unwrap();
    let slower = finish(&mut slower, &mut Silent).unwrap().events.unwrap();
    assert!((slower.figures.normal_hours / after.normal_hours - 5.0).abs() < 1e-9);
    let error = with_setting(folder.path(), "calibration.held_out=0.3").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("calibration.held_out is 0.5 there and 0.3 here"),
        "{error}"
    );
}

#[test]
fn a_threshold_from_labels_says_so() {
    let folder = tempdir().unwrap();
    run_in(folder.path());
    let setting = "calibration.threshold_from=test labels";
    let mut labelled = with_setting(folder.path(), setting).unwrap();
    let outcome = finish(&mut labelled, &mut Silent).unwrap();
    let figures = outcome.events.unwrap().figures;
    let best = outcome.fused.figures.evaluation.unwrap().best_f1_threshold;
    assert_eq!(
        (figures.threshold, figures.threshold_from.as_str()),
        (best, "test labels")
    );
    for file in ["metrics.json", "events.json"] {
        assert!(read(folder.path(), file).contains("\"threshold_from\": \"test labels\""));
    }
    fs::remove_file(folder.path().join("truth/labels.csv")).unwrap();
    let error = finish(&mut open(folder.path()), &mut Silent).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("there are no labels of both classes"),
        "{error}"
    );
}

#[test]
fn systems_are_fitted_on_the_rest_alone() {
    let (folder, _model) = fitted();
    // The same fit, on videos that end before the held-out frames.
    struct Beginning<'a>(&'a dyn FrameSource, oddframe_core::Video);
    impl FrameSource for Beginning<'_> {
        fn video(&self) -> &oddframe_core::Video {
            &self.1
        }
        fn read_into(
            &self,
            index: usize,
            out: &mut oddframe_core::Frame,
        ) -> Result<(), oddframe_core::Error> {
            self.0.read_into(index, out)
        }
    }
    let data: &'static Data = Box::leak(Box::new(data()));
    let beginnings = data.train().unwrap().into_iter().map(|video| {
        let numbers = video.numbers()[..20].to_vec();
        let half = oddframe_core::Video::new(video.id().clone(), video.shape(), numbers).unwrap();
        Box::new(Beginning(video, half)) as Box<dyn FrameSource>
    });
    let halves = Data::new("halves", beginnings.collect(), Vec::new());
    let mut recipe = parse(RECIPE);
    recipe.calibration = None;
    let other = tempdir().unwrap();
    Runner::new(&Registry::default(), &engine())
        .fit(&recipe, &halves, other.path(), &mut Silent)
        .unwrap();
    let mut compared = 0;
    for entry in fs::read_dir(other.path().join("model/people.0")).unwrap() {
        let entry = entry.unwrap();
        // `fitted.json` has the time that fitting took.
        if entry.path().is_file() && entry.file_name() != "fitted.json" {
            let file = Path::new("model/people.0").join(entry.file_name());
            let bytes = |folder: &TempDir| fs::read(folder.path().join(&file)).unwrap();
            assert_eq!(bytes(&folder), bytes(&other), "{}", file.display());
            compared += 1;
        }
    }
    assert!(compared > 0);
    let scores = read(folder.path(), "normal/people.0/01.csv");
    assert_eq!(scores.lines().count(), 21);
}

#[test]
fn steps_over_the_whole_set_are_refused_with_what_to_write() {
    for (line, says) in [
        (
            "[fuse]\npost = \"minmax\"",
            "fuse.post: `minmax` makes the score",
        ),
        (
            "[fuse]\npost = \"gaussian(1) | rank over all\"",
            "fuse.post: `rank over all`",
        ),
        ("[fuse]\nhow = \"rank-mean\"", "fuse.how: `rank-mean`"),
        (
            "[[system]]\nname = \"b\"\nkind = \"frame_difference\"\npost = \"zscore\"",
            "system.b.post: `zscore`",
        ),
        (
            "[[system]]\nname = \"b\"\nkind = \"frame_difference\"\njoin_post = \"robust_z\"",
            "system.b.join_post: `robust_z`",
        ),
        (
            "[[system]]\nname = \"b\"\nkind = \"frame_difference\"\nmembers = 2\njoin = \"rank-mean\"",
            "system.b.join: `rank-mean`",
        ),
    ] {
        let text = format!(
            "[calibration]\n[[system]]\nname = \"a\"\nkind = \"frame_difference\"\n{line}\n"
        );
        let error = Recipe::parse(&text, &Registry::default())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(says) && error.contains("per video"),
            "{error}"
        );
        let text = text.replace("[calibration]\n", "");
        Recipe::parse(&text, &Registry::default()).unwrap();
    }
    for (field, value, says) in [
        ("held_out", "0.0", "above 0 and at most 0.9"),
        ("held_out", "0.95", "above 0 and at most 0.9"),
        ("frames_per_second", "nan", "finite and above 0"),
        ("false_alarms_per_hour", "-1.0", "finite and above 0"),
        ("drop", "-0.5", "not negative"),
        ("alarms", "1", "unknown field `alarms`"),
        ("threshold_from", "\"labels\"", "test labels"),
    ] {
        let text = format!(
            "[calibration]\n{field} = {value}\n[[system]]\nname = \"a\"\nkind = \"frame_difference\"\n"
        );
        let error = Recipe::parse(&text, &Registry::default())
            .unwrap_err()
            .to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn too_little_held_out_video_is_refused_before_anything_is_fitted() {
    let mut recipe = parse(RECIPE);
    if let Some(calibration) = &mut recipe.calibration {
        calibration.held_out = 0.05;
    }
    let folder = tempdir().unwrap();
    let error = run(&recipe, &data(), folder.path())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("6 scores of normal frames") && error.contains("held_out"),
        "{error}"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn scores_without_calibration_say_what_they_depend_on() {
    let text = RECIPE
        .replace(
            "[calibration]\nheld_out = 0.5\nfalse_alarms_per_hour = 900\n",
            "",
        )
        .replace("round(6)", "minmax");
    let folder = tempdir().unwrap();
    run(&parse(&text), &data(), folder.path()).unwrap();
    assert!(!folder.path().join("events.json").exists());
    let error = open(folder.path()).read_events().unwrap_err().to_string();
    assert!(error.contains("[calibration]"), "{error}");
    let model = Model::open(folder.path(), &Registry::default(), &engine()).unwrap();
    let data = data();
    let told = warnings(|observer| {
        model
            .score(&data.test().unwrap(), None, &mut |event: Event<'_>| {
                observer(event)
            })
            .unwrap();
    });
    let told: Vec<&String> = told
        .iter()
        .filter(|text| text.contains("scored together"))
        .collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("`minmax` in fuse.post"), "{}", told[0]);
}

#[test]
fn a_model_that_learned_more_says_that_its_calibration_is_older() {
    let (_folder, mut model) = fitted();
    let data = data();
    let videos = data.test().unwrap();
    let before = model.score(&videos, None, &mut Silent).unwrap();
    let part = NormalPart::whole(videos[0]);
    model.learn(&[part], "test", &mut Silent).unwrap();
    let told = warnings(|observer| {
        model
            .score(&videos, None, &mut |event: Event<'_>| observer(event))
            .unwrap();
    });
    assert!(
        told.iter()
            .any(|text| text.contains("calibration is that of the fitted model")),
        "{told:?}"
    );
    model.undo_learning().unwrap();
    assert_eq!(model.score(&videos, None, &mut Silent).unwrap(), before);
}
