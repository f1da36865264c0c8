use std::path::PathBuf;

use anyhow::Result;
use oddframe::core::EdgePolicy;
use oddframe::submit::{CompleteOptions, Error, Unknown, complete};

use super::expected::{Columns, Expected};
use crate::{output, report};

/// Fill in the scores of frames that are missing from a submission.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddframe complete submission.csv --ids ids.csv --policy nearest --out full.csv
  oddframe complete submission.csv --data Dataset --policy \"constant(0)\" --out full.csv

Policies:
  nearest         the score of the nearest scored frame of the video
  reflect         the scores of the video, mirrored at the edge of the gap
  constant(0)     this number; it ranks the frame among all others, so prefer nearest
  error           no score: a missing frame is an error

The output is a submission in the order of the expected ids, whatever the format of the input.")]
pub(crate) struct Args {
    /// The scores, with the columns Id,Predicted or video,frame,score; `-` reads stdin.
    #[arg(value_name = "SUBMISSION.csv")]
    submission: PathBuf,
    #[command(flatten)]
    expected: Expected,
    #[command(flatten)]
    columns: Columns,
    /// How missing frames get their scores: nearest, reflect, constant(NUMBER) or error.
    #[arg(long, value_name = "POLICY")]
    policy: EdgePolicy,
    /// Leave out the scores of frames that are not expected; by default they are an error.
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
        // The hint is given only where the option would help.
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
