//! The panel below the footage: a caption, and the score curve with everything that is known of its frames.

use std::ops::Range;

use oddframe_core::FrameNumber;
use oddframe_pipeline::FrameState;

use super::canvas::{Area, Canvas, Colour, letters_in};
use crate::contents::VideoContents;
use crate::text::{format_score, format_time, put};

/// The height of the panel and of its parts, from the top: three lines of text, the curve, the marks of events.
pub(super) const HEIGHT: usize = 156;
const CURVE_TOP: usize = 66;
const CURVE_HEIGHT: usize = 78;
const MARKS_TOP: usize = CURVE_TOP + CURVE_HEIGHT + 2;
const MARKS_HEIGHT: usize = 8;
const LINES_TOP: [usize; 3] = [6, 26, 46];
const TEXT_LEFT: usize = 8;
const TEXT_SIZE: usize = 2;
/// The space above and below the curve, in pixels, so that its thick line fits at the highest score.
const MARGIN: f64 = 3.0;
const THICK: usize = 3;
const DASH: usize = 6;

/// The most frames that the curve shows at once. A longer video moves through the panel.
const SPAN: usize = 600;

const PANEL: Colour = [18, 21, 26];
const CARD: Colour = [36, 41, 50];
const TEXT: Colour = [232, 235, 239];
const CURVE: Colour = [109, 179, 255];
pub(super) const ALARM: Colour = [255, 180, 84];
/// A colour that is mixed into what is below, and how much of it it hides.
type Tint = (Colour, f32);

const ABNORMAL: Tint = ([255, 107, 107], 0.3);
const SUSPENDED: Tint = ([156, 163, 175], 0.4);
const UNREADABLE: Tint = ([201, 155, 255], 0.4);
const EVENT: Tint = (ALARM, 1.0);
const CURSOR: Colour = [255, 255, 255];

/// The panel of a video.
#[derive(Debug)]
pub(super) struct Panel<'a> {
    pub(super) video: &'a VideoContents,
    /// The lowest and the highest score of all videos, at the bottom and at the top.
    pub(super) range: (f64, f64),
    /// The score from which on a frame is called odd, where that is known.
    pub(super) threshold: Option<f64>,
    /// Where the panel begins.
    pub(super) top: usize,
    pub(super) width: usize,
}

