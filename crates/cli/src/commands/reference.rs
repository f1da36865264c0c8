//! The pages of the book that are generated.

mod command_line;
mod recipes;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use oddframe::pipeline::Registry;

use super::schema::recipe_schema;
use crate::output;

/// Write the reference pages of the book.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  oddframe reference docs/book/reference

The folder gets command-line.md, recipes.md and recipe.schema.json, made of the program itself.")]
pub(crate) struct Args {
    /// The folder to write to; it is created if it does not exist.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    fs::create_dir_all(&args.folder)
        .with_context(|| format!("cannot make {}", args.folder.display()))?;
    let write = |name: &str, text: &str| output::write_text(&args.folder.join(name), text);
    write("command-line.md", &command_line::describe_commands())?;
    let schema = Registry::default().recipe_schema();
    write("recipes.md", &recipes::describe_recipes(&schema))?;
    write("recipe.schema.json", &recipe_schema()?)
}

/// A cell of a Markdown table: one line, without bars.
fn table_cell(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace('|', "\\|")
}

/// The first line of a page that nobody should edit.
fn generated_note(page: &Path) -> String {
    format!(
        "<!-- {} is written by `oddframe reference`: change the program instead. -->\n\n",
        page.display()
    )
}
