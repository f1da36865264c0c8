//! The systems on optical flow, from end to end, and what they refuse.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use oddframe_core::{
    Event, Frame, FrameNumber, FrameShape, FrameSource, PixelFormat, Silent, Video,
};
use oddframe_pipeline::{Data, Model, Outcome, Recipe, Registry, Runner};
use tempfile::tempdir;

use crate::common::{data, engine, error_of, parse, read, run};

/// Both kinds, with two members and with two ways of scoring.
const RECIPE: &str = r#"
name = "tiny_flow"
seed = 7
baselines = false
scene = { preset = "tiny", seed = 3, damaged = true }

[[system]]
name = "flow"
kind = "flow_ae"
members = 2
post = "minmax"
flow = "farneback"
frames = { width = 48, height = 32 }
input = { width = 24, height = 16 }
farneback = { winsize = 9 }
model = { channels = [4, 8], latent = 0 }
train = { epochs = 2, validation = 0.3, keep = "best" }
score = { pool = "max", channels = "max", edge = "constant(0)" }

[[system]]
name = "next"
kind = "raft_gru"
post = "moving_average(3) per video | minmax"
frames = { width = 48, height = 32 }
input = { width = 12, height = 8 }
model = { hidden = 6 }
window = { flows = 4 }
train = { epochs = 2, batch = 8 }

[[system]]
name = "next_zero"
kind = "raft_gru"
frames = { width = 48, height = 32 }
input = { width = 12, height = 8 }
model = { hidden = 6 }
window = { flows = 4 }
train = { epochs = 2, batch = 8 }
score = { edge = "constant(0)" }
"#;

fn recipe() -> Recipe {
    parse(RECIPE)
}

fn run_whole(folder: &Path) -> Outcome {
    run(&recipe(), &data(), folder).unwrap()
}

#[test]
fn every_frame_gets_a_score_and_no_flow_stays_in_the_model() {
    let folder = tempdir().unwrap();
    let outcome = run_whole(folder.path());
    let data = data();
    let frames: usize = data
        .test()
        .unwrap()
        .iter()
        .map(|video| video.numbers().len())
        .sum();
    for system in &outcome.systems {
        assert_eq!(system.scores.len(), frames, "{}", system.figures.name);
    }
    // The frames without a flow, or without enough flows before them.
    for (name, without) in [("flow.0", 1), ("next_zero.0", 5)] {
        for video in data.test().unwrap() {
            let path = format!("scores/{name}/{}.csv", video.id());
            let text = read(folder.path(), &path);
            let zeros: Vec<bool> = text
                .lines()
                .skip(1)
                .map(|line| line.split(',').any(|field| field == "0" || field == "0.0"))
                .collect();
            assert_eq!(
                zeros.iter().position(|zero| !zero),
                Some(without),
                "{path}\n{text}"
            );
            assert!(zeros[without..].iter().all(|zero| !zero), "{path}");
        }
    }
    for member in ["flow.0", "flow.1", "next.0"] {
        let model = folder.path().join("model").join(member);
        let files: Vec<String> = fs::read_dir(&model)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert!(files.contains(&"weights.bpk".to_owned()), "{files:?}");
        assert!(!files.contains(&"flow".to_owned()), "{files:?}");
    }
    // The scores of `next_zero` are of the same training.
    let fitted = read(folder.path(), "model/next_zero.0/fitted.json");
    assert!(fitted.contains("next.0"), "{fitted}");
}

