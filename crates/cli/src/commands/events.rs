use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use oddframe::core::{quote_csv_field, write_atomically};
use oddframe::post::{EventOptions, FrameEvent, find_events};

use crate::{output, report};

/// List the events in a score file: consecutive frames with high scores.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddframe events scores.csv --threshold 4 --low 3 --join 25 --fps 25 --out events.csv
  oddframe events scores.csv --threshold 0.8 --min-frames 5

An event starts at a score of --threshold or more, and ends where the scores fall below --low. Events with fewer than --join \
frames between them are one. Then those that span fewer than --min-frames frames are dropped. No event spans two videos.
Columns: video,start,end,start_seconds,end_seconds,peak,peak_score,severity. Start, end and peak are frame numbers; severity is \
the sum over all frames of how far the score is above the threshold. Times need --fps, and count from the first frame of the \
video.

A threshold of calibrated scores means something: with a section [calibration] in the recipe, 4 is a score that one normal \
frame in 10000 reaches. `oddframe run` and `oddframe finish` then choose it for an asked number of false alarms per hour, and \
write events.csv and events.json with places and reasons. Without that section a run has no events: its scores have no unit \
that a threshold could be given in.")]
pub(crate) struct Args {
    /// A score file or a submission; - is stdin.
    #[arg(value_name = "SCORES.csv")]
    scores: PathBuf,
    /// The score at which an event starts.
    #[arg(long, value_name = "SCORE", allow_negative_numbers = true)]
    threshold: f64,
    /// The score below which an event ends; by default the threshold.
    #[arg(long, value_name = "SCORE", allow_negative_numbers = true)]
    low: Option<f64>,
    /// Drop events that span fewer frames.
    #[arg(long, value_name = "N", default_value_t = 1)]
    min_frames: u64,
    /// Join events with fewer than N frames between them.
    #[arg(long, value_name = "N", default_value_t = 0)]
    join: u64,
    /// The frame rate, for times in seconds.
    #[arg(long, value_name = "F")]
    fps: Option<f64>,
    /// The file to write; by default stdout.
    #[arg(long, short, value_name = "EVENTS.csv")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let options = EventOptions::new(args.threshold)?
        .with_end(args.low.unwrap_or(args.threshold))?
        .with_min_frames(args.min_frames)
        .with_join(args.join);
    if let Some(fps) = args.fps
        && !(fps.is_finite() && fps > 0.0)
    {
        bail!("--fps is {fps}; it must be finite and above 0");
    }
    let table = output::read(&args.scores)?.table;
    let mut text =
        String::from("video,start,end,start_seconds,end_seconds,peak,peak_score,severity\n");
    let mut count = 0;
    for video in table.videos() {
        let first = video.numbers()[0].0;
        for event in find_events(video, &[], options)? {
            count += 1;
            let name = quote_csv_field(video.id().name());
            text.push_str(&format_row(&name, event, first, args.fps));
        }
    }
    match args.out.as_deref().filter(|path| path.as_os_str() != "-") {
        Some(path) => {
            write_atomically(path, |file| file.write_all(text.as_bytes()))
                .with_context(|| format!("cannot write {}", path.display()))?;
            report::note(&format!("{count} events in {}", path.display()));
            Ok(())
        }
        None => output::to_stdout(|stdout| Ok(stdout.write_all(text.as_bytes())?)),
    }
}

fn format_row(video: &str, event: FrameEvent, first_frame: u64, fps: Option<f64>) -> String {
    let seconds = |frame: u64| {
        fps.map_or_else(String::new, |fps| {
            ((frame - first_frame) as f64 / fps).to_string()
        })
    };
    let FrameEvent {
        start,
        end,
        peak,
        peak_score,
        severity,
    } = event;
    format!(
        "{video},{start},{end},{},{},{peak},{peak_score},{severity}\n",
        seconds(start.0),
        seconds(end.0 + 1)
    )
}
