//! The commands and their arguments as a page, from the definition that the program parses its arguments with.

use std::fmt::Write as _;
use std::path::Path;

use clap::{Arg, Command, CommandFactory};

use super::{generated_note, table_cell};

pub(super) fn describe_commands() -> String {
    let mut root = crate::Cli::command();
    // The version and the usage lines are filled in late.
    root.build();
    let mut page = generated_note(Path::new("command-line.md"));
    page.push_str("# The command line\n\n");
    page.push_str("`oddframe COMMAND --help` prints the same.\n\n| command | |\n|---|---|\n");
    let commands = || {
        root.get_subcommands()
            .filter(|command| !command.is_hide_set() && command.get_name() != "help")
    };
    for command in commands() {
        let (name, about) = (command.get_name(), short_description(command));
        let _ = writeln!(page, "| [`{name}`](#oddframe-{name}) | {about} |");
    }
    if let Some(more) = root.get_after_help() {
        let _ = write!(page, "\n```text\n{}\n```\n", more.to_string().trim_end());
    }
    for command in commands() {
        describe_command(command, &mut page);
    }
    page
}

fn describe_command(command: &Command, page: &mut String) {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let (name, about) = (command.get_name(), short_description(command));
    let _ = write!(
        page,
        "\n## oddframe {name}\n\n{about}.\n\n```text\n{usage}\n```\n\n"
    );
    let shown =
        |arg: &&Arg| !arg.is_hide_set() && !["help", "version"].contains(&arg.get_id().as_str());
    let arguments: Vec<&Arg> = command.get_arguments().filter(shown).collect();
    if !arguments.is_empty() {
        page.push_str("| argument | meaning |\n|---|---|\n");
    }
    for argument in arguments {
        let meaning = argument.get_long_help().or(argument.get_help());
        let meaning = meaning.map_or_else(String::new, ToString::to_string);
        let _ = writeln!(
            page,
            "| `{}` | {}{} |",
            table_cell(&argument_form(argument)),
            table_cell(&meaning),
            describe_default(argument)
        );
    }
    if let Some(more) = command.get_after_help() {
        let _ = write!(page, "\n```text\n{}\n```\n", more.to_string().trim_end());
    }
}

fn short_description(command: &Command) -> String {
    let about = command
        .get_about()
        .map_or_else(String::new, ToString::to_string);
    table_cell(&about).trim_end_matches('.').to_owned()
}

/// How an argument is written: `--out, -o DIR`, `RECIPE...`.
fn argument_form(argument: &Arg) -> String {
    let mut names = Vec::new();
    names.extend(argument.get_long().map(|long| format!("--{long}")));
    names.extend(argument.get_short().map(|short| format!("-{short}")));
    let takes_value = argument.get_action().takes_values();
    let values = argument.get_value_names().unwrap_or_default();
    let value: Vec<String> = values.iter().map(ToString::to_string).collect();
    let mut form = names.join(", ");
    if takes_value {
        if !form.is_empty() {
            form.push(' ');
        }
        form.push_str(&value.join(" "));
    }
    form
}

fn describe_default(argument: &Arg) -> String {
    let defaults = argument.get_default_values();
    if defaults.is_empty() || !argument.get_action().takes_values() {
        return String::new();
    }
    let defaults: Vec<_> = defaults
        .iter()
        .map(|value| value.to_string_lossy())
        .collect();
    format!(". Default: `{}`", table_cell(&defaults.join(" ")))
}
