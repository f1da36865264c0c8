//! `report.html`: a run on one page, with nothing to load.

mod curves;

use std::fmt::Write as _;

use oddframe_core::VideoScores;

use self::curves::curve;
use crate::folder::RunCard;
use crate::{Data, Outcome, TextTable};

pub(crate) fn report(outcome: &Outcome, data: &Data, card: &RunCard, recipe: &str) -> String {
    let mut page = String::from("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(
        page,
        "<title>{name}</title><style>{style}</style></head><body><h1>{name}</h1>\
         <p>{data}: {train} training frames, {test} test frames. Seed {seed}, device {device}.</p>",
        name = escaped(&outcome.recipe),
        style = include_str!("report/style.css"),
        data = escaped(data.name()),
        train = card.data.train_frames,
        test = card.data.test_frames,
        seed = card.seed,
        device = escaped(&card.device),
    );
    for warning in &outcome.warnings {
        let _ = writeln!(page, "<p class=\"warning\">{}</p>", escaped(warning));
    }
    if let Some(flips) = &outcome.flips {
        let _ = write!(page, "<p>Flip repair turned {} of {} test frames", flips.turned, flips.frames);
        if let Some(report) = &flips.report {
            let _ = write!(page, ": {report}");
        }
        page.push_str(".</p>\n");
    }
    for found in outcome.tables() {
        table(&mut page, &found);
    }
    curves_of_all(&mut page, outcome, data);
    let times: Vec<Vec<String>> =
        card.seconds.iter().map(|stage| vec![stage.stage.clone(), format!("{:.1}", stage.seconds)]).collect();
    table(&mut page, &TextTable { title: "Time", head: vec!["stage", "seconds"], rows: times });
    let _ = writeln!(page, "<h2>Recipe</h2><pre>{}</pre></body></html>", escaped(recipe));
    page
}

fn table(page: &mut String, table: &TextTable) {
    let _ = write!(page, "<h2>{}</h2><table><tr>", escaped(table.title));
    for cell in &table.head {
        let _ = write!(page, "<th>{}</th>", escaped(cell));
    }
    page.push_str("</tr>\n");
    for row in &table.rows {
        page.push_str("<tr>");
        for cell in row {
            let _ = write!(page, "<td>{}</td>", escaped(cell));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</table>\n");
}

fn curves_of_all(page: &mut String, outcome: &Outcome, data: &Data) {
    let Some(fused) = outcome.fused() else { return };
    let (low, high) =
        fused.scores.values().fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
    page.push_str("<h2>Scores, video by video</h2>\n");
    if data.labels().is_some() {
        page.push_str("<p>Abnormal frames are shaded.</p>\n");
    }
    for video in fused.scores.videos() {
        let labels = data.labels().and_then(|known| known.labels.video(video.id()));
        let drawing = curve(video, labels, low, high);
        let _ =
            writeln!(page, "<figure><figcaption>{}</figcaption>{drawing}</figure>", escaped(&caption(video)));
    }
}

fn caption(video: &VideoScores) -> String {
    let ends = video.numbers().first().zip(video.numbers().last());
    let frames = ends.map_or_else(String::new, |(first, last)| format!(", frames {first} to {last}"));
    format!("video {}{frames}", video.id())
}

/// Text that may hold what HTML reads as its own.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
