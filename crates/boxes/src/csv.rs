use std::borrow::Cow;
use std::fs;
use std::path::Path;

use oddframe_core::CsvSplitter;

use crate::Error;
use crate::error::{Problem, invalid};

/// Reads a file of text; bytes that are not UTF-8 are an error with their line.
pub(crate) fn read_text(path: &Path) -> Result<String, Error> {
    let bytes = fs::read(path).map_err(|source| Error::Read {
        path: path.to_path_buf(),
        source,
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let before = &error.as_bytes()[..offset];
        let line = before.split(|byte| *byte == b'\n').count();
        invalid(line, Problem::NotText { offset }).in_file(path)
    })
}

/// Reads CSV: a header that gives the order of the columns, then a box in each row. Blank lines are skipped. `add_row` gets
/// the fields of these columns, and the line.
pub(crate) fn parse_csv<const N: usize>(
    text: &str,
    columns: [&'static str; N],
    mut add_row: impl FnMut(&[&str; N], usize) -> Result<(), Error>,
) -> Result<(), Error> {
    let splitter = CsvSplitter::new(',').with_trimmed_fields();
    let mut fields: Vec<Cow<'_, str>> = Vec::new();
    // The place of each needed column in a row, and the number of columns, once the header is read.
    let mut header: Option<([usize; N], usize)> = None;
    for (line, text) in (1..).zip(text.lines()) {
        if text.trim().is_empty() {
            continue;
        }
        if !splitter.split_line(text, &mut fields) {
            return Err(invalid(line, Problem::OpenQuote));
        }
        let Some((places, expected)) = header else {
            let places =
                find_columns(columns, &fields).map_err(|problem| invalid(line, problem))?;
            header = Some((places, fields.len()));
            continue;
        };
        if fields.len() != expected {
            let problem = Problem::FieldCount {
                expected,
                found: fields.len(),
            };
            return Err(invalid(line, problem));
        }
        add_row(&places.map(|place| &*fields[place]), line)?;
    }
    if header.is_none() {
        let header = columns.join(",");
        return Err(invalid(1, Problem::Empty { header }));
    }
    Ok(())
}

/// The place of each needed column among those of the header.
fn find_columns<const N: usize>(
    columns: [&'static str; N],
    header: &[Cow<'_, str>],
) -> Result<[usize; N], Problem> {
    let mut places = [0; N];
    for (place, column) in places.iter_mut().zip(columns) {
        let mut found = header
            .iter()
            .enumerate()
            .filter(|(_, name)| **name == column);
        *place = match (found.next(), found.next()) {
            (Some((place, _)), None) => place,
            (Some(_), Some(_)) => return Err(Problem::RepeatedColumn { column }),
            (None, _) => {
                let found = header.join(", ");
                let needed = columns.join(", ");
                return Err(Problem::MissingColumn {
                    column,
                    found,
                    needed,
                });
            }
        };
    }
    Ok(places)
}
