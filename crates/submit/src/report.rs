use std::fmt;

use crate::missing::EXAMPLES;
use crate::{Missing, Place, Problem};

/// What a check found. Its text is for people: one line for each kind of problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Every problem: those of the header, those of the rows line by line, missing ids, the number of rows.
    pub problems: Vec<Problem>,
    /// How many rows there are.
    pub rows: usize,
    /// How many ids are expected.
    pub expected: usize,
    /// How many videos they belong to.
    pub videos: usize,
}

impl Report {
    /// Whether there is no problem.
    pub fn is_valid(&self) -> bool {
        self.problems.is_empty()
    }

    fn missing(&self) -> Missing {
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
        for (kind, problems) in self.by_kind() {
            match (kind, &problems[..]) {
                // The first line has it.
                ("row_count", _) => {}
                ("missing", _) => {
                    let missing = self.missing();
                    let whole = missing.runs().iter().any(|run| run.place == Place::Whole);
                    let repair = if whole {
                        "score the missing videos, for a score can only be borrowed within a video"
                    } else {
                        "`oddframe complete` fills them in"
                    };
                    write!(f, "\nmissing: {missing}; repair: {repair}")?;
                }
                (_, [problem]) => write!(f, "\n{kind}: {problem}")?,
                (_, problems) => {
                    write!(f, "\n{kind}: {} {}: ", problems.len(), plural(kind))?;
                    for (i, problem) in problems.iter().take(EXAMPLES).enumerate() {
                        f.write_str(if i > 0 { ", " } else { "" })?;
                        example(problem, f)?;
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
    /// The kinds in the order in which they first come.
    fn by_kind(&self) -> Vec<(&'static str, Vec<&Problem>)> {
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

/// What several problems of a kind are.
fn plural(kind: &str) -> &'static str {
    match kind {
        "header" | "missing_column" | "extra_column" => "columns of the header",
        "column_count" => "rows with too many or too few columns",
        "quote" => "rows with a quote that is not closed, or text behind it",
        "id_shape" => "ids of another shape than VIDEO_FRAME, such as 1_939",
        "empty_score" => "scores are empty",
        "not_a_number" => "scores are no numbers",
        "not_finite" => "scores are not finite",
        "duplicate" => "ids were there before",
        "unknown" => "ids are not expected",
        _ => "problems",
    }
}

/// One of several problems of a kind, in few words.
fn example(problem: &Problem, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match problem {
        Problem::ColumnCount { line, expected, found } => write!(f, "line {line} ({found} for {expected})"),
        Problem::Quote { line } | Problem::EmptyScore { line } => write!(f, "line {line}"),
        Problem::IdShape { line, found, meant: Some(id) } => write!(f, "line {line} (`{found}` for `{id}`)"),
        Problem::IdShape { line, found, meant: None }
        | Problem::NotANumber { line, found }
        | Problem::NotFinite { line, found } => write!(f, "line {line} (`{found}`)"),
        Problem::Duplicate { line, first_line, id } => {
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
        check(csv.as_bytes(), &Schema::default(), &Ids::parse(ids.as_bytes()).unwrap()).to_string()
    }

    #[test]
    fn kinds_are_told_once_each_with_a_few_examples() {
        let csv = (0..12).fold("Id,Prediction\n".to_string(), |csv, i| {
            csv + &format!("1_{i},{}\n", if i < 7 { "x" } else { "1" })
        });
        assert_eq!(
            text(&csv),
            "invalid: 12 rows, 20 expected\n\
             header: line 1: column 2 is named `Prediction`, expected is `Predicted`\n\
             not_a_number: 7 scores are no numbers: line 2 (`x`), line 3 (`x`), line 4 (`x`), line 5 (`x`), \
             line 6 (`x`), and 2 more\n\
             missing: 8 ids, 1_12 to 1_19; repair: `oddframe complete` fills them in"
        );
    }

    #[test]
    fn every_kind_of_row_has_few_words() {
        let rows = rows();
        let both =
            |bad: &str| text(&format!("Id,Predicted\n{rows}{bad}")).lines().nth(1).unwrap().to_string();
        for (bad, told) in [
            (
                "01_1,0\nx,0\n",
                "id_shape: 2 ids of another shape than VIDEO_FRAME, such as 1_939: line 22 (`01_1` for `1_1`), line 23 (`x`)",
            ),
            ("2_1,0\n2_2,0\n", "unknown: 2 ids are not expected: line 22 (2_1), line 23 (2_2)"),
            (
                "1_1,0\n1_1,0\n",
                "duplicate: 2 ids were there before: line 22 (1_1, first on line 3), line 23 (1_1, first on line 3)",
            ),
            (
                "1\n1,2,3\n",
                "column_count: 2 rows with too many or too few columns: line 22 (1 for 2), line 23 (3 for 2)",
            ),
        ] {
            assert_eq!(both(bad), told);
        }
        assert!(
            text(&format!("a,b\n{rows}")).contains("header: 2 columns of the header: line 1: column 1 is")
        );
    }

    #[test]
    fn valid_and_empty_files() {
        let rows = rows();
        assert_eq!(text(&format!("Id,Predicted\n{rows}")), "valid: 20 rows, every expected id once");
        assert_eq!(text(""), "invalid: 0 rows, 20 expected\nempty: the file is empty");
    }
}
