use std::path::{Path, PathBuf};

use anyhow::Result;
use oddframe::pipeline::{Outcome, Registry, RunFolder, Runner};
use oddframe::report::write_report;

use super::arguments::{
    DataArgs, DeviceArgs, LabelArgs, RecipeOverrides, ReportArgs, declare_resumable,
};
use crate::progress::Progress;
use crate::{output, report};

/// The parent folder of runs when no folder is given.
const RUNS: &str = "runs";

/// Run a recipe: train its systems, score the test videos, fuse, evaluate and report.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddframe run                                       the quickstart recipe, a few minutes
  oddframe run watch --data recording.mp4 --learn-first 0.5    what is odd in its second half?
  oddframe run examples/multi_scale.toml --data Dataset --out runs/multi_scale
  oddframe run recipe.toml --data ped2 --epochs 5 --set system.small.train.batch=16
  oddframe run recipe.toml --data recordings --maps
  oddframe run recipe.toml --data avenue --labels Avenue/testing_label_mask --device cuda

The run folder gets:
  events.csv        with a section [calibration] in the recipe: the events, with places and reasons; also events.json
  report.html       what was found, for people; metrics.json has the figures for programs
  scores.csv        a score for every test frame: those of all systems, fused
  submission.csv    the same scores as a submission
  scores/           the scores of each system: raw in NAME.N/, post-processed in NAME.csv
  model/            what each system learned; `oddframe score` uses it for other videos
  states.csv        frames in which the camera was covered, moved, …, with [health] in the recipe
  pictures/         small pictures of the test videos, for the report
  maps/             with --maps: the error map of every test frame
  recipe.toml       the recipe with every default filled in
  run.json          versions, seed, device, data and times

The same command resumes a run that was stopped. `oddframe finish` changes post-processing, fusion or \
labels afterwards, without training or scoring again.
Without --labels, the labels.csv of the data set is used when it has one; without labels nothing is \
evaluated.")]
pub(crate) struct Args {
    /// The recipe: a TOML file, or the name of a built-in one. `watch` looks for events in the recordings of a fixed camera;
    /// `quickstart`, the default, is flip repair, two small networks and moving objects.
    #[arg(value_name = "RECIPE")]
    recipe: Option<PathBuf>,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    labels: LabelArgs,
    /// The run folder to write; by default runs/NAME, where NAME is the name of the recipe.
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    device: DeviceArgs,
    #[command(flatten)]
    overrides: RecipeOverrides,
    /// Keep no pictures of the test videos: neither the run folder nor the report then holds a pixel of them, and
    /// pictures that an earlier session kept are removed.
    #[arg(long, conflicts_with_all = ["blur", "maps"])]
    no_pictures: bool,
    /// Keep the error map of every test frame by every fused system in maps/ of the run folder: the report then shows heat maps
    /// over its pictures. A map has four bytes for each pixel that a system sees. The kind `objects` gives boxes and has no map.
    #[arg(long)]
    maps: bool,
    #[command(flatten)]
    report: ReportArgs,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let registry = Registry::default();
    let mut recipe = args
        .overrides
        .read_recipe(args.recipe.as_deref(), &args.data, &registry)?;
    if args.no_pictures {
        (recipe.report.pictures, recipe.report.maps) = (false, false);
    }
    recipe.report.maps |= args.maps;
    let engine = args.device.open()?;
    let data = args.labels.add_to(args.data.open(&recipe)?)?;
    let folder = args
        .out
        .clone()
        .unwrap_or_else(|| Path::new(RUNS).join(&recipe.name));
    declare_resumable(&folder);
    let runner = Runner {
        full_digest: args.data.full_digest(),
        ..Runner::new(&registry, &engine)
    };
    let outcome = runner.run(&recipe, &data, &folder, &mut Progress::new())?;
    write_report(
        &RunFolder::open(&folder, &registry)?,
        &args.report.options(),
    )?;
    print_outcome(&outcome)
}

/// Prints the tables of a run and the path of its folder.
pub(super) fn print_outcome(outcome: &Outcome) -> Result<()> {
    // A run without labels is complete, but a newcomer should learn why there is no table.
    if outcome
        .all_figures()
        .all(|system| system.evaluation.is_none())
    {
        report::note(
            &"nothing is evaluated: there are no labels of both classes; --labels FILE-OR-DIR names labels",
        );
    }
    let tables = outcome.tables();
    if !tables.is_empty() {
        output::print(&tables.join("\n").trim_end())?;
    }
    if let Some(states) = &outcome.states {
        let frames = outcome.fused.scores.values().count();
        if let Some(summary) = states.summary(frames) {
            report::note(&format!("{summary}; states.csv lists them"));
        }
    }
    report::note(&format!(
        "everything is in {}; report.html shows it",
        outcome.folder.display()
    ));
    Ok(())
}
