use std::fmt;
use std::str::FromStr;

use toml::{Table, Value};

use super::{Problem, RecipeError};

/// A value that overrides one of the recipe: `system.small.train.epochs=3`.
///
/// Elements of a list are selected by their position from 0, or by their name. A value that is not TOML is a string.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    key: String,
    value: Value,
}

impl FromStr for Setting {
    type Err = RecipeError;

    fn from_str(text: &str) -> Result<Self, RecipeError> {
        let (key, value) = text
            .split_once('=')
            .map(|(key, value)| (key.trim(), value.trim()))
            .unwrap_or_default();
        if key.split('.').any(str::is_empty) {
            let text = text.to_owned();
            return Err(Problem::NotASetting { text }.into());
        }
        // `fuse.how=mean` needs no quotes on a command line: what is not a TOML value is a string.
        let value = value
            .parse()
            .unwrap_or_else(|_| Value::String(value.to_owned()));
        Ok(Self {
            key: key.to_owned(),
            value,
        })
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
}

impl Setting {
    /// Puts the value into the table of a recipe. Missing tables on the way are created; reading the recipe then checks
    /// whether they are allowed.
    pub(super) fn apply(&self, recipe: &mut Table) -> Result<(), Problem> {
        // The last part names the field. All parts before it lead from table to table; a list takes two parts,
        // its own name and that of the element: `system.small` is the `[[system]]` with `name = "small"`.
        let mut parts = self.key.split('.');
        let last = parts.next_back().unwrap_or_default();
        let mut table = recipe;
        while let Some(part) = parts.next() {
            let inner = table
                .entry(part)
                .or_insert_with(|| Value::Table(Table::new()));
            let inner = match inner {
                Value::Array(elements) => {
                    let name = parts.next().unwrap_or(last);
                    self.find_element(elements, part, name)?
                }
                other => other,
            };
            let found = part.to_owned();
            table = inner.as_table_mut().ok_or_else(|| Problem::NoTable {
                key: self.key.clone(),
                found,
            })?;
        }
        table.insert(last.to_owned(), self.value.clone());
        Ok(())
    }

    /// Finds an element of a list by its position or its name.
    fn find_element<'a>(
        &self,
        elements: &'a mut [Value],
        list: &str,
        name: &str,
    ) -> Result<&'a mut Value, Problem> {
        // The position comes first, so that `system.0` is the first system whatever the systems are named.
        let by_place = name.parse().ok().filter(|place| *place < elements.len());
        let by_name = || {
            elements
                .iter()
                .position(|element| element_name(element) == Some(name))
        };
        let Some(place) = by_place.or_else(by_name) else {
            let known = elements.iter().enumerate().map(|(place, element)| {
                element_name(element).map_or_else(|| place.to_string(), str::to_owned)
            });
            return Err(Problem::NoElement {
                key: self.key.clone(),
                list: list.to_owned(),
                name: name.to_owned(),
                known: known.collect(),
            });
        };
        Ok(&mut elements[place])
    }
}

/// The name of a system, among the elements of a list.
fn element_name(element: &Value) -> Option<&str> {
    element.get("name")?.as_str()
}
