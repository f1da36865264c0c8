//! The ground truth that UCSD publishes as a MATLAB script, `UCSDped1.m` and `UCSDped2.m`.
//!
//! ```text
//! TestVideoFile = {};
//! TestVideoFile{end+1}.gt_frame = [60:152];
//! TestVideoFile{end+1}.gt_frame = [5:90, 140:200];   % two events
//! ```
//!
//! Each assignment to `gt_frame` belongs to the next test video. Frames count from 1, and both ends of a
//! range belong to it. Other statements are ignored; nothing is executed.

use std::io::Read;

use crate::Error;
use crate::intervals::{IntervalList, MAX_INTERVALS};

/// The longest script accepted: UCSD's have about 2,000 bytes.
const MAX_SCRIPT_BYTES: u64 = 1 << 20;

/// The field that holds the abnormal frames of a video.
const FIELD: &str = "gt_frame";

/// Whether a text file is a script with ground truth, judged by its first bytes and its extension.
pub(crate) fn is_script(head: &[u8], extension: &str) -> bool {
    extension == "m"
        || head
            .windows(FIELD.len())
            .any(|window| window == FIELD.as_bytes())
}

/// Reads the interval list of each video, in the order of the assignments.
pub(crate) fn read_script(input: &mut dyn Read) -> Result<Vec<IntervalList>, Error> {
    let mut bytes = Vec::new();
    input.take(MAX_SCRIPT_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_SCRIPT_BYTES {
        return Err(Error::TooLarge {
            what: "bytes in the script",
            limit: MAX_SCRIPT_BYTES,
        });
    }
    let source = blank_comments(&String::from_utf8_lossy(&bytes));
    let mut parser = Parser {
        source: &source,
        at: 0,
    };
    let mut lists = Vec::new();
    let mut intervals = 0;
    // Only the field name matters: scripts differ in the names of variables and in the statements between.
    while parser.skip_behind(FIELD) {
        let ranges = parser.parse_assignment()?;
        intervals += ranges.len();
        if intervals > MAX_INTERVALS {
            return Err(Error::TooLarge {
                what: "intervals",
                limit: MAX_INTERVALS as u64,
            });
        }
        lists.push(IntervalList::Ranges(ranges));
    }
    if lists.is_empty() {
        Err(Error::NoGroundTruth)
    } else {
        Ok(lists)
    }
}

/// Replaces comments (`% ...`) and continuation marks (`...`) up to the end of their line by blanks.
///
/// Line breaks stay where they are, so that errors can name the line.
fn blank_comments(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    for line in source.split_inclusive('\n') {
        let end = [line.find('%'), line.find("...")]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(line.len());
        text.push_str(&line[..end]);
        text.extend(
            line[end..]
                .chars()
                .map(|c| if c == '\n' { '\n' } else { ' ' }),
        );
    }
    text
}

/// A position in the script.
struct Parser<'a> {
    source: &'a str,
    at: usize,
}

