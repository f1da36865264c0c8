//! The `oddframe` command line.

mod commands;
mod interrupt;
mod output;
mod progress;
mod report;

use std::process::ExitCode;

use clap::Parser;

use crate::commands::Command;

/// Finds the odd frames in video: training, scores, post-processing, metrics and submissions.
#[derive(Debug, Parser)]
#[command(
    name = "oddframe",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
#[command(after_help = "\
Try it without any data:
  oddframe run                                        flip repair and two networks, trained, fused and evaluated
  oddframe synth street --preset tiny                 a small data set with labels and masks
  oddframe check submission.csv --data street         every problem of a submission at once
  oddframe post raw.csv --chain \"gaussian(sigma=3) per video | minmax\" --out smooth.csv
  oddframe eval smooth.csv --labels street            AUC, AP, EER, F1

Exit codes: 0 fine, 1 the input was checked and is invalid (check), 2 an error, 130 interrupted.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(error) = interrupt::install() {
        return report::error(&error);
    }
    match cli.command.run() {
        Ok(code) => code,
        Err(error) => report::error(&error),
    }
}
