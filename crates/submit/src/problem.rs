use std::borrow::Cow;

use crate::id::Id;
use crate::missing::MissingRun;
use crate::text::excerpt;

/// One problem of a score file. `Display` is a sentence that names the line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Every line is blank.
    #[error("the file is empty")]
    Empty,
    /// The bytes are not UTF-8, so the file was not examined.
    #[error(
        "line {line}: the byte at offset {offset} is not UTF-8 text; save the file as UTF-8 CSV"
    )]
    NotUtf8 {
        /// The line of the first invalid byte.
        line: usize,
        /// Its offset from the start of the file.
        offset: usize,
    },
    /// The first line is a row instead of a header.
    #[error("line {line}: the header `{expected}` is missing; the first line, `{found}`, is a row")]
    NoHeader {
        /// The line.
        line: usize,
        /// The expected header.
        expected: Box<str>,
        /// The text found.
        found: Box<str>,
    },
    /// A header of no supported format.
    #[error("line {line}: the header `{found}` is not one of {expected}")]
    UnknownHeader {
        /// The line.
        line: usize,
        /// The supported headers.
        expected: Box<str>,
        /// The text found.
        found: Box<str>,
    },
    /// A column with another name than expected.
    #[error("line {line}: column {column} is named `{found}`; expected `{expected}`")]
    Header {
        /// The line.
        line: usize,
        /// The column, counted from 1.
        column: usize,
        /// The expected name.
        expected: Box<str>,
        /// The name found.
        found: Box<str>,
    },
    /// Both columns in the wrong order.
    #[error("line {line}: the columns are in the order `{found}`; expected `{expected}`")]
    ColumnOrder {
        /// The line.
        line: usize,
        /// The expected order.
        expected: Box<str>,
        /// The order found.
        found: Box<str>,
    },
    /// The header lacks a column.
    #[error("line {line}: the column `{expected}` is missing")]
    MissingColumn {
        /// The line.
        line: usize,
        /// The name of the column.
        expected: Box<str>,
    },
    /// A column that is not expected.
    #[error("line {line}: column {column}, `{found}`, is not expected; remove it")]
    ExtraColumn {
        /// The line.
        line: usize,
        /// The column, counted from 1.
        column: usize,
        /// The name of the column.
        found: Box<str>,
    },
    /// Another separator than a comma.
    #[error("line {line}: the columns are separated by {found:?}; expected a comma")]
    Separator {
        /// The line.
        line: usize,
        /// The separator found.
        found: char,
    },
    /// A scores file (`video,frame,score`) instead of a submission.
    #[error(
        "line {line}: this is a scores file (`{found}`), not a submission; expected `{expected}` with ids such as 1_939"
    )]
    ScoresFormat {
        /// The line.
        line: usize,
        /// The expected header.
        expected: Box<str>,
        /// The text found.
        found: Box<str>,
    },
    /// A header without rows.
    #[error("line {line}: there are no rows below the header")]
    NoRows {
        /// The line of the header.
        line: usize,
    },
    /// A row with more or fewer columns than the header.
    #[error("line {line}: expected {expected} columns, found {found}")]
    ColumnCount {
        /// The line.
        line: usize,
        /// The number of columns in the header.
        expected: usize,
        /// The number of columns in this row.
        found: usize,
    },
    /// A quoted field that is not closed, or has text after its closing quote.
    #[error("line {line}: a quote is not closed, or text follows the closing quote")]
    Quote {
        /// The line.
        line: usize,
    },
    /// An id that is not two plain numbers with `_` between them.
    #[error("line {line}: `{found}` is not an id; expected {}", describe_id(*meant))]
    IdShape {
        /// The line.
        line: usize,
        /// The text found.
        found: Box<str>,
        /// The expected id that it can only mean. The row counts as a row of that id.
        meant: Option<Id>,
    },
    /// A row without the name of its video.
    #[error("line {line}: the name of the video is empty")]
    EmptyVideo {
        /// The line.
        line: usize,
    },
    /// A frame number that is not a number.
    #[error("line {line}: the frame `{found}` is not a number")]
    FrameShape {
        /// The line.
        line: usize,
        /// The text found.
        found: Box<str>,
    },
    /// An unknown origin.
    #[error(
        "line {line}: `{found}` is not an origin; expected computed, constant or borrowed:FRAME"
    )]
    OriginShape {
        /// The line.
        line: usize,
        /// The text found.
        found: Box<str>,
    },
    /// A row without a score.
    #[error("line {line}: the score is empty")]
    EmptyScore {
        /// The line.
        line: usize,
    },
    /// A score that is not a number.
    #[error("line {line}: the score `{found}` is not a number")]
    NotANumber {
        /// The line.
        line: usize,
        /// The text found.
        found: Box<str>,
    },
    /// A score that is NaN, infinite, or too large for 64 bits.
    #[error("line {line}: the score `{found}` is not finite")]
    NotFinite {
        /// The line.
        line: usize,
        /// The text found.
        found: Box<str>,
    },
    /// An id that occurs twice.
    #[error("line {line}: {id} was already given on line {first_line}")]
    Duplicate {
        /// The line.
        line: usize,
        /// The line of the first occurrence.
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
    /// Expected ids without a row.
    #[error("missing: {run}")]
    Missing {
        /// Consecutive ids of one video.
        run: MissingRun,
    },
    /// A number of rows that differs from the number of expected ids.
    #[error("expected {expected} rows, found {found}")]
    RowCount {
        /// The number of expected ids.
        expected: usize,
        /// The number of rows.
        found: usize,
    },
}

