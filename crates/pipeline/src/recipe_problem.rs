use std::path::PathBuf;

use oddframe_core::{SharedError, nearest_name};

/// A recipe that cannot be used: where the problem is, and what it is.
#[derive(Debug, thiserror::Error)]
#[error("{}{problem}", describe_place(.path.as_ref(), *.line))]
pub struct RecipeError {
    /// The file, where the recipe comes from one.
    pub path: Option<PathBuf>,
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    /// The problem.
    #[source]
    pub problem: Box<Problem>,
}

impl From<Problem> for RecipeError {
    fn from(problem: Problem) -> Self {
        Self {
            path: None,
            line: None,
            problem: problem.into(),
        }
    }
}

fn describe_place(path: Option<&PathBuf>, line: Option<usize>) -> String {
    let path = path.map(|path| path.display().to_string());
    let line = line.map(|line| format!("line {line}"));
    let both: Vec<String> = [path, line].into_iter().flatten().collect();
    if both.is_empty() {
        String::new()
    } else {
        format!("{}: ", both.join(", "))
    }
}

/// What can be wrong with a recipe.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A field that does not exist.
    #[error("unknown field `{name}`{}; known are {}", suggestion(name, known), known.join(", "))]
    UnknownField {
        /// The field.
        name: String,
        /// The fields there are.
        known: Vec<String>,
    },
    /// A word that its field does not accept.
    #[error("`{name}` is not known here{}; known are {}", suggestion(name, known), known.join(", "))]
    UnknownWord {
        /// The word.
        name: String,
        /// The words there are.
        known: Vec<String>,
    },
    /// A value that its field does not accept, or text that is not TOML.
    #[error("{source}")]
    Value {
        /// The reason.
        #[source]
        source: SharedError,
    },
    /// A value that is not possible.
    #[error("{field}: {source}")]
    Field {
        /// The field, such as `system.small.join`.
        field: String,
        /// The reason.
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
    /// The file of the section `[regions]` cannot be used.
    #[error("{source}")]
    RegionFile {
        /// The problem and its place in the file.
        #[source]
        source: Box<RecipeError>,
    },
    /// A file of regions without any.
    #[error("there is no region; write [[ignore]] or [[only]] with a name and points")]
    NoRegion,
    /// With `[calibration]`, a step over all videos together.
    #[error(
        "{field}: `{step}` makes the score of a frame depend on the other videos that are scored with it, so that calibrated scores \
         could not be compared between calls; leave it out, as calibrated scores have one unit already, write the step with \
         `per video`, or use max or mean in place of rank-mean"
    )]
    WholeSetStep {
        /// The field, such as `fuse.post`.
        field: String,
        /// The step or fusion.
        step: String,
    },
    /// A recipe without systems.
    #[error("the recipe has no [[system]]")]
    NoSystem,
    /// A recipe whose systems are all for comparison.
    #[error("no system takes part in the fusion; set fused = true for at least one [[system]]")]
    NothingFused,
    /// A kind that is not registered.
    #[error("`{name}` is not a kind of system{}; known are {}", suggestion(name, known), known.join(", "))]
    UnknownKind {
        /// The kind.
        name: String,
        /// The kinds of the registry.
        known: Vec<String>,
    },
    /// Two systems of one name.
    #[error("two systems are named `{name}`; their files would overwrite each other")]
    SameName {
        /// The name.
        name: String,
    },
    /// A name that cannot be the name of a file.
    #[error("{what} cannot be named `{name}`: use letters, digits, _ and -")]
    Name {
        /// What has the name.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A text that is not a setting.
    #[error("`{text}` is not a setting; write KEY=VALUE, such as system.0.train.epochs=3")]
    NotASetting {
        /// The text.
        text: String,
    },
    /// A setting whose key does not lead to a table.
    #[error(
        "`{key}` cannot be set: {found} is not a table; write TABLE.FIELD=VALUE, such as system.0.train.epochs=3"
    )]
    NoTable {
        /// The whole key.
        key: String,
        /// The part of the key that is not a table.
        found: String,
    },
    /// A setting for a system that the recipe does not have.
    #[error("`{key}` cannot be set: there is no {name} in [[{list}]]{}; known are {}", suggestion(name, known), known.join(", "))]
    NoElement {
        /// The whole key.
        key: String,
        /// The list.
        list: String,
        /// The requested element.
        name: String,
        /// The elements there are.
        known: Vec<String>,
    },
    /// A setting that makes the recipe invalid.
    #[error("--set {setting}: {source}")]
    Setting {
        /// The setting.
        setting: String,
        /// The problem.
        #[source]
        source: Box<Problem>,
    },
}

fn suggestion(name: &str, known: &[String]) -> String {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    nearest_name(name, &known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

impl Problem {
    /// Converts an error of the TOML reader. Unknown names become problems of their own, which suggest the nearest known
    /// name.
    pub(crate) fn from_toml(error: &toml::de::Error) -> Self {
        let message = error.message();
        // `unknown field `a`, expected one of `b`, `c`` is how serde says it, the names in backticks.
        let mut quoted = message.split('`').skip(1).step_by(2).map(str::to_owned);
        let field = message.starts_with("unknown field `");
        match (
            field || message.starts_with("unknown variant `"),
            quoted.next(),
        ) {
            (true, Some(name)) if field => Self::UnknownField {
                name,
                known: quoted.collect(),
            },
            (true, Some(name)) => Self::UnknownWord {
                name,
                known: quoted.collect(),
            },
            _ => Self::Value {
                source: message.trim_end().into(),
            },
        }
    }

    pub(super) fn field(field: String, source: impl Into<SharedError>) -> Self {
        Self::Field {
            field,
            source: source.into(),
        }
    }
}
