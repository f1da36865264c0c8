use std::path::PathBuf;

use anyhow::Result;

use super::learning::{Changes, Footage, Machine, can_be_gone_on_with};
use crate::progress::Progress;
use crate::report;

/// Train a recipe's networks on normal video.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddframe fit examples/cuboid_ae.toml --data Dataset --out model
  oddframe fit recipe.toml --data ped2 --out model --device cuda --epochs 40

`oddframe score model` scores with them. The same command goes on with a training that was stopped.")]
pub(crate) struct Args {
    /// The recipe.
    #[arg(value_name = "RECIPE")]
    recipe: PathBuf,
    #[command(flatten)]
    footage: Footage,
    /// The folder to write.
    #[arg(long, short, value_name = "MODEL")]
    out: PathBuf,
    #[command(flatten)]
    machine: Machine,
    #[command(flatten)]
    changes: Changes,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let recipe = args.changes.read(Some(&args.recipe), &args.footage)?;
    let engine = args.machine.open()?;
    let data = args.footage.open(&recipe)?;
    can_be_gone_on_with(&args.out);
    oddframe::pipeline::fit(&recipe, &data, &args.out, &engine, &mut Progress::new())?;
    report::note(&format!("the trained networks are in {}", args.out.display()));
    Ok(())
}
