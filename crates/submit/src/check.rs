use std::borrow::Cow;
use std::fs;
use std::path::Path;

use oddframe_core::CsvSplitter;

use crate::error::Error;
use crate::header::{IdColumns, Layout};
use crate::id::Id;
use crate::ids::{Cursor, Ids};
use crate::lines::Lines;
use crate::problem::{Problem, parse_score};
use crate::report::Report;
use crate::schema::Schema;
use crate::text::excerpt;

/// Finds every problem of a submission.
///
/// A byte order mark, CRLF, quotes and blank lines are accepted. One problem does not hide the next: a column
/// with a wrong name is still read, and a row with an id of another shape counts for the frame that it can
/// only mean.
///
/// ```
/// use oddframe_submit::{Ids, Schema, check};
///
/// let ids = Ids::parse(b"Id\n1_0\n1_1\n1_2\n")?;
/// assert!(check(b"Id,Predicted\n1_0,0.5\n1_1,0\n1_2,1\n", &Schema::default(), &ids).is_valid());
///
/// let report = check(b"Id,Prediction\n1_0,nan\n01_1,0\n", &Schema::default(), &ids);
/// let kinds: Vec<_> = report.problems.iter().map(|problem| problem.kind()).collect();
/// assert_eq!(kinds, ["header", "not_finite", "id_shape", "missing", "row_count"]);
/// # Ok::<(), oddframe_submit::Error>(())
/// ```
pub fn check(bytes: &[u8], schema: &Schema, ids: &Ids) -> Report {
    let mut check = Check {
        ids,
        problems: Vec::new(),
        rows: 0,
        first_lines: Vec::new(),
        cursor: Cursor::default(),
    };
    if let Err(unreadable) = check.check_file(bytes, schema) {
        check.problems = vec![unreadable];
    }
    Report {
        problems: check.problems,
        rows: check.rows,
        expected: ids.len(),
        videos: ids.videos(),
    }
}

/// Finds every problem of a submission file, like [`check`].
///
/// # Errors
/// When the file cannot be read.
pub fn check_path(path: &Path, schema: &Schema, ids: &Ids) -> Result<Report, Error> {
    let bytes = fs::read(path).map_err(|source| Error::Read {
        path: Some(path.to_path_buf()),
        source,
    })?;
    Ok(check(&bytes, schema, ids))
}

struct Check<'a> {
    ids: &'a Ids,
    problems: Vec<Problem>,
    rows: usize,
    /// For each slot the line of the first row with the id; 0 if there is none yet.
    first_lines: Vec<usize>,
    cursor: Cursor,
}

