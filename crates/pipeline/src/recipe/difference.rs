use std::fmt;

use toml::{Table, Value};

/// The first field in which two recipes differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The field, such as `system.0.train.epochs`.
    pub field: String,
    /// The value in the first recipe, or `absent`.
    pub first: String,
    /// The value in the second recipe, or `absent`.
    pub second: String,
}

impl Difference {
    /// The difference as seen from the table or list that holds it.
    fn inside(self, outer: &str) -> Self {
        Self {
            field: format!("{outer}.{}", self.field),
            ..self
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is {} there and {} here",
            self.field, self.first, self.second
        )
    }
}

pub(super) fn first_difference(first: &Table, second: &Table) -> Option<Difference> {
    // The keys of both tables, sorted: the same two recipes always give the same first difference, and a
    // field that only one of them has is a difference too.
    let mut keys: Vec<&String> = first.keys().chain(second.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter()
        .find_map(|key| between(key, first.get(key), second.get(key)))
}

fn between(field: &str, first: Option<&Value>, second: Option<&Value>) -> Option<Difference> {
    match (first, second) {
        (Some(Value::Table(first)), Some(Value::Table(second))) => {
            first_difference(first, second).map(|difference| difference.inside(field))
        }
        (Some(Value::Array(first)), Some(Value::Array(second))) => {
            (0..first.len().max(second.len()))
                .find_map(|place| between(&place.to_string(), first.get(place), second.get(place)))
                .map(|difference| difference.inside(field))
        }
        (first, second) if first == second => None,
        (first, second) => Some(Difference {
            field: field.to_owned(),
            first: value_or_absent(first),
            second: value_or_absent(second),
        }),
    }
}

fn value_or_absent(value: Option<&Value>) -> String {
    value.map_or_else(|| "absent".to_owned(), ToString::to_string)
}
