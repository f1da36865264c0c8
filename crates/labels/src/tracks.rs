use std::collections::BTreeMap;
use std::io::BufRead;

use oddframe_core::{FrameNumber, Rect, Track, VideoId};

use crate::Error;
use crate::rows::{Row, Rows};

const COLUMNS: [&str; 7] = ["video", "track", "frame", "left", "top", "right", "bottom"];

/// Parses the boxes of tracked abnormal objects: a table with the header
/// `video,track,frame,left,top,right,bottom`, one box per row, rows in any order.
///
/// The tracks are in natural order of their videos, the boxes in order of their frames.
pub(crate) fn parse_tracks(input: impl BufRead) -> Result<Vec<Track>, Error> {
    let mut rows = Rows::new(input, &COLUMNS)?;
    // Ordered maps give natural order of videos and rising frames without a final sort. The line is kept for
    // errors.
    let mut tracks: BTreeMap<(VideoId, u64), BTreeMap<FrameNumber, (Rect, u64)>> = BTreeMap::new();
    while let Some(row) = rows.next_row()? {
        let video = VideoId::new(row.text(0));
        let id = row.parse(1, "a whole number")?;
        let frame = FrameNumber(row.parse(2, "a whole number")?);
        let rect = Rect {
            left: parse_pixel(&row, 3)?,
            top: parse_pixel(&row, 4)?,
            right: parse_pixel(&row, 5)?,
            bottom: parse_pixel(&row, 6)?,
        };
        if rect.left >= rect.right || rect.top >= rect.bottom {
            return Err(Error::EmptyBox { line: row.line });
        }
        let line = row.line;
        let boxes = tracks.entry((video.clone(), id)).or_default();
        if let Some((_, first)) = boxes.insert(frame, (rect, line)) {
            return Err(Error::FrameTwice {
                line,
                first,
                video,
                frame,
            });
        }
    }
    let tracks = tracks.into_iter().map(|((video, id), boxes)| Track {
        video,
        id,
        boxes: boxes
            .into_iter()
            .map(|(frame, (rect, _))| (frame, rect))
            .collect(),
    });
    Ok(tracks.collect())
}

/// A coordinate: a finite number.
fn parse_pixel(row: &Row<'_>, column: usize) -> Result<f64, Error> {
    let value: f64 = row.parse(column, "a number")?;
    if value.is_finite() {
        Ok(value)
    } else {
        Err(row.unexpected(column, "a number"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEADER: &str = "video,track,frame,left,top,right,bottom\n";

    #[test]
    fn boxes_are_gathered_by_video_and_track() {
        let rows = "2,1,0,0,0,1,1\n1,7,5,1,2,3.5,4\n01,7,4,0,0,2,2\n1,8,4,0,0,2,2\n";
        let tracks = parse_tracks(format!("{HEADER}{rows}").as_bytes()).unwrap();
        let ids: Vec<_> = tracks
            .iter()
            .map(|t| (t.video.name(), t.id, t.boxes.len()))
            .collect();
        assert_eq!(ids, [("1", 7, 2), ("1", 8, 1), ("2", 1, 1)]);
        let second = Rect {
            left: 1.0,
            top: 2.0,
            right: 3.5,
            bottom: 4.0,
        };
        assert_eq!(tracks[0].boxes[1], (FrameNumber(5), second));
        assert!(parse_tracks(HEADER.as_bytes()).unwrap().is_empty());
    }

    fn error_message(rows: &str) -> String {
        parse_tracks(format!("{HEADER}{rows}").as_bytes())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn wrong_rows_are_named() {
        assert_eq!(
            error_message("1,1,0,0,0,NaN,1\n"),
            "line 2: `NaN` is not a valid right; expected a number"
        );
        assert_eq!(
            error_message("1,1,0,x,0,1,1\n"),
            "line 2: `x` is not a valid left; expected a number"
        );
        assert!(error_message("1,1,0,0,1,1,1\n").starts_with("line 2: the box is empty"));
        assert_eq!(
            error_message("1,1,0,0,0,1,1\n1,1,0,0,0,1,1\n"),
            "line 3: frame 0 of video 1 was already given in line 2"
        );
        assert!(
            parse_tracks(&b"video,frame\n"[..])
                .unwrap_err()
                .to_string()
                .contains("`track`")
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_tracks_or_an_error(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
            end in 0_usize..100,
            behind in prop::collection::vec(any::<u8>(), 0..50),
        ) {
            let right = format!("{HEADER}1,1,0,0,0,2.5,1\n1,1,1,0,0,2.5,1\n").into_bytes();
            let mut changed = right.clone();
            for (place, byte) in changes {
                let place = place.index(changed.len());
                // Flips single bits and sets whole bytes.
                changed[place] = if byte < 32 { changed[place] ^ (1 << (byte % 8)) } else { byte };
            }
            changed.truncate(end);
            for bytes in [changed, [right, behind.clone()].concat(), [HEADER.as_bytes(), &behind].concat()] {
                for track in parse_tracks(&bytes[..]).unwrap_or_default() {
                    prop_assert!(track.boxes.iter().all(|(_, r)| r.left < r.right && r.top < r.bottom));
                }
            }
        }
    }
}
