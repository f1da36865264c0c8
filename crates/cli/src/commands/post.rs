use std::path::PathBuf;

use anyhow::Result;
use oddframe::post::Chain;

use crate::output;

/// Smooth and normalise the scores in a file.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddframe post raw.csv --chain \"gaussian(sigma=3) per video | minmax\" --out smooth.csv
  oddframe post raw.csv --chain \"percentile_clip(1, 100) | uniform(15) per video\" > out.csv
  oddframe post raw.csv --chain \"rolling(7) | minmax per video | rank\" > out.csv

A chain is a list of steps, applied from left to right:
  smoothing      gaussian(sigma[, truncate])  uniform(n)  moving_average(n)  rolling(n)
                 median(n)  savgol(n, order)  ema(alpha)
  normalisation  minmax  percentile_clip(lo, hi)  zscore  robust_z  rank
  rounding       round(digits)

A step may end with its scope, `per video` or `over all` (all videos together). By default smoothing \
runs per video, and the other steps over all videos.
Files are submissions (columns Id,Predicted) or scores (columns video,frame,score,origin). The output \
has the format of the input; its rows are sorted by video and frame.")]
pub(crate) struct Args {
    /// The scores to change; `-` reads stdin.
    #[arg(value_name = "IN.csv")]
    scores: PathBuf,
    /// The steps, separated by `|`; quote them for the shell.
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
