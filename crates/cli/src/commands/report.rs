use std::path::PathBuf;

use anyhow::Result;
use oddframe::pipeline::{Registry, RunFolder};

use crate::report;

/// Write the report.html of a finished run again, for example after an update of oddframe.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  oddframe report runs/quickstart

Only the folder is needed: no data is read, and nothing is scored or evaluated again.")]
pub(crate) struct Args {
    /// A run folder that `oddframe run` or `oddframe finish` completed.
    #[arg(value_name = "RUN")]
    run: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let folder = RunFolder::open(&args.run, &Registry::default())?;
    oddframe::pipeline::report(&folder)?;
    report::note(&format!("{} shows the run", folder.report_file().display()));
    Ok(())
}
