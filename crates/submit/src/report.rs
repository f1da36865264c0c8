use std::fmt;

use crate::missing::{EXAMPLES, Missing, Place};
use crate::problem::Problem;

/// The result of [`check`](crate::check). `Display` is a summary with one line per kind of problem.
///
/// ```
/// use oddframe_submit::{Ids, Schema, check};
///
/// let ids = Ids::parse(b"Id\n1_0\n1_1\n")?;
/// let report = check(b"Id,Predicted\n1_1,0.5\n", &Schema::default(), &ids);
/// assert_eq!(
///     report.to_string(),
///     "invalid: 1 rows, 2 expected\nmissing: 1 id, 1_0; repair: `oddframe complete` fills in missing scores"
/// );
/// # Ok::<(), oddframe_submit::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Every problem: first of the header, then of the rows line by line, then missing ids and the number of
    /// rows.
    pub problems: Vec<Problem>,
    /// The number of rows.
    pub rows: usize,
    /// The number of expected ids.
    pub expected: usize,
    /// The number of videos that the expected ids belong to.
    pub videos: usize,
}

impl Report {
    /// Whether there are no problems.
    pub fn is_valid(&self) -> bool {
        self.problems.is_empty()
    }

    /// All missing ids together.
    fn collect_missing(&self) -> Missing {
        let runs = self.problems.iter().filter_map(|p| match p {
            Problem::Missing { run } => Some(*run),
            _ => None,
        });
        Missing::new(runs.collect(), self.videos)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_valid() {
            return write!(f, "valid: {} rows, every expected id once", self.rows);
        }
        write!(f, "invalid: {} rows, {} expected", self.rows, self.expected)?;
        for (kind, problems) in self.group_by_kind() {
            match (kind, &problems[..]) {
                // The first line states the number of rows.
                ("row_count", _) => {}
                ("missing", _) => {
                    let missing = self.collect_missing();
                    // A video without any score cannot borrow one, so completing needs a constant or new
                    // scores.
                    let whole = missing.runs().iter().any(|run| run.place == Place::Whole);
                    let repair = if whole {
                        "score the missing videos; scores are borrowed only within a video"
                    } else {
                        "`oddframe complete` fills in missing scores"
                    };
                    write!(f, "\nmissing: {missing}; repair: {repair}")?;
                }
                (_, [problem]) => write!(f, "\n{kind}: {problem}")?,
                (_, problems) => {
                    write!(f, "\n{kind}: {} {}: ", problems.len(), describe_kind(kind))?;
                    for (i, problem) in problems.iter().take(EXAMPLES).enumerate() {
                        f.write_str(if i > 0 { ", " } else { "" })?;
                        write_example(problem, f)?;
                    }
                    if problems.len() > EXAMPLES {
                        write!(f, ", and {} more", problems.len() - EXAMPLES)?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl Report {
    /// The problems grouped by kind, kinds in the order of their first problem.
    fn group_by_kind(&self) -> Vec<(&'static str, Vec<&Problem>)> {
        // A list and not a map: there are two dozen kinds at most, and their first occurrence is their order.
        let mut kinds: Vec<(&'static str, Vec<&Problem>)> = Vec::new();
        for problem in &self.problems {
            match kinds.iter_mut().find(|(kind, _)| *kind == problem.kind()) {
                Some((_, problems)) => problems.push(problem),
                None => kinds.push((problem.kind(), vec![problem])),
            }
        }
        kinds
    }
}

/// Describes several problems of one kind.
fn describe_kind(kind: &str) -> &'static str {
    match kind {
        "header" | "missing_column" | "extra_column" => "columns of the header",
        "column_count" => "rows with too many or too few columns",
        "quote" => "rows with an unclosed quote, or text after the closing quote",
        "id_shape" => "ids of another form than VIDEO_FRAME, such as 1_939",
        "empty_score" => "scores are empty",
        "not_a_number" => "scores are not numbers",
        "not_finite" => "scores are not finite",
        "duplicate" => "ids were given before",
        "unknown" => "ids are not expected",
        _ => "problems",
    }
}

/// Writes one of several problems of a kind in few words.
fn write_example(problem: &Problem, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match problem {
        Problem::ColumnCount {
            line,
            expected,
            found,
        } => {
            write!(f, "line {line} ({found} instead of {expected})")
        }
        Problem::Quote { line } | Problem::EmptyScore { line } => write!(f, "line {line}"),
        Problem::IdShape {
            line,
            found,
            meant: Some(id),
        } => {
            write!(f, "line {line} (`{found}` instead of `{id}`)")
        }
        Problem::IdShape {
            line,
            found,
            meant: None,
        }
        | Problem::NotANumber { line, found }
        | Problem::NotFinite { line, found } => write!(f, "line {line} (`{found}`)"),
        Problem::Duplicate {
            line,
            first_line,
            id,
        } => {
            write!(f, "line {line} ({id}, first on line {first_line})")
        }
        Problem::Unknown { line, id } => write!(f, "line {line} ({id})"),
        other => write!(f, "{other}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::{Ids, Schema, check};

    fn rows() -> String {
        (0..20).fold(String::new(), |rows, i| rows + &format!("1_{i},0\n"))
    }

    fn text(csv: &str) -> String {
        let ids = (0..20).fold("Id\n".to_string(), |ids, i| ids + &format!("1_{i}\n"));
        check(
            csv.as_bytes(),
            &Schema::default(),
            &Ids::parse(ids.as_bytes()).unwrap(),
        )
        .to_string()
    }

    #[test]
    fn each_kind_is_summarised_with_a_few_examples() {
        let csv = (0..12).fold("Id,Prediction\n".to_string(), |csv, i| {
            csv + &format!("1_{i},{}\n", if i < 7 { "x" } else { "1" })
        });
        assert_eq!(
            text(&csv),
            "invalid: 12 rows, 20 expected\n\
             header: line 1: column 2 is named `Prediction`; expected `Predicted`\n\
             not_a_number: 7 scores are not numbers: line 2 (`x`), line 3 (`x`), line 4 (`x`), line 5 (`x`), \
             line 6 (`x`), and 2 more\n\
             missing: 8 ids, 1_12 to 1_19; repair: `oddframe complete` fills in missing scores"
        );
    }

    #[test]
    fn every_kind_of_row_problem_has_a_short_form() {
        let rows = rows();
        let both = |bad: &str| {
            text(&format!("Id,Predicted\n{rows}{bad}"))
                .lines()
                .nth(1)
                .unwrap()
                .to_string()
        };
        for (bad, summary) in [
            (
                "01_1,0\nx,0\n",
                "id_shape: 2 ids of another form than VIDEO_FRAME, such as 1_939: line 22 (`01_1` instead of `1_1`), line 23 (`x`)",
            ),
            (
                "2_1,0\n2_2,0\n",
                "unknown: 2 ids are not expected: line 22 (2_1), line 23 (2_2)",
            ),
            (
                "1_1,0\n1_1,0\n",
                "duplicate: 2 ids were given before: line 22 (1_1, first on line 3), line 23 (1_1, first on line 3)",
            ),
            (
                "1\n1,2,3\n",
                "column_count: 2 rows with too many or too few columns: line 22 (1 instead of 2), line 23 (3 instead of 2)",
            ),
        ] {
            assert_eq!(both(bad), summary);
        }
        assert!(
            text(&format!("a,b\n{rows}"))
                .contains("header: 2 columns of the header: line 1: column 1 is")
        );
    }

    #[test]
    fn valid_and_empty_files() {
        let rows = rows();
        assert_eq!(
            text(&format!("Id,Predicted\n{rows}")),
            "valid: 20 rows, every expected id once"
        );
        assert_eq!(
            text(""),
            "invalid: 0 rows, 20 expected\nempty: the file is empty"
        );
    }
}
