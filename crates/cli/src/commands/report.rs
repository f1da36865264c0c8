use std::path::PathBuf;

use anyhow::Result;
use oddframe::core::VideoId;
use oddframe::pipeline::{Registry, RunFolder, TestVideos};
use oddframe::report::{OverlayOptions, write_overlays, write_report};

use super::arguments::ReportArgs;
use crate::progress::Progress;
use crate::report;

/// Write the report.html of a finished run again, for example with pixelated pictures or after an update of oddframe; or the
/// footage as video files with what was found drawn in.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddframe report runs/quickstart
  oddframe report runs/quickstart --blur
  oddframe report runs/quickstart --no-pictures --max-megabytes 2
  oddframe report runs/gate --overlay overlays                     VIDEO.mp4 for every test video
  oddframe report runs/gate --overlay odd.mp4 --video tuesday      one video
  oddframe report runs/gate --overlay odd.mp4 --data moved/tuesday.mp4

For the page only the folder is needed: no data is read, and nothing is scored or evaluated again. The page \
is one file that loads nothing else. The pictures in the run folder stay as they are.
--overlay reads the test videos once more and needs the program ffmpeg. Boxes are those of the highest \
scores; heat maps are there when the run kept them (`oddframe run --maps`). Below the footage runs the \
score curve with the alarm threshold, labels, events and frames that cannot be relied on. Damaged frames \
are shown as such.")]
pub(crate) struct Args {
    /// A run folder that `oddframe run` or `oddframe finish` completed.
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Show no pictures of the test videos.
    #[arg(long, conflicts_with_all = ["blur", "overlay"])]
    no_pictures: bool,
    #[command(flatten)]
    report: ReportArgs,
    /// Also write the test videos with boxes, heat maps and the score curve: a file such as out.mp4 (or .mov, .mkv) for one
    /// video, or a folder for several.
    #[arg(long, value_name = "OUT.mp4|DIR")]
    overlay: Option<PathBuf>,
    /// Write the overlay of this video alone; by default of every test video.
    #[arg(long, value_name = "NAME", requires = "overlay")]
    video: Option<String>,
    /// Where the test videos are, if they were moved since the run.
    #[arg(long, value_name = "DIR|FILE", requires = "overlay")]
    data: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let folder = RunFolder::open(&args.run, &Registry::default())?;
    let options = args.report.options().with_pictures(!args.no_pictures);
    write_report(&folder, &options)?;
    report::note(&format!("{} shows the run", folder.report_file().display()));
    let Some(target) = &args.overlay else {
        return Ok(());
    };
    let videos = TestVideos::find(&folder, args.data.as_deref())?;
    let overlay = OverlayOptions {
        video: args.video.as_deref().map(VideoId::new),
        blur: options.blur,
    };
    let written = write_overlays(&folder, &videos, target, &overlay, &mut Progress::new())?;
    for path in written {
        report::note(&format!("{} shows what was found", path.display()));
    }
    Ok(())
}
