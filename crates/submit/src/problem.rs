use std::borrow::Cow;

use crate::lines::excerpt;
use crate::{Id, MissingRun};

/// One thing that is wrong with a score file. Its text is a sentence that names the line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// No line has anything on it.
    #[error("the file is empty")]
    Empty,
    /// The bytes are not UTF-8, so nothing of the file was looked at.
    #[error(
        "line {line}: the file is no UTF-8 text from byte offset {offset} on; save it as plain UTF-8 CSV"
    )]
    NotUtf8 {
        /// Line of the first such byte.
        line: usize,
        /// Its offset from the start of the file.
        offset: usize,
    },
    /// The first line is a row already.
    #[error("line {line}: the header `{expected}` is missing: the first line, `{found}`, is data")]
    NoHeader {
        /// The line.
        line: usize,
        /// The header that should be there.
        expected: Box<str>,
        /// What is there.
        found: Box<str>,
    },
    /// A header of none of the formats that can be read.
    #[error("line {line}: the header `{found}` is none of {expected}")]
    UnknownHeader {
        /// The line.
        line: usize,
        /// The headers that are known.
        expected: Box<str>,
        /// What is there.
        found: Box<str>,
    },
    /// A column has another name than it should.
    #[error("line {line}: column {column} is named `{found}`, expected is `{expected}`")]
    Header {
        /// The line.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// The name that should be there.
        expected: Box<str>,
        /// The name that is there.
        found: Box<str>,
    },
    /// The columns are there, the other way round.
    #[error("line {line}: the columns are in the order `{found}`, expected is `{expected}`")]
    ColumnOrder {
        /// The line.
        line: usize,
        /// The order that should be.
        expected: Box<str>,
        /// The order there is.
        found: Box<str>,
    },
    /// The header lacks a column.
    #[error("line {line}: the column `{expected}` is missing")]
    MissingColumn {
        /// The line.
        line: usize,
        /// Name of the column.
        expected: Box<str>,
    },
    /// The header has a column too many.
    #[error("line {line}: column {column}, `{found}`, is one too many")]
    ExtraColumn {
        /// The line.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// Its name.
        found: Box<str>,
    },
    /// Another character than a comma stands between the columns.
    #[error("line {line}: the columns are separated by {found:?}, expected is a comma")]
    Separator {
        /// The line.
        line: usize,
        /// The character.
        found: char,
    },
    /// A file of `video,frame,score` where a submission is expected.
    #[error(
        "line {line}: this is a scores file (`{found}`), no submission; expected is `{expected}` with ids such as 1_939"
    )]
    ScoresFormat {
        /// The line.
        line: usize,
        /// The header that should be there.
        expected: Box<str>,
        /// What is there.
        found: Box<str>,
    },
    /// A header and nothing below it.
    #[error("line {line}: there are no rows below the header")]
    NoRows {
        /// The line of the header.
        line: usize,
    },
    /// A row has more or fewer columns than the header.
    #[error("line {line}: {found} columns, expected are {expected}")]
    ColumnCount {
        /// The line.
        line: usize,
        /// Columns of the header.
        expected: usize,
        /// Columns of this row.
        found: usize,
    },
    /// A quoted field does not end with a quote and a comma.
    #[error("line {line}: a quote is not closed, or text follows the closing quote")]
    Quote {
        /// The line.
        line: usize,
    },
    /// An id that is not two plain numbers with `_` between them.
    #[error("line {line}: the id is `{found}`, expected is {}", meaning(*meant))]
    IdShape {
        /// The line.
        line: usize,
        /// The id there is.
        found: Box<str>,
        /// The expected id that it must mean; such a row counts as that id.
        meant: Option<Id>,
    },
    /// A row whose video has no name.
    #[error("line {line}: the video has no name")]
    EmptyVideo {
        /// The line.
        line: usize,
    },
    /// A frame number that is none.
    #[error("line {line}: the frame is `{found}`, expected is a number")]
    FrameShape {
        /// The line.
        line: usize,
        /// What is there.
        found: Box<str>,
    },
    /// An origin that is none.
    #[error("line {line}: the origin is `{found}`, expected is computed, constant or borrowed:FRAME")]
    OriginShape {
        /// The line.
        line: usize,
        /// What is there.
        found: Box<str>,
    },
    /// No score in a row.
    #[error("line {line}: the score is empty")]
    EmptyScore {
        /// The line.
        line: usize,
    },
    /// A score that cannot be read as a number.
    #[error("line {line}: the score `{found}` is no number")]
    NotANumber {
        /// The line.
        line: usize,
        /// What is there.
        found: Box<str>,
    },
    /// A score that is NaN, infinite, or too large for 64 bits.
    #[error("line {line}: the score `{found}` is not finite")]
    NotFinite {
        /// The line.
        line: usize,
        /// What is there.
        found: Box<str>,
    },
    /// An id for the second time.
    #[error("line {line}: {id} was there before, on line {first_line}")]
    Duplicate {
        /// The line.
        line: usize,
        /// The line that has it first.
        first_line: usize,
        /// The id, or the video and frame.
        id: Box<str>,
    },
    /// An id that is not expected.
    #[error("line {line}: the id {id} is not expected")]
    Unknown {
        /// The line.
        line: usize,
        /// The id.
        id: Id,
    },
    /// Expected ids that no row has.
    #[error("missing: {run}")]
    Missing {
        /// Ids that follow each other in one video.
        run: MissingRun,
    },
    /// Another number of rows than of expected ids.
    #[error("{found} rows, expected are {expected}")]
    RowCount {
        /// Number of expected ids.
        expected: usize,
        /// Number of rows.
        found: usize,
    },
}

