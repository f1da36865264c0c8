use oddframe_core::{Event, Observer, ScoreTable};

use super::named_recipes::NamedRecipe;
use crate::calibration::calibrate_and_fuse;
use crate::combine::join_members;
use crate::finish::collect_warnings;
use crate::run_folder::Footage;
use crate::{Error, ModelCalibration, RunFolder};

/// The post-processed scores of one candidate: a system, or the fused scores of a recipe.
pub(super) struct CandidateScores {
    pub(super) name: String,
    pub(super) recipe: String,
    pub(super) system: String,
    pub(super) table: ScoreTable,
}

/// The name of the fused scores of a recipe.
const FUSED: &str = "fused";

/// The scores of every system of a recipe, and the fused scores where several are fused. Where there are several recipes, the
/// names of candidates begin with that of their recipe.
pub(super) fn score_candidates(
    named: &NamedRecipe,
    folder: &RunFolder,
    recipes: usize,
    observer: &mut dyn Observer,
) -> Result<Vec<CandidateScores>, Error> {
    let recipe = &named.recipe;
    let mut warnings = collect_warnings(folder, &folder.read_repairs()?)?;
    let mut tables = Vec::new();
    for system in &recipe.systems {
        tables.push(join_members(folder, Footage::Test, system, &mut warnings)?);
    }
    let calibration = ModelCalibration::read(folder, &mut warnings)?;
    let fused = calibrate_and_fuse(recipe, calibration.as_ref(), &mut tables, &mut warnings)?;
    let names = recipe.systems.iter().map(|system| system.name.clone());
    let mut candidates: Vec<(String, ScoreTable)> = names.zip(tables).collect();
    // With one system, the fused scores differ from it in the chain of the run alone.
    if recipe.fused_systems().count() > 1 || !recipe.fuse.post.steps().is_empty() {
        candidates.push((FUSED.to_owned(), fused));
    }
    for warning in warnings {
        let message = format!("{}: {warning}", named.name);
        observer.tell(Event::Warned { message: &message })?;
    }
    Ok(candidates
        .into_iter()
        .map(|(system, table)| CandidateScores {
            name: if recipes > 1 {
                format!("{}/{system}", named.name)
            } else {
                system.clone()
            },
            recipe: named.name.clone(),
            system,
            table,
        })
        .collect())
}
