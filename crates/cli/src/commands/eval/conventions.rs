//! `--conventions`: the same scores under every convention, and what inflates them.

use std::fmt::Write as _;

use anyhow::Result;
use oddframe::labels::LabelFile;
use oddframe::metrics::{
    Convention, ConventionFigure, ConventionOptions, ConventionReport, Finding, compare_conventions,
};
use serde_json::{Value, json};

use super::Args;
use super::localisation::LocalisedSystem;
use super::source::Source;
use crate::progress::during;

pub(super) fn compare(
    args: &Args,
    source: &Source,
    labels: &LabelFile,
) -> Result<ConventionReport> {
    let options = ConventionOptions::new()
        .with_smoothing(&args.smooth)
        .with_edge_frames(args.edge_frames)
        .with_normalisations(source.normalisations());
    Ok(during("comparing conventions", || {
        compare_conventions(&source.scores, &labels.labels, &options)
    })?)
}

pub(super) fn to_json(
    report: &ConventionReport,
    places: &[LocalisedSystem],
    labels: &LabelFile,
) -> Value {
    let evaluation = &report.evaluation;
    json!({
        "frames": evaluation.frames,
        "videos": evaluation.videos,
        "positives": evaluation.positives,
        "base_rate": evaluation.base_rate,
        "labels_sha256": labels.sha256,
        "smoothing": report.smoothing,
        "conventions": report.figures.iter().map(|figure| json!({
            "name": figure.convention.name(),
            "label": figure.convention.to_string(),
            "value": figure.value,
            "change": report.change(figure),
            "frames": figure.frames,
            "videos": figure.videos,
        })).collect::<Vec<_>>(),
        "interval": report.interval.map(|interval| json!({
            "low": interval.low,
            "high": interval.high,
            "level": interval.level,
            "resamples": interval.resamples,
        })),
        "shifts": report.shifts.iter().map(|shifted| json!({
            "shift": shifted.shift,
            "auc": shifted.auc,
        })).collect::<Vec<_>>(),
        "localisation": places.iter().map(LocalisedSystem::to_json).collect::<Vec<_>>(),
        "warnings": report.findings.iter().map(|finding| json!({
            "kind": finding.kind(),
            "message": finding.to_string(),
            "why": finding.why(),
            "advice": finding.advice(),
        })).collect::<Vec<_>>(),
    })
}

pub(super) fn to_text(
    report: &ConventionReport,
    places: &[LocalisedSystem],
    labels: &LabelFile,
) -> String {
    let evaluation = &report.evaluation;
    let mut rows = Rows::default();
    for figure in &report.figures {
        rows.add_figure(report, figure);
        if figure.convention == Convention::MicroAuc
            && let Some(interval) = report.interval
        {
            rows.0.push([
                format!("  {:.0}% interval", 100.0 * interval.level),
                String::new(),
                String::new(),
                format!(
                    "{:.4} to {:.4}, by drawing videos",
                    interval.low, interval.high
                ),
            ]);
        }
    }
    for (label, value) in places.iter().flat_map(LocalisedSystem::figures) {
        rows.0
            .push([label, format!("{value:.4}"), String::new(), String::new()]);
    }
    let mut text = format!(
        "{} frames in {} videos, {} abnormal (base rate {:.4})\n\n{rows}\n",
        evaluation.frames,
        evaluation.videos,
        evaluation.positives,
        evaluation.base_rate,
        rows = rows.align()
    );
    // Writing to a string cannot fail.
    if let Some(smoothing) = &report.smoothing {
        let _ = writeln!(text, "smoothing   {smoothing}");
    }
    let _ = writeln!(
        text,
        "labels      {} ({})\n\nWarnings",
        labels.path.display(),
        labels.sha256
    );
    for finding in &report.findings {
        let _ = writeln!(text, "{}", describe(finding));
    }
    text.truncate(text.trim_end().len());
    text
}

/// What was found, why it matters and what to do.
fn describe(finding: &Finding) -> String {
    format!(
        "- {finding}\n    why: {}\n    do:  {}",
        finding.why(),
        finding.advice()
    )
}

/// The rows of the table: label, value, change, remark.
#[derive(Default)]
struct Rows(Vec<[String; 4]>);

impl Rows {
    fn add_figure(&mut self, report: &ConventionReport, figure: &ConventionFigure) {
        let value = figure.value.map(|value| format!("{value:.4}"));
        let change = report.change(figure).map(|change| format!("{change:+.4}"));
        let all = &report.evaluation;
        let remark = match figure.value {
            None => "no frames of both classes remain".to_owned(),
            Some(_) if (figure.frames, figure.videos) == (all.frames, all.videos) => String::new(),
            Some(_) => format!(
                "{} frames, {} of {} videos",
                figure.frames, figure.videos, all.videos
            ),
        };
        self.0.push([
            figure.convention.to_string(),
            value.unwrap_or_else(|| "none".to_owned()),
            change.unwrap_or_default(),
            remark,
        ]);
    }

    fn align(&self) -> String {
        let head = ["convention", "value", "change", "covers"].map(str::to_owned);
        let all = || std::iter::once(&head).chain(&self.0);
        let width = |column: usize| {
            let cells = all().map(|row| row[column].chars().count());
            cells.max().unwrap_or(0)
        };
        let (labels, values, changes) = (width(0), width(1), width(2));
        let mut text = String::new();
        for [label, value, change, remark] in all() {
            let line = format!("{label:labels$}  {value:>values$}  {change:>changes$}  {remark}");
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}