fn meaning(meant: Option<Id>) -> String {
    meant.map_or_else(|| "VIDEO_FRAME, such as 1_939".to_string(), |id| format!("`{id}`"))
}

/// One value of a problem, for machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field<'a> {
    /// A count, a line, an offset.
    Number(u64),
    /// Anything else.
    Text(Cow<'a, str>),
}

impl From<usize> for Field<'_> {
    fn from(number: usize) -> Self {
        Self::Number(number as u64)
    }
}

impl<'a> From<&'a str> for Field<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Field<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl Problem {
    /// The problem's name, which stays the same from version to version.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotUtf8 { .. } => "not_utf8",
            Self::NoHeader { .. } => "no_header",
            Self::UnknownHeader { .. } => "unknown_header",
            Self::Header { .. } => "header",
            Self::ColumnOrder { .. } => "column_order",
            Self::MissingColumn { .. } => "missing_column",
            Self::ExtraColumn { .. } => "extra_column",
            Self::Separator { .. } => "separator",
            Self::ScoresFormat { .. } => "scores_format",
            Self::NoRows { .. } => "no_rows",
            Self::ColumnCount { .. } => "column_count",
            Self::Quote { .. } => "quote",
            Self::IdShape { .. } => "id_shape",
            Self::EmptyVideo { .. } => "empty_video",
            Self::FrameShape { .. } => "frame_shape",
            Self::OriginShape { .. } => "origin_shape",
            Self::EmptyScore { .. } => "empty_score",
            Self::NotANumber { .. } => "not_a_number",
            Self::NotFinite { .. } => "not_finite",
            Self::Duplicate { .. } => "duplicate",
            Self::Unknown { .. } => "unknown",
            Self::Missing { .. } => "missing",
            Self::RowCount { .. } => "row_count",
        }
    }

    /// The values of the problem by name, the line first where there is one.
    pub fn fields(&self) -> Vec<(&'static str, Field<'_>)> {
        match self {
            Self::Empty => vec![],
            Self::NotUtf8 { line, offset } => {
                vec![("line", (*line).into()), ("offset", (*offset).into())]
            }
            Self::NoRows { line }
            | Self::Quote { line }
            | Self::EmptyVideo { line }
            | Self::EmptyScore { line } => vec![("line", (*line).into())],
            Self::NoHeader { line, expected, found }
            | Self::UnknownHeader { line, expected, found }
            | Self::ColumnOrder { line, expected, found }
            | Self::ScoresFormat { line, expected, found } => vec![
                ("line", (*line).into()),
                ("expected", (&**expected).into()),
                ("found", (&**found).into()),
            ],
            Self::Header { line, column, expected, found } => vec![
                ("line", (*line).into()),
                ("column", (*column).into()),
                ("expected", (&**expected).into()),
                ("found", (&**found).into()),
            ],
            Self::MissingColumn { line, expected } => {
                vec![("line", (*line).into()), ("expected", (&**expected).into())]
            }
            Self::ExtraColumn { line, column, found } => {
                vec![("line", (*line).into()), ("column", (*column).into()), ("found", (&**found).into())]
            }
            Self::Separator { line, found } => {
                vec![("line", (*line).into()), ("found", found.to_string().into())]
            }
            Self::ColumnCount { line, expected, found } => {
                vec![("line", (*line).into()), ("expected", (*expected).into()), ("found", (*found).into())]
            }
            Self::IdShape { line, found, meant } => {
                let mut fields = vec![("line", (*line).into()), ("found", (&**found).into())];
                fields.extend(meant.map(|id| ("expected", id.to_string().into())));
                fields
            }
            Self::FrameShape { line, found }
            | Self::OriginShape { line, found }
            | Self::NotANumber { line, found }
            | Self::NotFinite { line, found } => {
                vec![("line", (*line).into()), ("found", (&**found).into())]
            }
            Self::Duplicate { line, first_line, id } => {
                vec![("line", (*line).into()), ("first_line", (*first_line).into()), ("id", (&**id).into())]
            }
            Self::Unknown { line, id } => vec![("line", (*line).into()), ("id", id.to_string().into())],
            Self::Missing { run } => vec![
                ("first", run.first.to_string().into()),
                ("last", run.last.to_string().into()),
                ("count", run.count.into()),
                ("place", run.place.name().into()),
            ],
            Self::RowCount { expected, found } => {
                vec![("expected", (*expected).into()), ("found", (*found).into())]
            }
        }
    }

    /// The line it is on, from 1. Missing ids, a wrong number of rows and an empty file are on none.
    pub fn line(&self) -> Option<usize> {
        match self.fields().first() {
            Some(("line", Field::Number(line))) => Some(*line as usize),
            _ => None,
        }
    }
}

