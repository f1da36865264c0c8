//! Submissions of contests.

use std::path::{Path, PathBuf};

use oddframe::core::VideoScores;
use oddframe::submit::{
    self, CompleteOptions, FileFormat, IdRule, Ids, Schema, Unknown, check_path, complete,
    write_in_order,
};
use pyo3::prelude::*;

use crate::errors::{Failure, run};
use crate::scores::Scores;

/// The kind of a problem and its message.
type ProblemRow = (String, String);

/// Whether a submission is valid, and all its problems in a few lines.
#[pyfunction]
pub(crate) fn check_submission(
    py: Python<'_>,
    path: PathBuf,
    ids: PathBuf,
) -> PyResult<(bool, String, Vec<ProblemRow>)> {
    run(py, || {
        let ids = read_ids(&ids)?;
        let report = check_path(&path, &Schema::default(), &ids).map_err(Failure::general)?;
        let problems = report.problems.iter();
        let problems = problems.map(|problem| (problem.kind().to_owned(), problem.to_string()));
        Ok((report.is_valid(), report.to_string(), problems.collect()))
    })
}

/// Scores for all expected ids: the new scores, how many were filled in, and how many were left out.
#[pyfunction]
pub(crate) fn complete_scores(
    py: Python<'_>,
    scores: &Scores,
    ids: PathBuf,
    policy: &str,
    drop_unknown: bool,
) -> PyResult<(Scores, usize, usize)> {
    run(py, || {
        let policy = policy.parse().map_err(Failure::argument)?;
        let mut options = CompleteOptions::new(policy);
        if drop_unknown {
            options = options.with_unknown(Unknown::Drop);
        }
        let completed = complete(&scores.table, &read_ids(&ids)?, options);
        let completed = completed.map_err(Failure::argument)?;
        let filled = completed.filled_frames();
        let dropped = completed.dropped;
        let table = completed.table;
        Ok((Scores { table }, filled, dropped))
    })
}

/// Writes a submission, in the order of the ids where they are named.
#[pyfunction]
pub(crate) fn write_submission(
    py: Python<'_>,
    scores: &Scores,
    path: PathBuf,
    ids: Option<PathBuf>,
) -> PyResult<()> {
    run(py, || {
        let table = &scores.table;
        if let Some(ids) = ids {
            let written = write_in_order(&path, table, &Schema::default(), &read_ids(&ids)?);
            return written.map_err(Failure::general);
        }
        let names = table.videos().iter().map(VideoScores::id);
        let schema = Schema::default().with_id_rule(IdRule::unambiguous_for(names));
        submit::write_scores(&path, table, &FileFormat::Submission(schema))
            .map_err(Failure::general)
    })
}

fn read_ids(path: &Path) -> Result<Ids, Failure> {
    Ids::read(path).map_err(Failure::general)
}
