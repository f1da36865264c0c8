//! The two systems with no network.

use oddframe_baseline::{DifferenceEnergy, TypicalDistance, TypicalFrame};
use oddframe_core::{Detector, FrameScorer, FrameSource, Observer, ScoreTable};

use crate::files::{FRAME_DIFFERENCE, Files, TYPICAL_FRAME};
use crate::npy::{read_image, write_image};
use crate::scoring::{read_raw, write_raw};
use crate::{BaselineRecipe, Error};

/// Learns the typical frame, where it is not there yet.
pub(crate) fn train(
    recipe: &BaselineRecipe,
    normal: &[&dyn FrameSource],
    files: &Files,
    watch: &mut dyn Observer,
) -> Result<(), Error> {
    let path = files.typical();
    if path.exists() {
        return Ok(());
    }
    let typical = TypicalDistance::new(recipe.prepare()?, recipe.pool, recipe.typical).fit(normal, watch)?;
    write_image(&path, typical.values(), recipe.width)
}

/// Their raw scores by name, read where they are there and made where they are not.
pub(crate) fn score(
    recipe: &BaselineRecipe,
    videos: &[&dyn FrameSource],
    files: &Files,
    watch: &mut dyn Observer,
) -> Result<Vec<(&'static str, ScoreTable)>, Error> {
    let mut scored = Vec::new();
    for name in [FRAME_DIFFERENCE, TYPICAL_FRAME] {
        let path = files.raw_scores(name, 0);
        if let Some(table) = read_raw(&path, videos)? {
            scored.push((name, table));
            continue;
        }
        let table = if name == FRAME_DIFFERENCE {
            DifferenceEnergy::new(recipe.prepare()?, recipe.pool, recipe.edge).score_all(videos, watch)?
        } else {
            let values = read_image(&files.typical())?;
            let typical = TypicalFrame::new(recipe.prepare()?, recipe.pool, values)
                .map_err(Error::damaged(&files.typical()))?;
            typical.score_all(videos, watch)?
        };
        write_raw(&path, &table)?;
        scored.push((name, table));
    }
    Ok(scored)
}
