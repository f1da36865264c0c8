use std::fmt;

use oddframe_core::nearest_name;

use crate::Error;

/// A text that is no chain, step or fusion: what is wrong, and where.
///
/// `Display` shows the text with a mark under the place.
#[derive(Debug)]
pub struct ParseError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    text: String,
    offset: usize,
    problem: Problem,
}

/// What is wrong with a text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A name that nothing has.
    #[error("unknown {what} `{name}`{}; known: {}", suggestion(name, known), known.join(", "))]
    Unknown {
        /// What the name should be of.
        what: &'static str,
        /// The name.
        name: String,
        /// The names there are.
        known: Vec<&'static str>,
    },
    /// Something else should be here.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What should be here.
        expected: &'static str,
        /// What is here.
        found: String,
    },
    /// A parameter without a value.
    #[error("{step} needs a value for {parameter}")]
    Missing {
        /// The step.
        step: &'static str,
        /// The parameter.
        parameter: &'static str,
    },
    /// A parameter given twice.
    #[error("{step} has two values for {parameter}")]
    Twice {
        /// The step.
        step: &'static str,
        /// The parameter.
        parameter: &'static str,
    },
    /// More arguments than parameters.
    #[error("{step} takes no more than {takes} arguments")]
    TooMany {
        /// The step.
        step: &'static str,
        /// How many it takes.
        takes: usize,
    },
    /// An argument without a name behind one that has it.
    #[error("write the parameter's name here too; arguments without names come first")]
    Nameless,
    /// A value or scope that the step refuses.
    #[error(transparent)]
    Refused(#[from] Error),
}

impl ParseError {
    pub(crate) fn new(text: &str, offset: usize, problem: Problem) -> Self {
        Self(Box::new(Inner { text: text.to_string(), offset, problem }))
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The place in the text, in bytes from its start.
    pub fn offset(&self) -> usize {
        self.0.offset
    }

    /// What is wrong there.
    pub fn problem(&self) -> &Problem {
        &self.0.problem
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Characters shown to each side of the mark.
        const REACH: usize = 60;
        let (before, behind) = self.text().split_at(self.offset());
        let printable = |c: char| if c.is_control() { ' ' } else { c };
        let mut left: Vec<char> = before.chars().rev().take(REACH).map(printable).collect();
        left.reverse();
        let shown: String = left.iter().copied().chain(behind.chars().take(REACH).map(printable)).collect();
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

fn suggestion(name: &str, known: &[&'static str]) -> String {
    nearest_name(name, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}
