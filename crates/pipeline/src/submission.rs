//! The submission of a run.

use std::path::Path;

use oddframe_core::{ScoreTable, VideoScores};
use oddframe_submit::{FileFormat, IdRule, Schema, write_scores};

use crate::Error;

/// Writes the submission of a run. The usual ids are `{video}_{frame}`, two plain numbers.
///
/// Where the names of the videos do not lead to distinct numbers, ids have the whole names instead, so that no row is lost;
/// the note says so. Recordings whose names have no number at all are those of no contest, and need no note.
pub(crate) fn write_submission(path: &Path, scores: &ScoreTable) -> Result<Option<String>, Error> {
    let rule = IdRule::unambiguous_for(scores.videos().iter().map(VideoScores::id));
    write_scores(
        path,
        scores,
        &FileFormat::Submission(Schema::default().with_id_rule(rule)),
    )?;
    let is_numbered = |video: &VideoScores| video.id().number().is_some();
    if rule == IdRule::VideoNumber || !scores.videos().iter().any(is_numbered) {
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

#[cfg(test)]
mod tests {
    use oddframe_core::{FrameNumber, Origin};

    use super::*;

    #[test]
    fn the_note_is_for_names_with_numbers_that_are_no_ids() {
        let folder = tempfile::tempdir().unwrap();
        let note = |names: &[&str]| {
            let video = |name: &&str| {
                let (number, origin) = (FrameNumber(0), Origin::Computed);
                VideoScores::from_parts((*name).into(), vec![number], vec![1.0], vec![origin])
                    .unwrap()
            };
            let scores = ScoreTable::new(names.iter().map(video).collect()).unwrap();
            write_submission(&folder.path().join("submission.csv"), &scores).unwrap()
        };
        assert_eq!(note(&["01", "02"]), None);
        assert_eq!(note(&["recording"]), None);
        assert_eq!(note(&["monday", "tuesday"]), None);
        let same = note(&["01_0014", "01_0015", "gate"]).unwrap();
        assert!(same.contains("01_0014") && same.contains("gate"), "{same}");
    }
}
