use std::fmt;

use oddframe_core::nearest_name;

use crate::error::Error;

/// The error of parsing a chain, a step or a fusion.
///
/// `Display` shows the text with a mark under the position of the problem.
///
/// ```
/// use oddframe_post::{Chain, Problem};
///
/// let error = "minmax | gausian(sigma=3)".parse::<Chain>().unwrap_err();
/// assert_eq!(error.offset(), 9);
/// assert!(matches!(error.problem(), Problem::Unknown { name, .. } if name == "gausian"));
/// assert!(error.to_string().contains("did you mean `gaussian`?"));
/// ```
#[derive(Debug)]
pub struct ParseError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    text: String,
    offset: usize,
    problem: Problem,
}

/// The problem of a text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
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
    #[error("{step} needs a value for {parameter}")]
    Missing {
        /// The step.
        step: &'static str,
        /// The parameter.
        parameter: &'static str,
    },
    /// A parameter with two values.
    #[error("{step} has two values for {parameter}")]
    Twice {
        /// The step.
        step: &'static str,
        /// The parameter.
        parameter: &'static str,
    },
    /// More arguments than parameters.
    #[error("{step} takes at most {takes} arguments")]
    TooMany {
        /// The step.
        step: &'static str,
        /// The number of its parameters.
        takes: usize,
    },
    /// An argument without a name after one with a name.
    #[error("this argument needs its name too; arguments without names must come first")]
    Nameless,
    /// A value or scope that the step rejects.
    #[error(transparent)]
    Refused(#[from] Error),
}

impl ParseError {
    pub(crate) fn new(text: &str, offset: usize, problem: Problem) -> Self {
        Self(Box::new(Inner {
            text: text.to_string(),
            offset,
            problem,
        }))
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
    pub fn problem(&self) -> &Problem {
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
        writeln!(f, "{}", self.problem())?;
        writeln!(f, "  {}", shown.trim_end())?;
        write!(f, "  {:>width$}", '^', width = left.len() + 1)
    }
}

impl std::error::Error for ParseError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.problem() {
            Problem::Refused(error) => Some(error),
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
