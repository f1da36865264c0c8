use std::fmt;

/// What is wrong with one layer's weights in a file. Layers are named as the file names them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WeightProblem {
    /// The model has it, the file has not.
    Missing {
        /// The weights' name.
        name: String,
    },
    /// The file has it, the model has not.
    Unexpected {
        /// The weights' name.
        name: String,
    },
    /// The shapes differ.
    Shape {
        /// The weights' name.
        name: String,
        /// The model's shape.
        expected: Vec<usize>,
        /// The file's shape.
        found: Vec<usize>,
    },
    /// Some values are NaN or infinite.
    NotFinite {
        /// The weights' name.
        name: String,
        /// How many.
        count: usize,
        /// Of how many.
        of: usize,
    },
    /// The values could not be had.
    Unreadable {
        /// The weights' name.
        name: String,
        /// Why.
        reason: String,
    },
}

impl fmt::Display for WeightProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name } => write!(f, "{name}: missing in the file"),
            Self::Unexpected { name } => write!(f, "{name}: the model has no such weights"),
            Self::Shape { name, expected, found } => {
                write!(f, "{name}: the model has the shape {expected:?}, the file {found:?}")
            }
            Self::NotFinite { name, count, of } => {
                write!(f, "{name}: {count} of {of} values are NaN or infinite")
            }
            Self::Unreadable { name, reason } => write!(f, "{name}: cannot be read ({reason})"),
        }
    }
}

/// All problems, a line each.
pub(crate) fn lines(problems: &[WeightProblem]) -> String {
    problems.iter().fold(String::new(), |lines, problem| lines + "\n  " + &problem.to_string())
}
