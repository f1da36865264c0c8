use anyhow::Result;
use clap::CommandFactory;
use clap_complete::Shell;

use crate::output;

/// Print completions for a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddframe completions bash > ~/.local/share/bash-completion/completions/oddframe
  oddframe completions zsh > ~/.zfunc/_oddframe
  oddframe completions fish > ~/.config/fish/completions/oddframe.fish")]
pub(crate) struct Args {
    /// The shell.
    shell: Shell,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(
        args.shell,
        &mut crate::Cli::command(),
        "oddframe",
        &mut script,
    );
    output::to_stdout(|stdout| Ok(stdout.write_all(&script)?))
}
