use std::fmt;

/// What is wrong with one parameter in a file of weights. Parameters have the file's names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WeightProblem {
    /// The model has it, the file does not.
    Missing {
        /// The parameter's name.
        name: String,
    },
    /// The file has it, the model does not.
    Unexpected {
        /// The parameter's name.
        name: String,
    },
    /// The shapes differ.
    Shape {
        /// The parameter's name.
        name: String,
        /// The model's shape.
        expected: Vec<usize>,
        /// The file's shape.
        found: Vec<usize>,
    },
    /// Some values are NaN or infinite.
    NotFinite {
        /// The parameter's name.
        name: String,
        /// The number of such values.
        count: usize,
        /// The number of all values.
        of: usize,
    },
    /// The values are not floating-point numbers.
    NotFloat {
        /// The parameter's name.
        name: String,
        /// The type of the values.
        found: String,
    },
    /// The values cannot be read.
    Unreadable {
        /// The parameter's name.
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
            Self::Shape {
                name,
                expected,
                found,
            } => {
                write!(
                    f,
                    "{name}: the model has the shape {expected:?}, the file {found:?}"
                )
            }
            Self::NotFinite { name, count, of } => {
                write!(f, "{name}: {count} of {of} values are NaN or infinite")
            }
            Self::NotFloat { name, found } => {
                write!(
                    f,
                    "{name}: the values are {found}; they must be floating-point numbers"
                )
            }
            Self::Unreadable { name, reason } => write!(f, "{name}: cannot be read ({reason})"),
        }
    }
}

/// All problems, one per line.
pub(crate) fn list_problems(problems: &[WeightProblem]) -> String {
    problems.iter().fold(String::new(), |lines, problem| {
        lines + "\n  " + &problem.to_string()
    })
}
