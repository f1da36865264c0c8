use std::borrow::Cow;

use crate::id::Id;
use crate::problem::Problem;
use crate::schema::{SCORES_COLUMNS, Schema};
use crate::text::excerpt;

/// The positions of the values in a row, as far as a header with errors shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) columns: usize,
    pub(crate) id: IdColumns,
    pub(crate) score: Option<usize>,
    /// The first line is a row, not a header.
    pub(crate) headless: bool,
}

/// The columns that contain the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdColumns {
    None,
    One(usize),
    /// Video and frame have separate columns.
    Two(usize, usize),
}

impl Layout {
    /// The layout of a file with the expected header.
    pub(crate) fn expected() -> Self {
        Self {
            columns: 2,
            id: IdColumns::One(0),
            score: Some(1),
            headless: false,
        }
    }

    /// Derives the layout from the fields of a header and adds the problems of the header to `problems`.
    pub(crate) fn from_header(
        fields: &[Cow<'_, str>],
        line: usize,
        schema: &Schema,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let names = [schema.id(), schema.score()];
        let (expected, found) = (
            schema.to_string().into_boxed_str(),
            excerpt(&fields.join(",")),
        );
        // Without any known name, and with an id or a number among the fields, the line must be a row.
        let known = fields
            .iter()
            .any(|f| names.iter().any(|name| f.eq_ignore_ascii_case(name)));
        if !known
            && fields
                .iter()
                .any(|f| Id::parse(f).is_some() || f.parse::<f64>().is_ok())
        {
            problems.push(Problem::NoHeader {
                line,
                expected,
                found,
            });
            return Self {
                headless: true,
                ..Self::expected()
            };
        }
        if let Some(layout) = Self::of_scores_file(fields) {
            problems.push(Problem::ScoresFormat {
                line,
                expected,
                found,
            });
            return layout;
        }
        // Columns are assigned in two passes: first by their exact name, then by the name in another case.
        // The leftovers of both passes are assigned below.
        let mut taken = vec![false; fields.len()];
        let mut places = names.map(|name| {
            let exact = (0..fields.len()).find(|i| !taken[*i] && fields[*i] == name);
            let place = exact.or_else(|| {
                (0..fields.len()).find(|i| !taken[*i] && fields[*i].eq_ignore_ascii_case(name))
            });
            place.inspect(|i| taken[*i] = true)
        });
        for (place, name) in places.iter_mut().zip(names) {
            // A column that was not found by name must be the first one without a known name.
            *place = place
                .or_else(|| taken.iter().position(|t| !t))
                .inspect(|i| taken[*i] = true);
            let expected: Box<str> = name.into();
            match *place {
                Some(i) if fields[i] == name => {}
                Some(i) => {
                    let found = excerpt(&fields[i]);
                    problems.push(Problem::Header {
                        line,
                        column: i + 1,
                        expected,
                        found,
                    });
                }
                None => problems.push(Problem::MissingColumn { line, expected }),
            }
        }
        // Columns in the wrong order are reported once, with the whole header, and read where they are.
        let [id, score] = places;
        // `None` is below every position, so a missing id column is not a wrong order.
        if id > score && score.is_some() {
            problems.push(Problem::ColumnOrder {
                line,
                expected,
                found,
            });
        }
        for (i, field) in fields.iter().enumerate().filter(|(i, _)| !taken[*i]) {
            problems.push(Problem::ExtraColumn {
                line,
                column: i + 1,
                found: excerpt(field),
            });
        }
        let id = id.map_or(IdColumns::None, IdColumns::One);
        Self {
            columns: fields.len(),
            id,
            score,
            headless: false,
        }
    }

    /// The layout of a scores file with its columns in any order.
    fn of_scores_file(fields: &[Cow<'_, str>]) -> Option<Self> {
        let [video, frame, score, _] =
            SCORES_COLUMNS.map(|name| fields.iter().position(|f| f.eq_ignore_ascii_case(name)));
        let (id, score) = (IdColumns::Two(video?, frame?), Some(score?));
        Some(Self {
            columns: fields.len(),
            id,
            score,
            headless: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> (Layout, Vec<Problem>) {
        let fields: Vec<_> = header.split(',').map(Cow::Borrowed).collect();
        let mut problems = Vec::new();
        (
            Layout::from_header(&fields, 1, &Schema::default(), &mut problems),
            problems,
        )
    }

    fn name(column: usize, expected: &str, found: &str) -> Problem {
        Problem::Header {
            line: 1,
            column,
            expected: expected.into(),
            found: found.into(),
        }
    }

    fn extra(column: usize, found: &str) -> Problem {
        Problem::ExtraColumn {
            line: 1,
            column,
            found: found.into(),
        }
    }

    fn missing(expected: &str) -> Problem {
        Problem::MissingColumn {
            line: 1,
            expected: expected.into(),
        }
    }

    #[test]
    fn wrong_names_are_reported_with_the_expected_ones() {
        assert_eq!(read("Id,Predicted"), (Layout::expected(), vec![]));
        for (header, problems) in [
            ("Id,Prediction", vec![name(2, "Predicted", "Prediction")]),
            ("ID,Predicted", vec![name(1, "Id", "ID")]),
            (
                "id,predicted",
                vec![name(1, "Id", "id"), name(2, "Predicted", "predicted")],
            ),
            ("a,b", vec![name(1, "Id", "a"), name(2, "Predicted", "b")]),
            ("Id,Id", vec![name(2, "Predicted", "Id")]),
            (" Id,Predicted", vec![name(1, "Id", " Id")]),
        ] {
            assert_eq!(read(header), (Layout::expected(), problems), "{header}");
        }
    }

    #[test]
    fn extra_missing_and_swapped_columns_are_reported() {
        let layout = |columns, id, score| Layout {
            columns,
            id,
            score,
            headless: false,
        };
        let one = IdColumns::One;
        assert_eq!(
            read(",Id,Predicted"),
            (layout(3, one(1), Some(2)), vec![extra(1, "")])
        );
        assert_eq!(
            read(",ID,Predicted"),
            (
                layout(3, one(1), Some(2)),
                vec![name(2, "Id", "ID"), extra(1, "")]
            )
        );
        assert_eq!(
            read("Id,Prediction,a"),
            (
                layout(3, one(0), Some(1)),
                vec![name(2, "Predicted", "Prediction"), extra(3, "a")]
            )
        );
        assert_eq!(
            read("Id"),
            (layout(1, one(0), None), vec![missing("Predicted")])
        );
        assert_eq!(
            read("Predicted"),
            (layout(1, IdColumns::None, Some(0)), vec![missing("Id")])
        );
        assert_eq!(
            read("what"),
            (
                layout(1, one(0), None),
                vec![name(1, "Id", "what"), missing("Predicted")]
            )
        );
        let order = Problem::ColumnOrder {
            line: 1,
            expected: "Id,Predicted".into(),
            found: "Predicted,Id".into(),
        };
        assert_eq!(
            read("Predicted,Id"),
            (layout(2, one(1), Some(0)), vec![order])
        );
    }

    #[test]
    fn rows_and_scores_files_are_recognised() {
        for row in ["1_939,0.5", "1_939,", "01_frame_0004,0.5", "1_939"] {
            let (layout, problems) = read(row);
            assert!(layout.headless);
            assert!(
                matches!(&problems[..], [Problem::NoHeader { line: 1, found, .. }] if **found == *row)
            );
        }
        let (layout, problems) = read("video,frame,score,origin");
        assert_eq!(
            (layout.columns, layout.id, layout.score),
            (4, IdColumns::Two(0, 1), Some(2))
        );
        assert!(matches!(
            &problems[..],
            [Problem::ScoresFormat { line: 1, .. }]
        ));
    }
}
