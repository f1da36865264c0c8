//! The run folder: resuming, finishing again, shares, folders of something else.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use oddframe_core::{Event, Silent};
use oddframe_pipeline::{
    Data, Error, Outcome, Recipe, Registry, RunFolder, Runner, finish, use_labels,
};
use tempfile::tempdir;

use crate::common::{RECIPE, cancel_after_epochs, data, engine, read, recipe, run, run_in};

fn open(folder: &Path) -> RunFolder {
    RunFolder::open(folder, &Registry::default()).unwrap()
}

fn with(settings: &[&str]) -> Recipe {
    let settings: Vec<_> = settings.iter().map(|text| text.parse().unwrap()).collect();
    Recipe::parse_with(RECIPE, &settings, &Registry::default()).unwrap()
}

#[test]
fn a_cancelled_run_resumes_to_the_same_bytes() {
    let whole = tempdir().unwrap();
    run_in(whole.path()).unwrap();
    // Within the flip classifier, within a network of two epochs, between two networks, in the last one.
    for epochs in [0, 2, 3, 5] {
        let folder = tempdir().unwrap();
        let error = cancel_after_epochs(folder.path(), epochs);
        assert!(error.is_cancelled(), "{error}");
        assert!(!folder.path().join("scores.csv").exists());
        run_in(folder.path()).unwrap();
        let resumed = read(folder.path(), "scores.csv");
        assert_eq!(
            resumed,
            read(whole.path(), "scores.csv"),
            "after {epochs} epochs"
        );
    }
}

/// Times at which the raw scores of a run were written, by file.
fn raw_score_times(folder: &Path) -> Vec<(std::path::PathBuf, std::time::SystemTime)> {
    let mut times = Vec::new();
    for entry in fs::read_dir(folder.join("scores")).unwrap().flatten() {
        for file in fs::read_dir(entry.path()).into_iter().flatten().flatten() {
            times.push((file.path(), file.metadata().unwrap().modified().unwrap()));
        }
    }
    times.sort();
    times
}

#[test]
fn scoring_that_is_cancelled_anywhere_resumes_without_scoring_a_video_twice() {
    let whole = tempdir().unwrap();
    run_in(whole.path()).unwrap();
    let expected = read(whole.path(), "scores.csv");
    let folder = tempdir().unwrap();
    run_in(folder.path()).unwrap();
    let mut kept_some = 0;
    for cancelled_at in (1..120).step_by(17) {
        fs::remove_dir_all(folder.path().join("scores")).unwrap();
        let mut scoring = false;
        let mut observer = |event: Event<'_>| {
            match event {
                Event::Started { task, .. } => scoring = task == "scoring",
                Event::Advanced { done } if scoring && done == cancelled_at => {
                    return ControlFlow::Break(());
                }
                _ => {}
            }
            ControlFlow::Continue(())
        };
        let (registry, engine) = (Registry::default(), engine());
        let stopped =
            Runner::new(&registry, &engine).run(&recipe(), &data(), folder.path(), &mut observer);
        assert!(stopped.unwrap_err().is_cancelled());
        let before = raw_score_times(folder.path());
        kept_some += usize::from(!before.is_empty());
        run_in(folder.path()).unwrap();
        let after = raw_score_times(folder.path());
        assert!(
            before.iter().all(|file| after.contains(file)),
            "a finished video was scored again"
        );
        assert_eq!(
            read(folder.path(), "scores.csv"),
            expected,
            "cancelled at frame {cancelled_at}"
        );
    }
    assert!(
        kept_some > 2,
        "some videos were finished before the cancellation: {kept_some}"
    );
}