impl Panel<'_> {
    /// Draws the panel as it is at a frame, given by its index.
    pub(super) fn draw(&self, canvas: &mut Canvas, index: usize) {
        let whole = Area {
            left: 0,
            top: self.top,
            width: self.width,
            height: HEIGHT,
        };
        canvas.fill(whole, PANEL);
        let room = letters_in(self.width.saturating_sub(TEXT_LEFT), TEXT_SIZE);
        let (second, third) = wrap_text(&self.explain_frame(index), room);
        let lines = [self.describe_frame(index), second, third];
        for (line, top) in lines.iter().zip(LINES_TOP) {
            canvas.write(TEXT_LEFT, self.top + top, line, TEXT_SIZE, TEXT);
        }
        let shown = self.shown_frames(index);
        self.draw_ground(canvas, whole, &shown);
        if let Some(threshold) = self.threshold {
            self.draw_threshold(canvas, threshold);
        }
        self.draw_curve(canvas, &shown);
        let x = self.column_of(index, &shown);
        let top = self.top + CURVE_TOP;
        let (from, to) = ((x, top as f64), (x, (top + CURVE_HEIGHT - 1) as f64));
        canvas.line(from, to, 1, CURSOR);
    }

    /// Draws what is below the curve: labels and states, and the marks of events.
    fn draw_ground(&self, canvas: &mut Canvas, whole: Area, shown: &Range<usize>) {
        let curve = Area {
            top: self.top + CURVE_TOP,
            height: CURVE_HEIGHT,
            ..whole
        };
        canvas.fill(curve, CARD);
        let video = self.video;
        self.shade_runs(canvas, curve, shown, &video.abnormal_runs(), ABNORMAL);
        for (state, tint) in [
            (FrameState::Suspended, SUSPENDED),
            (FrameState::Unreadable, UNREADABLE),
        ] {
            self.shade_runs(canvas, curve, shown, &video.state_runs(state), tint);
        }
        let events = video.events.iter();
        let events: Vec<_> = events.map(|(_, event)| video.event_span(event)).collect();
        let marks = Area {
            top: self.top + MARKS_TOP,
            height: MARKS_HEIGHT,
            ..whole
        };
        self.shade_runs(canvas, marks, shown, &events, EVENT);
    }

    fn draw_curve(&self, canvas: &mut Canvas, shown: &Range<usize>) {
        let scores = self.video.scores.values();
        let mut before = None;
        for index in shown.clone() {
            let point = (self.column_of(index, shown), self.row_of(scores[index]));
            canvas.line(before.unwrap_or(point), point, THICK, CURVE);
            before = Some(point);
        }
    }

    /// The indices of the frames whose scores are visible: all of a short video, otherwise those around the current one.
    fn shown_frames(&self, index: usize) -> Range<usize> {
        let frames = self.video.scores.len();
        let span = SPAN.min(self.width);
        if frames <= span {
            return 0..frames;
        }
        let start = index.saturating_sub(span / 2).min(frames - span);
        start..start + span
    }

    /// The middle of the columns of a frame.
    fn column_of(&self, index: usize, shown: &Range<usize>) -> f64 {
        let place = index as f64 - shown.start as f64 + 0.5;
        place * self.width as f64 / shown.len() as f64
    }

    /// The row at which a score is drawn.
    fn row_of(&self, score: f64) -> f64 {
        let (low, high) = self.range;
        let share = if high > low {
            (score - low) / (high - low)
        } else {
            0.5
        };
        let bottom = (self.top + CURVE_TOP + CURVE_HEIGHT) as f64 - MARGIN;
        bottom - share * (CURVE_HEIGHT as f64 - 2.0 * MARGIN)
    }

    fn draw_threshold(&self, canvas: &mut Canvas, threshold: f64) {
        let y = self.row_of(threshold);
        for start in (0..self.width).step_by(2 * DASH) {
            let end = (start + DASH) as f64;
            canvas.line((start as f64, y), (end, y), 2, ALARM);
        }
    }

    /// Shades the columns of runs of frames.
    fn shade_runs(
        &self,
        canvas: &mut Canvas,
        area: Area,
        shown: &Range<usize>,
        runs: &[(usize, usize)],
        (colour, opacity): Tint,
    ) {
        let frame_width = self.width as f64 / shown.len() as f64;
        for (from, to) in runs {
            let (from, to) = ((*from).max(shown.start), (*to).min(shown.end));
            if from >= to {
                continue;
            }
            let left = ((from - shown.start) as f64 * frame_width).round() as usize;
            let right = ((to - shown.start) as f64 * frame_width).round() as usize;
            let run = Area {
                left,
                width: (right - left).max(1),
                ..area
            };
            canvas.shade(run, colour, opacity);
        }
    }

    /// The first line: which frame, when, and its score.
    fn describe_frame(&self, index: usize) -> String {
        let frame = self.video.scores.numbers()[index];
        let mut line = format!("video {}  frame {frame}", self.video.scores.id());
        if let Some(seconds) = self.video.clock.seconds_of(frame.0) {
            put!(&mut line, "  {}", format_time(seconds));
        }
        put!(
            &mut line,
            "  score {}",
            format_score(self.video.scores.values()[index])
        );
        if let Some(threshold) = self.threshold {
            put!(&mut line, "  alarm from {}", format_score(threshold));
        }
        line
    }

    /// The other lines: what is wrong with the frame, or why it has its score.
    fn explain_frame(&self, index: usize) -> String {
        let frame: FrameNumber = self.video.scores.numbers()[index];
        if let Some(row) = self.video.states.get(&index) {
            return format!("{}: {}", row.state, row.reason);
        }
        self.video.reason(frame).unwrap_or_default().to_owned()
    }
}

