//! Scoring frame by frame.

use oddframe_core::{Frame, FrameSource, Silent, StreamInfo};
use oddframe_pipeline::{LiveScore, Model, Registry, RunFolder};
use tempfile::tempdir;

use crate::common::{data, engine, parse, run, run_in};

/// The live scores of all frames of a video, which are pushed one by one.
fn score_live(model: &Model, system: &str, video: &dyn FrameSource) -> Vec<LiveScore> {
    let info = StreamInfo::new(video.id().clone());
    let mut scorer = model.score_live(Some(system), &info).unwrap();
    let mut settled = Vec::new();
    for index in 0..video.numbers().len() {
        settled.extend(scorer.push(video.read(index).unwrap()).unwrap());
    }
    settled.extend(scorer.finish().unwrap());
    settled
}

#[test]
fn live_scores_are_the_raw_scores_of_a_run() {
    let (folder, data) = (tempdir().unwrap(), data());
    run_in(folder.path()).unwrap();
    let registry = Registry::default();
    let model = Model::open(folder.path(), &registry, &engine()).unwrap();
    let run = RunFolder::open(folder.path(), &registry).unwrap();
    // Two members, windows of several frames, a difference to the frame before; all with flip repair on damaged video.
    for (system, members) in [("frames", 2), ("cuboids", 1), ("frame_difference", 1)] {
        let raw: Vec<_> = (0..members)
            .map(|member| run.read_raw_scores(system, member).unwrap())
            .collect();
        for video in data.test().unwrap() {
            let live = score_live(&model, system, video);
            let numbers: Vec<_> = live.iter().map(|score| score.frame).collect();
            assert_eq!(numbers, video.numbers(), "{system}, {}", video.id());
            for (frame, score) in live.iter().enumerate() {
                let of_members = raw.iter().map(|table| table.video(video.id()).unwrap());
                let sum: f64 = of_members.map(|scores| scores.values()[frame]).sum();
                assert_eq!(
                    score.score.value,
                    sum / members as f64,
                    "{system}, frame {frame}"
                );
                assert_eq!(score.calibrated, None);
            }
        }
    }
}

#[test]
fn a_score_comes_as_soon_as_it_is_settled() {
    let recipe = parse(
        "name = \"quick\"\nbaselines = false\nscene = { preset = \"tiny\" }\n[[system]]\nname = \"motion\"\nkind = \"frame_difference\"\n",
    );
    let (folder, data) = (tempdir().unwrap(), data());
    run(
        &recipe,
        &oddframe_pipeline::Data::scene(&recipe.scene).unwrap(),
        folder.path(),
    )
    .unwrap();
    let model = Model::open(folder.path(), &Registry::default(), &engine()).unwrap();
    let video = data.test().unwrap()[0];
    let mut scorer = model
        .score_live(None, &StreamInfo::new("gate".into()))
        .unwrap();
    // The first frame has no frame before it and borrows the score of the second.
    let counts: Vec<usize> = (0..4)
        .map(|index| scorer.push(video.read(index).unwrap()).unwrap().len())
        .collect();
    assert_eq!(counts, [0, 2, 1, 1]);
    // Numbers that fall end the video, as they would in a recorded one.
    let error = scorer.push(video.read(0).unwrap()).unwrap_err();
    assert!(error.to_string().contains("gate"), "{error}");
    let error = scorer.push(video.read(9).unwrap()).unwrap_err();
    assert!(error.to_string().contains("has ended"), "{error}");
    // Leaving in the middle of a video ends its thread.
    let mut left = model
        .score_live(None, &StreamInfo::new("gate".into()))
        .unwrap();
    left.push(Frame::clone(&video.read(0).unwrap())).unwrap();
    drop(left);
}

#[test]
fn calibrated_live_scores_are_those_of_the_model() {
    let recipe = parse(
        "name = \"quick\"\nscene = { preset = \"tiny\" }\n[calibration]\nheld_out = 0.4\n[[system]]\nname = \"motion\"\nkind = \"frame_difference\"\n",
    );
    let folder = tempdir().unwrap();
    let data = oddframe_pipeline::Data::scene(&recipe.scene).unwrap();
    run(&recipe, &data, folder.path()).unwrap();
    let model = Model::open(folder.path(), &Registry::default(), &engine()).unwrap();
    let videos = data.test().unwrap();
    let scored = model.score(&videos, None, &mut Silent).unwrap();
    for video in videos {
        let live = score_live(&model, "motion", video);
        let calibrated: Vec<f64> = live.iter().filter_map(|score| score.calibrated).collect();
        assert_eq!(calibrated, scored.video(video.id()).unwrap().values());
    }
}

#[test]
fn a_system_has_to_be_named_where_several_are_fused() {
    let folder = tempdir().unwrap();
    run_in(folder.path()).unwrap();
    let model = Model::open(folder.path(), &Registry::default(), &engine()).unwrap();
    let info = StreamInfo::new("gate".into());
    for (system, message) in [
        (
            None,
            "several systems or none are fused: name one of the systems",
        ),
        (
            Some("frame"),
            "there is no system `frame`: name one of the systems of the model: frames, cuboids",
        ),
    ] {
        let error = model.score_live(system, &info).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}
