use std::collections::HashMap;

use oddframe_core::{FrameNumber, ScoreTable, VideoId};

use crate::error::Error;
use crate::rows::{Row, VideoRows, build_table};

/// Merges tables of different videos, or of different frames of a video.
///
/// ```
/// use oddframe_submit::{ScoreFile, merge};
///
/// let first = ScoreFile::parse(b"video,frame,score\n01,0,0.5\n")?.table;
/// let second = ScoreFile::parse(b"video,frame,score\n01,1,0.25\n02,0,1\n")?.table;
/// let merged = merge(&[first.clone(), second])?;
/// assert_eq!(merged.values().collect::<Vec<_>>(), [0.5, 0.25, 1.0]);
/// assert!(merge(&[first.clone(), first]).is_err());
/// # Ok::<(), oddframe_submit::Error>(())
/// ```
///
/// # Errors
/// When there are no tables, or a frame is in two. The error counts the tables from 1.
pub fn merge(tables: &[ScoreTable]) -> Result<ScoreTable, Error> {
    let mut places: HashMap<&VideoId, usize> = HashMap::new();
    let mut videos: Vec<VideoRows> = Vec::new();
    for (source, table) in tables.iter().enumerate() {
        for video in table.videos() {
            let place = *places.entry(video.id()).or_insert_with(|| {
                videos.push(VideoRows {
                    video: video.id().clone(),
                    rows: Vec::new(),
                });
                videos.len() - 1
            });
            let scores = video
                .numbers()
                .iter()
                .zip(video.values())
                .zip(video.origins());
            // The line number of a row is not needed here; its field stores the index of the table instead.
            videos[place]
                .rows
                .extend(scores.map(|((frame, value), origin)| Row {
                    frame: *frame,
                    value: *value,
                    origin: *origin,
                    line: source,
                }));
        }
    }
    // All overlaps are counted, and the first one is named: one example is enough to find the cause.
    let mut first: Option<(VideoId, FrameNumber, usize, usize)> = None;
    let mut count = 0;
    for video in &mut videos {
        video.rows.sort_by_key(|row| row.frame);
        for pair in video
            .rows
            .chunk_by(|a, b| a.frame == b.frame)
            .filter(|rows| rows.len() > 1)
        {
            count += 1;
            first.get_or_insert_with(|| {
                (
                    video.video.clone(),
                    pair[0].frame,
                    pair[0].line,
                    pair[1].line,
                )
            });
        }
    }
    match first {
        Some((video, frame, a, b)) => Err(Error::Overlap {
            video,
            frame,
            first: a + 1,
            second: b + 1,
            count,
        }),
        None => build_table(videos),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ScoreFile;

    fn of(rows: &str) -> ScoreTable {
        ScoreFile::parse(format!("video,frame,score,origin\n{rows}").as_bytes())
            .unwrap()
            .table
    }

    #[test]
    fn videos_and_frames_are_merged() {
        let parts = [
            of("02,0,5,computed\n"),
            of("01,4,1,computed\n01,6,3,borrowed:4\n"),
            of("1,5,2,constant\n03,0,7,computed\n"),
        ];
        let whole = of(
            "01,4,1,computed\n01,5,2,constant\n01,6,3,borrowed:4\n02,0,5,computed\n03,0,7,computed\n",
        );
        assert_eq!(merge(&parts).unwrap(), whole);
        assert_eq!(merge(&parts[..1]).unwrap(), parts[0]);
        assert!(matches!(
            merge(&[]),
            Err(Error::Core(oddframe_core::Error::Nothing { .. }))
        ));
    }

    #[test]
    fn a_frame_in_two_tables_names_both() {
        let (a, b) = (
            of("01,4,1,computed\n01,6,3,computed\n"),
            of("02,0,0,computed\n"),
        );
        let c = of("1,6,3,computed\n02,0,0,computed\n");
        let error = merge(&[a, b, c]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "video 01: frame 6 is both in table 1 and in table 3 (2 frames occur more than once)"
        );
    }
}
