use std::path::PathBuf;

use anyhow::{Result, bail};
use oddframe::pipeline::{Registry, Runner, Selection, SelectionOptions};

use super::arguments::{DataArgs, DeviceArgs, RegionArgs, declare_resumable, read_recipe};
use crate::progress::Progress;
use crate::{output, report};

/// Compare systems without labels, on pseudo-anomalies made from normal video.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddframe select examples/objects.toml examples/cuboid_ae.toml --data Dataset
  oddframe select a.toml b.toml --data ped2 --each 6 --out runs/which
  oddframe select recipe.toml --data ped2 --epochs 2      a first look

Only the training videos are read, and no label. The last third of them is held out (of a single video its last \
third); the systems are fitted on the others. Into the held-out videos objects are pasted:
  speed       an object moves 1.5, 2 or 3 times as fast
  reversal    an object moves backwards
  place       an object moves where none was ever seen
  foreign     a drawn thing that the camera has never seen moves as a normal object does
  dwelling    an object stays on one spot for seconds
  occlusion   a part of the view is covered, where people walk
  appearance  an object is inverted or scrambled while it moves on
  control     an object moves as it was recorded: nothing is odd, and a system should not notice

The figures are AUCs of the pasted frames against the same frames without what is odd, and against all untouched \
frames, averaged. A system does not notice a kind (*) when the first is below .55 or its 95% interval reaches down to .5. \
Pseudo-anomalies are not the anomalies of your camera: a system that fails here has a gap, and one that passes may still have \
others.

The folder gets:
  selection.csv    all figures with their intervals; selection.json for programs
  stretches.csv    what was pasted into which frames
  NAME/            the run folder of each recipe, with its models and raw scores

The same command resumes a selection that was stopped.")]
pub(crate) struct Args {
    /// The recipes: TOML files, or names of built-in ones. Every system of each is a candidate, and so are fused scores.
    #[arg(value_name = "RECIPE", required = true)]
    recipes: Vec<PathBuf>,
    #[command(flatten)]
    data: DataArgs,
    /// The folder to write.
    #[arg(long, short, value_name = "DIR", default_value = "runs/selection")]
    out: PathBuf,
    /// The pseudo-anomalies of each kind in each held-out video, where there is room.
    #[arg(long, value_name = "N", default_value_t = SelectionOptions::default().each as u64, value_parser = clap::value_parser!(u64).range(1..=1000))]
    each: u64,
    /// The seed of the pseudo-anomalies; the systems have the seeds of their recipes.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Train every network for this many epochs, whatever the recipes say.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    epochs: Option<u64>,
    #[command(flatten)]
    regions: RegionArgs,
    #[command(flatten)]
    device: DeviceArgs,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let registry = Registry::default();
    let mut recipes = Vec::new();
    for path in &args.recipes {
        let mut recipe = read_recipe(path, &[], &registry)?;
        if let Some(epochs) = args.epochs {
            recipe.set_epochs(epochs);
        }
        if let Some(bad_frames) = args.data.bad_frames() {
            recipe.repair.mend = bad_frames;
        }
        args.regions.apply_to(&mut recipe)?;
        recipes.push(recipe);
    }
    let Some(first) = recipes.first() else {
        bail!("name at least one recipe");
    };
    let engine = args.device.open()?;
    let data = args.data.open(first)?;
    declare_resumable(&args.out);
    let runner = Runner {
        full_digest: args.data.full_digest(),
        ..Runner::new(&registry, &engine)
    };
    let options = SelectionOptions {
        each: args.each as usize,
        seed: args.seed,
    };
    let selection = runner.select(&recipes, data, options, &args.out, &mut Progress::new())?;
    print_selection(&selection)
}

fn print_selection(selection: &Selection) -> Result<()> {
    output::print(&selection.tables().join("\n").trim_end())?;
    report::note(&format!(
        "fitted on {} videos, judged by {} held-out ones: {}",
        selection.fit_videos.len(),
        selection.held_out_videos.len(),
        selection.held_out_videos.join(", ")
    ));
    report::note(&format!(
        "everything is in {}; selection.csv has all figures",
        selection.folder.display()
    ));
    Ok(())
}
