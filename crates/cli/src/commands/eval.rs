mod conventions;
mod localisation;
mod source;

use std::path::PathBuf;

use anyhow::{Context, Result};
use oddframe::labels::{LabelFile, VideoFrames, read_labels_counting_from};
use oddframe::metrics::{Evaluation, evaluate};
use oddframe::post::Chain;
use serde_json::json;

use self::localisation::{LocalisedSystem, measure_localisation};
use self::source::Source;
use crate::progress::during;
use crate::{output, report};

/// Evaluate scores against labels: AUC, average precision, equal error rate, F1.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddframe eval scores.csv --labels labels.csv
  oddframe eval scores.csv --labels ped2.mat --json
  oddframe eval scores.csv --labels Avenue/testing_label_mask
  oddframe eval scores.csv --labels labels.csv --conventions
  oddframe eval runs/objects --labels street --conventions
  oddframe eval scores.csv --labels street --boxes boxes.csv

Formats of labels:
  labels.csv with the columns video,frame,label (1 is abnormal), as `oddframe synth` writes it
  a .npy file with one label for each frame of all videos in order
  intervals of abnormal frames: ped2.mat, UCSDped1.m
  folders of masks: Avenue's N_label.mat, ShanghaiTech's test_frame_mask, UCSD's VIDEO_gt
  a data set's folder with a labels.csv

Labels may cover more frames than the scores; a scored frame without a label is an error.

RBDC and TBDC, which measure places, need boxes and a ground truth of places: a labels folder with a tracks.csv \
(video,track,frame,left,top,right,bottom), or masks. Masks name no objects: their regions are linked to tracks by overlap. \
The boxes come from --boxes, or from a run folder whose systems find boxes.

--conventions prints the same scores under every convention that published figures use, and what inflates them; \
docs/conventions.md explains each row. With --json it prints one object: frames, videos, positives, base_rate, labels_sha256, \
smoothing, conventions (name, label, value, change, frames, videos), interval, shifts, localisation, warnings (kind, message, why, \
advice).")]
pub(crate) struct Args {
    /// The scores, with the columns Id,Predicted or video,frame,score; `-` reads stdin. A run folder stands for its
    /// scores.csv.
    #[arg(value_name = "SCORES.csv|RUN")]
    scores: PathBuf,
    /// A label file or folder.
    #[arg(long, value_name = "FILE-OR-DIR")]
    labels: PathBuf,
    /// Whether frames are counted from 0 or 1, for labels without frame numbers (lists, masks, intervals). By
    /// default it is determined from the scores and labels.
    #[arg(long, value_name = "0|1", value_parser = clap::value_parser!(u64).range(0..=1))]
    count_from: Option<u64>,
    /// Scored boxes for RBDC and TBDC: a CSV file with the columns video,frame,x1,y1,x2,y2,score, in pixels. By default the
    /// boxes of the run folder.
    #[arg(long, value_name = "BOXES.csv")]
    boxes: Option<PathBuf>,
    /// Print the figures under every convention in use, and warn of what inflates them.
    #[arg(long)]
    conventions: bool,
    /// The smoothing of the smoothed figures of --conventions.
    #[arg(
        long,
        value_name = "CHAIN",
        default_value = "gaussian(sigma=3) per video"
    )]
    smooth: Chain,
    /// The frames that --conventions leaves out at the edges of each video.
    #[arg(long, value_name = "N", default_value_t = 4)]
    edge_frames: usize,
    /// Print one JSON object, with every digit of the figures.
    #[arg(long)]
    json: bool,
}

impl Args {
    /// What is evaluated, for errors.
    fn describe(&self) -> String {
        format!(
            "{} against {}",
            self.scores.display(),
            self.labels.display()
        )
    }
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let source = Source::read(&args.scores)?;
    let scores = &source.scores;
    // Formats without frame numbers are matched with the frames that have scores.
    let frames: Vec<VideoFrames> = scores.videos().iter().map(VideoFrames::from).collect();
    let labels = during("reading labels", || {
        read_labels_counting_from(&args.labels, &frames, args.count_from)
    })?;
    if let Some(note) = labels.counting_note() {
        report::note(&note);
    }
    let places = measure_localisation(args.boxes.as_deref(), &source, &labels)?;
    if args.conventions {
        let found =
            conventions::compare(args, &source, &labels).with_context(|| args.describe())?;
        if args.json {
            return output::print(&conventions::to_json(&found, &places, &labels));
        }
        note_unused(&found.evaluation);
        return output::print(&conventions::to_text(&found, &places, &labels));
    }
    let result = during("evaluating", || evaluate(scores, &labels.labels))
        .with_context(|| args.describe())?;
    if args.json {
        return output::print(&to_json(&result, &places, &labels));
    }
    note_unused(&result);
    output::print(&to_text(&result, &places, &labels))
}

fn note_unused(result: &Evaluation) {
    if result.unused_labels > 0 {
        report::note(&format!(
            "{} labelled frames have no score and were not evaluated",
            result.unused_labels
        ));
    }
}

fn to_json(
    result: &Evaluation,
    places: &[LocalisedSystem],
    labels: &LabelFile,
) -> serde_json::Value {
    let mut object = json!({
        "frames": result.frames,
        "videos": result.videos,
        "positives": result.positives,
        "base_rate": result.base_rate,
        "micro_auc": result.micro_auc,
        "macro_auc": result.macro_auc,
        "macro_videos": result.macro_videos,
        "ap": result.ap,
        "pr_auc": result.pr_auc,
        "eer": result.eer,
        "eer_nearest": result.eer_nearest,
        "best_f1": result.best_f1,
        "best_f1_threshold": result.best_f1_threshold,
        "labels_sha256": labels.sha256,
    });
    // The other fields are fixed; this one is there only when boxes are.
    if !places.is_empty() {
        object["localisation"] = places.iter().map(LocalisedSystem::to_json).collect();
    }
    object
}

fn to_text(result: &Evaluation, places: &[LocalisedSystem], labels: &LabelFile) -> String {
    let places: String = places.iter().map(LocalisedSystem::to_lines).collect();
    let macro_auc = match result.macro_auc {
        Some(auc) => format!(
            "{auc:.4}  over {} videos with both classes",
            result.macro_videos
        ),
        None => "none    no video has both classes".to_string(),
    };
    // `{:?}` prints the threshold with as many digits as reading it back exactly requires.
    format!(
        "frames      {} in {} videos, {} abnormal\n\
         micro AUC   {:.4}\n\
         macro AUC   {macro_auc}\n\
         AP          {:.4}  (a constant score reaches {:.4})\n\
         PR-AUC      {:.4}\n\
         EER         {:.4}  (nearest point {:.4})\n\
         best F1     {:.4}  at score >= {:?}\n\
         {places}\
         labels      {} ({})",
        result.frames,
        result.videos,
        result.positives,
        result.micro_auc,
        result.ap,
        result.base_rate,
        result.pr_auc,
        result.eer,
        result.eer_nearest,
        result.best_f1,
        result.best_f1_threshold,
        labels.path.display(),
        &labels.sha256,
    )
}
