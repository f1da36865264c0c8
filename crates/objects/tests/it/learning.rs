//! Footage that is said to be normal is added to a model.

use std::fs;

use oddframe_core::{
    Error, FrameNumber, FrameSource, ModelFolder, NormalPart, Scorer, Silent, System,
};
use oddframe_objects::Objects;

use crate::footage::{Footage, Walker, fit, mean, normal_videos, open, quick, score, usual_people};

/// People as usual, and one who does something else.
fn with(name: &str, walker: Walker) -> Footage {
    let mut people = usual_people(2);
    people.push(walker);
    Footage::new(name, 60, &people)
}

/// Somebody runs to the right through the lower lane in frames 20 to 50.
const RUNNER: Walker = Walker {
    start: -80,
    foot: 66,
    speed: 4,
};

/// Somebody walks to the left through the upper lane.
const REVERSED: Walker = Walker {
    start: 110,
    foot: 40,
    speed: -3,
};

fn learn(
    system: &Objects,
    model: &tempfile::TempDir,
    part: NormalPart<'_>,
) -> Result<tempfile::TempDir, Error> {
    let folder = tempfile::tempdir().unwrap();
    let learned = ModelFolder::create(folder.path()).unwrap();
    let model = ModelFolder::open(model.path()).unwrap();
    let result = system.learn_more(&[part], &model, &learned, &mut Silent);
    if result.is_err() {
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
    result.map(|()| folder)
}

fn running(scorer: &mut dyn Scorer, video: &Footage) -> f64 {
    mean(&score(scorer, video).unwrap()[26..44])
}

#[test]
fn a_learned_event_is_normal_and_another_stays_odd() {
    let (folder, system) = fit(quick(), &normal_videos(4)).unwrap();
    assert!(system.can_learn_more());
    let before = fs::read(folder.path().join("objects.safetensors")).unwrap();
    let odd = with("monday", RUNNER);
    let learned = learn(&system, &folder, NormalPart::whole(&odd)).unwrap();
    assert_eq!(
        fs::read(folder.path().join("objects.safetensors")).unwrap(),
        before
    );
    let (mut fitted, mut taught) = (open(&folder, &system), open(&learned, &system));
    // Another day: other noise, the same event.
    let tuesday = with("tuesday", RUNNER);
    let (odd_before, odd_after) = (
        running(&mut *fitted, &tuesday),
        running(&mut *taught, &tuesday),
    );
    let usual = Footage::new("usual", 60, &usual_people(2));
    let usual = mean(&score(&mut *taught, &usual).unwrap());
    let reversed = with("reversed", REVERSED);
    let (other_before, other_after) = (
        running(&mut *fitted, &reversed),
        running(&mut *taught, &reversed),
    );
    println!("{odd_before} -> {odd_after}, usual {usual}; other {other_before} -> {other_after}");
    // The values of the learned frames make large values more common, so that the other event loses too.
    assert!(odd_before > usual + 10.0 && other_before > usual + 10.0);
    assert!(odd_after < usual + 0.15 * (odd_before - usual));
    assert!(other_after > usual + 2.0);
    // Learning is as reproducible as fitting.
    let again = learn(&system, &folder, NormalPart::whole(&odd)).unwrap();
    let bytes = |folder: &tempfile::TempDir| fs::read(folder.path().join("objects.safetensors"));
    assert_eq!(bytes(&learned).unwrap(), bytes(&again).unwrap());
}

#[test]
fn only_the_frames_of_the_range_are_learned() {
    let (folder, system) = fit(quick(), &normal_videos(4)).unwrap();
    let odd = with("monday", RUNNER);
    let part = NormalPart::whole(&odd);
    // The runner comes in frame 20.
    let before_it = part.between(FrameNumber(0), FrameNumber(15));
    let in_it = part.between(FrameNumber(18), FrameNumber(52));
    let early = learn(&system, &folder, before_it).unwrap();
    let late = learn(&system, &folder, in_it).unwrap();
    let early = running(&mut *open(&early, &system), &odd);
    let late = running(&mut *open(&late, &system), &odd);
    println!("{early} {late}");
    assert!(early > late + 3.0);
    // What was learned is learned on: the second learning adds to the first.
    let first = learn(
        &system,
        &folder,
        part.between(FrameNumber(0), FrameNumber(35)),
    )
    .unwrap();
    let second = learn(
        &system,
        &first,
        part.between(FrameNumber(36), FrameNumber(60)),
    )
    .unwrap();
    let both = running(&mut *open(&second, &system), &odd);
    assert!(both < early - 3.0);
}

#[test]
fn what_cannot_be_learned_says_why_and_writes_nothing() {
    let (folder, system) = fit(quick(), &normal_videos(2)).unwrap();
    let refused = |part: NormalPart<'_>| learn(&system, &folder, part).unwrap_err().to_string();
    let video = Footage::new("clip", 30, &usual_people(1));
    let beyond = NormalPart::whole(&video).between(FrameNumber(30), FrameNumber(90));
    let error = refused(beyond);
    assert!(
        error.contains("video clip: no frame is in the range; its frames are 0 to 29"),
        "{error}"
    );
    let wide = Footage::with_size("wide", (140, 80), (0..30).collect(), &usual_people(1));
    assert!(refused(NormalPart::whole(&wide)).contains("140x80"));
    let mut far = Footage::new("far", 30, &usual_people(3));
    far.moved = 12;
    assert!(refused(NormalPart::whole(&far)).contains("the camera has moved"));
    let (model, learned) = (
        ModelFolder::open(folder.path()).unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let learned = ModelFolder::create(learned.path()).unwrap();
    let nothing = system.learn_more(&[], &model, &learned, &mut Silent);
    assert!(
        nothing
            .unwrap_err()
            .to_string()
            .contains("no video to learn")
    );
    let mut cancel = |_: oddframe_core::Event<'_>| std::ops::ControlFlow::Break(());
    let cancelled = system.learn_more(&[NormalPart::whole(&video)], &model, &learned, &mut cancel);
    assert!(matches!(cancelled, Err(Error::Interrupted)));
    // A model that is not there.
    let empty = tempfile::tempdir().unwrap();
    let error = learn(&system, &empty, NormalPart::whole(&video)).unwrap_err();
    assert!(error.to_string().contains("fit the system"));
    // A single frame is enough.
    let frame = Footage::new("frame", 1, &usual_people(1));
    assert_eq!(frame.numbers().len(), 1);
    let learned = learn(&system, &folder, NormalPart::whole(&frame)).unwrap();
    assert!(score(&mut *open(&learned, &system), &video).is_ok());
}

#[test]
fn a_model_of_an_empty_scene_must_be_fitted_again() {
    let empty: Vec<Footage> = (0..4)
        .map(|video| Footage::new(&format!("{video}"), 30, &[]))
        .collect();
    let (folder, system) = fit(quick(), &empty).unwrap();
    let people = Footage::new("people", 60, &usual_people(0));
    let error = learn(&system, &folder, NormalPart::whole(&people)).unwrap_err();
    assert!(error.to_string().contains("without seeing a single object"));
}
