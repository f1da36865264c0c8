//! `report.html`: a run on one page that loads nothing else.

mod base64;
mod curves;

use std::fmt::Write as _;

use oddframe_core::{Labels, ScoreTable, VideoScores};

use self::base64::encode_base64;
use self::curves::draw_curve;
use crate::pictures::read_pictures;
use crate::run_folder::KnownTruth;
use crate::tables::TextTable;
use crate::{Error, Outcome, RunFolder};

/// Renders the report of a run.
pub(crate) fn render_report(
    outcome: &Outcome,
    folder: &RunFolder,
    known: &KnownTruth,
) -> Result<String, Error> {
    let (record, recipe) = (folder.record(), folder.recipe());
    let mut page =
        String::from("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(
        page,
        "<title>{name}</title><style>{style}</style></head><body><h1>{name}</h1>\
         <p>{data}: {train} training frames, {test} test frames. Seed {seed}, device {device}.</p>",
        name = escape(&recipe.name),
        style = include_str!("report/style.css"),
        data = escape(&record.data.name),
        train = record.data.train_frames,
        test = record.data.test_frames(),
        seed = record.seed,
        device = escape(&record.device),
    );
    for warning in &outcome.warnings {
        let _ = writeln!(page, "<p class=\"warning\">{}</p>", escape(warning));
    }
    if let Some(flips) = &outcome.flips {
        let _ = write!(
            page,
            "<p>The flip repair flipped {} of {} test frames",
            flips.flipped, flips.frames
        );
        if let Some(report) = &flips.report {
            let _ = write!(page, ": {report}");
        }
        page.push_str(".</p>\n");
    }
    for table in outcome.text_tables() {
        render_table(&mut page, &table);
    }
    render_curves(&mut page, &outcome.fused.scores, known.labels.as_ref());
    render_pictures(&mut page, folder)?;
    // The times add up over all sessions of a run that was stopped and resumed.
    let times = record
        .stages
        .iter()
        .map(|stage| vec![stage.name.clone(), format!("{:.1}", stage.seconds)]);
    render_table(
        &mut page,
        &TextTable {
            title: "Time",
            head: vec!["stage", "seconds"],
            rows: times.collect(),
        },
    );
    let _ = writeln!(
        page,
        "<h2>Recipe</h2><pre>{}</pre></body></html>",
        escape(&recipe.to_toml()?)
    );
    Ok(page)
}

fn render_table(page: &mut String, table: &TextTable) {
    let _ = write!(page, "<h2>{}</h2><table><tr>", escape(table.title));
    for cell in &table.head {
        let _ = write!(page, "<th>{}</th>", escape(cell));
    }
    page.push_str("</tr>\n");
    for row in &table.rows {
        page.push_str("<tr>");
        for cell in row {
            let _ = write!(page, "<td>{}</td>", escape(cell));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</table>\n");
}

/// The scores of every video as a curve; abnormal frames are shaded.
fn render_curves(page: &mut String, scores: &ScoreTable, labels: Option<&Labels>) {
    // One scale for all videos: a video in which nothing happens has a flat, low curve. Scaled one by one, its
    // noise would look like an event.
    let (low, high) = scores
        .values()
        .fold((f64::MAX, f64::MIN), |(low, high), v| {
            (low.min(v), high.max(v))
        });
    page.push_str("<h2>Scores, video by video</h2>\n");
    if labels.is_some() {
        page.push_str("<p>Abnormal frames are shaded.</p>\n");
    }
    for video in scores.videos() {
        let labels = labels.and_then(|labels| labels.video(video.id()));
        let drawing = draw_curve(video, labels, low, high);
        let caption = escape(&describe_video(video));
        let _ = writeln!(
            page,
            "<figure><figcaption>{caption}</figcaption>{drawing}</figure>"
        );
    }
}

/// What the models take for normal. The members of a system learn nearly the same, so the first stands for all.
fn render_pictures(page: &mut String, folder: &RunFolder) -> Result<(), Error> {
    for system in &folder.recipe().systems {
        let opened = folder.opened_model_path(&system.name, 0)?;
        let name = opened.file_name().map(|name| name.to_string_lossy());
        let pictures = match name {
            Some(name) => read_pictures(&folder.current_model_path(&name))?,
            None => Vec::new(),
        };
        if !pictures.is_empty() {
            let _ = writeln!(
                page,
                "<h2>What {} takes for normal</h2>",
                escape(&system.name)
            );
        }
        for picture in pictures {
            let _ = writeln!(
                page,
                "<figure><figcaption>{caption}</figcaption>\
                 <img alt=\"{caption}\" src=\"data:image/png;base64,{data}\"></figure>",
                caption = escape(&picture.caption),
                data = encode_base64(&picture.png)
            );
        }
    }
    Ok(())
}

fn describe_video(video: &VideoScores) -> String {
    let ends = video.numbers().first().zip(video.numbers().last());
    let frames = ends.map_or_else(String::new, |(first, last)| {
        format!(", frames {first} to {last}")
    });
    format!("video {}{frames}", video.id())
}

/// Replaces the characters that HTML gives a meaning.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
