//! The submission of a run.

use std::path::Path;

use oddframe_core::{ScoreTable, VideoScores};
use oddframe_submit::{FileFormat, IdRule, Schema, write_scores};

use crate::Error;

/// Writes the submission of a run. The usual ids are `{video}_{frame}`, two plain numbers.
///
/// Where the names of the videos do not lead to distinct numbers, ids have the whole names instead, so that no row is lost;
/// the note says so.
pub(crate) fn write_submission(path: &Path, scores: &ScoreTable) -> Result<Option<String>, Error> {
    let rule = IdRule::unambiguous_for(scores.videos().iter().map(VideoScores::id));
    write_scores(
        path,
        scores,
        &FileFormat::Submission(Schema::default().with_id_rule(rule)),
    )?;
    if rule == IdRule::VideoNumber {
        return Ok(None);
    }
    // The note lists the names, which show where a number is missing or occurs twice.
    let names: Vec<&str> = scores
        .videos()
        .iter()
        .map(|video| video.id().name())
        .collect();
    Ok(Some(format!(
        "the ids of submission.csv hold whole video names, because the numbers in the names of the videos ({}) are missing \
         or not distinct; `oddframe check` and `complete` do not know such ids",
        names.join(", ")
    )))
}
