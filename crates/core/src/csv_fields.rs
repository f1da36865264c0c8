use std::borrow::Cow;

/// Splits the lines of a CSV file into fields.
///
/// A quoted field may hold separators, and two quotes stand for one. It must end on its line: an unclosed quote then
/// spoils one line instead of the rest of the file, and line numbers in messages stay exact.
///
/// ```
/// use oddframe_core::CsvSplitter;
/// let mut fields = Vec::new();
/// assert!(CsvSplitter::new(',').split_line("a,\"b,\"\"c\"\"\", d", &mut fields));
/// assert_eq!(fields, ["a", "b,\"c\"", " d"]);
/// assert!(CsvSplitter::new(',').with_trimmed_fields().split_line(" a , \"b \"", &mut fields));
/// assert_eq!(fields, ["a", "b "]);
/// assert!(!CsvSplitter::new(',').split_line("a,\"b", &mut fields), "a quote is not closed");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CsvSplitter {
    separator: char,
    trims: bool,
}

impl CsvSplitter {
    /// Splits at `separator` and keeps the blanks around fields.
    pub const fn new(separator: char) -> Self {
        Self {
            separator,
            trims: false,
        }
    }

    /// Removes the blanks around fields, but not those inside quotes. For separators that are no blanks themselves.
    #[must_use]
    pub const fn with_trimmed_fields(self) -> Self {
        Self {
            trims: true,
            ..self
        }
    }

    /// Replaces `fields` by the fields of a line without its line break. Returns false if a quoted field is not closed,
    /// or text follows its closing quote.
    #[must_use]
    pub fn split_line<'a>(self, line: &'a str, fields: &mut Vec<Cow<'a, str>>) -> bool {
        fields.clear();
        // Most lines have no quotes and are split without copying.
        if !line.contains('"') {
            let plain = line.split(self.separator);
            fields.extend(plain.map(|field| Cow::Borrowed(self.trim_field(field))));
            return true;
        }
        // `rest` begins with a field; none is left when no separator follows the last one.
        let mut rest = Some(line);
        while let Some(text) = rest {
            if let Some(quoted) = self.trim_start(text).strip_prefix('"') {
                let Some((value, after)) = unquote(quoted) else {
                    return false;
                };
                fields.push(Cow::Owned(value));
                let after = self.trim_start(after);
                rest = after.strip_prefix(self.separator);
                if rest.is_none() && !after.is_empty() {
                    return false;
                }
            } else {
                let (field, after) = match text.split_once(self.separator) {
                    Some((field, after)) => (field, Some(after)),
                    None => (text, None),
                };
                fields.push(Cow::Borrowed(self.trim_field(field)));
                rest = after;
            }
        }
        true
    }

    fn trim_field(self, field: &str) -> &str {
        if self.trims { field.trim() } else { field }
    }

    fn trim_start(self, text: &str) -> &str {
        if self.trims { text.trim_start() } else { text }
    }
}

/// The text up to the closing quote, and the text after it.
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

/// A field as it is written to a CSV file with commas: in quotes if it holds a comma, a quote or a line break.
///
/// ```
/// use oddframe_core::quote_csv_field;
/// assert_eq!(quote_csv_field("01"), "01");
/// assert_eq!(quote_csv_field("street, \"north\""), "\"street, \"\"north\"\"\"");
/// ```
pub fn quote_csv_field(text: &str) -> Cow<'_, str> {
    if text.contains([',', '"', '\n', '\r']) {
        Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COMMAS: CsvSplitter = CsvSplitter::new(',');

    fn fields(splitter: CsvSplitter, line: &str) -> Option<Vec<Cow<'_, str>>> {
        let mut fields = vec!["old".into()];
        splitter.split_line(line, &mut fields).then_some(fields)
    }

    #[test]
    fn quotes_are_taken_off_or_refused() {
        for (line, expected) in [
            ("1_2,0.5", vec!["1_2", "0.5"]),
            ("\"1_2\",\"0.5\"", vec!["1_2", "0.5"]),
            ("\"a,\"\"b\",,\"\"", vec!["a,\"b", "", ""]),
            ("a\"b,c", vec!["a\"b", "c"]),
            ("a,\"b\",", vec!["a", "b", ""]),
            ("", vec![""]),
        ] {
            assert_eq!(fields(COMMAS, line).unwrap(), expected);
        }
        for bad in ["\"a,b", "\"a\"b,c", "a,\"", "\"a\"\",", "\"a\" ,b"] {
            assert_eq!(fields(COMMAS, bad), None, "{bad}");
        }
    }

    #[test]
    fn blanks_are_kept_unless_they_are_to_be_removed() {
        assert_eq!(fields(COMMAS, " a , \"b\"").unwrap(), [" a ", " \"b\""]);
        let trimming = COMMAS.with_trimmed_fields();
        assert_eq!(fields(trimming, " a , b").unwrap(), ["a", "b"]);
        assert_eq!(
            fields(trimming, " a , \" b\"\" \" , c ").unwrap(),
            ["a", " b\" ", "c"]
        );
        assert_eq!(fields(trimming, "a, \"b\" c"), None);
    }

    proptest! {
        #[test]
        fn fields_are_those_that_were_written(
            texts in prop::collection::vec("[a-z0-9 ,\"_é]{0,8}", 2..6)
        ) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(&texts).unwrap();
            let theirs = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            prop_assert_eq!(fields(COMMAS, theirs.trim_end_matches('\n')).unwrap(), texts.clone());
            let ours = texts.iter().map(|text| quote_csv_field(text)).collect::<Vec<_>>().join(",");
            prop_assert_eq!(fields(COMMAS, &ours).unwrap(), texts);
        }

        #[test]
        fn fields_of_any_line_are_those_of_the_csv_crate(line in "[a-c,\"]{1,12}") {
            let Some(ours) = fields(COMMAS, &line) else { return Ok(()) };
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
            let theirs = reader.records().next().unwrap().unwrap();
            prop_assert_eq!(ours, theirs.iter().collect::<Vec<_>>());
        }

        #[test]
        fn quoted_fields_are_read_back_by_the_csv_crate(
            texts in prop::collection::vec("[a-c ,\"\n\r]{0,8}", 2..6)
        ) {
            let ours = texts.iter().map(|text| quote_csv_field(text)).collect::<Vec<_>>().join(",");
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(ours.as_bytes());
            let theirs = reader.records().next().unwrap().unwrap();
            prop_assert_eq!(texts, theirs.iter().collect::<Vec<_>>());
        }
    }
}
