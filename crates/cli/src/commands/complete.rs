use std::path::PathBuf;

use anyhow::Result;
use oddframe::core::EdgePolicy;
use oddframe::submit::{CompleteOptions, Error, Unknown, complete};

use super::expected::{Columns, Expected};
use crate::{output, report};

/// Give every missing frame a score by a policy.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddframe complete submission.csv --ids ids.csv --policy nearest --out full.csv
  oddframe complete submission.csv --data Dataset --policy \"constant(0)\" --out full.csv

Policies: nearest (the nearest scored frame of the video), reflect (mirrored at the edge),
constant(NUMBER), error.
A constant changes the ranking of frames, so prefer nearest.

The output is a submission in the order of the ids, whatever the format of the input.")]
pub(crate) struct Args {
    /// The scores, as a submission or as `video,frame,score`; `-` reads stdin.
    #[arg(value_name = "SUBMISSION.csv")]
    submission: PathBuf,
    #[command(flatten)]
    expected: Expected,
    #[command(flatten)]
    columns: Columns,
    /// How missing frames get their scores.
    #[arg(long, value_name = "POLICY")]
    policy: EdgePolicy,
    /// Leave out scores of unexpected frames instead of reporting an error.
    #[arg(long)]
    drop_unknown: bool,
    /// The file to write instead of stdout.
    #[arg(long, short, value_name = "OUT.csv")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let ids = args.expected.read_ids()?;
    let file = output::read(&args.submission)?;
    let unknown = if args.drop_unknown {
        Unknown::Drop
    } else {
        Unknown::Refuse
    };
    let options = CompleteOptions::new(args.policy).with_unknown(unknown);
    let completed = complete(&file.table, &ids, options).map_err(|error| {
        let may_drop = matches!(error, Error::UnknownIds { .. }) && !args.drop_unknown;
        let hint = if may_drop {
            " (--drop-unknown leaves unexpected frames out)"
        } else {
            ""
        };
        anyhow::Error::from(error).context(format!(
            "cannot complete {}{hint}",
            args.submission.display()
        ))
    })?;
    output::write_in_order(
        args.out.as_deref(),
        &completed.table,
        &args.columns.schema(),
        &ids,
    )?;
    let (filled, dropped) = (completed.filled_frames(), completed.dropped);
    report::note(&format!(
        "{filled} of {} frames were filled in ({}), {dropped} were dropped",
        ids.len(),
        args.policy
    ));
    Ok(())
}
