//! Runs from end to end: everything in the folder, the same bytes twice, models that score by themselves.

use std::fs;

use oddframe_core::Silent;
use oddframe_frames::DamageOptions;
use oddframe_pipeline::{
    Data, Error, Model, Outcome, Registry, Runner, SceneRecipe, SystemOutcome,
};
use oddframe_submit::{FileFormat, Ids, Schema, check_path, read_scores, write_scores};
use oddframe_synth::Preset;
use tempfile::tempdir;

use crate::common::{data, engine, parse, read, recipe, run, run_in};

fn networks(outcome: &Outcome) -> impl Iterator<Item = &SystemOutcome> {
    outcome
        .systems
        .iter()
        .filter(|system| !system.figures.training.is_empty())
}

#[test]
fn a_run_leaves_everything_its_folder_should_have() {
    let folder = tempdir().unwrap();
    let folder = folder.path().join("not/yet/there");
    let outcome = run_in(&folder).unwrap();
    let names: Vec<&str> = outcome
        .all_figures()
        .map(|system| system.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "frames",
            "cuboids",
            "frame_difference",
            "typical_frame",
            "fused"
        ]
    );
    assert!(
        outcome
            .all_figures()
            .all(|system| system.evaluation.is_some())
    );
    assert!(
        outcome
            .all_figures()
            .all(|system| system.reaction.unwrap().noise.is_some())
    );
    let flips = outcome.flips.as_ref().unwrap();
    assert_eq!(flips.report.unwrap().frames(), flips.frames);
    assert_eq!(outcome.systems[0].figures.training.len(), 2);

    // The files say the same.
    let fused = read_scores(&folder.join("scores.csv")).unwrap().table;
    assert_eq!(fused, outcome.fused.scores);
    let data = data();
    let test = data.test().unwrap();
    let ids =
        Ids::from_videos(&test.iter().map(|video| video.video()).collect::<Vec<_>>()).unwrap();
    let report = check_path(&folder.join("submission.csv"), &Schema::default(), &ids).unwrap();
    assert!(report.is_valid(), "{report}");
    let metrics: serde_json::Value = serde_json::from_str(&read(&folder, "metrics.json")).unwrap();
    let auc = metrics["fused"]["evaluation"]["micro_auc"].as_f64();
    assert_eq!(
        auc,
        outcome
            .fused
            .figures
            .evaluation
            .map(|found| found.micro_auc)
    );
    assert!(
        metrics["systems"][0]["training"][1]["errors"]["mean_frame"]
            .as_f64()
            .unwrap()
            > 0.0
    );
    let record: serde_json::Value = serde_json::from_str(&read(&folder, "run.json")).unwrap();
    assert_eq!(
        (record["finished"].as_bool(), record["device"].as_str()),
        (Some(true), Some("flex"))
    );
    assert_eq!(
        record["data"]["test"].as_array().map(Vec::len),
        Some(test.len())
    );
    assert_eq!(record["schema"].as_u64(), Some(1));
    let complete = parse(&read(&folder, "recipe.toml"));
    assert_eq!(complete.difference_in_scoring(&recipe()).unwrap(), None);
    for file in [
        "model/frames.0/weights.bpk",
        "model/frames.1/weights.bpk",
        "model/cuboids.0/training.json",
        "model/typical_frame.0/typical_frame.npy",
        "model/repair.flip/fitted.json",
        "scores/frames.1/01.csv",
        "scores/cuboids.csv",
        "flips.csv",
    ] {
        assert!(folder.join(file).exists(), "{file}");
    }
    assert!(!folder.join("model/frames.0/checkpoint").exists());
}

#[test]
fn equal_runs_give_equal_bytes_and_a_finished_one_is_not_repeated() {
    let (one, two) = (tempdir().unwrap(), tempdir().unwrap());
    let first = run_in(one.path()).unwrap();
    run_in(two.path()).unwrap();
    let scores = read(one.path(), "scores.csv");
    assert_eq!(scores, read(two.path(), "scores.csv"));

    let weights = one.path().join("model/frames.0/weights.bpk");
    let written = fs::metadata(&weights).unwrap().modified().unwrap();
    let again = run_in(one.path()).unwrap();
    assert_eq!(fs::metadata(&weights).unwrap().modified().unwrap(), written);
    assert_eq!(
        (again.systems, again.warnings),
        (first.systems, first.warnings)
    );
    // Scores that were deleted are computed again from the weights, and are the same.
    fs::remove_dir_all(one.path().join("scores")).unwrap();
    run_in(one.path()).unwrap();
    assert_eq!(read(one.path(), "scores.csv"), scores);
}