#[test]
fn finishing_again_changes_post_processing_and_fusion_without_training_or_scoring() {
    let folder = tempdir().unwrap();
    let first = run_in(folder.path()).unwrap();
    let before = raw_score_times(folder.path());
    let changed = with(&["fuse.how=max", "system.frames.post=rank", "name=renamed"]);
    let mut run_folder = open(folder.path()).with_recipe(changed.clone()).unwrap();
    let second = finish(&mut run_folder, &mut Silent).unwrap();
    assert_eq!(raw_score_times(folder.path()), before);
    assert_ne!(second.fused.scores, first.fused.scores);
    // The same as a run with that recipe from the start.
    let fresh = tempdir().unwrap();
    run(&changed, &data(), fresh.path()).unwrap();
    assert_eq!(
        read(folder.path(), "scores.csv"),
        read(fresh.path(), "scores.csv")
    );
    // A run with it resumes the folder, which is no other recipe.
    assert_eq!(
        run(&changed, &data(), folder.path()).unwrap().fused,
        second.fused
    );

    let error = open(folder.path())
        .with_recipe(with(&["system.frames.train.epochs=3"]))
        .unwrap_err();
    assert!(
        error.to_string().contains("system.0.train.epochs"),
        "{error}"
    );
}

#[test]
fn the_outcome_is_read_back_from_the_folder() {
    let folder = tempdir().unwrap();
    let outcome = run_in(folder.path()).unwrap();
    fs::remove_dir_all(folder.path().join("model")).unwrap();
    assert_eq!(Outcome::read(&open(folder.path())).unwrap(), outcome);
    fs::remove_file(folder.path().join("metrics.json")).unwrap();
    let error = Outcome::read(&open(folder.path())).unwrap_err();
    assert!(error.to_string().contains("oddframe finish"), "{error}");
}

#[test]
fn labels_can_be_given_afterwards() {
    let folder = tempdir().unwrap();
    let recipe = recipe();
    let scene = oddframe_synth::Scene::new(recipe.scene.preset, 3);
    let sources = |videos: &[oddframe_synth::SceneVideo]| {
        videos
            .iter()
            .map(|video| Box::new(video.clone()) as Box<dyn oddframe_core::FrameSource>)
            .collect()
    };
    let unlabelled = Data::new("unlabelled", sources(scene.train()), sources(scene.test()));
    let outcome = run(&recipe, &unlabelled, folder.path()).unwrap();
    assert_eq!(outcome.fused.figures.evaluation, None);
    let written = tempdir().unwrap();
    scene
        .write(
            &written.path().join("data"),
            oddframe_synth::WriteOptions::new(),
            &mut Silent,
        )
        .unwrap();
    let mut run_folder = open(folder.path());
    let labels = use_labels(
        &mut run_folder,
        &written.path().join("data/labels.csv"),
        None,
    )
    .unwrap();
    assert!(labels.labels.positives() > 0);
    let outcome = finish(&mut run_folder, &mut Silent).unwrap();
    assert!(outcome.fused.figures.evaluation.unwrap().positives > 0);
    assert!(
        open(folder.path())
            .record()
            .labels
            .as_ref()
            .unwrap()
            .sha256
            .is_some()
    );
}

#[test]
fn shares_finished_together_give_the_bytes_of_one_run() {
    let whole = tempdir().unwrap();
    run_in(whole.path()).unwrap();
    let (registry, engine, data) = (Registry::default(), engine(), data());
    let runner = Runner::new(&registry, &engine);
    let folder = tempdir().unwrap();
    for share in ["2/3", "1/3"] {
        runner
            .score_share(
                &open(whole.path()),
                &data,
                share.parse().unwrap(),
                folder.path(),
                &mut Silent,
            )
            .unwrap();
    }
    let error = finish(&mut open(folder.path()), &mut Silent).unwrap_err();
    assert!(matches!(error, Error::NotScored { .. }), "{error}");
    runner
        .score_share(
            &open(whole.path()),
            &data,
            "3/3".parse().unwrap(),
            folder.path(),
            &mut Silent,
        )
        .unwrap();
    finish(&mut open(folder.path()), &mut Silent).unwrap();
    for file in ["scores.csv", "submission.csv", "flips.csv", "metrics.json"] {
        assert_eq!(
            read(folder.path(), file),
            read(whole.path(), file),
            "{file}"
        );
    }
}