impl Check<'_> {
    fn check_file(&mut self, bytes: &[u8], schema: &Schema) -> Result<(), Problem> {
        // Only bytes that are not text and an empty file end the check early; every other problem is
        // collected.
        let mut lines = Lines::new(bytes)?;
        // If the header is missing, the first line is a row and is read again as one.
        let from_first = lines.clone();
        let (line, text) = lines.next().ok_or(Problem::Empty)?;
        let splitter = CsvSplitter::new(self.find_separator(line, text));
        let mut fields = Vec::new();
        let layout = if splitter.split_line(text, &mut fields) {
            Layout::from_header(&fields, line, schema, &mut self.problems)
        } else {
            self.problems.push(Problem::Quote { line });
            Layout::expected()
        };
        self.first_lines = vec![0; self.ids.len()];
        for (line, text) in if layout.headless { from_first } else { lines } {
            self.rows += 1;
            if splitter.split_line(text, &mut fields) {
                self.check_row(&fields, line, &layout);
            } else {
                self.problems.push(Problem::Quote { line });
            }
        }
        if self.rows == 0 {
            // The missing ids would only repeat this problem.
            self.problems.push(Problem::NoRows { line });
            return Ok(());
        }
        if layout.id != IdColumns::None {
            let missing = self.ids.find_missing(|slot| self.first_lines[slot] != 0);
            self.problems.extend(
                missing
                    .runs()
                    .iter()
                    .map(|run| Problem::Missing { run: *run }),
            );
        }
        if self.rows != self.ids.len() {
            // The number of rows is reported last: it often follows from the problems before it.
            self.problems.push(Problem::RowCount {
                expected: self.ids.len(),
                found: self.rows,
            });
        }
        Ok(())
    }

    /// The separator of the first line. Another separator than a comma is a problem, but lets the check
    /// continue.
    fn find_separator(&mut self, line: usize, text: &str) -> char {
        // Spreadsheet programs write semicolons where the comma is the decimal mark. A line that has commas
        // too is read as usual.
        let other = [';', '\t']
            .into_iter()
            .find(|c| text.contains(*c) && !text.contains(','));
        self.problems
            .extend(other.map(|found| Problem::Separator { line, found }));
        other.unwrap_or(',')
    }

    fn check_row(&mut self, fields: &[Cow<'_, str>], line: usize, layout: &Layout) {
        if fields.len() != layout.columns {
            let found = fields.len();
            self.problems.push(Problem::ColumnCount {
                line,
                expected: layout.columns,
                found,
            });
            // The fields cannot be assigned to columns reliably, so only a valid id counts.
            if let IdColumns::One(column) = layout.id
                && let Some(id) = fields.get(column).and_then(|f| Id::parse(f))
            {
                self.record_id(id, line);
            }
            return;
        }
        match layout.id {
            IdColumns::None => {}
            IdColumns::One(column) => self.check_id_text(&fields[column], line),
            IdColumns::Two(video, frame) => {
                self.check_id_text(&video_and_frame(&fields[video], &fields[frame]), line);
            }
        }
        if let Some(column) = layout.score {
            self.problems
                .extend(parse_score(&fields[column], line).err());
        }
    }

    fn check_id_text(&mut self, text: &str, line: usize) {
        if let Some(id) = Id::parse(text) {
            self.record_id(id, line);
            return;
        }
        // A guess counts only if that id is expected. The cursor is copied, because the search for a wrong
        // guess must not move it away from the place in the file.
        let meant = Id::guess_from(text)
            .filter(|id| self.ids.find_slot(*id, &mut self.cursor.clone()).is_some());
        self.problems.push(Problem::IdShape {
            line,
            found: excerpt(text),
            meant,
        });
        if let Some(id) = meant {
            self.record_id(id, line);
        }
    }

    fn record_id(&mut self, id: Id, line: usize) {
        let Some(slot) = self.ids.find_slot(id, &mut self.cursor) else {
            self.problems.push(Problem::Unknown { line, id });
            return;
        };
        // Line numbers start at 1, so 0 marks an id that no row has had yet.
        match self.first_lines[slot] {
            0 => self.first_lines[slot] = line,
            first_line => {
                self.problems.push(Problem::Duplicate {
                    line,
                    first_line,
                    id: id.to_string().into(),
                });
            }
        }
    }
}

/// The id of a row of a scores file, in which leading zeros are allowed.
fn video_and_frame(video: &str, frame: &str) -> String {
    format!("{}_{}", without_zeros(video), without_zeros(frame))
}