#[test]
fn raft_without_weights_is_replaced_with_a_warning() {
    let folder = tempdir().unwrap();
    let outcome = run_whole(folder.path());
    let about = |warnings: &[String]| {
        let mut of_raft = warnings.iter().filter(|warning| warning.contains("raft"));
        of_raft.any(|warning| {
            warning.starts_with("next: ") && warning.contains("the flow is estimated by `dis`")
        })
    };
    assert!(about(&outcome.warnings), "{:?}", outcome.warnings);
    for file in ["metrics.json", "run.json"] {
        let content: serde_json::Value = serde_json::from_str(&read(folder.path(), file)).unwrap();
        let warnings: Vec<String> = serde_json::from_value(content["warnings"].clone()).unwrap();
        assert!(about(&warnings), "{file}: {warnings:?}");
    }
    // Scoring with the model alone warns as well.
    let model = Model::open(folder.path(), &Registry::default(), &engine()).unwrap();
    let mut told = Vec::new();
    let mut observer = |event: Event<'_>| {
        if let Event::Warned { message } = event {
            told.push(message.to_owned());
        }
        ControlFlow::Continue(())
    };
    let data = data();
    let first = &data.test().unwrap()[..1];
    model.score(first, None, &mut observer).unwrap();
    assert!(about(&told), "{told:?}");
}

