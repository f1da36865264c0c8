use std::path::PathBuf;

use anyhow::Result;
use oddframe::pipeline::{Recipe, Registry, RunFolder, Setting, finish, use_labels};
use oddframe::report::write_report;

use super::arguments::{LabelArgs, ReportArgs, note_assumption};
use super::run::print_outcome;
use crate::progress::Progress;

/// Post-process, fuse and evaluate the scores of a run again, without training or scoring.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddframe finish runs/quickstart --set fuse.how=max
  oddframe finish runs/quickstart --set \"system.frames.post=gaussian(sigma=5) per video | minmax\"
  oddframe finish runs/ped2 --labels ped2.mat

Reads the raw scores in scores/SYSTEM.N/, and writes scores.csv, submission.csv, metrics.json and \
report.html again. Only post-processing, fusion, names and labels can change: the fields post, join, \
join_post and fused of a system, fuse.how, fuse.post, name, what is in report, and of the section calibration all but held_out. Any other change needs a new run.")]
pub(crate) struct Args {
    /// A run folder that `oddframe run` or `oddframe score --shard` wrote.
    #[arg(value_name = "RUN")]
    run: PathBuf,
    #[command(flatten)]
    labels: LabelArgs,
    /// Override a field of the recipe, such as fuse.how=mean; can be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<Setting>,
    #[command(flatten)]
    report: ReportArgs,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let registry = Registry::default();
    let folder = RunFolder::open(&args.run, &registry)?;
    // The settings change the recipe of the folder, in which every default is filled in: so they can name any
    // field, whatever the original file left out.
    let recipe = Recipe::parse_with(&folder.recipe().to_toml()?, &args.set, &registry)?;
    let mut folder = folder.with_recipe(recipe)?;
    if let Some(path) = &args.labels.labels {
        note_assumption(&use_labels(&mut folder, path, args.labels.count_from)?);
    }
    let outcome = finish(&mut folder, &mut Progress::new())?;
    write_report(&folder, &args.report.options())?;
    print_outcome(&outcome)
}
