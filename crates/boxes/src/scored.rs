use std::path::Path;

use oddframe_core::{FrameNumber, ScoredBox, VideoId};

use crate::Error;
use crate::csv::{parse_csv, read_text};
use crate::error::{Problem, invalid};
use crate::table::row::{parse_area, parse_frame, parse_number};

/// The columns of a file of scored boxes.
const COLUMNS: [&str; 7] = ["video", "frame", "x1", "y1", "x2", "y2", "score"];

/// A region of a frame with its anomaly score, as a file names it.
#[derive(Debug, Clone, PartialEq)]
pub struct FrameBox {
    /// The video.
    pub video: VideoId,
    /// The frame's own number.
    pub frame: FrameNumber,
    /// The region and its score.
    pub found: ScoredBox,
}

/// Reads a CSV file of regions that a system found odd, with the columns `video,frame,x1,y1,x2,y2,score`.
///
/// Columns may have any order, and further ones are ignored. Boxes are in pixels of the original frame; `x2` and `y2` are
/// exclusive. The score is any finite number, higher for odder regions.
///
/// # Errors
/// When the file cannot be read, or a line is invalid: the error names the path, the line and the column.
pub fn read_scored_boxes(path: &Path) -> Result<Vec<FrameBox>, Error> {
    parse_scored_boxes(&read_text(path)?).map_err(|error| error.in_file(path))
}

/// Parses the text of such a file.
///
/// ```
/// use oddframe_boxes::parse_scored_boxes;
/// let found = parse_scored_boxes("video,frame,x1,y1,x2,y2,score\n01,005,4,0,8,6,3.5\n")?;
/// assert_eq!((found[0].frame.0, found[0].found.area.area(), found[0].found.score), (5, 24.0, 3.5));
/// # Ok::<(), oddframe_boxes::Error>(())
/// ```
///
/// # Errors
/// When a line is invalid: the error names the line and the column.
pub fn parse_scored_boxes(text: &str) -> Result<Vec<FrameBox>, Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut boxes = Vec::new();
    parse_csv(text, COLUMNS, |fields, line| {
        boxes.push(parse_row(fields).map_err(|problem| invalid(line, problem))?);
        Ok(())
    })?;
    Ok(boxes)
}

fn parse_row(fields: &[&str; 7]) -> Result<FrameBox, Problem> {
    if let Some(place) = fields.iter().position(|field| field.is_empty()) {
        return Err(Problem::EmptyField {
            column: COLUMNS[place],
        });
    }
    let [video, frame, x1, y1, x2, y2, score] = *fields;
    Ok(FrameBox {
        video: VideoId::new(video),
        frame: parse_frame(frame)?,
        found: ScoredBox {
            area: parse_area([x1, y1, x2, y2])?,
            score: parse_number("score", score)?,
        },
    })
}