#[test]
fn a_cancelled_run_resumes_to_the_same_bytes() {
    let whole = tempdir().unwrap();
    run_whole(whole.path());
    let expected = read(whole.path(), "scores.csv");
    // Within the flow of the first video, and after some epochs.
    for (flows, epochs) in [(5, usize::MAX), (usize::MAX, 1), (usize::MAX, 5)] {
        let folder = tempdir().unwrap();
        let (mut estimating, mut done) = (false, [0, 0]);
        let mut observer = |event: Event<'_>| {
            match event {
                // The flow is the first that a system is fitted with.
                Event::Started { task, .. } => estimating = task.contains("fitting"),
                Event::Advanced { .. } => done[0] += usize::from(estimating),
                Event::Loss { .. } => done[1] += 1,
                _ => {}
            }
            if done[0] > flows || done[1] > epochs {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let stopped = Runner::new(&Registry::default(), &engine()).run(
            &recipe(),
            &data(),
            folder.path(),
            &mut observer,
        );
        assert!(stopped.is_err_and(|error| error.is_cancelled()));
        run_whole(folder.path());
        assert_eq!(read(folder.path(), "scores.csv"), expected);
    }
}

#[test]
fn settings_that_cannot_work_are_refused_before_anything_is_trained() {
    for (kind, line, says) in [
        (
            "flow_ae",
            "flow = \"farnebak\"",
            "line 6: `farnebak` is not known here; did you mean `farneback`?",
        ),
        (
            "raft_gru",
            "raft_weigths = \"random\"",
            "unknown field `raft_weigths`; did you mean `raft_weights`?",
        ),
        (
            "raft_gru",
            "raft_weights = \"no/such/file.pt\"",
            "raft_weights: there is no file `no/such/file.pt`",
        ),
        (
            "raft_gru",
            "raft_weights = \"random\"\nframes = { width = 128, height = 96 }",
            "raft needs at least 121 pixels on both sides",
        ),
        (
            "flow_ae",
            "flow = \"dis\"\nframes = { width = 4, height = 2 }",
            "are too small for this method",
        ),
        (
            "raft_gru",
            "flow = \"dis\"\nframes = { width = 4, height = 4 }",
            "are too small for this method",
        ),
        ("flow_ae", "frames = { width = 64 }", "height"),
        ("flow_ae", "limit = 0.0", "the limit of optical flow is 0"),
        (
            "flow_ae",
            "farneback = { pyr_scale = 1.5 }",
            "farneback.pyr_scale is 1.5",
        ),
        (
            "raft_gru",
            "dis = { patch_stride = 9 }",
            "dis.patch_stride is 9",
        ),
        (
            "flow_ae",
            "train = { noise = { amplitude = 0.1 } }",
            "train.noise changes frames",
        ),
        (
            "raft_gru",
            "train = { flip = { probability = 0.1 } }",
            "train.flip changes frames",
        ),
        (
            "flow_ae",
            "model = { last = \"sigmoid\" }",
            "choose model.last = \"tanh\"",
        ),
        ("raft_gru", "window = { flows = 0 }", "too short"),
        (
            "raft_gru",
            "score = { precision = \"int8\" }",
            "score.precision is `int8`, but gru_predictor: the network has no form",
        ),
        ("raft_gru", "train = { batch = 0 }", "train: "),
    ] {
        let found = error_of(kind, line);
        assert!(found.contains(says), "{line}\n{found}\nlacks {says}");
    }
}

#[test]
fn raft_with_random_weights_runs() {
    let model = "model = { hidden = 4 }\nflow = \"raft\"\nraft_weights = \"random\"\nraft = { updates = 1 }";
    let scores = score_with(
        "raft_gru",
        4,
        model,
        "frames = { width = 128, height = 128 }",
    );
    assert!(scores.unwrap().iter().all(|score| *score > 0.0));
}

/// A video of gray frames that brighten.
struct Brightening(Video);

impl Brightening {
    fn new(id: &str, frames: u64) -> Self {
        let shape = FrameShape::new(64, 48, PixelFormat::Gray).unwrap();
        Self(Video::new(id.into(), shape, (0..frames).map(FrameNumber).collect()).unwrap())
    }
}

impl FrameSource for Brightening {
    fn video(&self) -> &Video {
        &self.0
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), oddframe_core::Error> {
        out.reset(self.shape(), self.number_at(index)?);
        for (at, pixel) in out.pixels_mut().iter_mut().enumerate() {
            *pixel = (at * 7 % 64 + 3 * index) as u8;
        }
        Ok(())
    }
}

/// Trains on two videos of twelve frames and scores one of this many.
fn score_short(kind: &str, frames: u64, line: &str) -> Result<Vec<f64>, String> {
    let size = "frames = { width = 48, height = 32 }";
    score_with(kind, frames, &format!("flow = \"dis\"\n{line}"), size)
}

/// The same with another method and size.
fn score_with(kind: &str, frames: u64, line: &str, size: &str) -> Result<Vec<f64>, String> {
    let text = format!(
        "baselines = false\n[[system]]\nname = \"one\"\nkind = \"{kind}\"\n{size}\n\
         input = {{ width = 16, height = 8 }}\ntrain = {{ epochs = 1 }}\n{line}\n"
    );
    let recipe = parse(&text);
    let of = |id: &str, frames| Box::new(Brightening::new(id, frames)) as Box<dyn FrameSource>;
    let data = Data::new(
        "brightening",
        vec![of("1", 12), of("2", 12)],
        vec![of("3", frames)],
    );
    let folder = tempdir().unwrap();
    match Runner::new(&Registry::default(), &engine()).run(
        &recipe,
        &data,
        folder.path(),
        &mut Silent,
    ) {
        Ok(outcome) => {
            let scores = &outcome.systems[0].scores;
            Ok(scores.videos()[0].values().to_vec())
        }
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn short_videos_are_scored_as_the_windows_and_the_edge_policy_ask() {
    let model = "model = { channels = [4], latent = 0 }";
    let none = "none of its 0 usable frames gets a score";
    let found = score_short("flow_ae", 1, model).unwrap_err();
    assert!(found.contains(none), "{found}");
    let found = score_short("raft_gru", 1, "model = { hidden = 4 }").unwrap_err();
    assert!(found.contains(none), "{found}");
    let constant = "score = { edge = \"constant(0.5)\" }";
    let scores = score_short("flow_ae", 1, &format!("{model}\n{constant}"));
    assert_eq!(scores, Ok(vec![0.5]));

    // Five frames have four flows: fewer than the eight that a prediction is made from, and one.
    let hidden = "model = { hidden = 4 }";
    let scores = score_short("raft_gru", 5, hidden).unwrap();
    assert_eq!(scores.len(), 5);
    assert!(
        scores
            .iter()
            .all(|score| score.is_finite() && *score == scores[4])
    );
    let found = score_short(
        "raft_gru",
        5,
        &format!("{hidden}\nwindow = {{ short = \"error\" }}"),
    );
    let found = found.unwrap_err();
    assert!(
        found.contains("video 3 has 4 usable frames, fewer than the 9"),
        "{found}"
    );
    let skipped = format!("{hidden}\nwindow = {{ short = \"skip\" }}\n{constant}");
    assert_eq!(score_short("raft_gru", 5, &skipped), Ok(vec![0.5; 5]));
}
