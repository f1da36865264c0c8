use serde_json::{Map, Value};

use super::Builder;
use super::row::COLUMNS;
use crate::Error;
use crate::error::{Problem, invalid};

/// Reads JSON lines: one object with the keys of the columns in each line. Blank lines are skipped.
///
/// A number may also be written as a string, because frame `"005"` and video `"01"` are often kept as text.
pub(super) fn parse(text: &str, builder: &mut Builder) -> Result<(), Error> {
    for (line, text) in (1..).zip(text.lines()) {
        if text.trim().is_empty() {
            continue;
        }
        let object: Map<String, Value> = serde_json::from_str(text).map_err(|error| {
            // The parser sees one line at a time, so only the column of its message is right.
            let message = error.to_string();
            let reason = message.split(" at line ").next().unwrap_or_default();
            let message = format!("column {}: {reason}", error.column());
            invalid(line, Problem::Json { message })
        })?;
        let mut values: [String; 8] = Default::default();
        for (value, column) in values.iter_mut().zip(COLUMNS) {
            *value = match object.get(column) {
                Some(Value::String(text)) => text.trim().to_string(),
                Some(value) => value.to_string(),
                None => {
                    let keys: Vec<&str> = object.keys().map(String::as_str).collect();
                    let found = keys.join(", ");
                    let needed = COLUMNS.join(", ");
                    let problem = Problem::MissingColumn {
                        column,
                        found,
                        needed,
                    };
                    return Err(invalid(line, problem));
                }
            };
        }
        builder.add_row(&values.each_ref().map(String::as_str), line)?;
    }
    Ok(())
}
