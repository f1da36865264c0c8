//! Training and scoring from the command line.

use std::fs;

use crate::common::{Folder, Run, fails, oddframe, ok, run};

const RECIPE: &str = r#"
name = "tiny"
scene = { preset = "tiny", damaged = true }
[repair.flip]
epochs = 1
allow_weak = true
model = { side_px = 16 }
[[system]]
name = "frames"
kind = "conv_ae"
post = "minmax"
model = { channels = [4, 8], latent = 0 }
input = { width = 24, height = 16, color = "rgb", scale = "signed" }
train = { epochs = 9 }
score = { pool = "max", channels = "max" }
"#;

#[test]
fn a_run_prints_tables_and_resumes_and_score_gives_the_same_scores() {
    let folder = Folder::new();
    let (recipe, out) = (folder.write("tiny.toml", RECIPE), folder.path("out"));
    let arguments = [
        "run",
        &recipe,
        "--out",
        &out,
        "--epochs",
        "1",
        "--seed",
        "3",
        "--set",
        "fuse.how=mean",
    ];
    let first = ok(&arguments);
    for part in [
        "frame_difference",
        "typical_frame",
        "frames",
        "fused",
        "micro AUC",
        "react to",
        "mean frame",
    ] {
        assert!(first.stdout.contains(part), "{part}\n{}", first.stdout);
    }
    assert!(first.stderr.contains(&out), "{}", first.stderr);
    assert!(!first.stderr.contains("precision"), "{}", first.stderr);
    let kept = fs::read_to_string(folder.path("out/recipe.toml")).unwrap();
    assert!(
        kept.contains("epochs = 1") && kept.contains("seed = 3") && kept.contains("how = \"mean\""),
        "{kept}"
    );
    assert_eq!(ok(&arguments).stdout, first.stdout);
    fails(
        &[
            "run",
            &recipe,
            "--out",
            &out,
            "--epochs",
            "2",
            "--seed",
            "3",
            "--set",
            "fuse.how=mean",
        ],
        &["another recipe", "epochs is 1 there and 2 here"],
    );

    // On the same street, written as files: other bytes, so that only the count of rows is sure.
    let data = folder.path("street");
    ok(&["synth", &data, "--preset", "tiny"]);
    let maps = folder.path("maps");
    let scored = ok(&["score", &out, "--data", &data, "--maps", &maps]).stdout;
    assert_eq!(scored.lines().count(), 1 + 120);
    assert_eq!(
        fs::read_dir(folder.path("maps/frames.0/02"))
            .unwrap()
            .count(),
        40
    );
    // On the recipe's own street the scores are those of the run.
    ok(&["score", &out, "--out", &folder.path("again.csv")]);
    let read = |name: &str| fs::read_to_string(folder.path(name)).unwrap();
    assert_eq!(read("again.csv"), read("out/scores.csv"));
    ok(&["eval", &folder.path("again.csv"), "--labels", &data]);
}

#[test]
fn integers_without_instructions_for_them_are_said_to_be_slow() {
    let folder = Folder::new();
    let recipe = r#"
baselines = false
scene = { preset = "tiny" }
[[system]]
name = "bytes"
kind = "conv_ae"
model = { channels = [4, 8], latent = 0 }
input = { width = 16, height = 16 }
train = { epochs = 1 }
score = { precision = "int8" }
"#;
    let (recipe, out) = (folder.write("bytes.toml", recipe), folder.path("out"));
    let mut command = oddframe(&["run", &recipe, "--out", &out]);
    let run = Run::from(command.env("ODDFRAME_SIMD", "portable").output().unwrap());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let note = "note: bytes: score.precision is `int8`, which takes longer than `f32` on this CPU";
    assert!(run.stderr.contains(note), "{}", run.stderr);
}