#[test]
fn a_saved_model_scores_as_its_run() {
    let (run_folder, model_folder) = (tempdir().unwrap(), tempdir().unwrap());
    let outcome = run_in(run_folder.path()).unwrap();
    let (data, registry, engine) = (data(), Registry::default(), engine());
    Runner::new(&registry, &engine)
        .fit(&recipe(), &data, model_folder.path(), &mut Silent)
        .unwrap();
    let maps = tempdir().unwrap();
    for folder in [run_folder.path(), model_folder.path()] {
        let model = Model::open(folder, &registry, &engine).unwrap();
        let scores = model
            .score(&data.test().unwrap(), Some(maps.path()), &mut Silent)
            .unwrap();
        let path = maps.path().join("scores.csv");
        write_scores(&path, &scores, &FileFormat::Scores).unwrap();
        assert_eq!(
            read(maps.path(), "scores.csv"),
            read(run_folder.path(), "scores.csv")
        );
        let apart = model
            .score_systems(&data.test().unwrap(), &mut Silent)
            .unwrap();
        let expected: Vec<_> = outcome
            .systems
            .iter()
            .map(|system| (system.figures.name.clone(), system.scores.clone()))
            .collect();
        assert_eq!(apart, expected);
        let losses: Vec<_> = model
            .trainings()
            .unwrap()
            .into_iter()
            .map(|(_, training)| training.epochs)
            .collect();
        let expected = networks(&outcome).flat_map(|system| &system.figures.training);
        assert_eq!(
            losses,
            expected
                .map(|training| training.epochs.clone())
                .collect::<Vec<_>>()
        );
    }
    // A map for every frame of every member.
    for member in ["frames.0", "frames.1", "cuboids.0", "typical_frame.0"] {
        for video in data.test().unwrap() {
            let folder = maps.path().join(member).join(video.id().name());
            assert_eq!(
                fs::read_dir(folder).unwrap().count(),
                video.numbers().len(),
                "{member}"
            );
        }
    }
    fs::remove_file(model_folder.path().join("model/frames.1/fitted.json")).unwrap();
    let error = Model::open(model_folder.path(), &registry, &engine)
        .unwrap_err()
        .to_string();
    assert!(error.contains("model/frames.1"), "{error}");
}

#[test]
fn damage_changes_the_digest_and_is_known() {
    let scene = || {
        Data::scene(&SceneRecipe {
            preset: Preset::Tiny,
            seed: 0,
            damaged: false,
        })
        .unwrap()
    };
    let damaged = |seed| scene().damaged(DamageOptions::default(), seed).unwrap();
    let flips = |data: Data| {
        data.truth(&mut Silent)
            .unwrap()
            .flipped
            .unwrap()
            .positives()
    };
    assert_eq!(flips(scene()), 0);
    assert!(flips(damaged(5)) > 0);
    let digests =
        [scene(), damaged(5), damaged(6)].map(|data| data.digest(false, &mut Silent).unwrap());
    assert!(
        digests[0] != digests[1] && digests[1] != digests[2],
        "{digests:?}"
    );
    assert_eq!(digests[1], damaged(5).digest(false, &mut Silent).unwrap());
}

#[test]
fn data_without_training_videos_cannot_be_trained_on() {
    let folder = tempdir().unwrap();
    let test = data();
    let test: Vec<Box<dyn oddframe_core::FrameSource>> = {
        drop(test);
        let scene = oddframe_synth::Scene::new(Preset::Tiny, 3);
        scene
            .test()
            .iter()
            .map(|video| Box::new(video.clone()) as _)
            .collect()
    };
    let data = Data::new("no training", Vec::new(), test);
    let error = run(&recipe(), &data, folder.path()).unwrap_err();
    let message = error.to_string();
    assert!(
        message.starts_with("no training has no training videos: a run learns"),
        "{message}"
    );
    assert!(
        message.contains("training_videos") && message.contains("--learn-first"),
        "{message}"
    );
    assert!(matches!(
        error,
        Error::NoVideos {
            what: "training",
            ..
        }
    ));
}

#[test]
fn a_recipe_that_learns_nothing_needs_no_training_videos() {
    let folder = tempdir().unwrap();
    let scene = oddframe_synth::Scene::new(Preset::Tiny, 3);
    let test = scene
        .test()
        .iter()
        .map(|video| Box::new(video.clone()) as _)
        .collect();
    let data = Data::new("test only", Vec::new(), test);
    let recipe = parse(
        "baselines = false\n[[system]]\nname = \"motion\"\nkind = \"frame_difference\"\nwidth = 32\nheight = 32",
    );
    let outcome = run(&recipe, &data, folder.path()).unwrap();
    assert_eq!(outcome.fused.scores.len(), 120);
}