/// Breaks a text in two where the first line is full, between words.
fn wrap_text(text: &str, room: usize) -> (String, String) {
    let full = text.char_indices().nth(room).map(|(at, _)| at);
    let blank = full.and_then(|at| {
        // A word may end with the line.
        let ends = text[at..].starts_with(' ');
        if ends {
            Some(at)
        } else {
            text[..at].rfind(' ')
        }
    });
    match blank {
        Some(at) => (text[..at].to_owned(), text[at + 1..].to_owned()),
        None => (text.to_owned(), String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::video_of;

    #[test]
    fn a_long_reason_is_broken_between_words() {
        let wrap = |room| {
            let (first, second) = wrap_text("seen 0 times before", room);
            format!("{first}|{second}")
        };
        assert_eq!(wrap(19), "seen 0 times before|");
        assert_eq!(wrap(18), "seen 0 times|before");
        assert_eq!(wrap(12), "seen 0 times|before");
        assert_eq!(wrap(11), "seen 0|times before");
        assert_eq!(wrap(3), "seen 0 times before|");
        assert_eq!(wrap_text("é é", 2), ("é".to_owned(), "é".to_owned()));
    }

    const WIDTH: usize = 640;

    fn draw(video: &VideoContents, threshold: Option<f64>, index: usize) -> Canvas {
        let mut canvas = Canvas::new(WIDTH, HEIGHT + 10).unwrap();
        let panel = Panel {
            video,
            range: (0.0, 2.0),
            threshold,
            top: 10,
            width: WIDTH,
        };
        panel.draw(&mut canvas, index);
        canvas
    }

    /// The rows of a column that have this colour, as first and last.
    fn rows_of(canvas: &Canvas, x: usize, colour: Colour) -> Option<(usize, usize)> {
        let is_drawn = |y: &usize| canvas.frame().row(*y).as_chunks::<3>().0[x] == colour;
        let rows: Vec<usize> = (10 + CURVE_TOP..10 + HEIGHT).filter(is_drawn).collect();
        Some((*rows.first()?, *rows.last()?))
    }

    #[test]
    fn the_curve_goes_through_the_scores_of_its_frames() {
        // 64 frames, each 10 columns wide: 0 at the bottom, 2 at the top, 1 in the middle.
        let mut values = vec![0.0; 64];
        values[20..30].fill(2.0);
        values[40..50].fill(1.0);
        let canvas = draw(&video_of(values, None), None, 60);
        let middle =
            |x: usize| rows_of(&canvas, x, CURVE).map(|(from, to)| usize::midpoint(from, to));
        let (top, bottom) = (10 + CURVE_TOP, 10 + CURVE_TOP + CURVE_HEIGHT);
        assert_eq!(middle(105), Some(bottom - 3));
        assert_eq!(middle(255), Some(top + 3));
        assert_eq!(middle(455), Some(usize::midpoint(top, bottom)));
        // The cursor is at the middle of frame 60.
        assert_eq!(rows_of(&canvas, 605, CURSOR), Some((top, bottom - 1)));
        assert_eq!(rows_of(&canvas, 600, CURSOR), None);
    }

    #[test]
    fn a_long_video_moves_through_the_panel() {
        let mut values = vec![0.0; 2000];
        values[1000] = 2.0;
        let video = video_of(values, None);
        let top = 10 + CURVE_TOP;
        // The peak is where its frame is: in the middle, then left of it, then not at all.
        for (index, column) in [(1000, Some(320)), (1150, Some(160)), (1301, None)] {
            let canvas = draw(&video, None, index);
            let at_top = (0..WIDTH)
                .find(|x| rows_of(&canvas, *x, CURVE).is_some_and(|(from, _)| from <= top + 3));
            assert_eq!(at_top.is_some(), column.is_some(), "{index}");
            if let Some(column) = column {
                assert!(at_top.unwrap().abs_diff(column) <= 3, "{at_top:?} {column}");
            }
        }
        // At both ends nothing is empty.
        for index in [0, 1999] {
            let canvas = draw(&video, None, index);
            for x in [5, WIDTH - 5] {
                assert!(rows_of(&canvas, x, CURVE).is_some(), "{index} {x}");
            }
        }
    }

    #[test]
    fn labels_states_events_and_the_threshold_are_drawn() {
        let labels = (0..64).map(|index| index < 8).collect();
        let mut video = video_of(vec![0.0; 64], Some(labels));
        let row = oddframe_pipeline::FrameStateRow {
            video: "1".into(),
            frame: FrameNumber(16),
            state: FrameState::Suspended,
            reason: "covered".to_owned(),
        };
        video.states.insert(16, row);
        let canvas = draw(&video, Some(1.0), 30);
        let y = 10 + CURVE_TOP + 10;
        let pixel = |x: usize| canvas.frame().row(y).as_chunks::<3>().0[x];
        assert_eq!(pixel(300), CARD);
        assert!(pixel(79)[0] > CARD[0] + 40 && pixel(79)[2] < CARD[2] + 30);
        assert_eq!(pixel(80), CARD);
        assert!(pixel(165)[1] > CARD[1] + 30 && pixel(170) == CARD && pixel(159) == CARD);
        let middle = 10 + CURVE_TOP + CURVE_HEIGHT / 2;
        let (from, to) = rows_of(&canvas, 3, ALARM).unwrap();
        assert!(from <= middle && middle <= to + 1, "{from} {to} {middle}");
        let panel = Panel {
            video: &video,
            range: (0.0, 2.0),
            threshold: None,
            top: 0,
            width: WIDTH,
        };
        assert_eq!(panel.explain_frame(16), "suspended: covered");
        assert_eq!(panel.describe_frame(16), "video 1  frame 16  score 0");
    }
}
