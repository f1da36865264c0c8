//! Lines and fields of a CSV file, each with its exact line number.
//!
//! A row of these files never spans lines, so an unclosed quote spoils one line and not the rest of the file.
//! For this reason, and for line numbers that stay exact after blank lines and CRLF, no CSV library is used;
//! a test compares the fields with one.

use std::borrow::Cow;

use crate::problem::Problem;

/// The lines of a file that are not blank, with their numbers from 1. Lines end with LF, CRLF or CR.
#[derive(Debug, Clone)]
pub(crate) struct Lines<'a> {
    rest: &'a str,
    number: usize,
}

impl<'a> Lines<'a> {
    /// Checks that the bytes are UTF-8 and skips a byte order mark.
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, Problem> {
        let text = std::str::from_utf8(bytes).map_err(|e| {
            let offset = e.valid_up_to();
            // The bytes before the offset are valid text, so this recursion ends at once.
            let line = Self::new(&bytes[..offset]).map_or(1, Self::last_number);
            Problem::NotUtf8 { line, offset }
        })?;
        Ok(Self {
            rest: text.strip_prefix('\u{feff}').unwrap_or(text),
            number: 0,
        })
    }

    fn last_number(mut self) -> usize {
        // After a line break the next byte belongs to a new line, even if nothing of that line was read.
        let mut ended = true;
        while let Some((_, end)) = self.next_line() {
            ended = end;
        }
        self.number + usize::from(ended)
    }

    /// The next line, blank or not, and whether a line break ends it.
    fn next_line(&mut self) -> Option<(&'a str, bool)> {
        if self.rest.is_empty() {
            return None;
        }
        self.number += 1;
        // A line ends at LF, CR or CRLF; `strip_prefix` below treats CRLF as one end.
        let Some(end) = self.rest.bytes().position(|b| b == b'\n' || b == b'\r') else {
            return Some((std::mem::take(&mut self.rest), false));
        };
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest.strip_prefix("\r\n").unwrap_or(&rest[1..]);
        Some((line, true))
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = (usize, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (line, _) = self.next_line()?;
            if !line.is_empty() {
                return Some((self.number, line));
            }
        }
    }
}

/// Clears `fields` and splits a line into it. Returns false if a quoted field is not closed, or text follows
/// its closing quote.
pub(crate) fn split_fields<'a>(
    line: &'a str,
    separator: char,
    fields: &mut Vec<Cow<'a, str>>,
) -> bool {
    fields.clear();
    // Most lines have no quotes and are split without copying.
    if !line.contains('"') {
        fields.extend(line.split(separator).map(Cow::Borrowed));
        return true;
    }
    let mut rest = Some(line);
    while let Some(field) = rest {
        if let Some(quoted) = field.strip_prefix('"') {
            let Some((value, after)) = unquote(quoted) else {
                return false;
            };
            fields.push(Cow::Owned(value));
            rest = after.strip_prefix(separator);
            if rest.is_none() && !after.is_empty() {
                return false;
            }
        } else {
            let (value, after) = field
                .split_once(separator)
                .map_or((field, None), |(v, a)| (v, Some(a)));
            fields.push(Cow::Borrowed(value));
            rest = after;
        }
    }
    true
}

/// The text up to the closing quote, and the text after it.
fn unquote(mut rest: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    loop {
        let (text, after) = rest.split_once('"')?;
        value.push_str(text);
        // Two quotes in a row stand for one quote of the text; a single one closes the field.
        match after.strip_prefix('"') {
            Some(more) => {
                value.push('"');
                rest = more;
            }
            None => return Some((value, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::quote_field;

    fn lines(text: &str) -> Vec<(usize, &str)> {
        Lines::new(text.as_bytes()).unwrap().collect()
    }

    fn fields(line: &str) -> Option<Vec<Cow<'_, str>>> {
        let mut fields = vec!["old".into()];
        split_fields(line, ',', &mut fields).then_some(fields)
    }

    #[test]
    fn lines_keep_their_numbers_past_blank_ones() {
        assert_eq!(lines("a\nb\n"), [(1, "a"), (2, "b")]);
        assert_eq!(lines("\u{feff}a\r\n\r\nb"), [(1, "a"), (3, "b")]);
        assert_eq!(lines("\n\na\r\rb\n\n"), [(3, "a"), (5, "b")]);
        assert_eq!(lines("\u{feff}"), []);
    }

    fn line_error(bytes: &[u8]) -> Problem {
        Lines::new(bytes).unwrap_err()
    }

    #[test]
    fn bytes_that_are_no_text_are_found() {
        assert_eq!(
            line_error(b"\xff\xfea"),
            Problem::NotUtf8 { line: 1, offset: 0 }
        );
        assert_eq!(
            line_error(b"a\nb\xc3"),
            Problem::NotUtf8 { line: 2, offset: 3 }
        );
        assert_eq!(
            line_error(b"a\r\n\xc3"),
            Problem::NotUtf8 { line: 2, offset: 3 }
        );
        assert_eq!(
            line_error(b"\xef\xbb\xbfa\n\nb\n\x80"),
            Problem::NotUtf8 { line: 4, offset: 8 }
        );
    }

    #[test]
    fn quotes_are_taken_off_or_refused() {
        assert_eq!(fields("1_2,0.5").unwrap(), ["1_2", "0.5"]);
        assert_eq!(fields("\"1_2\",\"0.5\"").unwrap(), ["1_2", "0.5"]);
        assert_eq!(fields("\"a,\"\"b\",,\"\"").unwrap(), ["a,\"b", "", ""]);
        assert_eq!(fields("a\"b,c").unwrap(), ["a\"b", "c"]);
        assert_eq!(fields("a,\"b\",").unwrap(), ["a", "b", ""]);
        for bad in ["\"a,b", "\"a\"b,c", "a,\"", "\"a\"\","] {
            assert_eq!(fields(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn fields_are_those_that_were_written(
            texts in prop::collection::vec("[a-z0-9 ,\"_é]{0,8}", 2..6)
        ) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(&texts).unwrap();
            let theirs = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            prop_assert_eq!(fields(theirs.trim_end_matches('\n')).unwrap(), texts.clone());
            let ours = texts.iter().map(|t| quote_field(t)).collect::<Vec<_>>().join(",");
            prop_assert_eq!(fields(&ours).unwrap(), texts);
        }

        #[test]
        fn fields_of_any_line_are_those_of_the_csv_crate(line in "[a-c,\"]{1,12}") {
            let Some(ours) = fields(&line) else { return Ok(()) };
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
            let theirs = reader.records().next().unwrap().unwrap();
            prop_assert_eq!(ours, theirs.iter().collect::<Vec<_>>());
        }
    }
}
