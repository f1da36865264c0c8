//! Training and scoring from the command line.

mod common;

use std::fs;

use common::{Folder, fails, ok, run};

const RECIPE: &str = r#"
name = "tiny"
scene = { preset = "tiny", damaged = true }
baseline = { width = 24, height = 16 }
[repair.flip]
epochs = 1
model = { side_px = 16 }
[[system]]
name = "frames"
post = "minmax"
model = { kind = "conv_ae", channels = [4, 8], latent = 0 }
look = { width = 24, height = 16, color = "rgb", scale = "signed" }
train = { epochs = 9 }
score = { pool = "max", channels = "max" }
"#;

#[test]
fn run_prints_tables_and_goes_on_and_score_gives_the_same() {
    let folder = Folder::new();
    let (recipe, out) = (folder.write("tiny.toml", RECIPE), folder.path("out"));
    let arguments = ["run", &recipe, "--out", &out, "--epochs", "1", "--seed", "3", "--set", "fuse.how=mean"];
    let first = ok(&arguments);
    for part in
        ["frame_difference", "typical_frame", "frames", "fused", "micro AUC", "react to", "mean frame"]
    {
        assert!(first.stdout.contains(part), "{part}\n{}", first.stdout);
    }
    assert!(first.stderr.contains(&out), "{}", first.stderr);
    let kept = fs::read_to_string(folder.path("out/recipe.toml")).unwrap();
    assert!(
        kept.contains("epochs = 1") && kept.contains("seed = 3") && kept.contains("how = \"mean\""),
        "{kept}"
    );
    assert_eq!(ok(&arguments).stdout, first.stdout);
    fails(
        &["run", &recipe, "--out", &out, "--epochs", "2", "--seed", "3", "--set", "fuse.how=mean"],
        &["another recipe", "epochs is 1 there and 2 here"],
    );

    // On the same street, written as files: other bytes, so that only the count of rows is sure.
    let data = folder.path("street");
    ok(&["synth", &data, "--preset", "tiny"]);
    let maps = folder.path("maps");
    let scored = ok(&["score", &out, "--data", &data, "--maps", &maps]).stdout;
    assert_eq!(scored.lines().count(), 1 + 120);
    assert_eq!(fs::read_dir(folder.path("maps/frames.0/02")).unwrap().count(), 40);
    // On the recipe's own street the scores are those of the run.
    ok(&["score", &out, "--out", &folder.path("again.csv")]);
    let read = |name: &str| fs::read_to_string(folder.path(name)).unwrap();
    assert_eq!(read("again.csv"), read("out/scores.csv"));
    ok(&["eval", &folder.path("again.csv"), "--labels", &data]);
}

#[test]
fn fit_makes_a_model_for_score() {
    let folder = Folder::new();
    let (recipe, model, data) =
        (folder.write("tiny.toml", RECIPE), folder.path("model"), folder.path("street"));
    ok(&["synth", &data, "--preset", "tiny"]);
    ok(&["fit", &recipe, "--data", &data, "--out", &model, "--epochs", "1"]);
    let scores = folder.path("scores.csv");
    ok(&["score", &model, "--data", &data, "--out", &scores]);
    let evaluation = ok(&["eval", &scores, "--labels", &data, "--json"]).stdout;
    assert!(evaluation.contains("micro_auc"), "{evaluation}");
    fs::write(folder.path("street/testing_videos/01/frame_00004.jpg"), "no picture").unwrap();
    fails(&["score", &model, "--data", &data], &["frame_00004.jpg"]);
    let mended = ok(&["score", &model, "--data", &data, "--on-bad-frame", "nearest"]);
    assert!(mended.stderr.contains("frame 3 stands in for frame 4"), "{}", mended.stderr);
}

#[test]
fn what_cannot_be_run_says_why() {
    let folder = Folder::new();
    let recipe = folder.write("tiny.toml", RECIPE);
    let misspelt = folder.write("wrong.toml", &RECIPE.replace("pool", "pol"));
    let out = folder.path("out");
    fails(&["run", &misspelt, "--out", &out], &["wrong.toml, line 14", "unknown field `pol`", "`pool`?"]);
    fails(&["run", &folder.path("none.toml"), "--out", &out], &["none.toml"]);
    fails(
        &["run", &recipe, "--out", &out, "--set", "system.frames.train.epoch=1"],
        &["did you mean `epochs`?"],
    );
    fails(&["run", &recipe, "--out", &out, "--data", &folder.path("nowhere")], &["nowhere"]);
    fails(&["run", &recipe, "--out", &folder.path("tiny.toml")], &["tiny.toml"]);
    fails(&["score", &folder.path("none"), "--out", &out], &["recipe.toml", "`fit` or `run`"]);
    if !cfg!(feature = "cuda") {
        fails(&["run", &recipe, "--out", &out, "--device", "cuda:0"], &["cuda"]);
    }
    for arguments in [["--device", "tpu"], ["--set", "seed"], ["--epochs", "0"], ["--on-bad-frame", "skip"]] {
        let ended = run(&["run", &recipe, "--out", &out, arguments[0], arguments[1]]);
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    }
    assert_eq!(folder.names(), ["tiny.toml", "wrong.toml"]);
}
