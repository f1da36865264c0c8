use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use oddframe::submit::{Field, Problem, check_path};
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
  oddframe check submission.csv --ids ids.csv --json | jq .problems

Exit codes: 0 the submission is valid, 1 it is invalid, 2 it could not be checked.")]
pub(crate) struct Args {
    /// The submission, with the columns Id and Predicted unless other names are given.
    #[arg(value_name = "SUBMISSION.csv")]
    submission: PathBuf,
    #[command(flatten)]
    expected: Expected,
    #[command(flatten)]
    columns: Columns,
    /// Print one JSON object: valid, rows, expected, and a list of problems.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let ids = args.expected.read_ids()?;
    let schema = args.columns.schema();
    let report = during("checking", || check_path(&args.submission, &schema, &ids))?;
    if args.json {
        output::print(&json!({
            "valid": report.is_valid(),
            "rows": report.rows,
            "expected": report.expected,
            "problems": report.problems.iter().map(to_json).collect::<Vec<_>>(),
        }))?;
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
