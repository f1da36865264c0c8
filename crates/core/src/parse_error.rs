use std::fmt;

use crate::error::SharedError;
use crate::nearest::nearest_name;

/// The error of parsing a short text: a chain, a pool, a fusion, an edge policy.
///
/// `Display` shows the text with a mark under the position of the problem.
///
/// ```
/// use oddframe_core::{EdgePolicy, ParseProblem};
///
/// let error = " nearst".parse::<EdgePolicy>().unwrap_err();
/// assert_eq!(error.offset(), 1);
/// assert!(matches!(error.problem(), ParseProblem::Unknown { name, .. } if name == "nearst"));
/// assert!(error.to_string().contains("did you mean `nearest`?"));
/// ```
#[derive(Debug)]
pub struct ParseError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    text: String,
    offset: usize,
    problem: ParseProblem,
    /// An example of the right text.
    usage: Option<&'static str>,
}

/// The problem of a text: see [`ParseError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParseProblem {
    /// An unknown name.
    #[error("unknown {what} `{name}`{}; known: {}", suggest_name(name, known), known.join(", "))]
    Unknown {
        /// The kind of name that was expected.
        what: &'static str,
        /// The name.
        name: String,
        /// The known names.
        known: Vec<&'static str>,
    },
    /// An unexpected token.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// The expected text.
        expected: &'static str,
        /// The text found.
        found: String,
    },
    /// A required parameter without a value.
    #[error("{call} needs a value for {parameter}")]
    Missing {
        /// The name before the parentheses.
        call: &'static str,
        /// The parameter.
        parameter: &'static str,
    },
    /// A parameter with two values.
    #[error("{call} has two values for {parameter}")]
    Twice {
        /// The name before the parentheses.
        call: &'static str,
        /// The parameter.
        parameter: &'static str,
    },
    /// More arguments than parameters.
    #[error("{call} takes at most {takes} arguments")]
    TooMany {
        /// The name before the parentheses.
        call: &'static str,
        /// The number of its parameters.
        takes: usize,
    },
    /// An argument without a name after one with a name.
    #[error("this argument needs its name too; arguments without names must come first")]
    Nameless,
    /// A value that can be parsed and is not possible.
    #[error(transparent)]
    Refused(SharedError),
}

impl ParseError {
    /// An error at this offset of a text, in bytes.
    pub(crate) fn new(text: &str, offset: usize, problem: ParseProblem) -> Self {
        Self(Box::new(Inner {
            text: text.to_string(),
            offset,
            problem,
            usage: None,
        }))
    }

    /// Adds an example of the right text to the message.
    #[must_use]
    pub fn with_usage(mut self, usage: &'static str) -> Self {
        self.0.usage = Some(usage);
        self
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The position of the problem in bytes from the start of the text.
    pub fn offset(&self) -> usize {
        self.0.offset
    }

    /// The problem.
    pub fn problem(&self) -> &ParseProblem {
        &self.0.problem
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// The number of characters shown on each side of the mark.
        const REACH: usize = 60;
        let (before, after) = self.text().split_at(self.offset());
        let mut left: Vec<char> = before.chars().rev().take(REACH).map(to_printable).collect();
        left.reverse();
        let right = after.chars().take(REACH).map(to_printable);
        let shown: String = left.iter().copied().chain(right).collect();
        match self.0.usage {
            None => writeln!(f, "{}", self.problem())?,
            Some(usage) => writeln!(f, "{}; write it as {usage}", self.problem())?,
        }
        writeln!(f, "  {}", shown.trim_end())?;
        write!(f, "  {:>width$}", '^', width = left.len() + 1)
    }
}

impl std::error::Error for ParseError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.problem() {
            ParseProblem::Refused(error) => Some(&**error),
            _ => None,
        }
    }
}

/// Replaces control characters, which could move a terminal's cursor.
fn to_printable(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}

fn suggest_name(name: &str, known: &[&'static str]) -> String {
    nearest_name(name, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}
