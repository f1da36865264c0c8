//! Checks that involve several fields of a recipe.

use oddframe_post::Fusion;

use super::{CalibrationRecipe, Problem, Recipe};

/// The largest seed: an integer of TOML has 63 bits.
const MAX_SEED: u64 = i64::MAX as u64;

/// The most members of a system. Each is a model of its own, so a larger number is a mistake in the recipe.
const MAX_MEMBERS: usize = 1000;

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
        if !(1..=MAX_MEMBERS).contains(&system.members) {
            return Err(out_of_range(
                &format!("system.{}.members", system.name),
                system.members as f64,
                "from 1 to 1000",
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

/// Checks that every number is within its range, and that no chain makes a score depend on the other scored videos.
fn check_calibration(recipe: &Recipe, calibration: &CalibrationRecipe) -> Result<(), Problem> {
    let above_zero = |value: f64| value.is_finite() && value > 0.0;
    let held_out = calibration.held_out;
    let numbers = [
        (
            "held_out",
            held_out,
            held_out > 0.0 && held_out <= 0.9,
            "above 0 and at most 0.9",
        ),
        (
            "frames_per_second",
            calibration.frames_per_second,
            above_zero(calibration.frames_per_second),
            "finite and above 0",
        ),
        (
            "false_alarms_per_hour",
            calibration.false_alarms_per_hour,
            above_zero(calibration.false_alarms_per_hour),
            "finite and above 0",
        ),
        (
            "drop",
            calibration.drop,
            calibration.drop.is_finite() && calibration.drop >= 0.0,
            "finite and not negative",
        ),
    ];
    for (field, value, is_valid, needs) in numbers {
        if !is_valid {
            return Err(out_of_range(&format!("calibration.{field}"), value, needs));
        }
    }
    match recipe.find_whole_set_step() {
        Some((field, step)) => Err(Problem::WholeSetStep { field, step }),
        None => Ok(()),
    }
}

impl Recipe {
    /// The first step or fusion that makes scores depend on which videos are scored together: its field and its text.
    pub(crate) fn find_whole_set_step(&self) -> Option<(String, String)> {
        for system in &self.systems {
            let field = |name: &str| format!("system.{}.{name}", system.name);
            let chains = [("post", &system.post), ("join_post", &system.join_post)];
            for (name, chain) in chains {
                if let Some(step) = chain.find_whole_set_step() {
                    return Some((field(name), step.to_string()));
                }
            }
            if system.members > 1 && system.join.depends_on_whole_set() {
                return Some((field("join"), system.join.to_string()));
            }
        }
        if let Some(step) = self.fuse.post.find_whole_set_step() {
            return Some(("fuse.post".to_owned(), step.to_string()));
        }
        self.fuse
            .how
            .depends_on_whole_set()
            .then(|| ("fuse.how".to_owned(), self.fuse.how.to_string()))
    }
}

fn out_of_range(field: &str, value: f64, needs: &'static str) -> Problem {
    Problem::Range {
        field: field.to_owned(),
        value,
        needs,
    }
}
