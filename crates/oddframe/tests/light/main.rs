//! The examples that need no network, as a user runs them.
#![cfg(feature = "light")]

use std::path::Path;
use std::process::Command;

#[path = "../common/mod.rs"]
mod common;
mod no_network;
mod tutorials;

/// Runs an example with these arguments and returns what it prints.
fn run_example(name: &str, arguments: &[&Path]) -> String {
    let program = common::built_example(name);
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{name}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
