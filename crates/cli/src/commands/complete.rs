use std::path::PathBuf;

use anyhow::Result;
use oddframe::core::EdgePolicy;
use oddframe::submit::{CompleteOptions, Error, Unknown, complete};

use super::expected::{Columns, Expected};
use crate::{output, report};

/// Give every missing frame a score, by a policy you name.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddframe complete submission.csv --ids ids.csv --policy nearest --out full.csv
  oddframe complete submission.csv --data Dataset --policy \"constant(0)\" --out full.csv

Policies: nearest (the nearest scored frame of the video), reflect (mirrored at the edge),
constant(NUMBER), error.
A made-up constant moves the ranking: prefer nearest.

What is written is a submission in the order of the ids, whichever format was read.")]
pub(crate) struct Args {
    /// Scores, as a submission or as `video,frame,score`; `-` for stdin.
    #[arg(value_name = "SUBMISSION.csv")]
    submission: PathBuf,
    #[command(flatten)]
    expected: Expected,
    #[command(flatten)]
    columns: Columns,
    /// What a missing frame gets.
    #[arg(long, value_name = "POLICY")]
    policy: EdgePolicy,
    /// Leave out scores of frames that are not expected, instead of refusing them.
    #[arg(long)]
    drop_unknown: bool,
    /// The file to write; stdout without it.
    #[arg(long, short, value_name = "OUT.csv")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let ids = args.expected.ids()?;
    let file = output::read(&args.submission)?;
    let unknown = if args.drop_unknown { Unknown::Drop } else { Unknown::Refuse };
    let options = CompleteOptions::new(args.policy).with_unknown(unknown);
    let completed = complete(&file.table, &ids, options).map_err(|error| {
        let hint = match error {
            Error::UnknownIds { .. } if !args.drop_unknown => {
                " (--drop-unknown leaves unexpected frames out)"
            }
            _ => "",
        };
        anyhow::Error::from(error).context(format!("cannot complete {}{hint}", args.submission.display()))
    })?;
    output::write_in_order(args.out.as_deref(), &completed.table, &args.columns.schema(), &ids)?;
    let (filled, dropped) = (completed.filled_frames(), completed.dropped);
    report::note(&format!(
        "{filled} of {} frames were filled ({}), {dropped} dropped",
        ids.len(),
        args.policy
    ));
    Ok(())
}
