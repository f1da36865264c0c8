use oddframe_core::{FrameNumber, Origin, ScoreTable, VideoId, VideoScores};

use crate::{Error, Id, Problem};

/// One score, and the line it is on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) frame: FrameNumber,
    pub(crate) value: f64,
    pub(crate) origin: Origin,
    pub(crate) line: usize,
}

/// Rows of one video, in the file's order.
#[derive(Debug)]
pub(crate) struct VideoRows {
    pub(crate) video: VideoId,
    pub(crate) rows: Vec<Row>,
}

impl VideoRows {
    /// Sorts by frame; the first line, in the file's order, whose frame was there before goes to `twice`.
    pub(crate) fn sort(&mut self, submission: bool, twice: &mut Option<Problem>) {
        if self.rows.windows(2).all(|w| w[0].frame < w[1].frame) {
            return;
        }
        // Stable, so that of equal frames the earlier line stays first.
        self.rows.sort_by_key(|row| row.frame);
        let pairs = self.rows.windows(2).filter(|w| w[0].frame == w[1].frame);
        let Some(pair) = pairs.min_by_key(|w| w[1].line) else { return };
        let (line, first_line, frame) = (pair[1].line, pair[0].line, pair[1].frame);
        if twice.as_ref().and_then(Problem::line).is_none_or(|before| line < before) {
            let id = match self.video.number() {
                Some(video) if submission => Id { video, frame }.to_string(),
                _ => format!("frame {frame} of video {}", self.video),
            };
            *twice = Some(Problem::Duplicate { line, first_line, id: id.into() });
        }
    }

    /// The scores, whose rows are sorted.
    pub(crate) fn scores(self) -> Result<VideoScores, Error> {
        let numbers = self.rows.iter().map(|row| row.frame).collect();
        let values = self.rows.iter().map(|row| row.value).collect();
        let origins = self.rows.iter().map(|row| row.origin).collect();
        Ok(VideoScores::from_parts(self.video, numbers, values, origins)?)
    }
}

/// The table of videos whose rows are sorted.
pub(crate) fn table(videos: Vec<VideoRows>) -> Result<ScoreTable, Error> {
    let scores = videos.into_iter().map(VideoRows::scores).collect::<Result<Vec<_>, _>>()?;
    Ok(ScoreTable::new(scores)?)
}