/// A number without leading zeros.
fn without_zeros(text: &str) -> &str {
    match text.trim_start_matches('0') {
        "" if !text.is_empty() => "0",
        rest => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::missing::{MissingRun, Place};

    /// Video 1 with frames 5, 6 and 8, video 2 with frame 0.
    fn of(csv: impl AsRef<[u8]>) -> Vec<Problem> {
        let ids = Ids::parse(b"Id\n1_5\n1_6\n1_8\n2_0\n").unwrap();
        let report = check(csv.as_ref(), &Schema::default(), &ids);
        assert_eq!(report.is_valid(), report.problems.is_empty());
        report.problems
    }

    const GOOD: &str = "Id,Predicted\n1_5,0.5\n1_6,0.25\n1_8,1e-3\n2_0,7\n";

    fn changed(from: &str, to: &str) -> Vec<Problem> {
        assert!(GOOD.contains(from));
        of(GOOD.replacen(from, to, 1))
    }

    fn id(text: &str) -> Id {
        Id::parse(text).unwrap()
    }

    fn run(first: &str, last: &str, count: usize, place: Place) -> Problem {
        Problem::Missing {
            run: MissingRun {
                first: id(first),
                last: id(last),
                count,
                place,
            },
        }
    }

    fn rows(found: usize) -> Problem {
        Problem::RowCount { expected: 4, found }
    }

    #[test]
    fn every_form_of_a_valid_file_is_accepted() {
        let rows: Vec<_> = GOOD.lines().skip(1).collect();
        for good in [
            GOOD.to_string(),
            format!("\u{feff}{}", GOOD.replace('\n', "\r\n")),
            GOOD.trim_end().to_string(),
            GOOD.replace('\n', "\n\n"),
            GOOD.replace("1_5", "\"1_5\"").replace("Id", "\"Id\""),
            format!(
                "Id,Predicted\n{}\n",
                [rows[3], rows[1], rows[0], rows[2]].join("\n")
            ),
        ] {
            assert_eq!(of(&good), [], "{good}");
        }
    }

    #[test]
    fn empty_files_are_problems() {
        assert_eq!(of(""), [Problem::Empty]);
        assert_eq!(of("\u{feff}\r\n\n"), [Problem::Empty]);
        assert_eq!(of("\nId,Predicted\n"), [Problem::NoRows { line: 2 }]);
        assert_eq!(
            of(b"Id,Predicted\n1_5,\xff\n"),
            [Problem::NotUtf8 {
                line: 2,
                offset: 17
            }]
        );
    }

    fn wrong_name(column: usize, expected: &str, found: &str) -> Problem {
        Problem::Header {
            line: 1,
            column,
            expected: expected.into(),
            found: found.into(),
        }
    }

    #[test]
    fn problems_of_headers_are_found() {
        assert_eq!(
            changed("Predicted", "Prediction"),
            [wrong_name(2, "Predicted", "Prediction")]
        );
        assert_eq!(changed("Id", "ID"), [wrong_name(1, "Id", "ID")]);
        assert_eq!(
            changed("Id,Predicted", "\"Id"),
            [Problem::Quote { line: 1 }]
        );
        let ids = Ids::parse(b"Id\n1_5\n").unwrap();
        assert!(
            check(
                b"ID,Predicted\n1_5,1\n",
                &Schema::new("ID", "Predicted"),
                &ids
            )
            .is_valid()
        );
        assert!(
            !check(
                b"Id,Predicted\n1_5,1\n",
                &Schema::new("ID", "Predicted"),
                &ids
            )
            .is_valid()
        );
        assert_eq!(
            changed("Id,Predicted\n", ""),
            [Problem::NoHeader {
                line: 1,
                expected: "Id,Predicted".into(),
                found: "1_5,0.5".into()
            }]
        );
    }

    fn extra_column(column: usize, found: &str) -> Problem {
        Problem::ExtraColumn {
            line: 1,
            column,
            found: found.into(),
        }
    }

    fn missing_column(expected: &str) -> Problem {
        Problem::MissingColumn {
            line: 1,
            expected: expected.into(),
        }
    }

    fn column_count(line: usize, found: usize) -> Problem {
        Problem::ColumnCount {
            line,
            expected: 2,
            found,
        }
    }

    #[test]
    fn problems_of_columns_are_found() {
        assert_eq!(of(GOOD.replace('\n', ",a\n")), [extra_column(3, "a")]);
        assert_eq!(
            of(GOOD
                .replace("\n2_0", "\n,2_0")
                .replace("\n1", "\n9,1")
                .replace("Id", ",Id")),
            [extra_column(1, "")]
        );
        assert_eq!(
            of("Id\n1_5\n1_6\n1_8\n2_0\n"),
            [missing_column("Predicted")]
        );
        assert_eq!(
            of("Predicted\n1\n2\nx\n4\n"),
            [
                missing_column("Id"),
                Problem::NotANumber {
                    line: 4,
                    found: "x".into()
                }
            ]
        );
        assert_eq!(changed("0.25", "0,25"), [column_count(3, 3)]);
        assert_eq!(changed("1_6,0.25", "1_6"), [column_count(3, 1)]);
        assert_eq!(
            changed("1_6,0.25", "1,6,0.25"),
            [column_count(3, 3), run("1_6", "1_6", 1, Place::Inside)]
        );
        assert_eq!(
            changed("1_6,0.25", "\"1_6,0.25"),
            [
                Problem::Quote { line: 3 },
                run("1_6", "1_6", 1, Place::Inside)
            ]
        );
        assert_eq!(
            of(GOOD.replace(',', ";")),
            [Problem::Separator {
                line: 1,
                found: ';'
            }]
        );
    }

    fn id_shape(found: &str, meant: Option<&str>) -> Problem {
        Problem::IdShape {
            line: 4,
            found: found.into(),
            meant: meant.map(id),
        }
    }

    #[test]
    fn ids_of_another_shape_are_reported_once() {
        for found in [
            "01_frame_0008",
            "01_8",
            "1_08",
            "1-8",
            " 1_8",
            "1/frame_8.jpg",
        ] {
            assert_eq!(changed("1_8", found), [id_shape(found, Some("1_8"))]);
        }
        for found in ["", "8", "1_9 ", "1_8_0", "0.8"] {
            assert_eq!(
                changed("1_8", found),
                [id_shape(found, None), run("1_8", "1_8", 1, Place::End)]
            );
        }
        assert_eq!(
            changed("1_8", "01_6"),
            [
                id_shape("01_6", Some("1_6")),
                Problem::Duplicate {
                    line: 4,
                    first_line: 3,
                    id: "1_6".into()
                },
                run("1_8", "1_8", 1, Place::End)
            ]
        );
    }

    #[test]
    fn a_scores_file_is_recognised() {
        let file = "video,frame,score\n01,0005,0.5\n01,6,nan\n01,8,1\n02,0,1\n";
        let problems = of(file);
        assert!(matches!(
            &problems[0],
            Problem::ScoresFormat { line: 1, .. }
        ));
        assert_eq!(
            problems[1..],
            [Problem::NotFinite {
                line: 3,
                found: "nan".into()
            }]
        );
    }

    #[test]
    fn problems_of_scores_are_found() {
        assert_eq!(changed("0.25", ""), [Problem::EmptyScore { line: 3 }]);
        assert_eq!(
            changed("0.25", "x"),
            [Problem::NotANumber {
                line: 3,
                found: "x".into()
            }]
        );
        for found in ["NaN", "-inf", "1e999"] {
            assert_eq!(
                changed("0.25", found),
                [Problem::NotFinite {
                    line: 3,
                    found: found.into()
                }]
            );
        }
    }

    #[test]
    fn missing_unknown_and_duplicate_ids_are_found() {
        assert_eq!(
            changed("1_5,0.5\n", ""),
            [run("1_5", "1_5", 1, Place::Start), rows(3)]
        );
        assert_eq!(
            changed("1_6,0.25\n1_8,1e-3\n", ""),
            [run("1_6", "1_8", 2, Place::End), rows(2)]
        );
        assert_eq!(
            changed("2_0,7\n", ""),
            [run("2_0", "2_0", 1, Place::Whole), rows(3)]
        );
        assert_eq!(
            changed("2_0,7\n", "2_0,7\n3_0,7\n"),
            [
                Problem::Unknown {
                    line: 6,
                    id: id("3_0")
                },
                rows(5)
            ]
        );
        let twice = Problem::Duplicate {
            line: 5,
            first_line: 2,
            id: "1_5".into(),
        };
        assert_eq!(
            changed("2_0", "1_5"),
            [twice, run("2_0", "2_0", 1, Place::Whole)]
        );
    }

    #[test]
    fn all_problems_are_reported_together() {
        let problems = of("ID,Predicted\r\n1_5,nan\r\n\r\n1_6,\r\n9_9,1\r\n01_8,x,\r\n1_6,1\r\n");
        let reported: Vec<_> = problems.iter().map(|p| (p.kind(), p.line())).collect();
        assert_eq!(
            reported,
            [
                ("header", Some(1)),
                ("not_finite", Some(2)),
                ("empty_score", Some(4)),
                ("unknown", Some(5)),
                ("column_count", Some(6)),
                ("duplicate", Some(7)),
                ("missing", None),
                ("missing", None),
                ("row_count", None),
            ]
        );
    }
}
