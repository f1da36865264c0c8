//! Runs from end to end: the folder, the same bytes twice, resuming, refusing.

mod common;

use std::fs;

use common::{alone, data, engine, read, recipe, run_in, stopped_after};
use oddframe_core::Silent;
use oddframe_frames::DamageOptions;
use oddframe_pipeline::{Data, Error, Model, SceneRecipe, SystemKind, SystemOutcome, fit, run};
use oddframe_submit::{FileFormat, Ids, Schema, check_path, read_scores, write_scores};
use oddframe_synth::Preset;
use tempfile::tempdir;

#[test]
fn a_run_leaves_everything_that_its_folder_should_have() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let folder = folder.path().join("not/yet/there");
    let outcome = run_in(&folder).unwrap();
    let names: Vec<&str> = outcome.systems.iter().map(|system| system.name.as_str()).collect();
    assert_eq!(names, ["frame_difference", "typical_frame", "frames", "cuboids", "fused"]);
    assert!(outcome.systems.iter().all(|system| system.evaluation.is_some()));
    assert!(outcome.systems.iter().all(|system| system.reaction.unwrap().noise.is_some()));
    let flips = outcome.flips.as_ref().unwrap();
    assert_eq!(flips.report.unwrap().frames(), flips.frames);
    assert_eq!(outcome.systems[2].training.len(), 2);
    assert_eq!(outcome.fused().unwrap().kind, SystemKind::Fused);

    // Everything on disk says the same.
    let fused = read_scores(&folder.join("scores.csv")).unwrap().table;
    assert_eq!(fused, outcome.fused().unwrap().scores);
    let data = data();
    let test = data.test().unwrap();
    let ids = Ids::from_videos(&test.iter().map(|video| video.video()).collect::<Vec<_>>()).unwrap();
    let report = check_path(&folder.join("submission.csv"), &Schema::default(), &ids).unwrap();
    assert!(report.is_valid(), "{report}");
    let metrics: serde_json::Value = serde_json::from_str(&read(&folder, "metrics.json")).unwrap();
    let auc = metrics["systems"][4]["evaluation"]["micro_auc"].as_f64();
    assert_eq!(auc, outcome.fused().unwrap().evaluation.map(|found| found.micro_auc));
    assert!(metrics["systems"][2]["training"][1]["beside"]["mean_frame"].as_f64().unwrap() > 0.0);
    let card: serde_json::Value = serde_json::from_str(&read(&folder, "run.json")).unwrap();
    assert_eq!((card["finished"].as_bool(), card["device"].as_str()), (Some(true), Some("flex")));
    assert_eq!(card["data"]["test_videos"].as_u64(), Some(test.len() as u64));
    assert_eq!(oddframe_pipeline::Recipe::parse(&read(&folder, "recipe.toml")).unwrap(), recipe());
    let page = read(&folder, "report.html");
    for part in ["frame_difference", "What the scores react to", "mean frame", "<svg", "class=\"abnormal\""] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("http"), "the page loads nothing");
    for file in ["frames.0.bpk", "frames.1.bpk", "cuboids.0.json", "flip.0.bpk", "typical_frame.npy"] {
        assert!(folder.join("model").join(file).exists(), "{file}");
    }
    assert!(!folder.join("model/frames.0.checkpoint").exists());
}

#[test]
fn equal_runs_give_equal_bytes_and_a_finished_one_is_not_made_again() {
    let _alone = alone();
    let (one, two) = (tempdir().unwrap(), tempdir().unwrap());
    let first = run_in(one.path()).unwrap();
    run_in(two.path()).unwrap();
    let scores = read(one.path(), "scores.csv");
    assert_eq!(scores, read(two.path(), "scores.csv"));

    let weights = one.path().join("model/frames.0.bpk");
    let made = fs::metadata(&weights).unwrap().modified().unwrap();
    let again = run_in(one.path()).unwrap();
    assert_eq!(fs::metadata(&weights).unwrap().modified().unwrap(), made);
    assert_eq!((again.systems, again.warnings), (first.systems, first.warnings));
    // Scores that are gone are made again from the weights, and are the same.
    fs::remove_dir_all(one.path().join("scores")).unwrap();
    run_in(one.path()).unwrap();
    assert_eq!(read(one.path(), "scores.csv"), scores);
}

#[test]
fn a_stopped_run_comes_to_the_same_bytes() {
    let _alone = alone();
    let whole = tempdir().unwrap();
    run_in(whole.path()).unwrap();
    // Within the flip classifier, within a network of two epochs, between two networks, in the last one.
    for epochs in [0, 2, 3, 5] {
        let folder = tempdir().unwrap();
        let error = stopped_after(folder.path(), epochs);
        assert!(error.is_interrupted(), "{error}");
        assert!(!folder.path().join("scores.csv").exists());
        run_in(folder.path()).unwrap();
        assert_eq!(
            read(folder.path(), "scores.csv"),
            read(whole.path(), "scores.csv"),
            "after {epochs} epochs"
        );
    }
}

