//! Runs the binary as its users do.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// The binary with these arguments.
pub(crate) fn oddframe(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oddframe"));
    command.args(args);
    command
}

/// What one run gave.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

pub(crate) fn run(args: &[&str]) -> Run {
    oddframe(args).output().unwrap().into()
}

/// Runs and expects success.
pub(crate) fn ok(args: &[&str]) -> Run {
    let run = run(args);
    assert_eq!(run.code, Some(0), "{args:?} failed: {}", run.stderr);
    run
}

/// Runs and expects an error (exit code 2) that says all of this, in one go and without a panic.
pub(crate) fn fails(args: &[&str], says: &[&str]) -> Run {
    let run = run(args);
    assert_eq!(run.code, Some(2), "{args:?}: {}{}", run.stdout, run.stderr);
    assert!(
        run.stderr.lines().any(|line| line.starts_with("error: ")),
        "{}",
        run.stderr
    );
    for part in says {
        assert!(
            run.stderr.contains(part),
            "`{part}` is not in: {}",
            run.stderr
        );
    }
    run
}

/// A folder that goes when the test ends.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_string()
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.0.path().join(name), text).unwrap();
        self.path(name)
    }

    /// The names of all files and folders in it, hidden ones too.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// The research data, or nothing (and a word about it) where it is not at hand.
pub(crate) fn shared_data(inside: &str) -> Option<PathBuf> {
    let root = std::env::var_os("ODDFRAME_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = root.join(inside);
    if !path.exists() {
        eprintln!(
            "skipped: {} is not here (set ODDFRAME_DATA)",
            path.display()
        );
        return None;
    }
    Some(path)
}

/// A submission's scores, by id.
pub(crate) fn scores(csv: &str) -> Vec<(String, f64)> {
    csv.lines()
        .skip(1)
        .map(|line| {
            let (id, score) = line.trim_end().split_once(',').unwrap();
            (id.to_string(), score.parse().unwrap())
        })
        .collect()
}
