//! Lines and fields of a CSV file, each with its exact line number.
//!
//! A row of these files never spans lines, so a quote that is not closed spoils one line and not the rest of
//! the file. That, and line numbers that are right behind blank lines and CRLF, is why no CSV library reads
//! here; a test compares the fields with one.

use std::borrow::Cow;

use crate::Problem;

/// The lines of a file that are not blank, with their numbers from 1. Ends may be LF, CRLF or CR.
#[derive(Debug, Clone)]
pub(crate) struct Lines<'a> {
    rest: &'a str,
    number: usize,
}

impl<'a> Lines<'a> {
    /// A byte order mark is skipped.
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, Problem> {
        let text = std::str::from_utf8(bytes).map_err(|e| {
            let offset = e.valid_up_to();
            // The part before the offset is text, so the mapping above cannot come here again.
            let line = Self::new(&bytes[..offset]).map_or(1, Self::last_number);
            Problem::NotUtf8 { line, offset }
        })?;
        Ok(Self { rest: text.strip_prefix('\u{feff}').unwrap_or(text), number: 0 })
    }

    fn last_number(mut self) -> usize {
        let mut ended = true;
        while let Some((_, end)) = self.any_line() {
            ended = end;
        }
        self.number + usize::from(ended)
    }

    /// The next line, blank or not, and whether it has an end.
    fn any_line(&mut self) -> Option<(&'a str, bool)> {
        if self.rest.is_empty() {
            return None;
        }
        self.number += 1;
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
            let (line, _) = self.any_line()?;
            if !line.is_empty() {
                return Some((self.number, line));
            }
        }
    }
}

/// Splits a line into `fields`, which it clears before. False when a quoted field does not end as it should.
pub(crate) fn split<'a>(line: &'a str, separator: char, fields: &mut Vec<Cow<'a, str>>) -> bool {
    fields.clear();
    if !line.contains('"') {
        fields.extend(line.split(separator).map(Cow::Borrowed));
        return true;
    }
    let mut rest = Some(line);
    while let Some(field) = rest {
        if let Some(quoted) = field.strip_prefix('"') {
            let Some((value, after)) = unquote(quoted) else { return false };
            fields.push(Cow::Owned(value));
            rest = after.strip_prefix(separator);
            if rest.is_none() && !after.is_empty() {
                return false;
            }
        } else {
            let (value, after) = field.split_once(separator).map_or((field, None), |(v, a)| (v, Some(a)));
            fields.push(Cow::Borrowed(value));
            rest = after;
        }
    }
    true
}

/// The text up to the closing quote, and what follows it.
fn unquote(mut rest: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    loop {
        let (text, after) = rest.split_once('"')?;
        value.push_str(text);
        match after.strip_prefix('"') {
            Some(more) => {
                value.push('"');
                rest = more;
            }
            None => return Some((value, after)),
        }
    }
}

/// A field as it is written: quoted where its text asks for it.
pub(crate) fn quote(text: &str) -> Cow<'_, str> {
    if text.contains([',', '"']) {
        Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(text)
    }
}

/// A field as it is shown to people: not long, and nothing that moves a terminal's cursor.
pub(crate) fn excerpt(text: &str) -> Box<str> {
    const LONGEST: usize = 60;
    let mut shown = String::new();
    for (place, c) in text.chars().enumerate() {
        if place == LONGEST {
            shown.push('…');
            break;
        }
        if c.is_control() { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(text: &str) -> Vec<(usize, &str)> {
        Lines::new(text.as_bytes()).unwrap().collect()
    }

    fn fields(line: &str) -> Option<Vec<Cow<'_, str>>> {
        let mut fields = vec!["old".into()];
        split(line, ',', &mut fields).then_some(fields)
    }

    #[test]
    fn lines_keep_their_numbers_past_blank_ones() {
        assert_eq!(lines("a\nb\n"), [(1, "a"), (2, "b")]);
        assert_eq!(lines("\u{feff}a\r\n\r\nb"), [(1, "a"), (3, "b")]);
        assert_eq!(lines("\n\na\r\rb\n\n"), [(3, "a"), (5, "b")]);
        assert_eq!(lines("\u{feff}"), []);
    }

    #[test]
    fn bytes_that_are_no_text_are_found() {
        let at = |bytes: &[u8]| Lines::new(bytes).unwrap_err();
        assert_eq!(at(b"\xff\xfea"), Problem::NotUtf8 { line: 1, offset: 0 });
        assert_eq!(at(b"a\nb\xc3"), Problem::NotUtf8 { line: 2, offset: 3 });
        assert_eq!(at(b"a\r\n\xc3"), Problem::NotUtf8 { line: 2, offset: 3 });
        assert_eq!(at(b"\xef\xbb\xbfa\n\nb\n\x80"), Problem::NotUtf8 { line: 4, offset: 8 });
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

    #[test]
    fn what_is_shown_is_short_and_harmless() {
        assert_eq!(&*excerpt("a\u{1b}[2Jb\u{7f}"), "a\\u{1b}[2Jb\\u{7f}");
        assert_eq!(excerpt(&"é".repeat(100)).chars().count(), 61);
        assert_eq!(&*excerpt(&"é".repeat(60)), "é".repeat(60));
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
            let ours = texts.iter().map(|t| quote(t)).collect::<Vec<_>>().join(",");
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
