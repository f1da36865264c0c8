use std::path::PathBuf;

use anyhow::Result;
use oddframe::pipeline::{Registry, RunFolder};

use crate::report;

/// Write the report of a finished run again.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddframe report runs/quickstart

Only the folder is needed, neither the data nor a device.")]
pub(crate) struct Args {
    /// A folder that `oddframe run` or `oddframe finish` wrote.
    #[arg(value_name = "RUN")]
    run: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let folder = RunFolder::open(&args.run, &Registry::default())?;
    oddframe::pipeline::report(&folder)?;
    report::note(&format!("{} shows the run", folder.report_file().display()));
    Ok(())
}
