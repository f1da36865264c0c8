//! The flip repair of a run.

use std::fmt::Write as _;

use oddframe_core::{FrameSource, Observer};
use oddframe_flip::{Decision, Decisions, FlipReport, Upright, WriteOptions, decide, write_cleaned};
use oddframe_labels::read_flags;

use crate::engine::{FitFlip, Networks};
use crate::files::{FLIP, Files};
use crate::folder::{write_json, write_text};
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

/// The videos with the frames turned back that the classifier takes for upside down. With `keep`, decisions that are
/// there are read and those that are made are written.
pub(crate) fn repair<S: FrameSource>(
    videos: Vec<S>,
    recipe: &FlipRecipe,
    networks: &dyn Networks,
    files: &Files,
    keep: bool,
    watch: &mut dyn Observer,
) -> Result<Vec<Upright<S>>, Error> {
    let there = files.flips();
    let decisions = if keep && there.exists() {
        let truth = read_flags(&there, COLUMN)?;
        let known = videos.iter().map(|video| Decisions::known(video.video(), &truth));
        known.collect::<Result<_, _>>().map_err(Error::damaged(&there))?
    } else {
        let mut judge = networks.judge(recipe, &files.weights(FLIP, 0)).map_err(Error::flip)?;
        let made = decide(&borrowed(&videos), &mut *judge, recipe.upright(), watch).map_err(Error::flip)?;
        if keep {
            write_text(&there, &table(&made))?;
        }
        made
    };
    let upright = |(video, decisions): (S, Decisions)| Upright::with_decisions(video, decisions);
    videos.into_iter().zip(decisions).map(upright).collect::<Result<_, _>>().map_err(Error::flip)
}

/// The column that decisions stand in, as in the tables that tell the truth.
const COLUMN: &str = "flipped";

fn table(decisions: &[Decisions]) -> String {
    let mut table = format!("video,frame,{COLUMN},probability\n");
    for video in decisions {
        // A name may have what separates fields in it.
        let name = video.id().name().replace('"', "\"\"");
        for Decision { number, probability, flipped } in video.frames() {
            // Writing to a string cannot fail.
            let _ = writeln!(table, "\"{name}\",{number},{},{probability:?}", u8::from(*flipped));
        }
    }
    table
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
