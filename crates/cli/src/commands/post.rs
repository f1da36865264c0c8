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
  normalising    minmax  percentile_clip(low, high)  zscore  robust_z  rank  round(digits)

Each ends in `per video` or `over all`. Without it smoothing is per video, normalising over all.
Files are `Id,Predicted` or `video,frame,score,origin`; the output is like the input.")]
pub(crate) struct Args {
    /// Scores to change; `-` for stdin.
    #[arg(value_name = "IN.csv")]
    scores: PathBuf,
    /// Steps, separated by `|`.
    #[arg(long, value_name = "CHAIN")]
    chain: Chain,
    /// The file to write; stdout without it.
    #[arg(long, short, value_name = "OUT.csv")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut file = output::read(&args.scores)?;
    output::apply(&args.chain, &mut file.table)?;
    output::write(args.out.as_deref(), &file.table, &file.format)
}
