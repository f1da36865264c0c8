//! Runs that watch the camera: which frames are suspended, and what that leaves alone.

use std::fs;
use std::ops::{ControlFlow, Range};

use oddframe_core::{Error as CoreError, Event, Frame, FrameSource, Video};
use oddframe_pipeline::{Data, FrameState, Model, Recipe, Registry, RunFolder};
use oddframe_synth::{Preset, Scene, SceneVideo};
use tempfile::tempdir;

use crate::common::{engine, parse, read, run};

const RECIPE: &str = r#"
name = "watched"
baselines = false
repair = { mend = "nearest" }
[[system]]
name = "difference"
kind = "frame_difference"
width = 48
height = 32
[health]
frames_per_second = 10
"#;

const COVERED: Range<usize> = 15..25;
/// A problem lasts for a second longer.
const SUSPENDED: Range<usize> = 15..35;

/// A video in which the lens is covered for some frames, and one frame cannot be read.
struct Troubled(SceneVideo);

const TORN: usize = 38;

impl FrameSource for Troubled {
    fn video(&self) -> &Video {
        self.0.video()
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), CoreError> {
        if index == TORN {
            return Err(CoreError::Read {
                video: self.id().clone(),
                frame: self.number_at(index)?,
                path: None,
                source: "the file is torn".into(),
            });
        }
        self.0.read_into(index, out)?;
        if COVERED.contains(&index) {
            out.pixels_mut().fill(20);
        }
        Ok(())
    }
}

fn street(troubled: bool) -> Data {
    let scene = Scene::new(Preset::Tiny, 3);
    let train = scene.train().iter();
    let train = train.map(|video| Box::new(video.clone()) as Box<dyn FrameSource>);
    let second = scene.test()[1].clone();
    let second: Box<dyn FrameSource> = if troubled {
        Box::new(Troubled(second))
    } else {
        Box::new(second)
    };
    let test = vec![Box::new(scene.test()[0].clone()) as _, second];
    Data::new("street", train.collect(), test)
}

#[test]
fn frames_with_a_covered_lens_are_suspended_and_keep_a_score() {
    let folder = tempdir().unwrap();
    let data = street(true);
    let outcome = run(&parse(RECIPE), &data, folder.path()).unwrap();
    let states = RunFolder::open(folder.path(), &Registry::default())
        .unwrap()
        .read_states()
        .unwrap();
    assert_eq!(outcome.states.as_ref(), Some(&states));
    let video = data.test().unwrap()[1];
    let (id, numbers) = (video.id(), video.numbers());
    for (index, number) in numbers.iter().enumerate() {
        let expected = match index {
            TORN => FrameState::Unreadable,
            index if SUSPENDED.contains(&index) => FrameState::Suspended,
            _ => FrameState::Ok,
        };
        assert_eq!(states.state_of(id, *number), expected, "frame {index}");
    }
    assert_eq!(states.rows().len(), SUSPENDED.len() + 1);
    let reason = &states.row(id, numbers[COVERED.start]).unwrap().reason;
    assert!(
        reason.starts_with("covered: 100 % of the scene"),
        "{reason}"
    );
    let reason = &states.row(id, numbers[TORN]).unwrap().reason;
    assert!(reason.contains("the file is torn"), "{reason}");
    assert_eq!(
        states.summary(80).unwrap(),
        "20 of 80 frames are suspended (covered 20); 1 of 80 frames could not be decoded"
    );
    assert_eq!(outcome.fused.scores.values().count(), 80);
    // The scores are those of a run that does not watch.
    let other = tempdir().unwrap();
    let unwatched = RECIPE.replace("[health]\nframes_per_second = 10\n", "");
    let unwatched = run(&parse(&unwatched), &data, other.path()).unwrap();
    assert_eq!(unwatched.fused.scores, outcome.fused.scores);
    assert_eq!(unwatched.states, None);
    assert!(!other.path().join("states.csv").exists());
}

