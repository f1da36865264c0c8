//! The examples about recipes and run folders, as a user runs them: they check their own results.

use std::env::{consts::EXE_SUFFIX, current_exe};
use std::process::Command;

/// Runs an example that needs no arguments, and returns what it prints.
fn run_example(name: &str) -> String {
    // Cargo builds tests into a folder beside that of the examples.
    let test = current_exe().unwrap();
    let folder = test.parent().unwrap().with_file_name("examples");
    let program = folder.join(format!("{name}{EXE_SUFFIX}"));
    assert!(
        program.exists(),
        "{} is missing: `cargo test -p oddframe` builds it",
        program.display()
    );
    let output = Command::new(program).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_recipe_built_in_code_runs_like_its_text() {
    let printed = run_example("recipe_in_code");
    for table in ["Scores against the labels", "Error of the networks"] {
        assert!(printed.contains(table), "{printed}");
    }
}

#[test]
fn a_run_folder_is_read_and_finished_again() {
    let printed = run_example("read_run");
    for line in [
        "test video 03: 40 frames from number",
        "raw scores",
        "smoothed again",
    ] {
        assert!(printed.contains(line), "{line}\n{printed}");
    }
}