impl Parser<'_> {
    /// Moves behind the next occurrence of a word. Returns false if there is none.
    fn skip_behind(&mut self, word: &str) -> bool {
        let found = self.source[self.at..].find(word);
        self.at = found.map_or(self.source.len(), |offset| self.at + offset + word.len());
        found.is_some()
    }

    /// Parses `= [5:90, 140:200]` or `= 5:90`. An empty list is a video without abnormal frames.
    fn parse_assignment(&mut self) -> Result<Vec<(f64, f64)>, Error> {
        if !self.take('=') {
            return Err(self.unexpected());
        }
        if !self.take('[') {
            return Ok(vec![self.parse_range()?]);
        }
        let mut ranges = Vec::new();
        loop {
            // MATLAB separates the elements of a list by blanks, commas or semicolons.
            self.skip_while(|c| c.is_whitespace() || matches!(c, ',' | ';'));
            if self.take(']') {
                return Ok(ranges);
            }
            ranges.push(self.parse_range()?);
        }
    }

    /// Parses `5:90`, or a single frame such as `7`.
    fn parse_range(&mut self) -> Result<(f64, f64), Error> {
        let first = self.parse_number()?;
        // MATLAB's `first:step:last` does not occur in ground truth; its second colon is reported as an
        // error.
        let last = if self.take(':') {
            self.parse_number()?
        } else {
            first
        };
        Ok((first, last))
    }

    fn parse_number(&mut self) -> Result<f64, Error> {
        self.skip_while(char::is_whitespace);
        let rest = &self.source[self.at..];
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let number = rest[..end].parse().map_err(|_| self.unexpected())?;
        self.at += end;
        Ok(number)
    }

    /// Consumes a symbol if it comes next, blanks aside.
    fn take(&mut self, symbol: char) -> bool {
        self.skip_while(char::is_whitespace);
        let found = self.source[self.at..].starts_with(symbol);
        self.at += usize::from(found) * symbol.len_utf8();
        found
    }

    fn skip_while(&mut self, skipped: impl Fn(char) -> bool) {
        let rest = &self.source[self.at..];
        self.at = self.source.len() - rest.trim_start_matches(skipped).len();
    }

    /// The error at the current position, with the text up to the end of the statement.
    fn unexpected(&self) -> Error {
        let line = 1 + self.source[..self.at]
            .bytes()
            .filter(|b| *b == b'\n')
            .count();
        let text = self.source[self.at..]
            .split(['\n', ';'])
            .next()
            .unwrap_or_default();
        Error::ScriptRange {
            line,
            text: text.trim().chars().take(40).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ranges(script: &str) -> Result<Vec<Vec<(f64, f64)>>, Error> {
        let lists = read_script(&mut script.as_bytes())?;
        Ok(lists
            .iter()
            .map(|list| list.ranges(&"1".into()).unwrap())
            .collect())
    }

    #[test]
    fn every_way_to_write_ranges_is_read() {
        let script = "\
            % UCSD ground truth: gt_frame in a comment does not count\r\n\
            TestVideoFile = {};\r\n\
            TestVideoFile{end+1}.gt_frame = [60:152];\r\n\
            TestVideoFile{end+1}.gt_frame=[5:90, 140:200]; % [1:2]\n\
            \n\
            TestVideoFile{end+1}.gt_frame = [ 1 : 9 12 ;15:16 ] ;\n\
            TestVideoFile{end+1}.gt_frame = [];\n\
            TestVideoFile{end+1}.gt_frame = [3:4, ... the next line\n\
              8:9];\n\
            TestVideoFile{end+1}.gt_frame = 7:11;\n\
            TestVideoFile{end+1}.gt_frame = 7";
        let expected: [&[(f64, f64)]; 7] = [
            &[(60.0, 152.0)],
            &[(5.0, 90.0), (140.0, 200.0)],
            &[(1.0, 9.0), (12.0, 12.0), (15.0, 16.0)],
            &[],
            &[(3.0, 4.0), (8.0, 9.0)],
            &[(7.0, 11.0)],
            &[(7.0, 7.0)],
        ];
        assert_eq!(ranges(script).unwrap(), expected);
    }

    fn error_message(script: &str) -> String {
        ranges(script).unwrap_err().to_string()
    }

    #[test]
    fn errors_name_the_line_and_the_text() {
        let expected = "is not a frame range; expected ranges such as `[5:90, 140:200]`";
        assert_eq!(
            error_message("a = 1;\nv.gt_frame = [5:x];"),
            format!("line 2: `x]` {expected}")
        );
        assert_eq!(
            error_message("v.gt_frame = [5:2:90];"),
            format!("line 1: `:90]` {expected}")
        );
        assert_eq!(
            error_message("v.gt_frame = [5:90"),
            format!("line 1: `` {expected}")
        );
        assert_eq!(
            error_message("\nv.gt_frame(1);"),
            format!("line 2: `(1)` {expected}")
        );
        assert!(error_message("v = 1;").starts_with("the script has no assignment to `gt_frame`"));
        assert!(error_message(&" ".repeat(1 << 21)).contains("bytes in the script"));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "(?s)(gt_frame|[=\\[\\]:,; \n%.0-9é]|.){0,60}") {
            let _ = ranges(&text);
        }
    }
}
