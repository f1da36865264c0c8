//! Messages for people, on stderr.

use std::fmt::{Arguments, Display, Write as _};
use std::io::Write as _;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};

use crate::interrupt;

const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();

/// The exit code of an error.
const ERROR: u8 = 2;

/// Prints an error with its causes, and returns the exit code.
pub(crate) fn error(error: &anyhow::Error) -> ExitCode {
    // After Ctrl-C every error is a consequence of the interruption: files removed while they were written,
    // or the cancellation itself.
    if interrupt::asked() {
        say(format_args!(
            "{YELLOW}interrupted{YELLOW:#}: {}",
            interrupt::left()
        ));
        return ExitCode::from(interrupt::EXIT_CODE);
    }
    say(format_args!("{RED}error{RED:#}: {}", with_causes(error)));
    ExitCode::from(ERROR)
}

/// Prints a note: the work continues.
pub(crate) fn note(message: &dyn Display) {
    say(format_args!("{YELLOW}note{YELLOW:#}: {message}"));
}

/// Prints a line. An error is ignored: when stderr is closed, it cannot be reported.
fn say(text: Arguments<'_>) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// An error and its causes, each text once: many messages already contain their cause.
fn with_causes(error: &anyhow::Error) -> String {
    let mut said = String::new();
    for cause in error.chain() {
        let text = cause.to_string();
        // Library errors include their source in their own text, for callers that print one line only.
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
        let error = anyhow!("no such file")
            .context("cannot read a.csv: no such file")
            .context("fusing");
        assert_eq!(
            with_causes(&error),
            "fusing\n  because: cannot read a.csv: no such file"
        );
    }
}
