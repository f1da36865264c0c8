//! What is said to people, on stderr.

use std::fmt::{Arguments, Display, Write as _};
use std::io::Write as _;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};

use crate::interrupt;

const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();

/// The exit code of an error.
const ERROR: u8 = 2;

/// Says what went wrong, with its causes, and gives the exit code.
pub(crate) fn error(error: &anyhow::Error) -> ExitCode {
    if interrupt::asked() {
        say(format_args!("{YELLOW}interrupted{YELLOW:#}: {}", interrupt::left()));
        return ExitCode::from(interrupt::EXIT_CODE);
    }
    say(format_args!("{RED}error{RED:#}: {}", with_causes(error)));
    ExitCode::from(ERROR)
}

/// Says something that does not stop the work.
pub(crate) fn note(message: &dyn Display) {
    say(format_args!("{YELLOW}note{YELLOW:#}: {message}"));
}

/// Where stderr cannot be written to, there is nobody to tell.
fn say(text: Arguments<'_>) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// An error and its causes, each said once: many messages quote their cause already.
fn with_causes(error: &anyhow::Error) -> String {
    let mut said = String::new();
    for cause in error.chain() {
        let text = cause.to_string();
        if said.contains(&text) {
            continue;
        }
        let between = if said.is_empty() { "" } else { "\n  because: " };
        // Writing to a string cannot fail.
        let _ = write!(said, "{between}{text}");
    }
    said
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn a_cause_is_said_once() {
        let error = anyhow!("no such file").context("cannot read a.csv: no such file").context("fusing");
        assert_eq!(with_causes(&error), "fusing\n  because: cannot read a.csv: no such file");
    }
}
