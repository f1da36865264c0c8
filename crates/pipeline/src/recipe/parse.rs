//! From the text of a recipe to its values.
//!
//! The fields that every system has are read here. The others belong to the kind of the system: they are handed to the
//! registry together with their places in the text, so that its errors name a line too.

use std::ops::Range;

use oddframe_health::HealthSettings;
use oddframe_post::{Chain, Fusion};
use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::regions::RegionFields;
use super::{
    CalibrationRecipe, FuseRecipe, Problem, Recipe, RecipeError, RepairRecipe, ReportRecipe,
    SceneRecipe, SystemRecipe, check,
};
use crate::Registry;

/// The fields of a recipe apart from those of its systems.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecipeFields {
    #[serde(default = "unnamed")]
    name: String,
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    scene: SceneRecipe,
    #[serde(default)]
    regions: RegionFields,
    #[serde(default)]
    health: Option<HealthSettings>,
    #[serde(default)]
    repair: RepairRecipe,
    calibration: Option<CalibrationRecipe>,
    #[serde(default)]
    fuse: FuseRecipe,
    #[serde(default)]
    report: ReportRecipe,
    #[serde(default = "yes")]
    baselines: bool,
    /// Read separately.
    #[serde(rename = "system", default)]
    _systems: Vec<IgnoredAny>,
}

/// The fields that every system has, whatever its kind.
#[derive(Deserialize)]
struct SystemFields {
    name: String,
    kind: String,
    #[serde(default = "one")]
    members: usize,
    #[serde(default)]
    post: Chain,
    #[serde(default = "mean")]
    join: Fusion,
    #[serde(default)]
    join_post: Chain,
    #[serde(default = "yes")]
    fused: bool,
}

const SYSTEM_FIELDS: [&str; 7] = [
    "name",
    "kind",
    "members",
    "post",
    "join",
    "join_post",
    "fused",
];

fn unnamed() -> String {
    "unnamed".to_owned()
}

fn yes() -> bool {
    true
}

fn one() -> usize {
    1
}

fn mean() -> Fusion {
    Fusion::Mean
}

/// A problem and its place in the text.
type Located = (Problem, Option<Range<usize>>);

pub(super) fn parse_recipe(text: &str, registry: &Registry) -> Result<Recipe, RecipeError> {
    parse_located(text, registry).map_err(|(problem, span)| RecipeError {
        path: None,
        line: span.map(|span| 1 + text[..span.start].matches('\n').count()),
        problem: problem.into(),
    })
}

fn parse_located(text: &str, registry: &Registry) -> Result<Recipe, Located> {
    // The text is parsed into a tree that keeps the byte range of every value. The tree is then read twice:
    // by serde for the fields of the recipe, and by hand for the systems, whose fields depend on their kind.
    let root = DeTable::parse(text).map_err(locate)?;
    let fields = RecipeFields::deserialize(Deserializer::from(root.clone())).map_err(locate)?;
    let RecipeFields {
        name,
        seed,
        scene,
        regions,
        health,
        repair,
        calibration,
        fuse,
        report,
        baselines,
        ..
    } = fields;
    let regions = regions.resolve()?;
    let mut systems = Vec::new();
    if let Some(DeValue::Array(tables)) = root.get_ref().get("system").map(Spanned::get_ref) {
        for table in tables {
            systems.push(parse_system(table, registry)?);
        }
    }
    let mut recipe = Recipe {
        name,
        seed,
        scene,
        regions,
        health,
        repair,
        calibration,
        fuse,
        report,
        baselines,
        systems,
    };
    recipe
        .add_baselines(registry)
        .and_then(|()| check::check_recipe(&recipe))
        .map_err(|problem| (problem, None))?;
    Ok(recipe)
}

fn parse_system(
    entry: &Spanned<DeValue<'_>>,
    registry: &Registry,
) -> Result<SystemRecipe, Located> {
    let DeValue::Table(table) = entry.get_ref() else {
        let source = "a system is a table: write [[system]]".into();
        return Err((Problem::Value { source }, Some(entry.span())));
    };
    // serde's `flatten` would read both halves in one step, but it buffers values without their ranges and
    // disables `deny_unknown_fields`: errors would lose their line, and misspelt fields would pass.
    let (mut common, mut settings) = (DeTable::new(), DeTable::new());
    for (key, value) in table {
        let part = if SYSTEM_FIELDS.contains(&key.get_ref().as_ref()) {
            &mut common
        } else {
            &mut settings
        };
        part.insert(key.clone(), value.clone());
    }
    // An unknown kind has no range of its own: the registry only sees its name.
    let kind_span = common.get("kind").map(Spanned::span);
    let fields = Deserializer::from(Spanned::new(entry.span(), common));
    let SystemFields {
        name,
        kind,
        members,
        post,
        join,
        join_post,
        fused,
    } = SystemFields::deserialize(fields).map_err(locate)?;
    let settings = Deserializer::from(Spanned::new(entry.span(), settings));
    let settings = registry
        .complete_settings(&kind, settings)
        .map_err(|(problem, span)| {
            let place = span.or(kind_span);
            (problem, place)
        })?;
    Ok(SystemRecipe {
        name,
        kind,
        members,
        post,
        join,
        join_post,
        fused,
        settings,
    })
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature that `map_err` calls"
)]
fn locate(error: toml::de::Error) -> Located {
    let span = error.span();
    (Problem::from_toml(&error), span)
}
