use std::path::PathBuf;

use anyhow::Result;
use oddframe::post::Chain;

use crate::output;

/// Smooth and normalise scores.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddframe post raw.csv --chain \"gaussian(sigma=3) per video | minmax\" --out smooth.csv
  oddframe post raw.csv --chain \"percentile_clip(1, 100) over all | uniform(15) per video\" > out.csv
  oddframe post raw.csv --chain \"rolling(7) | minmax per video | rank\" > out.csv

Steps:
  smoothing      gaussian(sigma[, truncate])  uniform(n)  moving_average(n)  rolling(n)
                 median(n)  savgol(n, order)  ema(alpha)
  normalisation  minmax  percentile_clip(low, high)  zscore  robust_z  rank  round(digits)

A step may end with its scope, `per video` or `over all`. By default smoothing runs per video and
normalisation over all videos.
Files are submissions (`Id,Predicted`) or scores (`video,frame,score,origin`). The output has the
format of the input; its rows are sorted by video and frame.")]
pub(crate) struct Args {
    /// The scores to change; `-` reads stdin.
    #[arg(value_name = "IN.csv")]
    scores: PathBuf,
    /// The steps, separated by `|`.
    #[arg(long, value_name = "CHAIN")]
    chain: Chain,
    /// The file to write instead of stdout.
    #[arg(long, short, value_name = "OUT.csv")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut file = output::read(&args.scores)?;
    output::apply(&args.chain, &mut file.table)?;
    output::write(args.out.as_deref(), &file.table, &file.format)
}