#[test]
fn an_undamaged_street_has_a_header_alone_and_a_resumed_run_the_same_states() {
    let folder = tempdir().unwrap();
    run(&parse(RECIPE), &street(false), folder.path()).unwrap();
    assert_eq!(
        read(folder.path(), "states.csv"),
        "video,frame,state,reason\n"
    );

    let folder = tempdir().unwrap();
    let recipe = parse(RECIPE);
    run(&recipe, &street(true), folder.path()).unwrap();
    let first = read(folder.path(), "states.csv");
    // A process that was killed between the two videos, and before it finished.
    for file in [
        "scores/health/02.json",
        "scores/difference.0/02.csv",
        "states.csv",
        "metrics.json",
    ] {
        fs::remove_file(folder.path().join(file)).unwrap();
    }
    run(&recipe, &street(true), folder.path()).unwrap();
    assert_eq!(read(folder.path(), "states.csv"), first);
    // The findings of a video are watched for again when only they are missing.
    fs::remove_file(folder.path().join("scores/health/02.json")).unwrap();
    run(&recipe, &street(true), folder.path()).unwrap();
    assert_eq!(read(folder.path(), "states.csv"), first);
}

#[test]
fn a_model_watches_what_it_scores() {
    let folder = tempdir().unwrap();
    run(&parse(RECIPE), &street(false), folder.path()).unwrap();
    let model = Model::open(folder.path(), &Registry::default(), &engine()).unwrap();
    let mut told = Vec::new();
    let mut observer = |event: Event<'_>| {
        if let Event::Warned { message } = event {
            told.push(message.to_owned());
        }
        ControlFlow::Continue(())
    };
    let data = street(true);
    let videos = data.test().unwrap();
    model.score(&videos, None, &mut observer).unwrap();
    let summary = "20 of 80 frames are suspended (covered 20); 1 of 80 frames could not be decoded";
    assert!(told.iter().any(|message| message == summary), "{told:?}");
    assert!(model.health_monitor().unwrap().is_some());
    // A model whose file is damaged says which.
    let path = folder.path().join("model/health/health.json");
    let whole = fs::read_to_string(&path).unwrap();
    for (damaged, says) in [
        ("{".to_owned(), "health.json"),
        (
            whole.replace("\"counted\": [", "\"counted\": [7,"),
            "another size",
        ),
    ] {
        fs::write(&path, damaged).unwrap();
        let error = model
            .score(&videos, None, &mut oddframe_core::Silent)
            .unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn wrong_settings_are_refused_and_a_plain_table_is_enough() {
    let with = |lines: &str| {
        let text = RECIPE.replace("frames_per_second = 10", lines);
        Recipe::parse(&text, &Registry::default())
    };
    assert_eq!(with("").unwrap().health.unwrap().frames_per_second, 25.0);
    for (lines, says) in [
        (
            "frames_per_second = 0",
            "health: frames_per_second is 0; it must be above 0",
        ),
        ("fps = 3", "line 11: unknown field `fps`"),
        ("frames_per_second = \"many\"", "line 11: invalid type"),
    ] {
        let error = with(lines).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    let (watched, plain) = (
        with("").unwrap(),
        parse(&RECIPE.replace("[health]\nframes_per_second = 10\n", "")),
    );
    assert!(watched.difference_in_scoring(&plain).unwrap().is_some());
}

/// A run that finds events, with a threshold that the cover crosses.
const EVENTS: &str = r"
[calibration]
held_out = 0.5
false_alarms_per_hour = 900
frames_per_second = 10
min_frames = 1
";

#[test]
fn a_suspended_frame_neither_starts_nor_extends_an_event() {
    let folder = tempdir().unwrap();
    let watched = parse(&format!("{RECIPE}{EVENTS}"));
    let unwatched =
        parse(&format!("{RECIPE}{EVENTS}").replace("[health]\nframes_per_second = 10\n", ""));
    let touching = |recipe: &Recipe, name: &str| {
        let outcome = run(recipe, &street(true), &folder.path().join(name)).unwrap();
        let events = outcome.events.unwrap().events;
        let numbers = street(true).test().unwrap()[1].numbers().to_vec();
        // Smoothing spreads a jump to the second before it too.
        let (first, last) = (
            numbers[SUSPENDED.start - 10].0,
            numbers[SUSPENDED.end - 1].0,
        );
        let inside = events
            .iter()
            .filter(|event| event.video == "02" && event.start <= last && event.end >= first);
        inside.count()
    };
    assert!(touching(&unwatched, "a") > 0);
    assert_eq!(touching(&watched, "b"), 0);
}
