use std::borrow::Cow;

use oddframe_core::CsvSplitter;

use super::row::COLUMNS;
use super::{Builder, invalid};
use crate::Error;
use crate::error::Problem;

/// Reads CSV: a header that gives the order of the columns, then a box in each row. Blank lines are skipped.
pub(super) fn parse(text: &str, builder: &mut Builder) -> Result<(), Error> {
    let splitter = CsvSplitter::new(',').with_trimmed_fields();
    let mut fields: Vec<Cow<'_, str>> = Vec::new();
    // The place of each needed column in a row, and the number of columns, once the header is read.
    let mut header: Option<([usize; 8], usize)> = None;
    for (line, text) in (1..).zip(text.lines()) {
        if text.trim().is_empty() {
            continue;
        }
        if !splitter.split_line(text, &mut fields) {
            return Err(invalid(line, Problem::OpenQuote));
        }
        let Some((places, columns)) = header else {
            let places = find_columns(&fields).map_err(|problem| invalid(line, problem))?;
            header = Some((places, fields.len()));
            continue;
        };
        if fields.len() != columns {
            let problem = Problem::FieldCount {
                expected: columns,
                found: fields.len(),
            };
            return Err(invalid(line, problem));
        }
        builder.add_row(&places.map(|place| &*fields[place]), line)?;
    }
    match header {
        Some(_) => Ok(()),
        None => Err(invalid(1, Problem::Empty)),
    }
}

/// The place of each needed column among those of the header.
fn find_columns(header: &[Cow<'_, str>]) -> Result<[usize; 8], Problem> {
    let mut places = [0; 8];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        let mut found = header
            .iter()
            .enumerate()
            .filter(|(_, name)| **name == column);
        *place = match (found.next(), found.next()) {
            (Some((place, _)), None) => place,
            (Some(_), Some(_)) => return Err(Problem::RepeatedColumn { column }),
            (None, _) => {
                let found = header.join(", ");
                return Err(Problem::MissingColumn { column, found });
            }
        };
    }
    Ok(places)
}
