//! Iterates over the lines of a CSV file together with their line numbers.
//!
//! A row of these files never spans lines, so an unclosed quote spoils one line and not the rest of the file.
//! For this reason, and for line numbers that stay exact after blank lines and CRLF, no CSV library is used.

use oddframe_core::CsvSplitter;

use crate::problem::Problem;

/// Splits the lines of well-formed files. Blanks are part of a field, so that the check can report them.
pub(crate) const COMMAS: CsvSplitter = CsvSplitter::new(',');

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

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(usize, &str)> {
        Lines::new(text.as_bytes()).unwrap().collect()
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
}
