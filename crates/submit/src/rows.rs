use oddframe_core::{FrameNumber, Origin, ScoreTable, VideoId, VideoScores};

use crate::error::Error;
use crate::id::Id;
use crate::id_rule::IdRule;
use crate::problem::Problem;

/// One score and its line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) frame: FrameNumber,
    pub(crate) value: f64,
    pub(crate) origin: Origin,
    pub(crate) line: usize,
}

/// The rows of one video in the order of the file.
#[derive(Debug)]
pub(crate) struct VideoRows {
    pub(crate) video: VideoId,
    pub(crate) rows: Vec<Row>,
}

impl VideoRows {
    /// Sorts by frame. If a frame occurs twice, `twice` becomes the problem of the earliest repeated line in
    /// the file. `rule` is the rule of the file's ids, if it has ids.
    pub(crate) fn sort_rows(&mut self, rule: Option<IdRule>, twice: &mut Option<Problem>) {
        // Most files are sorted already, and rising frames cannot repeat.
        if self.rows.windows(2).all(|w| w[0].frame < w[1].frame) {
            return;
        }
        // The sort is stable, so the earlier of two lines with one frame stays first.
        self.rows.sort_by_key(|row| row.frame);
        let pairs = self.rows.windows(2).filter(|w| w[0].frame == w[1].frame);
        // The earliest repeated line of this video; the caller keeps the earliest of all videos.
        let Some(pair) = pairs.min_by_key(|w| w[1].line) else {
            return;
        };
        let (line, first_line, frame) = (pair[1].line, pair[0].line, pair[1].frame);
        if twice
            .as_ref()
            .and_then(Problem::line)
            .is_none_or(|before| line < before)
        {
            let id = match (rule, self.video.number()) {
                (Some(IdRule::VideoNumber), Some(video)) => Id { video, frame }.to_string(),
                (Some(IdRule::VideoName), _) => format!("{}_{frame}", self.video),
                _ => format!("frame {frame} of video {}", self.video),
            };
            *twice = Some(Problem::Duplicate {
                line,
                first_line,
                id: id.into(),
            });
        }
    }

    /// The scores of the sorted rows.
    pub(crate) fn into_scores(self) -> Result<VideoScores, Error> {
        let numbers = self.rows.iter().map(|row| row.frame).collect();
        let values = self.rows.iter().map(|row| row.value).collect();
        let origins = self.rows.iter().map(|row| row.origin).collect();
        Ok(VideoScores::from_parts(
            self.video, numbers, values, origins,
        )?)
    }
}

/// The table of videos with sorted rows.
pub(crate) fn build_table(videos: Vec<VideoRows>) -> Result<ScoreTable, Error> {
    let scores = videos
        .into_iter()
        .map(VideoRows::into_scores)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(ScoreTable::new(scores)?)
}
