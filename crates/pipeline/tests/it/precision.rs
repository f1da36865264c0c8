//! Scoring with weights in 16 bits and in 8-bit integers.

use std::fs;

use oddframe_core::Silent;
use oddframe_pipeline::{Data, Registry, Runner, Share};
use tempfile::tempdir;

use crate::common::{engine, error_of, parse, read, run, with_causes};

/// Three systems that are equal except for the precision in which they score.
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

[[system]]
name = "narrow"
kind = "cuboid_ae"
model = { channels = [4, 8] }
input = { width = 16, height = 16 }
window = { frames = 4 }
train = { epochs = 1, batch = 8 }
score = { pool = "mean", precision = "bf16" }
"#;

#[test]
fn three_precisions_share_a_training_and_give_nearly_equal_scores() {
    let recipe = parse(RECIPE);
    let (folder, data) = (tempdir().unwrap(), Data::scene(&recipe.scene).unwrap());
    let outcome = run(&recipe, &data, folder.path()).unwrap();
    let record: serde_json::Value = serde_json::from_str(&read(folder.path(), "run.json")).unwrap();
    assert_eq!(
        record["precision"].as_str(),
        Some("int8 in bytes, bf16 in narrow")
    );

    let [exact, bytes, narrow] =
        [0, 1, 2].map(|at| outcome.systems[at].scores.values().collect::<Vec<_>>());
    assert_rounded(&bytes, &exact);
    assert_rounded(&narrow, &exact);

    // Scored again from the folder, they are the same.
    fs::remove_dir_all(folder.path().join("scores")).unwrap();
    let again = run(&recipe, &data, folder.path()).unwrap();
    assert!(again.systems[1].scores.values().eq(bytes));
    assert!(again.systems[2].scores.values().eq(narrow));
}

/// Fails where scores are those of 32-bit floats under another name, or those of another network.
#[track_caller]
fn assert_rounded(found: &[f64], exact: &[f64]) {
    assert!(!exact.is_empty() && exact.len() == found.len());
    assert!(found != exact);
    for (found, exact) in found.iter().zip(exact) {
        let change = (found / exact - 1.0).abs();
        assert!(change < 0.05, "{found}, in floats {exact}");
    }
}

#[test]
fn recurrent_networks_score_with_weights_in_16_bits() {
    let recipe = parse(
        r#"
        baselines = false
        scene = { preset = "tiny", seed = 3 }

        [[system]]
        name = "rows"
        kind = "lstm_ae"
        model = { hidden = 8 }
        input = { width = 16, height = 16 }
        window = { frames = 4 }
        train = { epochs = 1, batch = 8 }

        [[system]]
        name = "rows_bf16"
        kind = "lstm_ae"
        model = { hidden = 8 }
        input = { width = 16, height = 16 }
        window = { frames = 4 }
        train = { epochs = 1, batch = 8 }
        score = { precision = "bf16" }

        [[system]]
        name = "next"
        kind = "raft_gru"
        flow = "dis"
        frames = { width = 48, height = 32 }
        input = { width = 12, height = 8 }
        model = { hidden = 6 }
        window = { flows = 4 }
        train = { epochs = 1, batch = 8 }

        [[system]]
        name = "next_bf16"
        kind = "raft_gru"
        flow = "dis"
        frames = { width = 48, height = 32 }
        input = { width = 12, height = 8 }
        model = { hidden = 6 }
        window = { flows = 4 }
        train = { epochs = 1, batch = 8 }
        score = { precision = "bf16" }
        "#,
    );
    let (folder, data) = (tempdir().unwrap(), Data::scene(&recipe.scene).unwrap());
    let outcome = run(&recipe, &data, folder.path()).unwrap();
    for pair in outcome.systems.chunks_exact(2) {
        let [exact, found] = [0, 1].map(|at| pair[at].scores.values().collect::<Vec<_>>());
        assert_rounded(&found, &exact);
    }
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
