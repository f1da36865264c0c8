use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use oddframe_core::{FrameNumber, Labels, VideoId, VideoLabels};

use crate::Error;
use crate::rows::Rows;

/// One row of a label file.
struct Label {
    frame: FrameNumber,
    abnormal: bool,
    line: u64,
}

/// Reads a CSV file with another yes-or-no value per frame: `video,frame,COLUMN` rows in any order, such as
/// the `flips.csv` and `noise.csv` of a synthetic data set.
///
/// ```
/// use oddframe_core::FrameNumber;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("flips.csv");
/// std::fs::write(&path, "video,frame,flipped\n1,4,0\n1,5,1\n")?;
/// let flips = oddframe_labels::read_flags(&path, "flipped")?;
/// assert_eq!(flips.video(&"01".into()).and_then(|v| v.get(FrameNumber(5))), Some(true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the file cannot be read, a column is missing, a row is invalid or a frame occurs twice. The error
/// names the file and the line.
pub fn read_flags(path: &Path, column: &'static str) -> Result<Labels, Error> {
    let file = File::open(path).map_err(|e| Error::from(e).in_file(path))?;
    read_column(BufReader::new(file), column).map_err(|e| e.in_file(path))
}

/// Reads `video,frame,label` rows, in any order.
pub(crate) fn read_table(input: impl BufRead) -> Result<Labels, Error> {
    read_column(input, "label")
}

fn read_column(input: impl BufRead, column: &'static str) -> Result<Labels, Error> {
    let mut rows = Rows::new(input, &["video", "frame", column])?;
    // Rows are grouped first and sorted per video: files are often shuffled or sorted by text.
    let mut videos: BTreeMap<VideoId, Vec<Label>> = BTreeMap::new();
    while let Some(row) = rows.next_row()? {
        let frame = FrameNumber(row.parse(1, "a whole number")?);
        let abnormal = match row.text(2) {
            "0" => false,
            "1" => true,
            _ => return Err(row.unexpected(2, "0 or 1")),
        };
        if row.text(0).is_empty() {
            return Err(row.unexpected(0, "the name of the video"));
        }
        let label = Label {
            frame,
            abnormal,
            line: row.line,
        };
        videos.entry(row.text(0).into()).or_default().push(label);
    }
    let labelled = videos.into_iter().map(|(id, mut labels)| {
        // The sort is stable, so the later of two rows for one frame is reported as the second.
        labels.sort_by_key(|l| l.frame);
        if let Some(w) = labels.windows(2).find(|w| w[0].frame == w[1].frame) {
            return Err(Error::FrameTwice {
                line: w[1].line,
                first: w[0].line,
                video: id,
                frame: w[1].frame,
            });
        }
        let numbers = labels.iter().map(|l| l.frame).collect();
        Ok(VideoLabels::new(
            id,
            numbers,
            labels.iter().map(|l| l.abnormal).collect(),
        )?)
    });
    Ok(Labels::new(labelled.collect::<Result<_, Error>>()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(csv: &str) -> Result<Labels, Error> {
        read_table(csv.as_bytes())
    }

    #[test]
    fn rows_may_come_in_any_order_with_other_columns() {
        let labels =
            read("\u{feff}frame,note,label,video\r\n5,x,1,01\r\n4,,0,1\r\n0,,1,2\r\n").unwrap();
        assert_eq!((labels.len(), labels.positives()), (3, 2));
        let first = labels.video(&"001".into()).unwrap();
        assert_eq!(first.numbers(), [FrameNumber(4), FrameNumber(5)]);
        assert_eq!(first.abnormal(), [false, true]);
    }

    #[test]
    fn flags_are_read_from_their_own_column() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("flips.csv");
        std::fs::write(&path, "video,frame,flipped\n1,4,0\n1,5,1\n").unwrap();
        let flags = read_flags(&path, "flipped").unwrap();
        assert_eq!(flags.video(&"01".into()).unwrap().abnormal(), [false, true]);
        let error = read_flags(&path, "noisy").unwrap_err().to_string();
        assert!(
            error.contains(
                "flips.csv: line 1: the header `video,frame,flipped` has no column `noisy`"
            ),
            "{error}"
        );
        assert!(read_flags(&folder.path().join("no.csv"), "noisy").is_err());
    }

    fn error_message(rows: &str) -> String {
        read(&format!("video,frame,label\n{rows}"))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn wrong_rows_are_named() {
        assert_eq!(
            error_message("1,0,0\n1,1,2\n"),
            "line 3: `2` is not a valid label; expected 0 or 1"
        );
        assert_eq!(
            error_message("1,0,NaN\n"),
            "line 2: `NaN` is not a valid label; expected 0 or 1"
        );
        assert_eq!(
            error_message("1,-1,0\n"),
            "line 2: `-1` is not a valid frame; expected a whole number"
        );
        assert_eq!(
            error_message(",1,0\n"),
            "line 2: `` is not a valid video; expected the name of the video"
        );
        assert_eq!(
            error_message("01,7,0\n2,7,0\n1,7,0\n"),
            "line 4: frame 7 of video 01 was already given in line 2"
        );
        assert_eq!(error_message(""), "there is no labelled video");
    }
}