#[test]
fn fit_makes_a_model_for_score() {
    let folder = Folder::new();
    let (recipe, model, data) = (
        folder.write("tiny.toml", RECIPE),
        folder.path("model"),
        folder.path("street"),
    );
    ok(&["synth", &data, "--preset", "tiny"]);
    ok(&[
        "fit", &recipe, "--data", &data, "--out", &model, "--epochs", "1",
    ]);
    let scores = folder.path("scores.csv");
    ok(&["score", &model, "--data", &data, "--out", &scores]);
    let evaluation = ok(&["eval", &scores, "--labels", &data, "--json"]).stdout;
    assert!(evaluation.contains("micro_auc"), "{evaluation}");
    fs::write(
        folder.path("street/testing_videos/01/frame_00004.jpg"),
        "no picture",
    )
    .unwrap();
    fails(&["score", &model, "--data", &data], &["frame_00004.jpg"]);
    let replaced = ok(&[
        "score",
        &model,
        "--data",
        &data,
        "--on-bad-frame",
        "nearest",
    ]);
    assert!(
        replaced
            .stderr
            .contains("frame 3 is used in place of frame 4"),
        "{}",
        replaced.stderr
    );
}

#[test]
fn what_cannot_be_run_says_why() {
    let folder = Folder::new();
    let recipe = folder.write("tiny.toml", RECIPE);
    let misspelt = folder.write("wrong.toml", &RECIPE.replace("pool", "pol"));
    let out = folder.path("out");
    fails(
        &["run", &misspelt, "--out", &out],
        &["wrong.toml, line 15", "unknown field `pol`", "`pool`?"],
    );
    fails(
        &["run", &folder.path("none.toml"), "--out", &out],
        &["none.toml"],
    );
    fails(
        &[
            "run",
            &recipe,
            "--out",
            &out,
            "--set",
            "system.frames.train.epoch=1",
        ],
        &["did you mean `epochs`?"],
    );
    fails(
        &[
            "run",
            &recipe,
            "--out",
            &out,
            "--data",
            &folder.path("nowhere"),
        ],
        &["nowhere"],
    );
    fails(
        &["run", &recipe, "--out", &folder.path("tiny.toml")],
        &["tiny.toml"],
    );
    fails(
        &["score", &folder.path("none"), "--out", &out],
        &["recipe.toml", "`fit`, `run`"],
    );
    if !cfg!(feature = "cuda") {
        fails(
            &["run", &recipe, "--out", &out, "--device", "cuda:0"],
            &["cuda"],
        );
    }
    for arguments in [
        ["--device", "tpu"],
        ["--set", "seed"],
        ["--epochs", "0"],
        ["--on-bad-frame", "skip"],
    ] {
        let ended = run(&["run", &recipe, "--out", &out, arguments[0], arguments[1]]);
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    }
    assert_eq!(folder.names(), ["tiny.toml", "wrong.toml"]);
}

#[test]
fn a_run_is_finished_again_with_another_fusion_and_reported_again() {
    let folder = Folder::new();
    let (recipe, out) = (folder.write("tiny.toml", RECIPE), folder.path("out"));
    ok(&["run", &recipe, "--out", &out, "--epochs", "1"]);
    let read = |name: &str| fs::read_to_string(folder.path(name)).unwrap();
    let before = read("out/scores.csv");
    let finished = ok(&["finish", &out, "--set", "system.frames.post=rank"]);
    assert!(finished.stdout.contains("micro AUC"), "{}", finished.stdout);
    assert_ne!(read("out/scores.csv"), before);
    fails(
        &["finish", &out, "--set", "fuse.post=savgol(99, 2) per video"],
        &["fuse.post cannot be applied to these videos"],
    );
    fails(
        &["finish", &out, "--set", "system.frames.train.epochs=5"],
        &["another recipe", "train.epochs"],
    );
    let page = read("out/report.html");
    fs::remove_file(folder.path("out/report.html")).unwrap();
    ok(&["report", &out]);
    assert_eq!(read("out/report.html"), page);
    fails(&["report", &folder.path("nowhere")], &["recipe.toml"]);
}

#[test]
fn pictures_can_be_left_out_and_pixelated() {
    let folder = Folder::new();
    let (recipe, out) = (folder.write("tiny.toml", RECIPE), folder.path("out"));
    ok(&["run", &recipe, "--out", &out, "--epochs", "1"]);
    let page = || fs::read_to_string(folder.path("out/report.html")).unwrap();
    let pictures = || page().matches("data:image/jpeg").count();
    let (clear, count) = (page(), pictures());
    assert!(count > 0 && fs::exists(folder.path("out/pictures/01/pictures.json")).unwrap());
    ok(&["report", &out, "--blur"]);
    assert!(pictures() == count && page() != clear && page().contains("Faces are not looked for"));
    ok(&["report", &out, "--no-pictures"]);
    assert_eq!(pictures(), 0);
    ok(&["finish", &out]);
    assert_eq!(page(), clear);
    ok(&[
        "run",
        &recipe,
        "--out",
        &out,
        "--epochs",
        "1",
        "--no-pictures",
    ]);
    assert!(pictures() == 0 && !fs::exists(folder.path("out/pictures")).unwrap());
    for wrong in [&["--blur", "--no-pictures"][..], &["--max-megabytes", "0"]] {
        assert_eq!(run(&[&["report", &out], wrong].concat()).code, Some(2));
    }
}

