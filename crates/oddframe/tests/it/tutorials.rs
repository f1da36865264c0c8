//! The tutorials that use networks, recipes and run folders: they check their own results.

use crate::common::run_example;

#[test]
fn the_example_of_a_kind_of_its_own_runs_and_is_evaluated() {
    let tables = run_example("own_system", &[]);
    let row = tables
        .lines()
        .find(|line| line.trim_start().starts_with("mine"));
    // Its kind and its figures: a table without labels has no micro AUC.
    assert!(
        row.is_some_and(|row| row.contains("brightness") && row.contains("0.")),
        "{tables}"
    );
    assert!(tables.contains("micro AUC"), "{tables}");
}

#[test]
fn every_network_of_the_example_learns_and_survives_being_saved() {
    // The program itself checks that losses fall and that loaded networks give the same output.
    let printed = run_example("network_alone", &[]);
    let kinds: Vec<_> = printed
        .lines()
        .filter_map(|line| line.split_once(": "))
        .filter(|(_, rest)| rest.contains("parameters, losses"))
        .map(|(kind, _)| kind)
        .collect();
    assert_eq!(kinds, ["conv_ae", "unet", "conv_lstm"]);
    assert!(
        printed.contains("weights of a U-Net are missing"),
        "{printed}"
    );
}

#[test]
fn a_recipe_built_in_code_runs_like_its_text() {
    let printed = run_example("recipe_in_code", &[]);
    for table in ["Scores against the labels", "Error of the networks"] {
        assert!(printed.contains(table), "{printed}");
    }
}

#[test]
fn a_run_folder_is_read_and_finished_again() {
    let printed = run_example("read_run", &[]);
    for line in [
        "test video 03: 40 frames from number",
        "raw scores",
        "smoothed again",
    ] {
        assert!(printed.contains(line), "{line}\n{printed}");
    }
}
