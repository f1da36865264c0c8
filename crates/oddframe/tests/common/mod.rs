//! Shared by the test programs of this package.

use std::env::{consts::EXE_SUFFIX, current_exe};
use std::path::PathBuf;

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
