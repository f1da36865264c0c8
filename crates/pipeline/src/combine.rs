//! From the raw scores of members to those of systems, and from these to the fused scores.

use oddframe_core::{PostStep, ScoreTable};
use oddframe_post::Chain;

use crate::run_folder::Footage;
use crate::{Error, Recipe, RunFolder, SystemRecipe};

/// The scores of a system: those of its members, post-processed and joined.
pub(crate) fn join_members(
    folder: &RunFolder,
    footage: Footage,
    system: &SystemRecipe,
    warnings: &mut Vec<String>,
) -> Result<ScoreTable, Error> {
    let mut tables = Vec::new();
    for member in 0..system.members {
        let mut table = folder.read_scores_of(footage, &system.name, member)?;
        apply_member_chain(system, &mut table, warnings)?;
        tables.push(table);
    }
    join_tables(system, tables, warnings)
}

/// Joins the post-processed scores of the members of a system.
pub(crate) fn join_tables(
    system: &SystemRecipe,
    tables: Vec<ScoreTable>,
    warnings: &mut Vec<String>,
) -> Result<ScoreTable, Error> {
    // A single table is taken as it is: fusing it could change its values, for example to ranks.
    let mut joined = match <[ScoreTable; 1]>::try_from(tables) {
        Ok([table]) => table,
        Err(tables) => system.join.fuse(&tables)?,
    };
    let field = format!("system.{}.join_post", system.name);
    apply_chain(
        &system.name,
        field,
        &system.join_post,
        &mut joined,
        warnings,
    )?;
    Ok(joined)
}

/// Applies the chain of a system to the scores of one member.
pub(crate) fn apply_member_chain(
    system: &SystemRecipe,
    table: &mut ScoreTable,
    warnings: &mut Vec<String>,
) -> Result<(), Error> {
    let field = format!("system.{}.post", system.name);
    apply_chain(&system.name, field, &system.post, table, warnings)
}

/// Fuses the scores of the systems, given in the order of the recipe, and applies the chain of the fused scores.
pub(crate) fn fuse_systems(
    recipe: &Recipe,
    tables: &[ScoreTable],
    warnings: &mut Vec<String>,
) -> Result<ScoreTable, Error> {
    let systems = recipe.systems.iter().zip(tables);
    let fused: Vec<ScoreTable> = systems
        .filter(|(system, _)| system.fused)
        .map(|(_, table)| table.clone())
        .collect();
    let mut fused = recipe.fuse.how.fuse(&fused)?;
    let (chain, field) = (&recipe.fuse.post, "fuse.post".to_owned());
    apply_chain("fused", field, chain, &mut fused, warnings)?;
    Ok(fused)
}

/// Applies the chain in a field of the recipe, and collects the warnings of its steps.
fn apply_chain(
    name: &str,
    field: String,
    chain: &Chain,
    table: &mut ScoreTable,
    warnings: &mut Vec<String>,
) -> Result<(), Error> {
    let messages = chain.apply(table).map_err(|source| Error::UnusableChain {
        field,
        source: source.into(),
    })?;
    warnings.extend(messages.iter().map(|warning| format!("{name}: {warning}")));
    Ok(())
}