/// What the score of a row is, as a problem where it is none.
pub(crate) fn parse_score(text: &str, line: usize) -> Result<f64, Problem> {
    match text.parse::<f64>() {
        Ok(score) if score.is_finite() => Ok(score),
        Ok(_) => Err(Problem::NotFinite { line, found: excerpt(text) }),
        Err(_) if text.is_empty() => Err(Problem::EmptyScore { line }),
        Err(_) => Err(Problem::NotANumber { line, found: excerpt(text) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_finite_numbers() {
        for (text, score) in [("0.5", 0.5), ("-1e-3", -0.001), ("7", 7.0), (".5", 0.5), ("5.", 5.0)] {
            assert_eq!(parse_score(text, 9), Ok(score));
        }
        assert_eq!(parse_score("", 9), Err(Problem::EmptyScore { line: 9 }));
        for text in ["nan", "NaN", "inf", "-inf", "infinity", "1e999"] {
            assert_eq!(parse_score(text, 9), Err(Problem::NotFinite { line: 9, found: text.into() }));
        }
        for text in [" 0.5", "0,5", "x", "0x10", "1_0", "None"] {
            assert_eq!(parse_score(text, 9), Err(Problem::NotANumber { line: 9, found: text.into() }));
        }
    }

    #[test]
    fn values_are_there_for_machines() {
        let problem = Problem::Duplicate { line: 7, first_line: 3, id: "1_2".into() };
        assert_eq!(problem.kind(), "duplicate");
        assert_eq!(problem.line(), Some(7));
        let fields = [("line", 7.into()), ("first_line", 3.into()), ("id", "1_2".into())];
        assert_eq!(problem.fields(), fields);
        assert_eq!(problem.to_string(), "line 7: 1_2 was there before, on line 3");
        assert_eq!(Problem::RowCount { expected: 3, found: 2 }.line(), None);
    }
}
