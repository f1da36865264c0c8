use std::path::PathBuf;

use anyhow::{Result, anyhow, bail};
use oddframe::core::EdgePolicy;
use oddframe::submit::{
    CompleteOptions, Error, Ids, RepairProposal, ScoreFile, Unknown, complete, propose_id_repairs,
};

use super::check::list_repairs;
use super::expected::{Columns, Expected};
use crate::progress::during;
use crate::{output, report};

/// Repair the ids of a submission, and fill in the scores of frames that are missing from it.
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

Ids of another shape are repaired first, such as 01_frame_0004.jpg to 1_4, or frames that count from 1 instead of 0: only where \
every row then has an expected id of its own. Each repair is listed; `oddframe check --fix` lists them beforehand.

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
    /// Refuse a submission whose ids need repairs.
    #[arg(long)]
    no_repair: bool,
    /// The file to write instead of stdout.
    #[arg(long, short, value_name = "OUT.csv")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let ids = args.expected.read_ids()?;
    let (file, repairs) = read_repaired(args, &ids)?;
    let unknown = if args.drop_unknown {
        Unknown::Drop
    } else {
        Unknown::Refuse
    };
    let options = CompleteOptions::new(args.policy).with_unknown(unknown);
    let completed = complete(&file.table, &ids, options).map_err(|error| {
        // The hint is given only where the option would help: scores that are all unknown are never dropped.
        let may_drop = matches!(error, Error::UnknownIds { count, .. } if count < file.table.len())
            && !args.drop_unknown;
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
    // Told after the file is written: after an error above nothing would have been repaired.
    if let Some(list) = repairs {
        report::note(&format!(
            "repaired the ids of {}:\n{list}",
            args.submission.display()
        ));
    }
    let (filled, dropped) = (completed.filled_frames(), completed.dropped);
    report::note(&format!(
        "{filled} of {} frames were filled in ({}), {dropped} were dropped",
        ids.len(),
        args.policy
    ));
    Ok(())
}

/// Reads the scores, with repaired ids where the repairs are certain, and the list of these repairs.
fn read_repaired(args: &Args, ids: &Ids) -> Result<(ScoreFile, Option<String>)> {
    let path = args.submission.display();
    let mut repairs = None;
    let bytes = output::read_bytes(&args.submission)?;
    let proposal = during("looking for repairs", || propose_id_repairs(&bytes, ids));
    let parsed = match &proposal {
        RepairProposal::Nothing => ScoreFile::parse(&bytes),
        RepairProposal::Certain(repaired) => {
            let list = list_repairs(repaired.repairs());
            if args.no_repair {
                bail!("{path} needs repairs, which --no-repair refuses:\n{list}");
            }
            repairs = Some(list);
            ScoreFile::parse(repaired.bytes())
        }
        RepairProposal::Ambiguous(ambiguity) => {
            let uncertain = format!(
                "some ids of {path} look as if they could be repaired, but that is not certain, so none was changed: {ambiguity}"
            );
            // Ids with whole names of videos can be read as they are.
            let parsed = ScoreFile::parse(&bytes);
            if parsed.is_err() {
                bail!(uncertain);
            }
            report::note(&uncertain);
            parsed
        }
    };
    let file = parsed.map_err(|error| anyhow!("{path}: {error}"))?;
    Ok((file, repairs))
}
