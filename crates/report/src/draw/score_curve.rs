//! The scores of a video as a curve, with everything that is known about its frames.

use oddframe_pipeline::FrameState;

use crate::contents::VideoContents;
use crate::text::put;

/// The height of the drawing in its own units; the curve leaves the last ones to the marks below it.
const HEIGHT: f64 = 100.0;
/// The height of a row of marks below the curve.
const MARKS: f64 = 8.0;

/// The states of frames that are not in order, and the classes of their shades.
pub(crate) const STATES: [(FrameState, &str); 2] = [
    (FrameState::Suspended, "suspended"),
    (FrameState::Unreadable, "unreadable"),
];

/// What is drawn.
#[derive(Debug)]
pub(crate) struct ScoreCurve<'a> {
    pub(crate) video: &'a VideoContents,
    /// The lowest and the highest score of all videos, at the bottom and at the top.
    pub(crate) range: (f64, f64),
    /// The score from which on a frame is called odd, where that is known.
    pub(crate) threshold: Option<f64>,
    /// The most points.
    pub(crate) points: usize,
}

/// A point of a curve: the frame with the highest score of several consecutive ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CurvePoint {
    pub(crate) index: usize,
    pub(crate) score: f64,
}

impl ScoreCurve<'_> {
    /// The points of the curve.
    pub(crate) fn points(&self) -> Vec<CurvePoint> {
        let (values, step) = (self.video.scores.values(), self.step());
        // One point stands for several frames: the highest, so that no peak is lost. A mean would flatten a short event in
        // a long video.
        let points = values.chunks(step).enumerate().map(|(place, chunk)| {
            let mut highest = (0, f64::MIN);
            for (offset, score) in chunk.iter().enumerate() {
                if *score > highest.1 {
                    highest = (offset, *score);
                }
            }
            CurvePoint {
                index: place * step + highest.0,
                score: highest.1,
            }
        });
        points.collect()
    }

    /// Draws the curve. The drawing is one unit wide for each frame and stretched to the width of the page, so that x is the
    /// index of a frame and needs no scaling.
    pub(crate) fn draw(&self) -> String {
        let frames = self.video.scores.len();
        let mut svg = format!(
            "<svg viewBox=\"0 0 {frames} {HEIGHT}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
        );
        self.draw_runs(&mut svg, "abnormal", &self.video.abnormal_runs(), 0.0);
        for (state, class) in STATES {
            self.draw_runs(&mut svg, class, &self.video.state_runs(state), 0.0);
        }
        let events = self.video.events.iter();
        let events: Vec<_> = events
            .map(|(_, event)| self.video.event_span(event))
            .collect();
        self.draw_runs(&mut svg, "odd", &events, HEIGHT - MARKS);
        if let Some(y) = self.threshold.and_then(|score| self.height_of(score)) {
            put!(
                &mut svg,
                "<path class=\"threshold\" d=\"M0 {y:.1}H{frames}\"/>"
            );
        }
        svg.push_str("<polyline class=\"score\" points=\"");
        for point in self.points() {
            let y = self.height_of(point.score).unwrap_or(HEIGHT);
            put!(&mut svg, "{} {y:.1} ", point.index as f64 + 0.5);
        }
        svg.push_str("\"/></svg>");
        svg
    }

    /// The frames of a point.
    fn step(&self) -> usize {
        self.video.scores.len().div_ceil(self.points).max(1)
    }

    /// Draws runs of frames from a height down to the bottom. Runs that are closer than a point of the curve are drawn as one, so
    /// that there are never more rectangles than points.
    fn draw_runs(&self, svg: &mut String, class: &str, runs: &[(usize, usize)], top: f64) {
        let step = self.step();
        let mut runs = runs.iter().copied().peekable();
        while let Some((from, mut to)) = runs.next() {
            while let Some(next) = runs.next_if(|next| next.0 < to + step) {
                to = next.1.max(to);
            }
            put!(
                svg,
                "<rect class=\"{class}\" x=\"{from}\" y=\"{top}\" width=\"{width}\" height=\"{height}\"/>",
                width = to - from,
                height = HEIGHT - top,
            );
        }
    }

    /// The height at which a score is drawn; none outside the range.
    fn height_of(&self, score: f64) -> Option<f64> {
        let (low, high) = self.range;
        let range = if high > low { high - low } else { 1.0 };
        // y grows downwards in SVG.
        let top = HEIGHT - MARKS;
        (low..=high)
            .contains(&score)
            .then_some(top * (1.0 - (score - low) / range))
    }
}

