use std::path::{Path, PathBuf};

use anyhow::Result;

use super::learning::{Changes, Footage, Machine, can_be_gone_on_with};
use crate::progress::Progress;
use crate::{output, report};

/// Where runs go that are given no folder.
const RUNS: &str = "runs";

/// Run a recipe: train, score, fuse, evaluate, report.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddframe run                                       the synthetic street, a minute or two
  oddframe run examples/multi_scale.toml --data Dataset --out runs/multi_scale
  oddframe run recipe.toml --data ped2 --epochs 5 --set system.small.train.batch=16 --set fuse.how=mean
  oddframe run recipe.toml --data avenue --labels Avenue/testing_label_mask --device cuda

The folder gets recipe.toml, run.json, model/, scores/, scores.csv, submission.csv, metrics.json and
report.html. The same command goes on with a run that was stopped.
Labels are taken from the data set's labels.csv where there is one.")]
pub(crate) struct Args {
    /// The recipe; one to begin with, where none is named.
    #[arg(value_name = "RECIPE")]
    recipe: Option<PathBuf>,
    #[command(flatten)]
    footage: Footage,
    /// Labels of the test videos, in any format that `oddframe eval` reads.
    #[arg(long, value_name = "FILE-OR-DIR")]
    labels: Option<PathBuf>,
    /// The folder to write; runs/NAME without it, by the recipe's name.
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    machine: Machine,
    #[command(flatten)]
    changes: Changes,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let recipe = args.changes.read(args.recipe.as_deref(), &args.footage)?;
    let engine = args.machine.open()?;
    let data = args.footage.open(&recipe)?;
    let data = match &args.labels {
        Some(path) => data.with_labels(path)?,
        None => data,
    };
    let folder = args.out.clone().unwrap_or_else(|| Path::new(RUNS).join(&recipe.name));
    can_be_gone_on_with(&folder);
    let outcome = oddframe::pipeline::run(&recipe, &data, &folder, &engine, &mut Progress::new())?;
    let tables: Vec<String> = outcome.tables().iter().map(ToString::to_string).collect();
    if data.labels().is_none() {
        report::note(&"there are no labels, so nothing is evaluated; --labels FILE-OR-DIR names them");
    }
    if !tables.is_empty() {
        output::print(&tables.join("\n").trim_end())?;
    }
    report::note(&format!("everything is in {}; report.html shows it", folder.display()));
    Ok(())
}
