//! Shared by the test programs of this package.

use std::env::{consts::EXE_SUFFIX, current_exe};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program of an example.
pub(crate) fn built_example(name: &str) -> PathBuf {
    // Cargo builds tests into a folder beside that of the examples.
    let test = current_exe().unwrap();
    let folder = test.parent().unwrap().with_file_name("examples");
    let program = folder.join(format!("{name}{EXE_SUFFIX}"));
    assert!(
        program.exists(),
        "{} is not built: `cargo test -p oddframe` builds it",
        program.display()
    );
    program
}

/// Runs an example with these arguments, and returns what it prints.
pub(crate) fn run_example(name: &str, arguments: &[&Path]) -> String {
    let mut command = Command::new(built_example(name));
    let output = command.args(arguments).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {printed}{errors}");
    printed
}
