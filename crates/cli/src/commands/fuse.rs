use std::path::PathBuf;

use anyhow::{Context, Result};
use oddframe::post::{Chain, Fusion};
use oddframe::submit::FileFormat;

use crate::output;

/// Combine the scores that several systems gave the same frames into one file.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddframe fuse rgb.csv flow.csv --how max --out fused.csv
  oddframe fuse rgb.csv flow.csv --how \"weighted(0.7,0.3)\" --out fused.csv
  oddframe fuse small.csv medium.csv large.csv --how max --chain minmax --out fused.csv

max, mean, product and weighted combine the scores of each frame as they are. Scores of different \
systems rarely have the same scale: normalise each file first (`oddframe post --chain minmax`), or use \
rank-mean, the mean of the ranks that a frame has in the files.")]
pub(crate) struct Args {
    /// Two or more score files; `-` reads stdin.
    #[arg(value_name = "SCORES.csv", required = true, num_args = 2..)]
    scores: Vec<PathBuf>,
    /// How the scores of a frame become one: max, mean, product, rank-mean, or weighted(0.3,0.7) with one weight per file.
    #[arg(long)]
    how: Fusion,
    /// Steps to apply to the fused scores, as `oddframe post --help` lists them.
    #[arg(long, value_name = "CHAIN")]
    chain: Option<Chain>,
    /// The file to write instead of stdout.
    #[arg(long, short, value_name = "OUT.csv")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let files = args
        .scores
        .iter()
        .map(|path| output::read(path))
        .collect::<Result<Vec<_>>>()?;
    // The output has the format of the first file; the others may have another one.
    let format = files
        .first()
        .map_or(FileFormat::Scores, |file| file.format.clone());
    let tables: Vec<_> = files.into_iter().map(|file| file.table).collect();
    let mut fused = args
        .how
        .fuse(&tables)
        .with_context(|| format!("cannot fuse {}", join_paths(&args.scores)))?;
    if let Some(chain) = &args.chain {
        output::apply(chain, &mut fused)?;
    }
    output::write(args.out.as_deref(), &fused, &format)
}

fn join_paths(paths: &[PathBuf]) -> String {
    paths
        .iter()
        .map(|path| path.display().to_string())
        .collect::<Vec<_>>()
        .join(", ")
}
