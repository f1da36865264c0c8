//! Where results go: the file named, or stdout.

use std::fmt::Display;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use oddframe::core::{PostStep, ScoreTable};
use oddframe::post::Chain;
use oddframe::submit::{
    self, FileFormat, Ids, Schema, ScoreFile, read_scores, write_in_order_to, write_scores, write_scores_to,
};

use crate::progress::during;
use crate::report;

/// The name that stands for stdin and stdout.
const STANDARD: &str = "-";

/// Written to as stdout: opened by its name, what it was redirected to could be replaced instead of added to.
const DEVICE: &str = "/dev/stdout";

/// Reads a score file of either format; `-` is stdin.
pub(crate) fn read(path: &Path) -> Result<ScoreFile> {
    if path == Path::new(STANDARD) {
        return ScoreFile::from_reader(io::stdin().lock()).context("stdin");
    }
    Ok(during(&format!("reading {}", path.display()), || read_scores(path))?)
}

/// Writes a table to the file named; stdout without one, or with `-`.
pub(crate) fn write(out: Option<&Path>, table: &ScoreTable, format: &FileFormat) -> Result<()> {
    match file(out) {
        Some(path) => Ok(during(&writing(path), || write_scores(path, table, format))?),
        None => to_stdout(|stdout| Ok(write_scores_to(stdout, table, format)?)),
    }
}

/// Writes a submission in the order of its ids, to the same places.
pub(crate) fn write_in_order(
    out: Option<&Path>,
    table: &ScoreTable,
    schema: &Schema,
    ids: &Ids,
) -> Result<()> {
    match file(out) {
        Some(path) => Ok(during(&writing(path), || submit::write_in_order(path, table, schema, ids))?),
        None => to_stdout(|stdout| Ok(write_in_order_to(stdout, table, schema, ids)?)),
    }
}

fn file(out: Option<&Path>) -> Option<&Path> {
    out.filter(|path| ![STANDARD, DEVICE].map(Path::new).contains(path))
}

fn writing(path: &Path) -> String {
    format!("writing {}", path.display())
}

/// Prints a line, or whole text, to stdout.
pub(crate) fn print(text: &dyn Display) -> Result<()> {
    to_stdout(|stdout| Ok(writeln!(stdout, "{text}")?))
}

/// Writes to stdout; a reader that has seen enough and closed the pipe is no error.
pub(crate) fn to_stdout(write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let mut stdout = BufWriter::new(io::stdout().lock());
    match write(&mut stdout).and_then(|()| Ok(stdout.flush()?)) {
        Err(error) if is_closed_pipe(&error) => Ok(()),
        done => done.context("cannot write to stdout"),
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let closed = |e: &io::Error| e.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref().is_some_and(closed))
}

/// Applies a chain step by step and passes on what the steps warn of.
pub(crate) fn apply(chain: &Chain, table: &mut ScoreTable) -> Result<()> {
    for step in chain.steps() {
        let warnings = during(&format!("applying {step}"), || step.apply(table));
        for warning in warnings.with_context(|| format!("cannot apply `{step}` to these scores"))? {
            report::note(&warning);
        }
    }
    Ok(())
}
