//! Which frames of a run cannot be relied on: `states.csv`, with a row for each frame that is not in order.

use std::fmt;
use std::fs;
use std::str::FromStr;

use oddframe_core::{CsvSplitter, FrameNumber, VideoId};

use super::RunFolder;
use crate::Error;
use crate::files::write_csv;

const COLUMNS: [&str; 4] = ["video", "frame", "state", "reason"];

/// Whether the score of a frame can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameState {
    /// The camera shows what it shows as a rule.
    Ok,
    /// Something is wrong with the whole picture, so its anomaly score means nothing.
    Suspended,
    /// The frame could not be decoded; its score is that of another frame.
    Unreadable,
}

impl FrameState {
    const NAMES: [(Self, &'static str); 3] = [
        (Self::Ok, "ok"),
        (Self::Suspended, "suspended"),
        (Self::Unreadable, "unreadable"),
    ];
}

impl fmt::Display for FrameState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(state, _)| state == self);
        f.write_str(name.map_or("", |(_, name)| name))
    }
}

impl FromStr for FrameState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::NAMES.iter().find(|(_, name)| *name == text);
        found
            .map(|(state, _)| *state)
            .ok_or_else(|| format!("`{text}` is not a state; known are ok, suspended, unreadable"))
    }
}

/// A frame that is not in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameStateRow {
    /// The video.
    pub video: VideoId,
    /// The number of the frame.
    pub frame: FrameNumber,
    /// Its state.
    pub state: FrameState,
    /// Why, for people. For a suspended frame it begins with the name of the problem: `covered: …`.
    pub reason: String,
}

/// The states of the frames of a run. A frame without a row is in order.
///
/// ```
/// use oddframe_pipeline::{FrameState, FrameStateRow, FrameStates};
///
/// let row = FrameStateRow {
///     video: "01".into(),
///     frame: oddframe_core::FrameNumber(7),
///     state: FrameState::Suspended,
///     reason: "covered: 0.02 of the usual contrast".to_owned(),
/// };
/// let states = FrameStates::new(vec![row]);
/// assert_eq!(states.state_of(&"1".into(), oddframe_core::FrameNumber(7)), FrameState::Suspended);
/// assert_eq!(states.state_of(&"1".into(), oddframe_core::FrameNumber(8)), FrameState::Ok);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FrameStates {
    /// Ordered by video and frame.
    rows: Vec<FrameStateRow>,
}

impl FrameStates {
    /// The states of these frames; all others are in order. Of two rows for one frame the first counts.
    pub fn new(mut rows: Vec<FrameStateRow>) -> Self {
        rows.sort_by(|a, b| (&a.video, a.frame).cmp(&(&b.video, b.frame)));
        rows.dedup_by(|later, first| later.video == first.video && later.frame == first.frame);
        Self { rows }
    }

    /// The frames that are not in order, by video and frame.
    pub fn rows(&self) -> &[FrameStateRow] {
        &self.rows
    }

    /// The row of a frame; none when it is in order.
    pub fn row(&self, video: &VideoId, frame: FrameNumber) -> Option<&FrameStateRow> {
        let place = self
            .rows
            .binary_search_by(|row| (&row.video, row.frame).cmp(&(video, frame)));
        place.ok().map(|place| &self.rows[place])
    }

    /// The state of a frame.
    pub fn state_of(&self, video: &VideoId, frame: FrameNumber) -> FrameState {
        self.row(video, frame)
            .map_or(FrameState::Ok, |row| row.state)
    }
}

impl RunFolder {
    /// The frames that are not in order, with their reasons.
    pub fn states_file(&self) -> std::path::PathBuf {
        self.path().join("states.csv")
    }

    /// Reads which frames are suspended or could not be decoded. All frames are in order when the run wrote no such file.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged; the message names the line.
    pub fn read_states(&self) -> Result<FrameStates, Error> {
        let path = self.states_file();
        if !path.exists() {
            return Ok(FrameStates::default());
        }
        let text = fs::read_to_string(&path).map_err(Error::io("read", &path))?;
        parse_states(&text).map_err(Error::damaged(&path))
    }

    pub(crate) fn write_states(&self, states: &FrameStates) -> Result<(), Error> {
        let rows = states.rows().iter().map(|row| {
            vec![
                row.video.name().to_owned(),
                row.frame.to_string(),
                row.state.to_string(),
                row.reason.clone(),
            ]
        });
        write_csv(&self.states_file(), &COLUMNS, rows)
    }
}

fn parse_states(text: &str) -> Result<FrameStates, String> {
    let mut lines = (1..).zip(text.lines());
    let expected = COLUMNS.join(",");
    match lines.next() {
        Some((_, header)) if header == expected => {}
        header => {
            let found = header.map_or("nothing", |(_, header)| header);
            return Err(format!("line 1: the columns are {expected}, found {found}"));
        }
    }
    let (mut rows, mut fields) = (Vec::new(), Vec::new());
    for (line, text) in lines {
        let split = CsvSplitter::new(',').split_line(text, &mut fields);
        let [video, frame, state, reason] = &fields[..] else {
            return Err(format!("line {line}: {} columns, expected 4", fields.len()));
        };
        if !split {
            return Err(format!("line {line}: a quoted field is not closed"));
        }
        let number = frame
            .parse()
            .map_err(|_| format!("line {line}: `{frame}` is not a frame number"))?;
        rows.push(FrameStateRow {
            video: VideoId::new(video),
            frame: FrameNumber(number),
            state: state
                .parse()
                .map_err(|error| format!("line {line}: {error}"))?,
            reason: reason.to_string(),
        });
    }
    Ok(FrameStates::new(rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_lines_are_reported() {
        let header = "video,frame,state,reason\n";
        for (rows, says) in [
            ("1,2,suspended", "line 2: 3 columns"),
            ("1,2,ok,\n1,x,ok,", "line 3: `x` is not a frame number"),
            (
                "1,2,fine,",
                "line 2: `fine` is not a state; known are ok, suspended",
            ),
            ("1,2,ok,\"a", "line 2: "),
        ] {
            let error = parse_states(&format!("{header}{rows}")).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
        assert!(parse_states("").unwrap_err().contains("found nothing"));
        assert!(parse_states("a,b").unwrap_err().contains("found a,b"));
        assert_eq!(parse_states(header), Ok(FrameStates::default()));
    }

    #[test]
    fn states_are_ordered_and_found() {
        let text = "video,frame,state,reason\n10,3,unreadable,\"a, b\"\n2,7,suspended,moved: x\n2,7,unreadable,\n";
        let states = parse_states(text).unwrap();
        assert_eq!(states.rows().len(), 2);
        assert_eq!(states.rows()[0].reason, "moved: x");
        assert_eq!(
            states.state_of(&"02".into(), FrameNumber(7)),
            FrameState::Suspended
        );
        assert_eq!(
            states.row(&"10".into(), FrameNumber(3)).unwrap().reason,
            "a, b"
        );
        assert_eq!(
            states.state_of(&"10".into(), FrameNumber(7)),
            FrameState::Ok
        );
    }
}
