use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use oddframe::pipeline::{Model, Registry, Runner, Share};
use oddframe::submit::FileFormat;

use super::arguments::{DataArgs, DeviceArgs, declare_resumable};
use crate::progress::Progress;
use crate::{output, report};

/// Score the test videos of a data set with a trained model.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddframe score model --data Dataset --out scores.csv
  oddframe score runs/multi_scale --data new_footage --out scores.csv --maps maps --device cuda
  oddframe score model --data Dataset --out run --shard 1/4        on the first of four machines
  oddframe finish run                                              when all four are done

The scores are those that `oddframe run` gives: post-processed and fused. Memory use does not grow with \
the length of a video.
--maps writes DIR/SYSTEM.MEMBER/VIDEO/FRAME.npy: float32, one value for each pixel that the system sees.
--shard divides the work: each of N processes or machines scores its share of the videos, and all write \
into the run folder that --out names. The same command resumes a share that was stopped. When all \
shares are done, `oddframe finish` fuses and evaluates them as those of one run.")]
pub(crate) struct Args {
    /// A folder that `oddframe fit` or `oddframe run` wrote.
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    #[command(flatten)]
    data: DataArgs,
    /// The file to write, with the columns video,frame,score,origin; by default stdout. With --shard, a run folder.
    #[arg(long, short, value_name = "SCORES.csv|RUN")]
    out: Option<PathBuf>,
    /// Also write the error map of every frame, which shows where the frame is odd, into this folder.
    #[arg(long, value_name = "DIR", conflicts_with = "shard")]
    maps: Option<PathBuf>,
    /// Score one share of the videos: 1/4 is the first of four.
    #[arg(long, value_name = "I/N", requires = "out")]
    shard: Option<Share>,
    #[command(flatten)]
    device: DeviceArgs,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let (registry, engine) = (Registry::default(), args.device.open()?);
    let model = Model::open(&args.model, &registry, &engine)?;
    let model = match args.data.bad_frames() {
        Some(bad_frames) => model.with_bad_frames(bad_frames),
        None => model,
    };
    if let Some(share) = args.shard {
        score_share(args, &model, share, &Runner::new(&registry, &engine))
    } else {
        let data = args.data.open(model.recipe())?;
        let scores = model.score(&data.test()?, args.maps.as_deref(), &mut Progress::new())?;
        output::write(args.out.as_deref(), &scores, &FileFormat::Scores)
    }
}

fn score_share(args: &Args, model: &Model, share: Share, runner: &Runner<'_>) -> Result<()> {
    let out = args.out.as_deref().context("--shard needs --out RUN")?;
    if out.extension().is_some_and(|extension| extension == "csv") {
        bail!(
            "{}: with --shard, --out names a run folder, which all shares write into",
            out.display()
        );
    }
    // Every share opens the whole data set. The division depends only on the lengths of all videos, so that the
    // processes agree on it without talking to each other.
    let data = args.data.open(model.recipe())?;
    declare_resumable(out);
    let runner = Runner {
        full_digest: args.data.full_digest(),
        ..*runner
    };
    runner.score_share(model.folder(), &data, share, out, &mut Progress::new())?;
    report::note(&format!(
        "share {share} is scored; when all shares are, `oddframe finish {}`",
        out.display()
    ));
    Ok(())
}
