//! What no single field can say: whether the values make sense.

use oddframe_post::Fusion;

use super::{FlipRecipe, Problem, Recipe, SystemRecipe};
use crate::files::TAKEN;

/// The largest seed: a TOML integer has 63 bits.
const MAX_SEED: u64 = i64::MAX as u64;

pub(super) fn check(recipe: &Recipe) -> Result<(), Problem> {
    if recipe.systems.is_empty() {
        return Err(Problem::NoSystem);
    }
    for (place, system) in recipe.systems.iter().enumerate() {
        if recipe.systems[..place].iter().any(|other| other.name.eq_ignore_ascii_case(&system.name)) {
            return Err(Problem::SameName { name: system.name.clone() });
        }
        check_system(system)?;
    }
    if recipe.seed > MAX_SEED {
        return Err(range("seed", recipe.seed as f64, "at most 2^63 - 1"));
    }
    weights("fuse.how", &recipe.fuse.how, recipe.systems.len())?;
    recipe.baseline.prepare().map_err(|e| Problem::field("baseline".to_owned(), e))?;
    recipe.repair.flip.as_ref().map_or(Ok(()), check_flip)
}

fn check_flip(flip: &FlipRecipe) -> Result<(), Problem> {
    let field = || "repair.flip".to_owned();
    flip.options(0).check().map_err(|e| Problem::field(field(), e))?;
    flip.model.look().map_err(|e| Problem::field(field(), e))?;
    if !(0.0..=1.0).contains(&flip.threshold) {
        return Err(range("repair.flip.threshold", flip.threshold, "0 to 1"));
    }
    if flip.majority.is_multiple_of(2) {
        return Err(range("repair.flip.majority", flip.majority as f64, "an odd number of frames"));
    }
    Ok(())
}

fn check_system(system: &SystemRecipe) -> Result<(), Problem> {
    let name = &system.name;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() || !name.chars().all(plain) || TAKEN.contains(&name.as_str()) {
        return Err(Problem::Name { name: name.clone(), taken: TAKEN.join(", ") });
    }
    let field = |inner: &str| format!("system.{name}.{inner}");
    let train = &system.train;
    at_least_one(&field("members"), system.members)?;
    at_least_one(&field("score.batch"), system.score.batch)?;
    train.options(0).check().map_err(|e| Problem::field(field("train"), e))?;
    if !(0.0..1.0).contains(&train.validation) {
        return Err(range(&field("train.validation"), train.validation, "0 or above, and below 1"));
    }
    system.look.look().map_err(|e| Problem::field(field("look"), e))?;
    system.window.scored().map_err(|e| Problem::field(field("window"), e))?;
    system.window.learned().map_err(|e| Problem::field(field("window"), e))?;
    train.augment(system.look.scale, 0).map_err(|e| Problem::field(field("train"), e))?;
    weights(&field("join"), &system.join, system.members)
}

fn weights(field: &str, fusion: &Fusion, tables: usize) -> Result<(), Problem> {
    match fusion {
        Fusion::Weighted(weights) if weights.values().len() != tables => {
            let weights = weights.values().len();
            Err(Problem::field(field.to_owned(), oddframe_post::Error::WeightCount { weights, tables }))
        }
        _ => Ok(()),
    }
}

fn at_least_one(field: &str, value: usize) -> Result<(), Problem> {
    if value == 0 { Err(range(field, 0.0, "at least 1")) } else { Ok(()) }
}

fn range(field: &str, value: f64, needs: &'static str) -> Problem {
    Problem::Range { field: field.to_owned(), value, needs }
}
