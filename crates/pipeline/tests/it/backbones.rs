//! The systems on backbones, from end to end, and what they refuse.

use std::fs;
use std::ops::ControlFlow;

use oddframe_core::{Event, Silent};
use oddframe_pipeline::{Model, Registry, RunFolder, Runner};
use tempfile::tempdir;

use crate::common::{data, engine, error_of, parse, read, run, with_causes};

const HEAD: &str = r#"
name = "tiny_memories"
seed = 7
baselines = false
scene = { preset = "tiny", seed = 3, damaged = true }
"#;

/// Each kind, with random weights.
const SYSTEMS: [&str; 3] = [
    r#"
[[system]]
name = "frames"
kind = "patch_memory"
post = "minmax"
backbone = "mobilenet_v2"
weights = "random"
memory = { frame_stride = 10, bank = { size = 50 } }
"#,
    r#"
[[system]]
name = "people"
kind = "video_patch_core"
post = "minmax"
backbone = "mobilenet_v2"
weights = "random"
memory = { spatial_rows = 50, temporal_rows = 20, global_rows = 20 }
"#,
    r#"
[[system]]
name = "sequences"
kind = "lstm_features"
post = "minmax"
backbone = "mobilenet_v2"
weights = "random"
model = { hidden = 8, output = "linear" }
window = { frames = 4 }
train = { epochs = 1 }
score = { edge = "constant(0)" }
"#,
];

#[test]
fn every_kind_runs_and_resumes_and_says_that_its_weights_are_random() {
    let folder = tempdir().unwrap();
    let recipe = parse(&format!("{HEAD}{}", SYSTEMS.concat()));
    let outcome = run(&recipe, &data(), folder.path()).unwrap();
    let frames: usize = data()
        .test()
        .unwrap()
        .iter()
        .map(|video| video.numbers().len())
        .sum();
    for system in &outcome.systems {
        assert_eq!(system.scores.len(), frames, "{}", system.figures.name);
        let name = format!("{}: ", system.figures.name);
        let warned = |warning: &&String| warning.starts_with(&name) && warning.contains("random");
        assert_eq!(outcome.warnings.iter().filter(warned).count(), 1, "{name}");
    }
    // So does scoring with the trained model.
    let model = Model::open(folder.path(), &Registry::default(), &engine()).unwrap();
    let mut warned = Vec::new();
    let mut observer = |event: Event<'_>| {
        if let Event::Warned { message } = event {
            warned.push(message.to_owned());
        }
        ControlFlow::Continue(())
    };
    let test = data();
    model
        .score(&test.test().unwrap()[..1], None, &mut observer)
        .unwrap();
    let random = warned.iter().filter(|warning| warning.contains("random"));
    assert_eq!(random.count(), 3, "{warned:?}");
    let record = RunFolder::open(folder.path(), &Registry::default()).unwrap();
    assert_eq!(record.record().warnings, outcome.warnings);
    // Removing the scores of a video, as if the run had been stopped before it, gives the same bytes again.
    let expected = read(folder.path(), "scores.csv");
    for member in ["frames.0", "people.0", "sequences.0"] {
        let scores = folder.path().join("scores").join(member);
        let first = fs::read_dir(&scores).unwrap().next().unwrap().unwrap();
        fs::remove_file(first.path()).unwrap();
    }
    run(&recipe, &data(), folder.path()).unwrap();
    assert_eq!(read(folder.path(), "scores.csv"), expected);
}

#[test]
fn a_model_of_another_backbone_is_refused() {
    for system in SYSTEMS {
        let folder = tempdir().unwrap();
        let recipe = parse(&format!("{HEAD}{system}"));
        let model_path = folder.path();
        Runner::new(&Registry::default(), &engine())
            .fit(&recipe, &data(), model_path, &mut Silent)
            .unwrap();
        // The other backbone gives as many features of a frame.
        let path = model_path.join("recipe.toml");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("mobilenet_v2", "efficientnet_lite0")).unwrap();
        let model = Model::open(model_path, &Registry::default(), &engine()).unwrap();
        let videos = data();
        let error = model.score(&videos.test().unwrap()[..1], None, &mut Silent);
        let text = with_causes(&error.unwrap_err());
        for part in [
            "features of `mobilenet_v2 random seed 7",
            "efficientnet_lite0 random seed 7",
        ] {
            assert!(text.contains(part), "{system}{text}");
        }
    }
}

#[test]
fn missing_weights_are_an_error_that_says_which_file_to_get() {
    for (kind, lines, says) in [
        ("patch_memory", "", "resnet18-f37072fd.pth"),
        (
            "video_patch_core",
            "",
            "8fa8567bab74a42d41c5915025a8e4538c3bdbe8804a470a72f30b0d94fab599",
        ),
        ("lstm_features", "", "resnet18-f37072fd.pth"),
        ("patch_memory", "weights = \"missing.pth\"", "missing.pth"),
        ("patch_memory", "backbone = \"resnet50\"", "resnet18"),
        (
            "video_patch_core",
            "backbone = \"mobilenet_v2\"\nweights = \"random\"\nmemory = { boxes = \"missing.csv\", training_boxes = \"missing.csv\" }",
            "missing.csv",
        ),
        (
            "video_patch_core",
            "weights = \"random\"\nmemory = { boxes = \"boxes.csv\" }",
            "training_boxes names none",
        ),
        (
            "lstm_features",
            "weights = \"random\"\ntrain = { flip = {} }",
            "train.flip changes frames",
        ),
        (
            "patch_memory",
            "memory = { bank = { seed = 3 } }",
            "unknown field `seed`",
        ),
        (
            "patch_memory",
            "weights = \"random\"\nlayers = []",
            "layers is empty",
        ),
    ] {
        let error = error_of(kind, lines);
        assert!(error.contains(says), "{kind}, {lines}: {error}");
    }
}
