use std::path::PathBuf;

use anyhow::Result;
use oddframe::pipeline::Model;
use oddframe::submit::FileFormat;

use super::learning::{Footage, Machine};
use crate::output;
use crate::progress::Progress;

/// Score video with trained networks.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddframe score model --data Dataset --out scores.csv
  oddframe score runs/multi_scale --data new_footage --out scores.csv --maps maps --device cuda

The scores are those that `oddframe run` would give, after all steps and fused. Frames are read as
they are needed: memory does not grow with the length of a video.
--maps writes DIR/SYSTEM.MEMBER/VIDEO/FRAME.npy, float32, one value a pixel as the network sees it.")]
pub(crate) struct Args {
    /// A folder that `oddframe fit` or `oddframe run` wrote.
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    #[command(flatten)]
    footage: Footage,
    /// The file to write, `video,frame,score,origin`; stdout without it.
    #[arg(long, short, value_name = "SCORES.csv")]
    out: Option<PathBuf>,
    /// A folder for the error map of every frame and network.
    #[arg(long, value_name = "DIR")]
    maps: Option<PathBuf>,
    #[command(flatten)]
    machine: Machine,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let model = Model::open(&args.model)?;
    let model = match args.footage.mend() {
        Some(mend) => model.with_mend(mend),
        None => model,
    };
    let engine = args.machine.open()?;
    let data = args.footage.open(model.recipe())?;
    let scores = model.score(&data.test()?, &engine, args.maps.as_deref(), &mut Progress::new())?;
    output::write(args.out.as_deref(), &scores, &FileFormat::Scores)
}
