//! What each step of post-processing and fusion does to the AUC.

use oddframe_core::{PostStep, ScoreTable};
use oddframe_metrics::evaluate;
use oddframe_pipeline::{SystemRecipe, TextTable};

use super::table::render_table;
use crate::Error;
use crate::contents::Contents;

/// Appends the table of steps, where labels are known.
pub(crate) fn render_steps(page: &mut String, contents: &Contents<'_>) -> Result<(), Error> {
    if contents.outcome.fused.figures.evaluation.is_none() {
        return Ok(());
    }
    page.push_str(
        "<section id=\"steps\" aria-labelledby=\"steps-title\"><h2 id=\"steps-title\">Post-processing, step by step</h2>\n\
         <p>From the raw scores in the run folder: each row adds one step to those above it. Choosing steps by these figures \
         would choose them by the test labels.</p>\n",
    );
    let table = TextTable {
        title: "AUC after each step",
        head: vec!["scores of", "step", "micro AUC", "change"],
        rows: step_rows(contents)?,
    };
    render_table(page, &table);
    page.push_str("</section>\n");
    Ok(())
}

fn step_rows(contents: &Contents<'_>) -> Result<Vec<Vec<String>>, Error> {
    let recipe = contents.folder.recipe();
    let (mut rows, mut fused) = (Rows::new(contents), Vec::new());
    for system in recipe.fused_systems() {
        fused.push(rows.add_system(system)?);
    }
    rows.begin("all systems");
    let mut table = recipe.fuse.how.fuse(&fused)?;
    if fused.len() > 1 {
        rows.add(&format!("fused by {}", recipe.fuse.how), &table)?;
    }
    for step in recipe.fuse.post.steps() {
        step.apply(&mut table)?;
        rows.add(&step.to_string(), &table)?;
    }
    Ok(rows.table)
}

/// The rows so far.
struct Rows<'a> {
    contents: &'a Contents<'a>,
    name: String,
    before: Option<f64>,
    table: Vec<Vec<String>>,
}

impl<'a> Rows<'a> {
    fn new(contents: &'a Contents<'a>) -> Self {
        Self {
            contents,
            name: String::new(),
            before: None,
            table: Vec::new(),
        }
    }

    /// Begins the rows of other scores: changes are not counted across.
    fn begin(&mut self, name: &str) {
        name.clone_into(&mut self.name);
        self.before = None;
    }

    fn add(&mut self, step: &str, table: &ScoreTable) -> Result<(), Error> {
        let Some(labels) = &self.contents.known.labels else {
            return Ok(());
        };
        let auc = evaluate(table, labels)?.micro_auc;
        let change = self
            .before
            .map_or_else(|| "-".to_owned(), |before| format!("{:+.4}", auc - before));
        self.before = Some(auc);
        self.table.push(vec![
            self.name.clone(),
            step.to_owned(),
            format!("{auc:.4}"),
            change,
        ]);
        Ok(())
    }

    /// Adds the steps of a system, and returns its scores after all of them.
    fn add_system(&mut self, system: &SystemRecipe) -> Result<ScoreTable, Error> {
        self.begin(&system.name);
        let mut members = Vec::new();
        for member in 0..system.members {
            members.push(self.contents.folder.read_raw_scores(&system.name, member)?);
        }
        // The members are joined after each step, to have one figure for all of them.
        let mut joined = join(system, &members)?;
        let raw = if system.members > 1 {
            format!("raw, joined by {}", system.join)
        } else {
            "raw".to_owned()
        };
        self.add(&raw, &joined)?;
        for step in system.post.steps() {
            for member in &mut members {
                step.apply(member)?;
            }
            joined = join(system, &members)?;
            self.add(&step.to_string(), &joined)?;
        }
        for step in system.join_post.steps() {
            step.apply(&mut joined)?;
            self.add(&step.to_string(), &joined)?;
        }
        Ok(joined)
    }
}

/// The scores of all members as one table. A single table is taken as it is, as finishing does.
fn join(system: &SystemRecipe, members: &[ScoreTable]) -> Result<ScoreTable, Error> {
    match members {
        [only] => Ok(only.clone()),
        members => Ok(system.join.fuse(members)?),
    }
}
