//! The `no_network` example, as a user runs it.

use std::env::{consts::EXE_SUFFIX, current_exe};
use std::fs;
use std::path::Path;
use std::process::Command;

use oddframe::core::Silent;
use oddframe::synth::{Preset, Scene, WriteOptions};

/// Runs the example on a folder and returns what it prints.
fn run_example(data: &Path, more: &[&str]) -> String {
    // Cargo builds tests into a folder beside that of the examples.
    let test = current_exe().unwrap();
    let folder = test.parent().unwrap().with_file_name("examples");
    let program = folder.join(format!("no_network{EXE_SUFFIX}"));
    assert!(
        program.exists(),
        "{} is missing: `cargo test -p oddframe` builds it",
        program.display()
    );
    let out = data.join("submission.csv");
    let output = Command::new(program)
        .arg("--data")
        .arg(data)
        .arg("--out")
        .arg(out)
        .args(more)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_labels_of_the_data_set_are_used_unless_others_are_given() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    Scene::new(Preset::Tiny, 0)
        .write(&data, WriteOptions::new(), &mut Silent)
        .unwrap();
    let own_labels = run_example(&data, &[]);
    assert!(
        own_labels.contains("labels.csv") && own_labels.contains("micro AUC"),
        "{own_labels}"
    );
    assert!(own_labels.contains("valid: 120 rows"), "{own_labels}");

    fs::rename(data.join("labels.csv"), folder.path().join("elsewhere.csv")).unwrap();
    // The masks that the scene wrote are labels too, but only `labels.csv` is read without being named.
    let unlabelled = run_example(&data, &[]);
    assert!(unlabelled.contains("nothing is evaluated"), "{unlabelled}");
    assert!(!unlabelled.contains("micro AUC"), "{unlabelled}");
    let elsewhere = folder.path().join("elsewhere.csv");
    let given = run_example(&data, &["--labels", elsewhere.to_str().unwrap()]);
    assert_eq!(figures(&given), figures(&own_labels));
}

/// The lines with results.
fn figures(printed: &str) -> Vec<&str> {
    printed
        .lines()
        .filter(|line| line.starts_with("micro AUC"))
        .collect()
}
