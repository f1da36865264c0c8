//! Scoring in 8-bit integers.

use std::fs;

use oddframe_core::Silent;
use oddframe_pipeline::{Data, Registry, Runner, Share};
use tempfile::tempdir;

use crate::common::{engine, error_of, parse, read, run, with_causes};

/// Two systems that are equal except for the precision in which they score.
const RECIPE: &str = r#"
baselines = false
scene = { preset = "tiny", seed = 3 }

[[system]]
name = "exact"
kind = "cuboid_ae"
model = { channels = [4, 8] }
input = { width = 16, height = 16 }
window = { frames = 4 }
train = { epochs = 1, batch = 8 }
score = { pool = "mean" }

[[system]]
name = "bytes"
kind = "cuboid_ae"
model = { channels = [4, 8] }
input = { width = 16, height = 16 }
window = { frames = 4 }
train = { epochs = 1, batch = 8 }
score = { pool = "mean", precision = "int8" }
"#;

#[test]
fn two_precisions_share_a_training_and_give_nearly_equal_scores() {
    let recipe = parse(RECIPE);
    let (folder, data) = (tempdir().unwrap(), Data::scene(&recipe.scene).unwrap());
    let outcome = run(&recipe, &data, folder.path()).unwrap();
    let record: serde_json::Value = serde_json::from_str(&read(folder.path(), "run.json")).unwrap();
    assert_eq!(record["precision"].as_str(), Some("int8 in bytes"));

    let [exact, bytes] = [0, 1].map(|at| outcome.systems[at].scores.values().collect::<Vec<_>>());
    assert!(!exact.is_empty() && exact.len() == bytes.len());
    // They are not the same scores under two names, and not those of another network.
    assert!(exact != bytes);
    for (exact, bytes) in exact.iter().zip(&bytes) {
        assert!(
            (bytes / exact - 1.0).abs() < 0.05,
            "{bytes}, in floats {exact}"
        );
    }

    // Scored again from the folder, they are the same.
    fs::remove_dir_all(folder.path().join("scores")).unwrap();
    let again = run(&recipe, &data, folder.path()).unwrap();
    assert!(again.systems[1].scores.values().eq(bytes));
}

#[test]
fn a_network_without_such_a_form_and_another_word_are_refused() {
    let settings = "model = { hidden = 4 }\ninput = { width = 16, height = 16 }\nscore = { precision = \"int8\" }";
    let found = error_of("lstm_ae", settings);
    assert!(
        found.contains(
            "score.precision is `int8`, but lstm_ae: the network has no form in 8-bit integers"
        ),
        "{found}"
    );
    let found = error_of("conv_ae", "score = { precision = \"int4\" }");
    assert!(
        found.contains("`int4` is not known here; did you mean `int8`?"),
        "{found}"
    );
}

#[test]
fn a_model_without_ranges_or_with_those_of_another_network_is_refused() {
    let recipe = parse(RECIPE);
    let (folder, data) = (tempdir().unwrap(), Data::scene(&recipe.scene).unwrap());
    let (registry, engine) = (Registry::default(), engine());
    let runner = Runner::new(&registry, &engine);
    let model = folder.path().join("model");
    runner.fit(&recipe, &data, &model, &mut Silent).unwrap();
    let model = oddframe_pipeline::RunFolder::open(&model, &registry).unwrap();
    let ranges = folder.path().join("model/model/exact.0/ranges.json");
    let score = || {
        let to = folder.path().join("scored");
        let scored = runner.score_share(&model, &data, Share::ALL, &to, &mut Silent);
        with_causes(&scored.unwrap_err())
    };
    for (text, says) in [
        ("[[0.0, 1.0]]", "1 ranges are given for the 4 layers"),
        ("[[0.0, null]]", "ranges.json"),
    ] {
        fs::write(&ranges, text).unwrap();
        let found = score();
        assert!(found.contains(says), "{found}\nlacks {says}");
    }
    fs::remove_file(&ranges).unwrap();
    let found = score();
    assert!(
        found.contains("ranges.json") && found.contains("train the model again"),
        "{found}"
    );
}
