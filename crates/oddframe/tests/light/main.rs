//! The examples that need no network, as a user runs them.
#![cfg(feature = "light")]

use std::env::{consts::EXE_SUFFIX, current_exe};
use std::path::Path;
use std::process::Command;

mod no_network;
mod tutorials;

/// Runs an example with these arguments and returns what it prints.
fn run_example(name: &str, arguments: &[&Path]) -> String {
    // Cargo builds tests into a folder beside that of the examples.
    let test = current_exe().unwrap();
    let folder = test.parent().unwrap().with_file_name("examples");
    let program = folder.join(format!("{name}{EXE_SUFFIX}"));
    assert!(
        program.exists(),
        "{} is missing: `cargo test -p oddframe` builds it",
        program.display()
    );
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{name}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
