use std::path::PathBuf;

use anyhow::Result;
use oddframe::pipeline::{Registry, RunFolder};
use oddframe::report::write_report;

use super::arguments::ReportArgs;
use crate::report;

/// Write the report.html of a finished run again, for example with pixelated pictures or after an update of oddframe.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddframe report runs/quickstart
  oddframe report runs/quickstart --blur
  oddframe report runs/quickstart --no-pictures --max-megabytes 2

Only the folder is needed: no data is read, and nothing is scored or evaluated again. The page is one \
file that loads nothing else. The pictures in the run folder stay as they are.")]
pub(crate) struct Args {
    /// A run folder that `oddframe run` or `oddframe finish` completed.
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Show no pictures of the test videos.
    #[arg(long, conflicts_with = "blur")]
    no_pictures: bool,
    #[command(flatten)]
    report: ReportArgs,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let folder = RunFolder::open(&args.run, &Registry::default())?;
    let options = args.report.options().with_pictures(!args.no_pictures);
    write_report(&folder, &options)?;
    report::note(&format!("{} shows the run", folder.report_file().display()));
    Ok(())
}