fn describe_id(meant: Option<Id>) -> String {
    meant.map_or_else(
        || "VIDEO_FRAME, such as 1_939".to_string(),
        |id| format!("`{id}`"),
    )
}

/// One value of a [`Problem`], for machine-readable output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field<'a> {
    /// A count, a line or an offset.
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
    /// The problem of a text that is not an id, with the id that it can only mean.
    pub(crate) fn id_shape(text: &str, line: usize) -> Self {
        Self::IdShape {
            line,
            found: excerpt(text),
            meant: Id::guess_from(text),
        }
    }

    /// A stable name for machine-readable output.
    ///
    /// ```
    /// use oddframe_submit::{Field, Ids, Schema, check};
    ///
    /// let ids = Ids::parse(b"Id\n1_0\n")?;
    /// let report = check(b"Id,Predicted\n1_0,x\n", &Schema::default(), &ids);
    /// let problem = &report.problems[0];
    /// assert_eq!((problem.kind(), problem.line()), ("not_a_number", Some(2)));
    /// assert_eq!(problem.fields(), [("line", Field::Number(2)), ("found", Field::from("x"))]);
    /// assert_eq!(problem.to_string(), "line 2: the score `x` is not a number");
    /// # Ok::<(), oddframe_submit::Error>(())
    /// ```
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

    /// The values of the problem by name. The line, if any, comes first.
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
            Self::NoHeader {
                line,
                expected,
                found,
            }
            | Self::UnknownHeader {
                line,
                expected,
                found,
            }
            | Self::ColumnOrder {
                line,
                expected,
                found,
            }
            | Self::ScoresFormat {
                line,
                expected,
                found,
            } => vec![
                ("line", (*line).into()),
                ("expected", (&**expected).into()),
                ("found", (&**found).into()),
            ],
            Self::Header {
                line,
                column,
                expected,
                found,
            } => vec![
                ("line", (*line).into()),
                ("column", (*column).into()),
                ("expected", (&**expected).into()),
                ("found", (&**found).into()),
            ],
            Self::MissingColumn { line, expected } => {
                vec![("line", (*line).into()), ("expected", (&**expected).into())]
            }
            Self::ExtraColumn {
                line,
                column,
                found,
            } => {
                vec![
                    ("line", (*line).into()),
                    ("column", (*column).into()),
                    ("found", (&**found).into()),
                ]
            }
            Self::Separator { line, found } => {
                vec![
                    ("line", (*line).into()),
                    ("found", found.to_string().into()),
                ]
            }
            Self::ColumnCount {
                line,
                expected,
                found,
            } => {
                vec![
                    ("line", (*line).into()),
                    ("expected", (*expected).into()),
                    ("found", (*found).into()),
                ]
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
            Self::Duplicate {
                line,
                first_line,
                id,
            } => {
                vec![
                    ("line", (*line).into()),
                    ("first_line", (*first_line).into()),
                    ("id", (&**id).into()),
                ]
            }
            Self::Unknown { line, id } => {
                vec![("line", (*line).into()), ("id", id.to_string().into())]
            }
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

    /// The line of the problem, counted from 1. Missing ids, a wrong number of rows and an empty file have
    /// none.
    pub fn line(&self) -> Option<usize> {
        match self.fields().first() {
            Some(("line", Field::Number(line))) => Some(*line as usize),
            _ => None,
        }
    }
}

/// Parses the score of a row.
pub(crate) fn parse_score(text: &str, line: usize) -> Result<f64, Problem> {
    // Rust parses `nan` and `inf`, and numbers above 1.8e308 become infinite: none of them can be ranked.
    match text.parse::<f64>() {
        Ok(score) if score.is_finite() => Ok(score),
        Ok(_) => Err(Problem::NotFinite {
            line,
            found: excerpt(text),
        }),
        Err(_) if text.is_empty() => Err(Problem::EmptyScore { line }),
        Err(_) => Err(Problem::NotANumber {
            line,
            found: excerpt(text),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_finite_numbers() {
        for (text, score) in [
            ("0.5", 0.5),
            ("-1e-3", -0.001),
            ("7", 7.0),
            (".5", 0.5),
            ("5.", 5.0),
        ] {
            assert_eq!(parse_score(text, 9), Ok(score));
        }
        assert_eq!(parse_score("", 9), Err(Problem::EmptyScore { line: 9 }));
        for text in ["nan", "NaN", "inf", "-inf", "infinity", "1e999"] {
            assert_eq!(
                parse_score(text, 9),
                Err(Problem::NotFinite {
                    line: 9,
                    found: text.into()
                })
            );
        }
        for text in [" 0.5", "0,5", "x", "0x10", "1_0", "None"] {
            assert_eq!(
                parse_score(text, 9),
                Err(Problem::NotANumber {
                    line: 9,
                    found: text.into()
                })
            );
        }
    }

    #[test]
    fn fields_list_the_values_of_a_problem() {
        let problem = Problem::Duplicate {
            line: 7,
            first_line: 3,
            id: "1_2".into(),
        };
        assert_eq!(problem.kind(), "duplicate");
        assert_eq!(problem.line(), Some(7));
        let fields = [
            ("line", 7.into()),
            ("first_line", 3.into()),
            ("id", "1_2".into()),
        ];
        assert_eq!(problem.fields(), fields);
        assert_eq!(
            problem.to_string(),
            "line 7: 1_2 was already given on line 3"
        );
        assert_eq!(
            Problem::RowCount {
                expected: 3,
                found: 2
            }
            .line(),
            None
        );
    }
}
