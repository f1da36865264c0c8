use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use oddframe::core::{FrameNumber, FrameSource, NormalPart};
use oddframe::pipeline::{Data, LearnedRecord, Model, Registry};

use super::arguments::DeviceArgs;
use crate::progress::Progress;
use crate::report;

/// Teach a trained model that footage was normal.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddframe learn model --data monday                          all videos of a folder
  oddframe learn model --data monday --video cam3 --frames 1200..1450
  oddframe learn model --log                                  what was learned, and when
  oddframe learn model --undo                                 as before the last learning

Nothing is fitted again: what the frames show is added to the model, and `oddframe score` uses it from then on. \
Systems of kind `objects` can learn; other systems of the model stay as they are.
--data takes what `oddframe score` takes and reads the videos that it would score. --frames takes the numbers of the \
first and the last frame, both included. The rest of the video is read too: it shows the empty scene, and for how long \
something has stood there.
The log is learned.json in the model folder. A killed process leaves the model before or after the learning, never \
something between. The models of the last eight learnings are kept in the folder `learned`, each a whole copy. Frames that were learned \
before are refused. A run cannot be resumed after a learning.")]
pub(crate) struct Args {
    /// A folder that `oddframe fit` or `oddframe run` wrote.
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// The normal footage: a folder of images, of videos, or of a data set.
    #[arg(long, value_name = "DIR", required_unless_present_any = ["undo", "log"])]
    data: Option<PathBuf>,
    /// Learn from the video of this name only.
    #[arg(long, value_name = "NAME", requires = "data")]
    video: Option<String>,
    /// Learn only frames A to B of the video, both included.
    #[arg(long, value_name = "A..B", requires = "data")]
    frames: Option<FrameRange>,
    /// Take the last learning back.
    #[arg(long, conflicts_with_all = ["data", "log"])]
    undo: bool,
    /// List what was learned.
    #[arg(long, conflicts_with = "data")]
    log: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

/// Frame numbers from the first to the last, both included.
#[derive(Debug, Clone, Copy)]
struct FrameRange {
    first: u64,
    last: u64,
}

impl FromStr for FrameRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let advice = || {
            format!(
                "`{text}` is not a range of frames; write A..B with A up to B, such as 120..180"
            )
        };
        let (first, last) = text.split_once("..").ok_or_else(advice)?;
        let first = first.parse().map_err(|_| advice())?;
        let last = last.parse().map_err(|_| advice())?;
        if first > last {
            return Err(advice());
        }
        Ok(Self { first, last })
    }
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let (registry, engine) = (Registry::default(), args.device.open()?);
    let mut model = Model::open(&args.model, &registry, &engine)?;
    if args.log {
        print_log(model.folder().learned());
        return Ok(());
    }
    if args.undo {
        let record = model.undo_learning()?;
        report::note(&format!("took back: {}", describe(&record)));
        return Ok(());
    }
    let folder = args.data.as_deref().context("--data is missing")?;
    let data = Data::open_with(folder, &mut Progress::new())?;
    let videos = select_videos(&data.test()?, args)?;
    let parts: Vec<NormalPart<'_>> = videos
        .into_iter()
        .map(|video| match args.frames {
            Some(FrameRange { first, last }) => {
                NormalPart::whole(video).between(FrameNumber(first), FrameNumber(last))
            }
            None => NormalPart::whole(video),
        })
        .collect();
    let record = model.learn(&parts, data.name(), &mut Progress::new())?;
    report::note(&format!("learned: {}", describe(&record)));
    Ok(())
}

/// The videos that the arguments name.
fn select_videos<'a>(
    videos: &[&'a dyn FrameSource],
    args: &Args,
) -> Result<Vec<&'a dyn FrameSource>> {
    let names: Vec<String> = videos.iter().map(|video| video.id().to_string()).collect();
    let names = names.join(", ");
    let Some(name) = &args.video else {
        if args.frames.is_some() && videos.len() > 1 {
            bail!("--frames needs --video NAME, because there are several videos: {names}");
        }
        return Ok(videos.to_vec());
    };
    let named = videos
        .iter()
        .filter(|video| *video.id() == name.as_str().into());
    let named: Vec<&dyn FrameSource> = named.copied().collect();
    if named.is_empty() {
        bail!("there is no video {name}; the videos are {names}");
    }
    Ok(named)
}

fn print_log(learned: &[LearnedRecord]) {
    if learned.is_empty() {
        println!("nothing was learned since the model was fitted");
    }
    for record in learned {
        println!("{}", describe(record));
    }
}

/// One line for a learning.
fn describe(record: &LearnedRecord) -> String {
    let videos: Vec<String> = record
        .videos
        .iter()
        .map(|video| {
            format!(
                "video {} frames {} to {}",
                video.name, video.first_frame, video.last_frame
            )
        })
        .collect();
    format!(
        "{}  {}  {} frames of {}: {}",
        record.number,
        record.time,
        record.frames(),
        record.data,
        videos.join(", ")
    )
}
