//! The scores of a video as a curve, with its abnormal frames shaded.

use std::fmt::Write as _;

use oddframe_core::{VideoLabels, VideoScores};

/// The most points of a curve: more than a screen shows.
const POINTS: usize = 1200;
/// The height of the drawing in its own units.
const HEIGHT: f64 = 100.0;

/// Draws the scores of a video. The lowest and the highest score of all videos are the bottom and the top.
pub(super) fn draw_curve(
    scores: &VideoScores,
    labels: Option<&VideoLabels>,
    low: f64,
    high: f64,
) -> String {
    // The drawing is one unit wide for each frame and stretched to the width of the page, so that x is the
    // index of a frame and needs no scaling. y grows downwards in SVG.
    let mut svg = format!(
        "<svg viewBox=\"0 0 {} {HEIGHT}\" preserveAspectRatio=\"none\">",
        scores.len()
    );
    for (from, to) in labels
        .map(|labels| abnormal_spans(scores, labels))
        .unwrap_or_default()
    {
        let width = to - from;
        // Writing to a string cannot fail, here and below.
        let _ = write!(
            svg,
            "<rect class=\"abnormal\" x=\"{from}\" y=\"0\" width=\"{width}\" height=\"{HEIGHT}\"/>"
        );
    }
    svg.push_str("<polyline class=\"score\" points=\"");
    let range = if high > low { high - low } else { 1.0 };
    let step = scores.len().div_ceil(POINTS);
    for (place, frames) in scores.values().chunks(step).enumerate() {
        // One point stands for several frames: their highest score, so that no peak is lost. A mean would
        // flatten a short event in a long video.
        let score = frames.iter().copied().fold(f64::MIN, f64::max);
        let y = HEIGHT * (1.0 - (score - low) / range);
        let _ = write!(
            svg,
            "{} {y:.1} ",
            (place * step) as f64 + 0.5 * frames.len() as f64
        );
    }
    svg.push_str("\"/></svg>");
    svg
}

/// Runs of abnormal frames, by index.
fn abnormal_spans(scores: &VideoScores, labels: &VideoLabels) -> Vec<(usize, usize)> {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for (index, number) in scores.numbers().iter().enumerate() {
        if labels.get(*number) != Some(true) {
            continue;
        }
        // Indices, not frame numbers: a gap between two abnormal frames does not split the shade, since the curve
        // has no gap there either.
        match spans.last_mut() {
            Some((_, end)) if *end == index => *end += 1,
            _ => spans.push((index, index + 1)),
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use oddframe_core::{FrameNumber, Origin};

    use super::*;

    #[test]
    fn abnormal_runs_are_shaded_and_the_peak_is_at_the_top() {
        let numbers: Vec<FrameNumber> = [3, 4, 7, 8].map(FrameNumber).to_vec();
        let values = vec![0.0, 2.0, 1.0, 0.0];
        let scores = VideoScores::from_parts(
            "1".into(),
            numbers.clone(),
            values,
            vec![Origin::Computed; 4],
        )
        .unwrap();
        let labels = VideoLabels::new("1".into(), numbers, vec![false, true, true, false]).unwrap();
        let svg = draw_curve(&scores, Some(&labels), 0.0, 2.0);
        assert!(svg.contains("x=\"1\" y=\"0\" width=\"2\""), "{svg}");
        assert!(
            svg.contains("points=\"0.5 100.0 1.5 0.0 2.5 50.0 3.5 100.0 \""),
            "{svg}"
        );
        assert!(!draw_curve(&scores, None, 0.0, 2.0).contains("abnormal"));
    }

    #[test]
    fn a_long_video_keeps_its_peak_and_a_constant_one_has_a_line() {
        let numbers: Vec<FrameNumber> = (0..5000).map(FrameNumber).collect();
        let mut values = vec![0.5; 5000];
        values[4321] = 1.0;
        let origins = vec![Origin::Computed; 5000];
        let scores = VideoScores::from_parts("1".into(), numbers, values, origins).unwrap();
        let svg = draw_curve(&scores, None, 0.0, 1.0);
        assert!(svg.contains(" 0.0 "), "the peak is drawn");
        assert_eq!(svg.matches(" 50.0 ").count(), 999);
        assert!(draw_curve(&scores, None, 0.5, 0.5).contains("polyline"));
    }
}
