//! Selecting systems from the command line.

use std::fs;

use crate::common::{Folder, fails, ok, run};

const NETWORK: &str = r#"
name = "network"
[[system]]
name = "conv"
kind = "conv_ae"
model = { channels = [4, 8], latent = 0 }
input = { width = 24, height = 16 }
train = { epochs = 9 }
"#;

const OBJECTS: &str = r#"
name = "objects"
[[system]]
name = "objects"
kind = "objects"
switch = { slow = 0.0, spread = 0.25 }
"#;

#[test]
fn recipes_are_compared_without_labels_or_test_videos() {
    let folder = Folder::new();
    let (network, objects) = (
        folder.write("network.toml", NETWORK),
        folder.write("objects.toml", OBJECTS),
    );
    let (data, out) = (folder.path("street"), folder.path("out"));
    ok(&["synth", &data, "--preset", "tiny", "--seed", "6"]);
    // Neither is read: what is not there cannot help.
    fs::remove_dir_all(folder.path("street/testing_videos")).unwrap();
    fs::write(folder.path("street/labels.csv"), "no labels").unwrap();
    let arguments = [
        "select", &network, &objects, "--data", &data, "--out", &out, "--epochs", "1", "--each",
        "1", "--seed", "2",
    ];
    let first = ok(&arguments);
    for part in [
        "network/conv",
        "objects/objects",
        "network/frame_difference",
        "mean AUC",
        "blind to",
        "occlusion",
    ] {
        assert!(first.stdout.contains(part), "{part}\n{}", first.stdout);
    }
    assert!(!first.stdout.contains("objects/frame_difference"));
    // Videos of 40 frames are too short for objects that stay, and this is said.
    assert!(
        first
            .stderr
            .contains("dwelling is left out: it needs a held-out video of at least 76 frames"),
        "{}",
        first.stderr
    );
    assert!(first.stderr.contains(&out));
    let read = |name: &str| fs::read_to_string(folder.path(name)).unwrap();
    let table = read("out/selection.csv");
    assert!(table.starts_with("candidate,kind,auc,low,high,"), "{table}");
    assert!(table.contains("network/conv,mean,0."), "{table}");
    assert!(read("out/stretches.csv").contains("occlusion,"));
    assert!(read("out/network/recipe.toml").contains("epochs = 1"));
    // The same command finds everything done.
    let fitted = || fs::metadata(folder.path("out/network/model/conv.0/fitted.json")).unwrap();
    let before = fitted().modified().unwrap();
    assert_eq!(ok(&arguments).stdout, first.stdout);
    assert_eq!(fitted().modified().unwrap(), before);
    assert_eq!(read("out/selection.csv"), table);
}

#[test]
fn bad_arguments_are_errors() {
    let folder = Folder::new();
    let good = folder.write("good.toml", OBJECTS);
    let bad = folder.write("bad.toml", "[[system]]\nname = \"x\"\nkind = \"objekts\"\n");
    let (data, out) = (folder.path("street"), folder.path("out"));
    ok(&["synth", &data, "--preset", "tiny"]);
    fails(
        &["select", &good, &bad, "--data", &data, "--out", &out],
        &["bad.toml", "objekts"],
    );
    fails(
        &["select", &good, "--data", &folder.path("nothing")],
        &["nothing"],
    );
    fs::remove_dir_all(folder.path("street/training_videos")).unwrap();
    fails(&["select", &good, "--data", &data, "--out", &out], &[]);
    assert!(!folder.names().contains(&"out".to_owned()));
    for arguments in [&["select"][..], &["select", &good, "--each", "0"]] {
        assert_eq!(run(arguments).code, Some(2), "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_selection_says_how_to_resume() {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    use crate::common::{Run, oddframe};

    let folder = Folder::new();
    let recipe = folder.write("objects.toml", OBJECTS);
    let (data, out) = (folder.path("street"), folder.path("out"));
    ok(&["synth", &data, "--preset", "tiny", "--seed", "6"]);
    let child = oddframe(&["select", &recipe, "--data", &data, "--out", &out])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The folder is there when the first system is about to be fitted.
    let started = Instant::now();
    let begun = folder.path("out/objects/run.json");
    while fs::metadata(&begun).is_err() && started.elapsed() < Duration::from_mins(1) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(sent.success());
    let stopped = Run::from(child.wait_with_output().unwrap());
    assert_eq!(stopped.code, Some(130), "{}", stopped.stderr);
    assert!(
        stopped.stderr.contains("the same command resumes it"),
        "{}",
        stopped.stderr
    );
    assert!(fs::metadata(folder.path("out/selection.json")).is_err());
    ok(&["select", &recipe, "--data", &data, "--out", &out]);
}