#[test]
fn shards_finished_together_give_the_bytes_of_one_run() {
    let folder = Folder::new();
    let (recipe, whole, parts) = (
        folder.write("tiny.toml", RECIPE),
        folder.path("whole"),
        folder.path("parts"),
    );
    ok(&["run", &recipe, "--out", &whole, "--epochs", "1"]);
    for shard in ["1/2", "2/2"] {
        ok(&["score", &whole, "--shard", shard, "--out", &parts]);
        if shard == "1/2" {
            fails(&["finish", &parts], &["has not scored video"]);
        }
    }
    ok(&["finish", &parts]);
    let read = |name: &str| fs::read_to_string(folder.path(name)).unwrap();
    assert_eq!(read("parts/scores.csv"), read("whole/scores.csv"));
    fails(
        &[
            "score",
            &whole,
            "--shard",
            "1/2",
            "--out",
            &folder.path("a.csv"),
        ],
        &["run folder"],
    );
    fails(
        &["score", &whole, "--shard", "3/2", "--out", &parts],
        &["not a share"],
    );
}

#[test]
fn an_assumption_about_the_first_frame_of_the_labels_is_told() {
    let folder = Folder::new();
    let recipe = folder.write(
        "plain.toml",
        "[[system]]\nname = \"a\"\nkind = \"typical_frame\"",
    );
    let data = folder.path("street");
    ok(&["synth", &data, "--preset", "tiny"]);
    // Without their first frames the videos count from 1, and an interval may count from 0 or from 1.
    for video in ["01", "02", "03"] {
        let first = format!("street/testing_videos/{video}/frame_00000.jpg");
        fs::remove_file(folder.path(&first)).unwrap();
    }
    fs::remove_file(folder.path("street/labels.csv")).unwrap();
    let intervals = folder.write(
        "UCSDped2.m",
        &"TestVideoFile{end+1}.gt_frame = [5:9];\n".repeat(3),
    );
    let says = "does not say whether frames count from 0 or from 1; 1 was assumed";
    let out = folder.path("out");
    let run = [
        "run", &recipe, "--data", &data, "--out", &out, "--labels", &intervals,
    ];
    let finish = ["finish", &out, "--labels", &intervals];
    for command in [&run[..], &finish[..]] {
        let told = ok(command).stderr;
        assert!(told.contains(says), "{told}");
        let told = ok(&[command, &["--count-from", "0"]].concat()).stderr;
        assert!(!told.contains(says), "{told}");
    }
}

#[test]
fn the_number_of_the_first_frame_can_be_given_with_the_labels() {
    let folder = Folder::new();
    let (recipe, data) = (folder.write("tiny.toml", RECIPE), folder.path("street"));
    ok(&["synth", &data, "--preset", "tiny"]);
    let intervals = folder.write(
        "UCSDped2.m",
        &"TestVideoFile{end+1}.gt_frame = [5:9];\n".repeat(3),
    );
    let labels = ["--labels", &intervals, "--count-from"];
    let out = folder.path("out");
    let command = [
        "run", &recipe, "--data", &data, "--epochs", "1", "--out", &out,
    ];
    // The frames of the street count from 0, the intervals of the file from 1.
    fails(
        &[&command[..], &labels[..], &["1"]].concat(),
        &["video 01 has a frame 0"],
    );
    ok(&[&command[..], &labels[..], &["0"]].concat());
    let kept = fs::read_to_string(folder.path("out/truth/labels.csv")).unwrap();
    assert!(
        kept.contains("01,3,0\n01,4,1") && kept.contains("01,8,1\n01,9,0"),
        "{kept:.200}"
    );
}
