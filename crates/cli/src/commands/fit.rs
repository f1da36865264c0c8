use std::path::PathBuf;

use anyhow::Result;
use oddframe::pipeline::{Registry, Runner};

use super::arguments::{DataArgs, DeviceArgs, RecipeOverrides, declare_resumable};
use crate::progress::Progress;
use crate::report;

/// Train the systems of a recipe on normal video.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddframe fit examples/cuboid_ae.toml --data Dataset --out model
  oddframe fit recipe.toml --data ped2 --out model --device cuda --epochs 40

Only the training videos of the data set are read. `oddframe score MODEL` scores other videos with the \
result. The same command resumes a training that was stopped.")]
pub(crate) struct Args {
    /// The recipe: a TOML file, or the name of a built-in one, `watch` or `quickstart`.
    #[arg(value_name = "RECIPE")]
    recipe: PathBuf,
    #[command(flatten)]
    data: DataArgs,
    /// The model folder to write.
    #[arg(long, short, value_name = "MODEL")]
    out: PathBuf,
    #[command(flatten)]
    device: DeviceArgs,
    #[command(flatten)]
    overrides: RecipeOverrides,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let registry = Registry::default();
    let recipe = args
        .overrides
        .read_recipe(Some(&args.recipe), &args.data, &registry)?;
    let engine = args.device.open()?;
    let data = args.data.open(&recipe)?;
    declare_resumable(&args.out);
    let runner = Runner {
        full_digest: args.data.full_digest(),
        ..Runner::new(&registry, &engine)
    };
    runner.fit(&recipe, &data, &args.out, &mut Progress::new())?;
    report::note(&format!("the trained model is in {}", args.out.display()));
    Ok(())
}
