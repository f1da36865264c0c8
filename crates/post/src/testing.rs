//! Helpers for the tests of several files.

use oddframe_core::{FrameNumber, Origin, ScoreTable, VideoScores};

use crate::transform::{Outcome, Transform};

/// The series for which expected values were computed.
pub(crate) const SERIES: [f64; 12] = [0.3, 0.1, 0.4, 0.1, 0.5, 0.9, 0.2, 0.6, 0.5, 0.3, 0.7, -0.25];

/// Applies an operation and checks that it reports no constant series.
#[expect(
    clippy::needless_pass_by_value,
    reason = "tests construct operations in the call"
)]
pub(crate) fn run(op: impl Transform, series: &[f64]) -> Vec<f64> {
    let mut changed = series.to_vec();
    assert_eq!(op.transform_series(&mut changed), Outcome::Done);
    changed
}

/// Fails if two series differ by more than `within`.
#[track_caller]
pub(crate) fn assert_near(found: &[f64], expected: &[f64], within: f64) {
    assert_eq!(found.len(), expected.len());
    for (f, e) in found.iter().zip(expected) {
        assert!((f - e).abs() <= within, "{found:?}\nis not\n{expected:?}");
    }
}

/// A table of videos with computed scores, frames counted from 0.
pub(crate) fn table(videos: &[(&str, &[f64])]) -> ScoreTable {
    ScoreTable::new(
        videos
            .iter()
            .map(|(id, values)| video_scores(id, values))
            .collect(),
    )
    .unwrap()
}

fn video_scores(id: &str, values: &[f64]) -> VideoScores {
    let numbers = (0..values.len() as u64).map(FrameNumber).collect();
    let origins = vec![Origin::Computed; values.len()];
    VideoScores::from_parts(id.into(), numbers, values.to_vec(), origins).unwrap()
}

/// All scores of a table.
pub(crate) fn values(table: &ScoreTable) -> Vec<f64> {
    table.values().collect()
}
