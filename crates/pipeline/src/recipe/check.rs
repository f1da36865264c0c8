//! Checks that involve several fields of a recipe.

use oddframe_post::Fusion;

use super::calibration::check_calibration;
use super::{Problem, Recipe};

/// The largest seed: an integer of TOML has 63 bits.
const MAX_SEED: u64 = i64::MAX as u64;

pub(super) fn check_recipe(recipe: &Recipe) -> Result<(), Problem> {
    // The run folder is named after the recipe: a name is never a path.
    check_name("a recipe", &recipe.name)?;
    for (place, system) in recipe.systems.iter().enumerate() {
        check_name("a system", &system.name)?;
        if recipe.systems[..place]
            .iter()
            .any(|other| other.name.eq_ignore_ascii_case(&system.name))
        {
            return Err(Problem::SameName {
                name: system.name.clone(),
            });
        }
        if system.members == 0 {
            return Err(out_of_range(
                &format!("system.{}.members", system.name),
                0.0,
                "at least 1",
            ));
        }
        check_weights(
            &format!("system.{}.join", system.name),
            &system.join,
            system.members,
        )?;
    }
    if let Some(calibration) = &recipe.calibration {
        check_calibration(recipe, calibration)?;
    }
    if recipe.seed > MAX_SEED {
        return Err(out_of_range("seed", recipe.seed as f64, "at most 2^63 - 1"));
    }
    if recipe.report.maps && !recipe.report.pictures {
        let reason = "the maps show what is in the picture, so they need `pictures = true`";
        return Err(Problem::field("report.maps".to_owned(), reason));
    }
    if let Some(health) = recipe.health {
        let checked = health.check();
        checked.map_err(|error| Problem::field("health".to_owned(), error))?;
    }
    match recipe.fused_systems().count() {
        0 => Err(Problem::NothingFused),
        fused => check_weights("fuse.how", &recipe.fuse.how, fused),
    }
}

fn check_name(what: &'static str, name: &str) -> Result<(), Problem> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() || !name.chars().all(plain) {
        return Err(Problem::Name {
            what,
            name: name.to_owned(),
        });
    }
    Ok(())
}

fn check_weights(field: &str, fusion: &Fusion, tables: usize) -> Result<(), Problem> {
    match fusion {
        Fusion::Weighted(weights) if weights.values().len() != tables => {
            let weights = weights.values().len();
            Err(Problem::field(
                field.to_owned(),
                oddframe_post::Error::WeightCount { weights, tables },
            ))
        }
        _ => Ok(()),
    }
}

pub(super) fn out_of_range(field: &str, value: f64, needs: &'static str) -> Problem {
    Problem::Range {
        field: field.to_owned(),
        value,
        needs,
    }
}
