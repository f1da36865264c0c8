//! The events of a finished run: `events.json` for programs, `events.csv` for spreadsheets.

use serde::{Deserialize, Serialize};

use super::RunFolder;
use crate::Error;
use crate::files::{read_json, write_csv, write_json};

/// An event: consecutive frames of one video whose calibrated scores are high.
///
/// ```
/// use oddframe_pipeline::EventRecord;
///
/// let text = r#"{"video": "03", "start": 61, "end": 180, "start_seconds": 2.4, "end_seconds": 7.2, "peak": 95,
///     "peak_score": 6.2, "severity": 144.5, "area": [12, 40, 30, 84], "system": "objects", "cue": "speed",
///     "reason": "3.1 times the usual speed here"}"#;
/// let event: EventRecord = serde_json::from_str(text)?;
/// assert_eq!((event.start, event.end, event.area), (61, 180, Some([12.0, 40.0, 30.0, 84.0])));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventRecord {
    /// The name of the video.
    pub video: String,
    /// The number of the first frame.
    pub start: u64,
    /// The number of the last frame.
    pub end: u64,
    /// When the first frame is shown, in seconds from the start of the video, where the frame rate is known.
    pub start_seconds: Option<f64>,
    /// When the last frame stops being shown.
    pub end_seconds: Option<f64>,
    /// The number of the frame with the highest score.
    pub peak: u64,
    /// Its score: −log10 of the share of normal frames that score as high.
    pub peak_score: f64,
    /// The sum over all frames of how far the score is above the threshold.
    pub severity: f64,
    /// The box with the highest score at the peak: left, top, right, bottom in pixels of the original frame.
    pub area: Option<[f64; 4]>,
    /// The fused system with the highest calibrated score at the peak. Box, cue and reason are its own.
    pub system: Option<String>,
    /// The cue that decided: `speed`, `appearance`.
    pub cue: Option<String>,
    /// Why the frames are odd: one sentence.
    pub reason: Option<String>,
}

/// The file `events.json`: the events of a run, and the threshold that they exceed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventsFile {
    /// The score at which an event starts.
    pub threshold: f64,
    /// What the threshold was chosen by: `normal scores` or `test labels`.
    pub threshold_from: String,
    /// The false alarms to expect in an hour of normal video at this threshold.
    pub false_alarms_per_hour: f64,
    /// A 95 % interval of that number; none where the normal footage is too short for one.
    pub interval: Option<[f64; 2]>,
    /// The events, in the order of the videos and frames.
    pub events: Vec<EventRecord>,
}

impl RunFolder {
    /// Reads the events of a finished run: `events.json`.
    ///
    /// # Errors
    /// When the file is damaged, or missing: only runs whose recipe has a section `[calibration]` have events.
    pub fn read_events(&self) -> Result<Vec<EventRecord>, Error> {
        Ok(self.read_events_file()?.events)
    }

    /// Reads the events together with the threshold that they exceed.
    ///
    /// # Errors
    /// As [`Self::read_events`].
    pub fn read_events_file(&self) -> Result<EventsFile, Error> {
        let path = self.events_file();
        if !path.exists() {
            return Err(Error::NoEvents {
                path: self.path().to_path_buf(),
            });
        }
        read_json(&path)
    }

    /// Writes `events.csv` and `events.json`.
    pub(crate) fn write_events(&self, file: &EventsFile) -> Result<(), Error> {
        write_csv(
            &self.events_table_file(),
            &COLUMNS,
            file.events.iter().map(table_row),
        )?;
        write_json(&self.events_file(), file)
    }
}

const COLUMNS: [&str; 15] = [
    "video",
    "start",
    "end",
    "start_seconds",
    "end_seconds",
    "peak",
    "peak_score",
    "severity",
    "left",
    "top",
    "right",
    "bottom",
    "system",
    "cue",
    "reason",
];

fn table_row(event: &EventRecord) -> Vec<String> {
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let side = |place: usize| number(event.area.map(|area| area[place]));
    vec![
        event.video.clone(),
        event.start.to_string(),
        event.end.to_string(),
        number(event.start_seconds),
        number(event.end_seconds),
        event.peak.to_string(),
        event.peak_score.to_string(),
        event.severity.to_string(),
        side(0),
        side(1),
        side(2),
        side(3),
        text(&event.system),
        text(&event.cue),
        text(&event.reason),
    ]
}