#[test]
fn a_weak_flip_classifier_is_refused_before_the_networks_train_and_can_be_allowed_afterwards() {
    let folder = tempdir().unwrap();
    let weak = [
        "repair.flip.epochs=1",
        "repair.flip.learning_rate=1e-9",
        "repair.flip.allow_weak=false",
    ];
    let strict = with(&weak);
    // The second attempt resumes the run: the classifier is there, and is refused again.
    for _ in 0..2 {
        let error = run(&strict, &data(), folder.path())
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("flip repair: the flip classifier is right on only"),
            "{error}"
        );
        let model = folder.path().join("model");
        assert!(model.join("repair.flip/fitted.json").exists());
        assert!(!model.join("frames.0").exists(), "a network was trained");
    }
    let lenient = with(&[weak[0], weak[1], "repair.flip.allow_weak=true"]);
    let classifier = folder.path().join("model/repair.flip/weights.bpk");
    let written = fs::metadata(&classifier).unwrap().modified().unwrap();
    let outcome = run(&lenient, &data(), folder.path()).unwrap();
    assert_eq!(
        fs::metadata(&classifier).unwrap().modified().unwrap(),
        written
    );
    assert!(
        outcome
            .warnings
            .iter()
            .any(|warning| warning.contains("right on only")),
        "{:?}",
        outcome.warnings
    );
}

#[test]
fn a_folder_of_something_else_is_left_alone() {
    let folder = tempdir().unwrap();
    run_in(folder.path()).unwrap();
    let mut other = recipe();
    other.set_epochs(3);
    let error = run(&other, &data(), folder.path()).unwrap_err();
    assert!(
        matches!(error, Error::OtherRecipe { .. }) && error.to_string().contains("epochs is"),
        "{error}"
    );

    let mut scene = recipe().scene;
    scene.seed = 4;
    let error = run(&recipe(), &Data::scene(&scene).unwrap(), folder.path()).unwrap_err();
    assert!(matches!(error, Error::OtherData { .. }), "{error}");

    let record = read(folder.path(), "run.json");
    let version = format!("\"oddframe\": \"{}\"", env!("CARGO_PKG_VERSION"));
    fs::write(
        folder.path().join("run.json"),
        record.replace(&version, "\"oddframe\": \"0.0.1\""),
    )
    .unwrap();
    let error = run_in(folder.path()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("another version of oddframe: 0.0.1 there"),
        "{error}"
    );
    fs::write(
        folder.path().join("run.json"),
        record.replace("\"schema\": 1", "\"schema\": 99"),
    )
    .unwrap();
    assert!(matches!(
        run_in(folder.path()),
        Err(Error::OtherSchema { found: 99, .. })
    ));

    let foreign = tempdir().unwrap();
    fs::write(foreign.path().join("thesis.tex"), "years").unwrap();
    let error = run_in(foreign.path()).unwrap_err();
    assert!(error.to_string().contains("thesis.tex"), "{error}");
    assert_eq!(fs::read_dir(foreign.path()).unwrap().count(), 1);
}

#[test]
fn an_unwritable_folder_is_an_error_before_anything_is_trained() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let mut heard = Vec::new();
    let mut observer = |event: Event<'_>| {
        heard.push(format!("{event:?}"));
        ControlFlow::Continue(())
    };
    let (registry, engine) = (Registry::default(), engine());
    let error = Runner::new(&registry, &engine)
        .run(&recipe(), &data(), &file.join("run"), &mut observer)
        .unwrap_err();
    assert!(
        matches!(error, Error::Io { .. }) && error.to_string().contains("file/run"),
        "{error}"
    );
    assert!(heard.is_empty(), "{heard:?}");
}
