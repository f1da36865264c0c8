use std::fs;
use std::path::Path;

use oddframe::core::Silent;
use oddframe::synth::{Preset, Scene, WriteOptions};

/// Scores the data set in a folder.
fn score_folder(data: &Path, more: &[&Path]) -> String {
    let out = data.join("submission.csv");
    let arguments = [
        &["--data".as_ref(), data, "--out".as_ref(), out.as_path()],
        more,
    ];
    crate::common::run_example("no_network", &arguments.concat())
}

#[test]
fn the_labels_of_the_data_set_are_used_unless_others_are_given() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    Scene::new(Preset::Tiny, 0)
        .write(&data, WriteOptions::new(), &mut Silent)
        .unwrap();
    let own_labels = score_folder(&data, &[]);
    assert!(
        own_labels.contains("labels.csv") && own_labels.contains("micro AUC"),
        "{own_labels}"
    );
    assert!(own_labels.contains("valid: 120 rows"), "{own_labels}");

    fs::rename(data.join("labels.csv"), folder.path().join("elsewhere.csv")).unwrap();
    // The masks that the scene wrote are labels too, but only `labels.csv` is read without being named.
    let unlabelled = score_folder(&data, &[]);
    assert!(unlabelled.contains("nothing is evaluated"), "{unlabelled}");
    assert!(!unlabelled.contains("micro AUC"), "{unlabelled}");
    let elsewhere = folder.path().join("elsewhere.csv");
    let given = score_folder(&data, &["--labels".as_ref(), &elsewhere]);
    assert_eq!(figures(&given), figures(&own_labels));
}

/// The lines with results.
fn figures(printed: &str) -> Vec<&str> {
    printed
        .lines()
        .filter(|line| line.starts_with("micro AUC"))
        .collect()
}