#[cfg(test)]
mod tests {
    use oddframe_core::FrameNumber;
    use oddframe_pipeline::{EventRecord, FrameStateRow};

    use super::*;
    use crate::testing::video_of;

    fn event(start: u64, end: u64) -> EventRecord {
        EventRecord {
            video: "1".to_owned(),
            start,
            end,
            start_seconds: None,
            end_seconds: None,
            peak: start,
            peak_score: 2.0,
            severity: 1.0,
            area: None,
            system: None,
            cue: None,
            reason: None,
        }
    }

    fn curve(video: &VideoContents, threshold: Option<f64>) -> ScoreCurve<'_> {
        ScoreCurve {
            video,
            range: (0.0, 2.0),
            threshold,
            points: 1200,
        }
    }

    #[test]
    fn abnormal_runs_are_shaded_and_the_peak_is_at_the_top() {
        let labels = [false, true, true, false].to_vec();
        let video = video_of(vec![0.0, 2.0, 1.0, 0.0], Some(labels));
        let svg = curve(&video, None).draw();
        assert!(
            svg.contains("class=\"abnormal\" x=\"1\" y=\"0\" width=\"2\""),
            "{svg}"
        );
        assert!(
            svg.contains("points=\"0.5 92.0 1.5 0.0 2.5 46.0 3.5 92.0 \""),
            "{svg}"
        );
        assert!(!svg.contains("threshold"), "{svg}");
    }

    #[test]
    fn the_threshold_is_a_line_and_events_are_marked() {
        let mut video = video_of(vec![0.0, 2.0, 1.0, 0.0], None);
        video.events = vec![(0, event(1, 2))];
        let svg = curve(&video, Some(1.0)).draw();
        assert!(svg.contains("class=\"threshold\" d=\"M0 46.0H4\""), "{svg}");
        assert!(
            svg.contains("class=\"odd\" x=\"1\" y=\"92\" width=\"2\" height=\"8\""),
            "{svg}"
        );
        assert!(!svg.contains("abnormal"));
        // A threshold above all scores is no line: it would be drawn outside.
        assert!(!curve(&video, Some(3.0)).draw().contains("<path"));
    }

    #[test]
    fn frames_that_are_not_in_order_are_shaded() {
        let mut video = video_of(vec![0.0; 4], None);
        for (index, state) in [
            (1, FrameState::Suspended),
            (2, FrameState::Suspended),
            (3, FrameState::Unreadable),
        ] {
            let row = FrameStateRow {
                video: "1".into(),
                frame: FrameNumber(index as u64),
                state,
                reason: "covered".to_owned(),
            };
            video.states.insert(index, row);
        }
        let svg = curve(&video, None).draw();
        assert!(
            svg.contains("class=\"suspended\" x=\"1\" y=\"0\" width=\"2\""),
            "{svg}"
        );
        assert!(
            svg.contains("class=\"unreadable\" x=\"3\" y=\"0\" width=\"1\""),
            "{svg}"
        );
    }

    #[test]
    fn a_long_video_keeps_its_peak_and_a_constant_one_has_a_line() {
        let mut values = vec![0.5; 5000];
        values[4321] = 1.0;
        let video = video_of(values, None);
        let points = curve(&video, None).points();
        assert_eq!(points.len(), 1000);
        assert!(points.contains(&CurvePoint {
            index: 4321,
            score: 1.0
        }));
        // Labels that change with every frame are one shade: a screen could not show them apart.
        let flickering = (0..5000).map(|index| index % 2 == 0).collect();
        let flickering = video_of(vec![0.5; 5000], Some(flickering));
        let svg = curve(&flickering, None).draw();
        assert_eq!(svg.matches("<rect").count(), 1);
        let flat = ScoreCurve {
            range: (0.5, 0.5),
            ..curve(&video, None)
        };
        assert!(flat.draw().contains("polyline"));
    }
}
