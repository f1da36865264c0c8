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
Try it without any data, on a synthetic street scene:
  oddframe synth street                           writes a data set with labels and masks
  oddframe run --data street --out first          trains two networks on it (minutes)
  oddframe check first/submission.csv --data street
  oddframe post first/scores.csv --chain \"gaussian(sigma=3) per video\" --out smooth.csv
  oddframe eval smooth.csv --labels street        AUC, AP, EER, F1

Words:
  recipe      a TOML file: which systems are trained, and how their scores become one
  system      a way of finding odd frames, such as a network: it gives every frame a score,
              and a higher score means a more unusual frame
  run folder  what `oddframe run` writes: models, scores, figures and a report
  submission  a CSV file with the columns Id and Predicted and a row for each test frame;
              the id of frame 939 of video 1 is 1_939

Exit codes: 0 success, 1 `check` found the submission invalid, 2 an error, 130 interrupted.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Before any work begins: a file that Ctrl-C interrupts must not stay half written.
    if let Err(error) = interrupt::install() {
        return report::error(&error);
    }
    match cli.command.run() {
        Ok(code) => code,
        Err(error) => report::error(&error),
    }
}
