use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use oddframe::submit::{Field, IdRepair, Problem, RepairProposal, check, propose_id_repairs};
use serde_json::{Map, Value, json};

use super::expected::{Columns, Expected};
use crate::output;
use crate::progress::during;

/// Check a submission against the expected frames, and report every problem with its line.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddframe check submission.csv --ids sample_submission.csv
  oddframe check submission.csv --data Dataset
  oddframe check submission.csv --data Dataset --fix
  oddframe check submission.csv --ids ids.csv --json | jq .problems

--fix lists the repairs of ids that are certain: after them every row has an expected id, and no two rows the same. It \
changes nothing; `oddframe complete` makes these repairs.

Exit codes: 0 the submission is valid, 1 it is invalid, 2 it could not be checked.")]
pub(crate) struct Args {
    /// The submission, with the columns Id and Predicted unless other names are given; `-` reads stdin.
    #[arg(value_name = "SUBMISSION.csv")]
    submission: PathBuf,
    #[command(flatten)]
    expected: Expected,
    #[command(flatten)]
    columns: Columns,
    /// Also list the repairs of ids that are certain, such as `01_frame_0004` to `1_4`.
    #[arg(long)]
    fix: bool,
    /// Print one JSON object: valid, rows, expected, a list of problems, and repair: null, or whether repairs are certain, a
    /// list of them, and otherwise the reason.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let ids = args.expected.read_ids()?;
    let schema = args.columns.schema();
    let bytes = output::read_bytes(&args.submission)?;
    let report = during("checking", || check(&bytes, &schema, &ids));
    let proposal = || during("looking for repairs", || propose_id_repairs(&bytes, &ids));
    if args.json {
        output::print(&json!({
            "valid": report.is_valid(),
            "rows": report.rows,
            "expected": report.expected,
            "problems": report.problems.iter().map(to_json).collect::<Vec<_>>(),
            "repair": proposal_to_json(&proposal()),
        }))?;
    } else if args.fix {
        output::print(&format!("{report}\n{}", describe(&proposal())))?;
    } else {
        output::print(&report)?;
    }
    Ok(ExitCode::from(u8::from(!report.is_valid())))
}

/// The kind of a problem, its sentence, and its values by name.
fn to_json(problem: &Problem) -> Value {
    let mut object = Map::new();
    object.insert("kind".into(), problem.kind().into());
    object.insert("message".into(), problem.to_string().into());
    for (name, value) in problem.fields() {
        let value = match value {
            Field::Number(number) => number.into(),
            Field::Text(text) => text.into(),
        };
        object.insert(name.into(), value);
    }
    Value::Object(object)
}

fn describe(proposal: &RepairProposal) -> String {
    match proposal {
        RepairProposal::Nothing => "repairs of ids: none".to_owned(),
        RepairProposal::Certain(repaired) => format!(
            "repairs of ids, which `oddframe complete` makes:\n{}",
            list_repairs(repaired.repairs())
        ),
        RepairProposal::Ambiguous(ambiguity) => {
            format!("repairs of ids: none is certain, so none would be made; {ambiguity}")
        }
    }
}

/// One line for each kind of repair.
pub(super) fn list_repairs(repairs: &[IdRepair]) -> String {
    let lines: Vec<String> = repairs.iter().map(|repair| format!("  {repair}")).collect();
    lines.join("\n")
}

fn proposal_to_json(proposal: &RepairProposal) -> Value {
    match proposal {
        RepairProposal::Nothing => Value::Null,
        RepairProposal::Certain(repaired) => json!({
            "certain": true,
            "repairs": repaired.repairs().iter().map(|repair| json!({
                "kind": repair.kind.name(),
                "count": repair.count,
                "line": repair.line,
                "found": repair.found,
                "id": repair.id.to_string(),
            })).collect::<Vec<_>>(),
        }),
        RepairProposal::Ambiguous(ambiguity) => json!({
            "certain": false,
            "repairs": [],
            "reason": ambiguity.to_string(),
        }),
    }
}
