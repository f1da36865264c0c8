//! Writes results to a file or to stdout.

use std::fmt::Display;
use std::fs;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use oddframe::core::{PostStep, ScoreTable, write_atomically};
use oddframe::post::Chain;
use oddframe::submit::{
    self, FileFormat, Ids, Schema, ScoreFile, read_scores, write_in_order_to, write_scores,
    write_scores_to,
};

use crate::progress::during;
use crate::report;

/// The path that means stdin or stdout.
const STANDARD: &str = "-";

/// Treated as stdout. As a path it could replace the file that stdout is redirected to, even with `>>`.
const DEVICE: &str = "/dev/stdout";

/// Reads a score file of either format; `-` is stdin.
pub(crate) fn read(path: &Path) -> Result<ScoreFile> {
    if path == Path::new(STANDARD) {
        return ScoreFile::from_reader(io::stdin().lock()).context("stdin");
    }
    Ok(during(&format!("reading {}", path.display()), || {
        read_scores(path)
    })?)
}

/// Reads a whole file; `-` is stdin.
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    if path == Path::new(STANDARD) {
        let mut bytes = Vec::new();
        io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .context("stdin")?;
        return Ok(bytes);
    }
    during(&format!("reading {}", path.display()), || fs::read(path))
        .map_err(|error| anyhow!("{}: cannot be read: {error}", path.display()))
}

/// Writes a table to a file, or to stdout when the path is absent or `-`.
pub(crate) fn write(out: Option<&Path>, table: &ScoreTable, format: &FileFormat) -> Result<()> {
    match file(out) {
        Some(path) => Ok(during(&writing(path), || {
            write_scores(path, table, format)
        })?),
        None => to_stdout(|stdout| Ok(write_scores_to(stdout, table, format)?)),
    }
}

/// Writes a submission in the order of its ids, to a file or to stdout as [`write()`] does.
pub(crate) fn write_in_order(
    out: Option<&Path>,
    table: &ScoreTable,
    schema: &Schema,
    ids: &Ids,
) -> Result<()> {
    match file(out) {
        Some(path) => Ok(during(&writing(path), || {
            submit::write_in_order(path, table, schema, ids)
        })?),
        None => to_stdout(|stdout| Ok(write_in_order_to(stdout, table, schema, ids)?)),
    }
}

fn file(out: Option<&Path>) -> Option<&Path> {
    out.filter(|path| ![STANDARD, DEVICE].map(Path::new).contains(path))
}

fn writing(path: &Path) -> String {
    format!("writing {}", path.display())
}

/// Writes text to a file.
pub(crate) fn write_text(path: &Path, text: &str) -> Result<()> {
    write_atomically::<io::Error>(path, |writer| writer.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Prints text and a line break to stdout.
pub(crate) fn print(text: &dyn Display) -> Result<()> {
    to_stdout(|stdout| Ok(writeln!(stdout, "{text}")?))
}

/// Writes to stdout. A pipe that its reader closed, such as `head`, is not an error.
pub(crate) fn to_stdout(write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    // Stdout is line-buffered by default, which would cost a system call for every row of a score file. The
    // explicit flush reports an error that dropping the writer would hide.
    let mut stdout = BufWriter::new(io::stdout().lock());
    match write(&mut stdout).and_then(|()| Ok(stdout.flush()?)) {
        Err(error) if is_closed_pipe(&error) => Ok(()),
        done => done.context("cannot write to stdout"),
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    // The pipe error may be wrapped by the crate that writes the table, so the whole chain is searched.
    let closed = |e: &io::Error| e.kind() == io::ErrorKind::BrokenPipe;
    error
        .chain()
        .any(|cause| cause.downcast_ref().is_some_and(closed))
}

/// Applies a chain step by step and prints the warnings of the steps.
pub(crate) fn apply(chain: &Chain, table: &mut ScoreTable) -> Result<()> {
    for step in chain.steps() {
        let warnings = during(&format!("applying {step}"), || step.apply(table));
        let failed = |error: oddframe::core::Error| {
            // The scores of a file are finite, so only a step can have made this one.
            let hint = if matches!(error, oddframe::core::Error::NotFinite { .. }) {
                ": they are too large to be added or subtracted; divide them first"
            } else {
                ""
            };
            anyhow::Error::from(error)
                .context(format!("cannot apply `{step}` to these scores{hint}"))
        };
        for warning in warnings.map_err(failed)? {
            report::note(&warning);
        }
    }
    Ok(())
}
