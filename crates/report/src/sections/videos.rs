//! Every video: its curve, its pictures, and the data for the cursor.

use std::collections::HashMap;

use oddframe_core::FrameNumber;
use oddframe_metrics::per_video;
use serde_json::{Value, json};

use super::table::render_table;
use crate::Error;
use crate::contents::{Contents, VideoContents};
use crate::draw::{CurvePoint, STATES, ScoreCurve};
use crate::level::Level;
use crate::still::render_still;
use crate::text::{count_of, escape, format_score, put, round_score, script_json};

/// The most videos with a curve, those with the highest scores: a page of more could not be searched.
const CURVES: usize = 300;

/// Appends the section of all videos.
pub(crate) fn render_videos(
    page: &mut String,
    contents: &Contents<'_>,
    level: Level,
) -> Result<(), Error> {
    page.push_str(
        "<section id=\"videos\" aria-labelledby=\"videos-title\"><h2 id=\"videos-title\">Scores, video by video</h2>\n\
         <p>The higher the curve, the odder the frame. All videos have the same scale, so that one in which nothing happens \
         stays flat.",
    );
    page.push_str(
        "<span class=\"script-only\"> Move over a curve, touch it, or select it and use the arrow keys to see its \
         frames.</span></p>\n<p class=\"legend\"><span class=\"key\"><span class=\"swatch main\"></span> score</span>",
    );
    if contents.known.labels.is_some() {
        page.push_str(
            " <span class=\"key\"><span class=\"swatch abnormal\"></span> labelled abnormal</span>",
        );
    }
    if contents.events.is_some() {
        page.push_str(" <span class=\"key\"><span class=\"swatch odd\"></span> odd event</span>");
    }
    if contents.threshold().is_some() {
        page.push_str(
            " <span class=\"key\"><span class=\"swatch threshold\"></span> alarm threshold</span>",
        );
    }
    for (state, class) in STATES {
        let mut videos = contents.videos.iter();
        if videos.any(|video| video.states.values().any(|row| row.state == state)) {
            put!(
                page,
                " <span class=\"key\"><span class=\"swatch {class}\"></span> {state}</span>"
            );
        }
    }
    if let Some(heat) = &contents.heat {
        put!(
            page,
            " <span class=\"key\"><span class=\"swatch heat-key\"></span> on pictures: errors of {}, the highest in red</span>",
            escape(&heat.system)
        );
    }
    page.push_str("</p>\n");
    let shown = most_scored(&contents.videos);
    if shown.len() < contents.videos.len() {
        put!(
            page,
            "<p>The {CURVES} videos with the highest scores have a curve; the table below lists all {}.</p>\n",
            contents.videos.len()
        );
    }
    let (range, threshold) = (contents.score_range(), contents.threshold());
    for place in shown {
        let curve = ScoreCurve {
            video: &contents.videos[place],
            range,
            threshold,
            points: level.points,
        };
        render_video(page, contents, place, &curve, level)?;
    }
    render_overview(page, contents)?;
    page.push_str("</section>\n");
    Ok(())
}

/// The positions of the videos that have a curve, in order.
fn most_scored(videos: &[VideoContents]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..videos.len()).collect();
    places.sort_by(|a, b| videos[*b].highest().1.total_cmp(&videos[*a].highest().1));
    places.truncate(CURVES);
    places.sort_unstable();
    places
}

fn render_video(
    page: &mut String,
    contents: &Contents<'_>,
    place: usize,
    curve: &ScoreCurve<'_>,
    level: Level,
) -> Result<(), Error> {
    let video = curve.video;
    let (id, summary) = (escape(&video.scores.id().to_string()), summarise(video));
    put!(
        page,
        "<section class=\"video\" id=\"v{place}\" aria-labelledby=\"v{place}-title\">\
         <h3 id=\"v{place}-title\">Video <bdi>{id}</bdi></h3><p class=\"facts\">{summary}</p>\n\
         <div class=\"watch\"><div class=\"plot\"><div class=\"curve\" role=\"img\" aria-label=\"Score curve of video {id}. {summary}\">{}</div>",
        curve.draw()
    );
    let numbers = video.scores.numbers();
    if let (Some(first), Some(last)) = (numbers.first(), numbers.last()) {
        put!(
            page,
            "<p class=\"axis\" aria-hidden=\"true\"><span>frame {first}</span><span>{last}</span></p>"
        );
    }
    page.push_str("</div></div>\n");
    render_film(page, contents, video, level)?;
    put!(
        page,
        "<script type=\"application/json\">{}</script></section>\n",
        script_json(&cursor_data(video, &curve.points()))
    );
    Ok(())
}

