use std::path::PathBuf;

use oddframe_core::{SharedError, nearest_name};

/// A recipe that cannot be used: where, and why.
#[derive(Debug, thiserror::Error)]
#[error("{}{problem}", place(.path.as_ref(), *.line))]
pub struct RecipeError {
    /// The file, where the recipe comes from one.
    pub path: Option<PathBuf>,
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong there.
    #[source]
    pub problem: Box<Problem>,
}

impl From<Problem> for RecipeError {
    fn from(problem: Problem) -> Self {
        Self { path: None, line: None, problem: problem.into() }
    }
}

fn place(path: Option<&PathBuf>, line: Option<usize>) -> String {
    let path = path.map(|path| path.display().to_string());
    let line = line.map(|line| format!("line {line}"));
    let both: Vec<String> = [path, line].into_iter().flatten().collect();
    if both.is_empty() { String::new() } else { format!("{}: ", both.join(", ")) }
}

/// What can be wrong with a recipe.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A field that nothing has.
    #[error("unknown field `{name}`{}; known are {}", suggestion(name, known), known.join(", "))]
    UnknownField {
        /// The field.
        name: String,
        /// The fields there are.
        known: Vec<String>,
    },
    /// A word that is not among those a field takes.
    #[error("`{name}` is not known here{}; known are {}", suggestion(name, known), known.join(", "))]
    UnknownWord {
        /// The word.
        name: String,
        /// The words there are.
        known: Vec<String>,
    },
    /// A value that its field does not take, or text that is no TOML.
    #[error("{source}")]
    Value {
        /// What the reader said.
        #[source]
        source: SharedError,
    },
    /// Values that make no sense.
    #[error("{field}: {source}")]
    Field {
        /// The field, such as `system.small.look`.
        field: String,
        /// Why not.
        #[source]
        source: SharedError,
    },
    /// A number outside its range.
    #[error("{field} is {value}; it must be {needs}")]
    Range {
        /// The field.
        field: String,
        /// The value.
        value: f64,
        /// What is accepted.
        needs: &'static str,
    },
    /// Nothing to run.
    #[error("there is no [[system]] in it")]
    NoSystem,
    /// Two systems of one name.
    #[error("two systems are called `{name}`; their files would be one")]
    SameName {
        /// The name.
        name: String,
    },
    /// A name that cannot be a file's, or is taken.
    #[error("a system cannot be called `{name}`: use letters, digits, _ and -, and none of {taken}")]
    Name {
        /// The name.
        name: String,
        /// The names of files that every run has.
        taken: String,
    },
    /// A setting whose key leads nowhere.
    #[error(
        "`{key}` cannot be set: {found} is no table; write TABLE.FIELD=VALUE, such as system.0.train.epochs=3"
    )]
    NoTable {
        /// The whole key.
        key: String,
        /// The part that is no table.
        found: String,
    },
    /// A setting for a system that is not there.
    #[error("`{key}` cannot be set: there is no {name} in [[{list}]]{}; known are {}", suggestion(name, known), known.join(", "))]
    NoElement {
        /// The whole key.
        key: String,
        /// The list.
        list: String,
        /// The element asked for.
        name: String,
        /// The elements there are.
        known: Vec<String>,
    },
    /// A setting that spoils the recipe.
    #[error("--set {setting}: {source}")]
    Setting {
        /// The setting.
        setting: String,
        /// What is wrong with it.
        #[source]
        source: Box<Problem>,
    },
}

fn suggestion(name: &str, known: &[String]) -> String {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    nearest_name(name, &known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

impl Problem {
    /// What a reader of TOML said, with known names made easy to compare.
    pub(super) fn of(error: &toml::de::Error) -> Self {
        let message = error.message();
        // `unknown field `a`, expected one of `b`, `c`` is how serde says it, the names in backticks.
        let mut quoted = message.split('`').skip(1).step_by(2).map(str::to_owned);
        let field = message.starts_with("unknown field `");
        match (field || message.starts_with("unknown variant `"), quoted.next()) {
            (true, Some(name)) if field => Self::UnknownField { name, known: quoted.collect() },
            (true, Some(name)) => Self::UnknownWord { name, known: quoted.collect() },
            _ => Self::Value { source: message.trim_end().into() },
        }
    }

    pub(super) fn field(field: String, source: impl Into<SharedError>) -> Self {
        Self::Field { field, source: source.into() }
    }
}
