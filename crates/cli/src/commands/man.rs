use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Context, Result};
use clap::CommandFactory;
use clap_mangen::Man;
use oddframe::core::write_atomically;

/// Write the manual pages, one for each command.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  oddframe man ~/.local/share/man/man1 && man oddframe-post")]
pub(crate) struct Args {
    /// The folder to write to; it is created if it does not exist.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    fs::create_dir_all(&args.folder)
        .with_context(|| format!("cannot make {}", args.folder.display()))?;
    let mut root = crate::Cli::command();
    // Fills in what clap derives late, such as the version and the `help` command; the pages need it.
    root.build();
    page(&args.folder, &root, "oddframe")?;
    let shown = |command: &&clap::Command| !command.is_hide_set() && command.get_name() != "help";
    for command in root.get_subcommands().filter(shown) {
        let name = format!("oddframe-{}", command.get_name());
        page(&args.folder, &command.clone().name(name.clone()), &name)?;
    }
    Ok(())
}

fn page(folder: &Path, command: &clap::Command, name: &str) -> Result<()> {
    let path = folder.join(format!("{name}.1"));
    write_atomically::<io::Error>(&path, |writer| {
        Man::new(command.clone()).render(&mut { writer })
    })
    .with_context(|| format!("cannot write {}", path.display()))
}
