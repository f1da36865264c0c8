use std::borrow::Cow;
use std::io::{BufRead, Read};
use std::str::FromStr;

use oddframe_core::CsvSplitter;

use crate::Error;

/// Label files are written by hand and by spreadsheet programs, so blanks around fields do not count.
const COMMAS: CsvSplitter = CsvSplitter::new(',').with_trimmed_fields();

/// The longest CSV line accepted, in bytes.
const MAX_LINE_BYTES: u64 = 1 << 16;

/// Reads the required columns of a CSV file row by row, with line numbers.
///
/// A byte order mark, CRLF and blank lines are accepted. A quoted field must end on its line: this keeps line
/// numbers exact and bounds the memory that a hostile file can claim.
pub(crate) struct Rows<R> {
    input: R,
    line: u64,
    bytes: Vec<u8>,
    width: usize,
    /// Name and position of each required column.
    columns: Vec<(&'static str, usize)>,
}

impl<R: BufRead> Rows<R> {
    /// Reads the header.
    pub(crate) fn new(input: R, required: &[&'static str]) -> Result<Self, Error> {
        let mut rows = Self {
            input,
            line: 0,
            bytes: Vec::new(),
            width: 0,
            columns: Vec::new(),
        };
        if !rows.next_line()? {
            return Err(Error::Empty);
        }
        let header = decode_line(&rows.bytes, 1)?;
        let names = split_fields(header, 1)?;
        // Columns are found by name and may be in any order; the positions of the required ones are all that
        // is kept of the header.
        for &column in required {
            let mut found = names.iter().enumerate().filter(|(_, name)| *name == column);
            let (place, _) = found.next().ok_or_else(|| Error::NoColumn {
                column,
                header: header.chars().take(200).collect(),
            })?;
            if found.next().is_some() {
                return Err(Error::ColumnTwice { column });
            }
            rows.columns.push((column, place));
        }
        rows.width = names.len();
        Ok(rows)
    }

    /// The next row that is not blank.
    pub(crate) fn next_row(&mut self) -> Result<Option<Row<'_>>, Error> {
        loop {
            if !self.next_line()? {
                return Ok(None);
            }
            if !self.bytes.iter().all(u8::is_ascii_whitespace) {
                break;
            }
        }
        let fields = split_fields(decode_line(&self.bytes, self.line)?, self.line)?;
        if fields.len() != self.width {
            let (expected, found) = (self.width, fields.len());
            return Err(Error::FieldCount {
                line: self.line,
                expected,
                found,
            });
        }
        Ok(Some(Row {
            line: self.line,
            columns: &self.columns,
            fields,
        }))
    }

    fn next_line(&mut self) -> Result<bool, Error> {
        self.bytes.clear();
        // The limit is one byte above the maximum, so a longer line is recognised without reading it whole.
        let read = self
            .input
            .by_ref()
            .take(MAX_LINE_BYTES + 1)
            .read_until(b'\n', &mut self.bytes)?;
        if read as u64 > MAX_LINE_BYTES {
            return Err(Error::TooLarge {
                what: "bytes in a line",
                limit: MAX_LINE_BYTES,
            });
        }
        self.line += 1;
        // Spreadsheet programs write a byte order mark in front of the header.
        if self.line == 1 && self.bytes.starts_with(b"\xEF\xBB\xBF") {
            self.bytes.drain(..3);
        }
        while self
            .bytes
            .last()
            .is_some_and(|b| matches!(b, b'\n' | b'\r'))
        {
            self.bytes.pop();
        }
        Ok(read > 0)
    }
}

/// One row: its line number and its fields.
pub(crate) struct Row<'a> {
    pub(crate) line: u64,
    columns: &'a [(&'static str, usize)],
    fields: Vec<Cow<'a, str>>,
}

impl Row<'_> {
    /// The field in a required column, given by its index in the list of required columns.
    pub(crate) fn text(&self, column: usize) -> &str {
        &self.fields[self.columns[column].1]
    }

    /// The same field, parsed.
    pub(crate) fn parse<T: FromStr>(
        &self,
        column: usize,
        expected: &'static str,
    ) -> Result<T, Error> {
        self.text(column)
            .parse()
            .map_err(|_| self.unexpected(column, expected))
    }

    /// The error for a field with an invalid value.
    pub(crate) fn unexpected(&self, column: usize, expected: &'static str) -> Error {
        let text = self.text(column).chars().take(40).collect();
        Error::Field {
            line: self.line,
            column: self.columns[column].0,
            text,
            expected,
        }
    }
}

fn decode_line(bytes: &[u8], line: u64) -> Result<&str, Error> {
    str::from_utf8(bytes).map_err(|e| Error::NotText {
        line,
        column: e.valid_up_to() + 1,
    })
}

/// Splits a line into its fields, without the blanks around them.
fn split_fields(line: &str, number: u64) -> Result<Vec<Cow<'_, str>>, Error> {
    let mut fields = Vec::new();
    if COMMAS.split_line(line, &mut fields) {
        Ok(fields)
    } else {
        Err(Error::Quotes { line: number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(csv: &str) -> Result<Vec<(u64, String, String)>, Error> {
        let mut rows = Rows::new(csv.as_bytes(), &["b", "a"])?;
        let mut read = Vec::new();
        while let Some(row) = rows.next_row()? {
            read.push((row.line, row.text(0).to_string(), row.text(1).to_string()));
        }
        Ok(read)
    }

    #[test]
    fn columns_are_returned_in_the_required_order() {
        let read = fields("\u{feff}a, x ,b\r\n1,2,3\r\n\r\n \n4,\"5,\"\" \" , 6").unwrap();
        assert_eq!(
            read,
            [(2, "3".into(), "1".into()), (5, "6".into(), "4".into())]
        );
        assert_eq!(
            fields("\"a\",\"b\"\n\"x, \"\"y\"\"\",\"\"\n").unwrap(),
            [(2, String::new(), "x, \"y\"".into())]
        );
    }

    fn error_message(csv: &str) -> String {
        fields(csv).unwrap_err().to_string()
    }

    #[test]
    fn errors_name_the_line() {
        assert_eq!(error_message(""), "the file is empty");
        assert_eq!(
            error_message("a,c\n"),
            "line 1: the header `a,c` has no column `b`"
        );
        assert_eq!(
            error_message("a,b,a\n"),
            "line 1: the header has the column `a` twice"
        );
        assert_eq!(
            error_message("a,b\n\n1,2\n1\n"),
            "line 4: expected 2 fields, found 1"
        );
        assert_eq!(
            error_message("a,b\r\n1,2\r\n1,2,3\r\n"),
            "line 3: expected 2 fields, found 3"
        );
        assert_eq!(
            error_message("a,b\n1,\"2\n"),
            "line 2: a quoted field is not closed on its line"
        );
        assert_eq!(
            error_message("a,b\n\"1\"x,2\n"),
            "line 2: a quoted field is not closed on its line"
        );
        let mut rows = Rows::new(&b"a,b\n1,2\n1,\xFF\n"[..], &["a"]).unwrap();
        rows.next_row().unwrap();
        assert_eq!(
            rows.next_row().err().unwrap().to_string(),
            "line 3: byte 3 is not UTF-8 text"
        );
        let long = format!("a,b\n{}", "1".repeat(70_000));
        assert_eq!(
            error_message(&long),
            "too many bytes in a line: the limit is 65536"
        );
    }
}
