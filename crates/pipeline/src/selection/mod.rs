//! Selecting systems without labels: pseudo-anomalies are made from normal video, and every system is judged by how well it
//! tells them from normal frames.
//!
//! ```text
//! training videos ─┬─ fit share ────▶ fit every system of every recipe ─────────────────┐
//!                  └─ held-out share ─▶ untouched, and with each kind pasted ─▶ score ◀──┘
//!                                                          AUC of each kind, intervals ◀─┘
//! ```
//!
//! The folder of a selection holds a run folder for each recipe, so that a selection resumes as runs do.

mod candidate_scores;
mod figures;
mod folder;
mod held_out;
mod named_recipes;
mod separation;
mod tables;
mod training_videos;
mod trial;

use std::path::Path;
use std::sync::Arc;

use oddframe_core::{Event, FrameSource, Observer};
use oddframe_frames::Regions;
use oddframe_objects::PseudoAnomalies;

use self::candidate_scores::score_candidates;
pub use self::figures::{CandidateFigures, KindFigures, KindSummary, Selection};
use self::folder::SelectionFolder;
use self::held_out::{Shares, split_videos};
use self::separation::judge_candidates;
use self::training_videos::TrainingVideos;
pub use self::trial::SelectionOptions;
use self::trial::Trial;
use crate::members::Members;
use crate::{Data, Error, Recipe, Runner};

impl Runner<'_> {
    /// Compares the systems of recipes on pseudo-anomalies, without reading a label or a test video.
    ///
    /// The last third of the training videos is held out, at least one; of a single video its last third. The systems are
    /// fitted on the others. Each held-out video is scored untouched and with each kind of pseudo-anomaly pasted into it, with
    /// the post-processing of the recipe: a normalisation over all videos sees all of them together.
    ///
    /// The folder gets a run folder for each recipe, `selection.json`, `selection.csv` and `stretches.csv`. The same call
    /// resumes a selection that was stopped.
    ///
    /// # Errors
    /// When there is no recipe or no training video, no pseudo-anomaly can be made, the folder holds something else, and as
    /// [`Self::run`].
    pub fn select(
        &self,
        recipes: &[Recipe],
        data: Data,
        options: SelectionOptions,
        folder: &Path,
        observer: &mut dyn Observer,
    ) -> Result<Selection, Error> {
        if recipes.is_empty() {
            return Err(oddframe_core::Error::Nothing { what: "recipe" }.into());
        }
        data.train()?;
        let folder = SelectionFolder::new(folder, recipes);
        folder.check()?;
        // Everything that can fail without reading frames comes first, for all recipes.
        let mut members = Vec::new();
        for recipe in recipes {
            members.push(Members::build(recipe, self.registry, self.engine)?);
        }
        let regions = shared_regions(recipes)?;
        let mut data = if regions.is_empty() {
            data
        } else {
            data.with_regions(&regions)?
        };
        let videos = TrainingVideos::new(data.take_train(), recipes);
        let shares = split_videos(videos.shared(), data.name())?;
        let trial = make_trial(&data, shares, options, &regions, observer)?;
        for message in videos.warnings() {
            observer.tell(Event::Warned { message: &message })?;
        }
        for (recipe, members) in recipes.iter().zip(members) {
            // Without the untouched videos: boxes that are given for these alone would make pasted objects invisible.
            let checked = members.check_data_set(&trial.fit, &trial.pasted());
            checked.map_err(|error| Error::GivenByName {
                source: Box::new(error),
            })?;
            self.check_scoring(recipe, &trial.data)?;
        }
        folder.create()?;
        let mut candidates = Vec::new();
        for (place, recipe) in folder.recipes().iter().enumerate() {
            let run = self.fit_and_score(
                &recipe.recipe,
                &trial.data,
                &folder.run_path(place),
                observer,
            )?;
            candidates.extend(score_candidates(recipe, &run, recipes.len(), observer)?);
        }
        let judged = judge_candidates(&candidates, &trial, options.seed)?;
        let selection = Selection::new(judged, &trial, options, folder.path());
        folder.write(&selection, &trial)?;
        for message in selection.notes() {
            observer.tell(Event::Warned { message: &message })?;
        }
        Ok(selection)
    }
}

/// Makes pseudo-anomalies from the videos of both shares.
fn make_trial(
    data: &Data,
    shares: Shares,
    options: SelectionOptions,
    regions: &Regions,
    observer: &mut dyn Observer,
) -> Result<Trial, Error> {
    let normal: Vec<Arc<dyn FrameSource>> =
        shares.fit.iter().chain(&shares.held_out).cloned().collect();
    let held_out: Vec<usize> = (shares.fit.len()..normal.len()).collect();
    let pseudo = PseudoAnomalies::learn(&normal, observer).map_err(Error::pseudo)?;
    let sets = pseudo
        .plan(&held_out, options.each, options.seed, observer)
        .map_err(Error::pseudo)?;
    Trial::new(data, shares, sets, options, regions)
}

/// The regions of all recipes, which must be the same: the candidates are compared on the same pictures.
fn shared_regions(recipes: &[Recipe]) -> Result<Regions, Error> {
    let regions = recipes[0].applied_regions();
    let other = recipes
        .iter()
        .find(|recipe| recipe.applied_regions() != regions);
    match other {
        Some(other) => Err(Error::OtherRegions {
            first: recipes[0].name.clone(),
            other: other.name.clone(),
        }),
        None => Ok(regions),
    }
}