#[test]
fn a_saved_model_scores_as_its_run() {
    let _alone = alone();
    let (run_folder, model_folder) = (tempdir().unwrap(), tempdir().unwrap());
    let outcome = run_in(run_folder.path()).unwrap();
    let data = data();
    fit(&recipe(), &data, model_folder.path(), &engine(), &mut Silent).unwrap();
    let maps = tempdir().unwrap();
    for folder in [run_folder.path(), model_folder.path()] {
        let model = Model::open(folder).unwrap();
        let scores = model.score(&data.test().unwrap(), &engine(), Some(maps.path()), &mut Silent).unwrap();
        let path = maps.path().join("scores.csv");
        write_scores(&path, &scores, &FileFormat::Scores).unwrap();
        assert_eq!(read(maps.path(), "scores.csv"), read(run_folder.path(), "scores.csv"));
        let apart = model.score_systems(&data.test().unwrap(), &engine(), &mut Silent).unwrap();
        let trained = |system: &SystemOutcome| system.kind == SystemKind::Networks;
        let expected: Vec<_> = outcome.systems.iter().filter(|system| trained(system)).collect();
        assert_eq!(apart.len(), expected.len());
        for ((name, scores), system) in apart.iter().zip(&expected) {
            assert_eq!((name, scores), (&system.name, &system.scores));
        }
        let losses = model.trainings().unwrap().into_iter().map(|(_, training)| training.epochs);
        let expected =
            expected.iter().flat_map(|system| &system.training).map(|training| training.epochs.clone());
        assert_eq!(losses.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    }
    // A map for every frame of every network.
    for network in ["frames.0", "frames.1", "cuboids.0"] {
        for video in data.test().unwrap() {
            let folder = maps.path().join(network).join(video.id().name());
            assert_eq!(fs::read_dir(folder).unwrap().count(), video.numbers().len(), "{network}");
        }
    }
    fs::remove_file(model_folder.path().join("model/frames.1.bpk")).unwrap();
    let error = Model::open(model_folder.path()).unwrap_err().to_string();
    assert!(error.contains("model/frames.1.bpk"), "{error}");
}

#[test]
fn damage_is_another_digest_and_is_known() {
    let scene = || Data::scene(&SceneRecipe { preset: Preset::Tiny, seed: 0, damaged: false }).unwrap();
    let damaged = |seed| scene().damaged(DamageOptions::default(), seed).unwrap();
    assert_eq!(scene().truth().flipped.as_ref().unwrap().positives(), 0);
    assert!(damaged(5).truth().flipped.as_ref().unwrap().positives() > 0);
    let digests = [scene(), damaged(5), damaged(6)].map(|data| data.digest(&mut Silent).unwrap());
    assert!(digests[0] != digests[1] && digests[1] != digests[2], "{digests:?}");
    assert_eq!(digests[1], damaged(5).digest(&mut Silent).unwrap());
}

#[test]
fn a_folder_of_something_else_is_left_alone() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    run_in(folder.path()).unwrap();
    let mut other = recipe();
    other.set_epochs(3);
    let error = run(&other, &data(), folder.path(), &engine(), &mut Silent).unwrap_err();
    assert!(
        error.to_string().contains("train.epochs is 1 there and 3 here")
            || error.to_string().contains("epochs is"),
        "{error}"
    );
    assert!(matches!(error, Error::OtherRecipe { .. }));

    let mut scene = recipe().scene;
    scene.seed = 4;
    let elsewhere = Data::scene(&scene).unwrap();
    let error = run(&recipe(), &elsewhere, folder.path(), &engine(), &mut Silent).unwrap_err();
    assert!(matches!(error, Error::OtherRun { what: "data", .. }), "{error}");

    let foreign = tempdir().unwrap();
    fs::write(foreign.path().join("thesis.tex"), "years").unwrap();
    let error = run_in(foreign.path()).unwrap_err();
    assert!(error.to_string().contains("thesis.tex"), "{error}");
    assert_eq!(fs::read_dir(foreign.path()).unwrap().count(), 1);
}

#[test]
fn an_unwritable_folder_is_an_error_before_anything_is_trained() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let mut heard = Vec::new();
    let mut watch = |event: oddframe_core::Event<'_>| {
        heard.push(format!("{event:?}"));
        std::ops::ControlFlow::Continue(())
    };
    let error = run(&recipe(), &data(), &file.join("run"), &engine(), &mut watch).unwrap_err();
    assert!(matches!(error, Error::Io { .. }) && error.to_string().contains("file/run"), "{error}");
    assert!(heard.is_empty(), "{heard:?}");
}

#[test]
fn data_without_training_videos_cannot_be_learned_from() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let data = Data::new("nothing", Vec::new(), Vec::new());
    let error = run(&recipe(), &data, folder.path(), &engine(), &mut Silent).unwrap_err();
    assert_eq!(error.to_string(), "nothing has no training videos");
}
