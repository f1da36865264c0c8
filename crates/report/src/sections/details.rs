//! What is needed to repeat the run.

use oddframe_pipeline::TextTable;

use super::table::render_table;
use crate::Error;
use crate::contents::Contents;
use crate::text::{escape, put};

/// Appends the section of details, folded.
pub(crate) fn render_details(page: &mut String, contents: &Contents<'_>) -> Result<(), Error> {
    let (record, recipe) = (contents.folder.record(), contents.folder.recipe());
    page.push_str(
        "<section id=\"details\" aria-labelledby=\"details-title\"><h2 id=\"details-title\">Details</h2>\n\
         <details><summary>Recipe, seed, times, versions and labels</summary>\n",
    );
    let (labels, digest) = match &record.labels {
        Some(labels) => (
            labels.from.clone(),
            labels.sha256.clone().unwrap_or_else(|| "-".to_owned()),
        ),
        None => ("none".to_owned(), "-".to_owned()),
    };
    let rows = [
        ("data", record.data.name.clone()),
        ("digest of the data", record.data.digest.to_string()),
        ("training videos", record.data.train_videos.to_string()),
        ("training frames", record.data.train_frames.to_string()),
        ("test frames", record.data.test_frames().to_string()),
        ("labels", labels),
        ("SHA-256 of the labels", digest),
        ("seed", record.seed.to_string()),
        ("device", record.device.clone()),
        ("precision of scoring", record.precision.clone()),
        ("oddframe", record.oddframe.clone()),
        ("Burn", record.burn.clone()),
    ];
    render_table(
        page,
        &TextTable {
            title: "The run",
            head: vec!["what", "value"],
            rows: rows
                .into_iter()
                .map(|(name, value)| vec![name.to_owned(), value])
                .collect(),
        },
    );
    // The times add up over all sessions of a run that was stopped and resumed.
    let times = record
        .stages
        .iter()
        .map(|stage| vec![stage.name.clone(), format!("{:.1}", stage.seconds)]);
    render_table(
        page,
        &TextTable {
            title: "Time",
            head: vec!["stage", "seconds"],
            rows: times.collect(),
        },
    );
    let toml = recipe.to_toml().map_err(oddframe_pipeline::Error::from)?;
    put!(
        page,
        "<h3>Recipe</h3><pre tabindex=\"0\">{}</pre></details></section>\n",
        escape(&toml)
    );
    Ok(())
}
