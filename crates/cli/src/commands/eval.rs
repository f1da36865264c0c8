use std::path::PathBuf;

use anyhow::{Context, Result};
use oddframe::labels::{LabelFile, VideoFrames, read_labels_counting_from};
use oddframe::metrics::{Evaluation, evaluate};
use serde_json::json;

use crate::progress::during;
use crate::{output, report};

/// Evaluate scores against labels: AUC, average precision, equal error rate, F1.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddframe eval scores.csv --labels labels.csv
  oddframe eval scores.csv --labels ped2.mat --json
  oddframe eval scores.csv --labels Avenue/testing_label_mask

Formats of labels:
  labels.csv with the columns video,frame,label (1 is abnormal), as `oddframe synth` writes it
  a .npy file with one label for each frame of all videos in order
  intervals of abnormal frames: ped2.mat, UCSDped1.m
  folders of masks: Avenue's N_label.mat, ShanghaiTech's test_frame_mask, UCSD's VIDEO_gt
  a data set's folder with a labels.csv

Labels may cover more frames than the scores; a scored frame without a label is an error.")]
pub(crate) struct Args {
    /// The scores, with the columns Id,Predicted or video,frame,score; `-` reads stdin.
    #[arg(value_name = "SCORES.csv")]
    scores: PathBuf,
    /// A label file or folder.
    #[arg(long, value_name = "FILE-OR-DIR")]
    labels: PathBuf,
    /// Whether frames are counted from 0 or 1, for labels without frame numbers (lists, masks, intervals). By
    /// default it is determined from the scores and labels.
    #[arg(long, value_name = "0|1", value_parser = clap::value_parser!(u64).range(0..=1))]
    count_from: Option<u64>,
    /// Print one JSON object, with every digit of the figures.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let scores = output::read(&args.scores)?.table;
    // Formats without frame numbers are matched with the frames that have scores.
    let frames: Vec<VideoFrames> = scores.videos().iter().map(VideoFrames::from).collect();
    let labels = during("reading labels", || {
        read_labels_counting_from(&args.labels, &frames, args.count_from)
    })?;
    if let Some(note) = labels.counting_note() {
        report::note(&note);
    }
    let result = during("evaluating", || evaluate(&scores, &labels.labels)).with_context(|| {
        format!(
            "{} against {}",
            args.scores.display(),
            args.labels.display()
        )
    })?;
    if args.json {
        return output::print(&to_json(&result, &labels));
    }
    if result.unused_labels > 0 {
        report::note(&format!(
            "{} labelled frames have no score and were not evaluated",
            result.unused_labels
        ));
    }
    output::print(&to_text(&result, &labels))
}

fn to_json(result: &Evaluation, labels: &LabelFile) -> serde_json::Value {
    json!({
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
    })
}

fn to_text(result: &Evaluation, labels: &LabelFile) -> String {
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