/// A video in a sentence or two.
fn summarise(video: &VideoContents) -> String {
    let (index, highest) = video.highest();
    let numbers = video.scores.numbers();
    let mut text = count_of(numbers.len(), "frame");
    if let Some(frame) = numbers.get(index) {
        put!(
            &mut text,
            "; highest score {} at frame {frame}",
            format_score(highest)
        );
    }
    if !video.events.is_empty() {
        put!(&mut text, "; {}", count_of(video.events.len(), "odd event"));
    }
    for (state, _) in STATES {
        let frames = video.states.values().filter(|row| row.state == state);
        match frames.count() {
            0 => {}
            frames => put!(&mut text, "; {} {state}", count_of(frames, "frame")),
        }
    }
    let runs = video.abnormal_runs();
    if video.labels.is_some() {
        let spans: Vec<String> = runs
            .iter()
            .take(8)
            .map(|(from, to)| format!("{} to {}", numbers[*from], numbers[to - 1]))
            .collect();
        match (runs.len(), spans.join(", ")) {
            (0, _) => text.push_str("; no frame is labelled abnormal"),
            (1..=8, spans) => put!(&mut text, "; labelled abnormal: frames {spans}"),
            (_, spans) => put!(&mut text, "; labelled abnormal: frames {spans} and others"),
        }
    }
    text.push('.');
    text
}

/// The small pictures of a video, for readers to open and for the cursor to show.
fn render_film(
    page: &mut String,
    contents: &Contents<'_>,
    video: &VideoContents,
    level: Level,
) -> Result<(), Error> {
    let pictures = level.pictures(contents, video);
    if pictures.is_empty() {
        return Ok(());
    }
    put!(
        page,
        "<details class=\"film\"><summary>{}</summary><ol>\n",
        count_of(pictures.len(), "picture")
    );
    for picture in pictures {
        let Some(index) = video.index_of(FrameNumber(picture.frame)) else {
            continue;
        };
        put!(page, "<li data-index=\"{index}\">");
        render_still(page, contents, video, picture)?;
        put!(page, "<span>{}</span></li>\n", picture.frame);
    }
    page.push_str("</ol></details>\n");
    Ok(())
}

/// What the cursor shows of each point of a curve.
fn cursor_data(video: &VideoContents, points: &[CurvePoint]) -> Value {
    let numbers = video.scores.numbers();
    let each = |value: &dyn Fn(&CurvePoint) -> Value| points.iter().map(value).collect::<Value>();
    let mut data = json!({
        "count": numbers.len(),
        "index": each(&|point| json!(point.index)),
        "frame": each(&|point| json!(numbers[point.index].0)),
        "score": each(&|point| json!(round_score(point.score))),
    });
    if let Some(labels) = &video.labels {
        data["abnormal"] = each(&|point| json!(u8::from(labels[point.index])));
    }
    if !video.events.is_empty() {
        data["event"] = each(&|point| {
            let mut events = video.events.iter();
            let inside = events.find(|(_, event)| {
                let (from, to) = video.event_span(event);
                (from..to).contains(&point.index)
            });
            json!(inside.map(|(place, _)| place))
        });
    }
    if let Some(first) = points.first()
        && video.clock.seconds_of(numbers[first.index].0).is_some()
    {
        data["seconds"] = each(&|point| {
            let seconds = video.clock.seconds_of(numbers[point.index].0);
            json!(seconds.map(|seconds| (seconds * 100.0).round() / 100.0))
        });
    }
    add_texts(&mut data, "reason", points, |point| {
        video.reason(numbers[point.index]).map(str::to_owned)
    });
    add_texts(&mut data, "state", points, |point| {
        let row = video.states.get(&point.index)?;
        Some(format!("{}: {}", row.state, row.reason))
    });
    data
}

/// Adds the texts of the points that have one: each text is listed once, as it often stays the same for some frames, and
/// the points refer to the list.
fn add_texts(
    data: &mut Value,
    name: &str,
    points: &[CurvePoint],
    text_of: impl Fn(&CurvePoint) -> Option<String>,
) {
    let mut texts: Vec<String> = Vec::new();
    let mut chosen: Vec<Option<usize>> = Vec::with_capacity(points.len());
    let mut places: HashMap<String, usize> = HashMap::new();
    for point in points {
        chosen.push(text_of(point).map(|text| {
            *places.entry(text).or_insert_with_key(|text| {
                texts.push(text.clone());
                texts.len() - 1
            })
        }));
    }
    if !texts.is_empty() {
        data[name] = json!(chosen);
        data[format!("{name}s")] = json!(texts);
    }
}

/// A table of all videos.
fn render_overview(page: &mut String, contents: &Contents<'_>) -> Result<(), Error> {
    let figures = match &contents.known.labels {
        Some(labels) => per_video(&contents.outcome.fused.scores, labels)?,
        None => Vec::new(),
    };
    let mut head = vec!["video", "frames", "highest score", "at frame"];
    if !figures.is_empty() {
        head.extend(["abnormal frames", "AUC"]);
    }
    let mut rows = Vec::new();
    for (place, video) in contents.videos.iter().enumerate() {
        let (index, highest) = video.highest();
        let frame = video.scores.numbers().get(index);
        let mut row = vec![
            video.scores.id().to_string(),
            video.scores.len().to_string(),
            format_score(highest),
            frame.map_or_else(String::new, ToString::to_string),
        ];
        if let Some(found) = figures.get(place) {
            let auc = found
                .auc
                .map_or_else(|| "-".to_owned(), |auc| format!("{auc:.4}"));
            row.extend([found.positives.to_string(), auc]);
        }
        rows.push(row);
    }
    let table = oddframe_pipeline::TextTable {
        title: "All videos",
        head,
        rows,
    };
    render_table(page, &table);
    Ok(())
}
