//! Where results go: the file named, or stdout.

use std::fmt::Display;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use oddframe::core::{PostStep, ScoreTable};
use oddframe::submit::{
    self, FileFormat, Ids, Schema, ScoreFile, read_scores, write_in_order_to, write_scores, write_scores_to,
};

use crate::progress::during;
use crate::report;

/// Reads a score file of either format.
pub(crate) fn read(path: &Path) -> Result<ScoreFile> {
    Ok(during(&format!("reading {}", path.display()), || read_scores(path))?)
}

/// Writes a table to the file named, or to stdout.
pub(crate) fn write(out: Option<&Path>, table: &ScoreTable, format: &FileFormat) -> Result<()> {
    match out {
        Some(path) => Ok(during(&writing(path), || write_scores(path, table, format))?),
        None => to_stdout(|stdout| Ok(write_scores_to(stdout, table, format)?)),
    }
}

fn writing(path: &Path) -> String {
    format!("writing {}", path.display())
}

/// Writes a submission in the order of its ids, to the file named or to stdout.
pub(crate) fn write_in_order(
    out: Option<&Path>,
    table: &ScoreTable,
    schema: &Schema,
    ids: &Ids,
) -> Result<()> {
    match out {
        Some(path) => Ok(during(&writing(path), || submit::write_in_order(path, table, schema, ids))?),
        None => to_stdout(|stdout| Ok(write_in_order_to(stdout, table, schema, ids)?)),
    }
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

/// Applies a step and passes its warnings on.
pub(crate) fn apply(step: &dyn PostStep, table: &mut ScoreTable) -> Result<()> {
    for warning in during(&format!("applying {step}"), || step.apply(table))? {
        report::note(&warning);
    }
    Ok(())
}
