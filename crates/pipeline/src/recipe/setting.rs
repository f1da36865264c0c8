use std::fmt;
use std::str::FromStr;

use toml::{Table, Value};

use super::Problem;

/// A value to use in place of a recipe's own: `system.small.train.epochs=3`.
///
/// Elements of a list are named by their place from 0, or by their name. The value is TOML; what is none is text.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    key: String,
    value: Value,
}

/// A text that is no setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no setting; write KEY=VALUE, such as system.0.train.epochs=3")]
pub struct SettingError {
    text: String,
}

impl FromStr for Setting {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, SettingError> {
        let (key, value) =
            text.split_once('=').map(|(key, value)| (key.trim(), value.trim())).unwrap_or_default();
        if key.split('.').any(str::is_empty) {
            return Err(SettingError { text: text.to_owned() });
        }
        let value = value.parse().unwrap_or_else(|_| Value::String(value.to_owned()));
        Ok(Self { key: key.to_owned(), value })
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
}

impl Setting {
    /// Puts the value into a recipe's table. Tables on the way are made where there are none: whether they may be
    /// there is for the recipe to say.
    pub(super) fn apply(&self, recipe: &mut Table) -> Result<(), Problem> {
        let mut parts = self.key.split('.');
        let last = parts.next_back().unwrap_or_default();
        let mut table = recipe;
        while let Some(part) = parts.next() {
            let inner = table.entry(part).or_insert_with(|| Value::Table(Table::new()));
            let inner = match inner {
                Value::Array(elements) => {
                    let name = parts.next().unwrap_or(last);
                    self.element(elements, part, name)?
                }
                other => other,
            };
            let found = part.to_owned();
            table = inner.as_table_mut().ok_or_else(|| Problem::NoTable { key: self.key.clone(), found })?;
        }
        table.insert(last.to_owned(), self.value.clone());
        Ok(())
    }

    /// An element of a list, by its place or its name.
    fn element<'a>(
        &self,
        elements: &'a mut [Value],
        list: &str,
        name: &str,
    ) -> Result<&'a mut Value, Problem> {
        let name_of = |element: &Value| Some(element.get("name")?.as_str()?.to_owned());
        let place = name.parse().ok().filter(|place| *place < elements.len());
        let place = place.or_else(|| elements.iter().position(|e| name_of(e).as_deref() == Some(name)));
        let known = elements.iter().enumerate();
        let known = known.map(|(place, e)| name_of(e).unwrap_or_else(|| place.to_string())).collect();
        let problem =
            Problem::NoElement { key: self.key.clone(), list: list.to_owned(), name: name.to_owned(), known };
        place.and_then(|place| elements.get_mut(place)).ok_or(problem)
    }
}
