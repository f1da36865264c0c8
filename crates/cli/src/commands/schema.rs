use std::path::PathBuf;

use anyhow::Result;
use oddframe::pipeline::Registry;

use crate::output;

/// Print the JSON Schema of recipes, with which editors complete and check them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  oddframe schema --out recipe.schema.json

An editor with a TOML language server reads it when the first line of a recipe is
  #:schema ./recipe.schema.json
The schema knows every field, its default and the words it may have. `oddframe run` checks more than a schema can say.")]
pub(crate) struct Args {
    /// The file to write; by default stdout.
    #[arg(long, short, value_name = "FILE.json")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let text = recipe_schema()?;
    match &args.out {
        Some(path) => output::write_text(path, &text),
        None => output::print(&text.trim_end()),
    }
}

/// The schema of the recipes that this program reads, as text.
pub(super) fn recipe_schema() -> Result<String> {
    let schema = Registry::default().recipe_schema();
    Ok(serde_json::to_string_pretty(&schema)? + "\n")
}
