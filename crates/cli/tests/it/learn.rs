//! Teaching a model that footage was normal.

use std::fs;

use crate::common::{Folder, fails, ok};

const RECIPE: &str = r#"
baselines = false
[[system]]
name = "people"
kind = "objects"
switch = { slow = 0.0, spread = 0.25 }
"#;

#[test]
fn a_model_learns_lists_and_takes_back() {
    let folder = Folder::new();
    let (recipe, model) = (folder.write("people.toml", RECIPE), folder.path("model"));
    let data = folder.path("street");
    ok(&["synth", &data, "--preset", "tiny"]);
    ok(&["fit", &recipe, "--data", &data, "--out", &model]);
    let score = ["score", &model, "--data", &data];
    let fitted = ok(&score).stdout;
    let log = ["learn", &model, "--log"];
    assert!(ok(&log).stdout.contains("nothing was learned"));
    let clip = folder.path("street/testing_videos/01");
    let learned = ok(&["learn", &model, "--data", &clip]);
    assert!(learned.stderr.contains("40 frames"), "{}", learned.stderr);
    let after_one = ok(&score).stdout;
    assert_ne!(after_one, fitted);
    fails(
        &["learn", &model, "--data", &data, "--frames", "3..9"],
        &["--video", "01, 02, 03"],
    );
    ok(&[
        "learn", &model, "--data", &data, "--video", "2", "--frames", "3..9",
    ]);
    let lines = ok(&log).stdout;
    assert!(
        lines.lines().count() == 2 && lines.contains("7 frames") && lines.contains("3 to 9"),
        "{lines}"
    );
    fails(&["learn", &model, "--data", &clip], &["learned already"]);
    ok(&["learn", &model, "--undo"]);
    assert_eq!(ok(&score).stdout, after_one);
    ok(&["learn", &model, "--undo"]);
    assert_eq!(ok(&score).stdout, fitted);
    fails(&["learn", &model, "--undo"], &["nothing was learned"]);
    fails(
        &["learn", &model, "--data", &data, "--video", "7"],
        &["no video 7", "01, 02, 03"],
    );
    for range in ["9..3", "x", "3", "3..", "-1..2"] {
        let argument = format!("--frames={range}");
        let wrong = ["learn", &model, "--data", &clip, &argument];
        fails(&wrong, &["not a range of frames"]);
    }
    fails(&["learn", &model], &["--data"]);
    fails(&["learn", &folder.path("none"), "--log"], &["recipe.toml"]);
    fails(
        &["learn", &model, "--data", &clip, "--frames", "900..901"],
        &["its frames are 0 to 39"],
    );
    assert!(
        fs::read_dir(folder.path("model/learned"))
            .unwrap()
            .next()
            .is_none()
    );
}
