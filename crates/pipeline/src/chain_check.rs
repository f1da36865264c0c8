//! Checks before training whether the post-processing can be applied.

use oddframe_core::{FrameNumber, FrameSource, Origin, ScoreTable, VideoScores};

use crate::combine::{apply_member_chain, fuse_systems, join_tables};
use crate::{Error, Recipe};

/// Applies every chain and fusion of a recipe to invented scores of the test videos.
///
/// Some steps need videos of a certain length. An error after hours of training would leave a run that can never be
/// finished as asked.
pub(crate) fn check_chains(recipe: &Recipe, videos: &[&dyn FrameSource]) -> Result<(), Error> {
    let invented = invent_scores(videos)?;
    let (mut tables, mut warnings) = (Vec::new(), Vec::new());
    // Every member is given the same scores: whether a step can be applied depends on the number of frames of
    // each video, hardly on the values.
    for system in &recipe.systems {
        let mut member = invented.clone();
        apply_member_chain(system, &mut member, &mut warnings)?;
        tables.push(join_tables(
            system,
            vec![member; system.members],
            &mut warnings,
        )?);
    }
    fuse_systems(recipe, &tables, &mut warnings).map(|_| ())
}

/// Scores that are not constant, one for each frame.
fn invent_scores(videos: &[&dyn FrameSource]) -> Result<ScoreTable, Error> {
    /// Scores repeat after this many frames.
    // A prime, because a moving average over a multiple of the period would be constant.
    const PERIOD: u64 = 97;
    let scores = videos.iter().map(|video| {
        let numbers: Vec<FrameNumber> = video.numbers().to_vec();
        // A sawtooth rather than zeros: normalisation warns about a constant series.
        let values = (0..numbers.len() as u64)
            .map(|place| (place % PERIOD) as f64 / PERIOD as f64)
            .collect();
        let origins = vec![Origin::Computed; numbers.len()];
        VideoScores::from_parts(video.id().clone(), numbers, values, origins)
    });
    Ok(ScoreTable::new(scores.collect::<Result<_, _>>()?)?)
}
