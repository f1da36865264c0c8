//! The flip repair of a run.

use oddframe_core::{FrameSource, Observer};
use oddframe_flip::{Decisions, FlipReport, Upright, WriteOptions, decide, write_cleaned};

use crate::engine::{FitFlip, Networks};
use crate::files::{FLIP, Files};
use crate::folder::write_json;
use crate::members::{Named, remove_checkpoint};
use crate::outcome::FlipOutcome;
use crate::source::borrowed;
use crate::{Data, Error, FlipRecipe};

/// Trains the classifier, where it is not trained yet.
pub(crate) fn train(
    recipe: &FlipRecipe,
    seed: u64,
    normal: &[&dyn FrameSource],
    networks: &dyn Networks,
    files: &Files,
    watch: &mut dyn Observer,
) -> Result<(), Error> {
    let (weights, card) = (files.weights(FLIP, 0), files.training(FLIP, 0));
    if weights.exists() && card.exists() {
        return Ok(());
    }
    let checkpoint = files.checkpoint(FLIP, 0);
    let job = FitFlip { recipe, seed, normal, checkpoint: &checkpoint, weights: &weights };
    let task = "training the flip classifier";
    let epochs = networks.fit_flip(job, &mut Named { task, watch }).map_err(Error::flip)?;
    write_json(&card, &epochs)?;
    remove_checkpoint(&checkpoint)
}

/// The videos with the frames turned back that the classifier takes for upside down.
pub(crate) fn repair<S: FrameSource>(
    videos: Vec<S>,
    recipe: &FlipRecipe,
    networks: &dyn Networks,
    files: &Files,
    watch: &mut dyn Observer,
) -> Result<Vec<Upright<S>>, Error> {
    let mut judge = networks.judge(recipe, &files.weights(FLIP, 0)).map_err(Error::flip)?;
    let decisions = decide(&borrowed(&videos), &mut *judge, recipe.upright(), watch).map_err(Error::flip)?;
    let upright = |(video, decisions): (S, Decisions)| Upright::with_decisions(video, decisions);
    videos.into_iter().zip(decisions).map(upright).collect::<Result<_, _>>().map_err(Error::flip)
}

/// Writes the repaired videos, unless they are there already: the folder appears when it is whole.
pub(crate) fn write<S: FrameSource>(
    videos: &[Upright<S>],
    files: &Files,
    watch: &mut dyn Observer,
) -> Result<(), Error> {
    let folder = files.cleaned();
    if folder.exists() {
        return Ok(());
    }
    write_cleaned(&borrowed(videos), &folder, WriteOptions::new(), watch).map_err(Error::flip)?;
    Ok(())
}

/// What the repair did, and how rightly where that is known.
pub(crate) fn outcome<S: FrameSource>(videos: &[Upright<S>], data: &Data) -> Result<FlipOutcome, Error> {
    let truth = data.truth().flipped.as_ref();
    let report = truth.map(|truth| FlipReport::new(videos.iter().map(Upright::decisions), truth));
    Ok(FlipOutcome {
        turned: videos.iter().map(|video| video.decisions().flipped()).sum(),
        frames: videos.iter().map(|video| video.numbers().len()).sum(),
        report: report.transpose().map_err(Error::flip)?,
    })
}
