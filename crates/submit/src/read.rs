use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use oddframe_core::{FrameNumber, Origin, ScoreTable, VideoId};

use crate::error::Error;
use crate::id::{Id, split_name_id};
use crate::id_rule::IdRule;
use crate::lines::{COMMAS, Lines};
use crate::origin::{frame_from_text, from_text};
use crate::problem::{Problem, parse_score};
use crate::rows::{Row, VideoRows, build_table};
use crate::schema::{FileFormat, SCORES_COLUMNS, Schema};
use crate::text::excerpt;

/// The content of a score file.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreFile {
    /// The scores.
    pub table: ScoreTable,
    /// The format of the file.
    pub format: FileFormat,
}

/// Reads a submission or a scores file; its header and first id show which. Rows may be in any order.
///
/// The scores of a file without origins count as computed.
///
/// # Errors
/// When the file cannot be read, or has a problem. The error names the file and the line of the first
/// problem.
pub fn read_scores(path: &Path) -> Result<ScoreFile, Error> {
    let bytes = fs::read(path).map_err(|source| Error::Read {
        path: Some(path.to_path_buf()),
        source,
    })?;
    ScoreFile::parse(&bytes).map_err(|e| e.in_file(path))
}

impl ScoreFile {
    /// Reads scores like [`read_scores`], from any reader.
    ///
    /// # Errors
    /// As [`read_scores`], without a path.
    pub fn from_reader(mut reader: impl Read) -> Result<Self, Error> {
        let mut bytes = Vec::new();
        reader
            .read_to_end(&mut bytes)
            .map_err(|source| Error::Read { path: None, source })?;
        Self::parse(&bytes)
    }

    /// Reads scores like [`read_scores`], from the bytes of a file.
    ///
    /// ```
    /// use oddframe_submit::{FileFormat, IdRule, Schema, ScoreFile};
    ///
    /// let file = ScoreFile::parse(b"Id,Predicted\n2_0,0.5\n1_1,0.25\n1_0,1\n")?;
    /// assert_eq!(file.table.values().collect::<Vec<_>>(), [1.0, 0.25, 0.5]);
    ///
    /// let named = ScoreFile::parse(b"Id,Predicted\n01_0014_0,0.5\n02_0014_0,0.25\n")?;
    /// assert_eq!(named.format, FileFormat::Submission(Schema::default().with_id_rule(IdRule::VideoName)));
    /// assert_eq!(named.table.videos()[1].id().name(), "02_0014");
    /// # Ok::<(), oddframe_submit::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`read_scores`], without a path.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut lines = Lines::new(bytes)?;
        let (line, text) = lines.next().ok_or(Problem::Empty)?;
        let mut fields = Vec::new();
        if !COMMAS.split_line(text, &mut fields) {
            return Err(Problem::Quote { line }.into());
        }
        let format = FileFormat::from_header(&fields, next_field(lines.clone()).as_deref())
            .ok_or_else(|| unknown_header(&fields, line, text))?;
        let rule = match &format {
            FileFormat::Submission(schema) => Some(schema.id_rule()),
            FileFormat::Scores => None,
        };
        let mut rows = Rows {
            rule,
            columns: fields.len(),
            ..Rows::default()
        };
        // Repeated frames are found only after sorting, but a repeated line may come before the line that
        // stopped the reading; then it is the first problem.
        let stopped = lines
            .try_for_each(|(line, text)| rows.add_row(text, line, &mut fields))
            .err();
        let mut twice = None;
        rows.videos
            .iter_mut()
            .for_each(|video| video.sort_rows(rule, &mut twice));
        if let Some(problem) = twice.or(stopped) {
            // A repeated frame before the stopping line comes first in the file.
            return Err(problem.into());
        }
        if rows.videos.is_empty() {
            return Err(Problem::NoRows { line }.into());
        }
        Ok(Self {
            table: build_table(rows.videos)?,
            format,
        })
    }
}

/// The first field of the next row.
fn next_field(mut lines: Lines<'_>) -> Option<Cow<'_, str>> {
    let mut fields = Vec::new();
    let (_, text) = lines.next()?;
    COMMAS
        .split_line(text, &mut fields)
        .then(|| fields.swap_remove(0))
}

fn unknown_header(fields: &[Cow<'_, str>], line: usize, text: &str) -> Problem {
    // With an id in its first line the file lacks a header; otherwise the header has unknown names.
    let submission = Schema::default();
    if fields.iter().any(|f| Id::parse(f).is_some()) {
        return Problem::NoHeader {
            line,
            expected: submission.to_string().into(),
            found: excerpt(text),
        };
    }
    let scores = SCORES_COLUMNS.join(",");
    let expected =
        format!("`{submission}` and `{scores}` (the last column may be left out)").into();
    Problem::UnknownHeader {
        line,
        expected,
        found: excerpt(text),
    }
}

/// Rows grouped by video.
#[derive(Default)]
struct Rows {
    /// The rule of the ids of a submission; `None` for a scores file.
    rule: Option<IdRule>,
    columns: usize,
    videos: Vec<VideoRows>,
    /// The video of each name, so that rows need not construct a `VideoId`. `01` and `1` are the same video.
    by_name: HashMap<String, usize>,
    by_id: HashMap<VideoId, usize>,
    by_number: HashMap<u64, usize>,
}

impl Rows {
    fn add_row<'a>(
        &mut self,
        text: &'a str,
        line: usize,
        fields: &mut Vec<Cow<'a, str>>,
    ) -> Result<(), Problem> {
        if !COMMAS.split_line(text, fields) {
            return Err(Problem::Quote { line });
        }
        if fields.len() != self.columns {
            return Err(Problem::ColumnCount {
                line,
                expected: self.columns,
                found: fields.len(),
            });
        }
        if let Some(rule) = self.rule {
            let (place, frame) = self
                .find_id(rule, &fields[0])
                .ok_or_else(|| Problem::id_shape(&fields[0], line))?;
            let value = parse_score(&fields[1], line)?;
            self.push_score(place, frame, value, Origin::Computed, line);
        } else {
            if fields[0].is_empty() {
                return Err(Problem::EmptyVideo { line });
            }
            let frame = frame_from_text(&fields[1]).ok_or_else(|| Problem::FrameShape {
                line,
                found: excerpt(&fields[1]),
            })?;
            let value = parse_score(&fields[2], line)?;
            let origin = match fields.get(3) {
                Some(text) => from_text(text).ok_or_else(|| Problem::OriginShape {
                    line,
                    found: excerpt(text),
                })?,
                None => Origin::Computed,
            };
            let place = self.find_name(&fields[0]);
            self.push_score(place, frame, value, origin, line);
        }
        Ok(())
    }

    /// The video and frame of an id.
    fn find_id(&mut self, rule: IdRule, text: &str) -> Option<(usize, FrameNumber)> {
        match rule {
            IdRule::VideoNumber => {
                let id = Id::parse(text)?;
                Some((self.find_number(id.video), id.frame))
            }
            IdRule::VideoName => {
                let (video, frame) = split_name_id(text)?;
                Some((self.find_name(video), frame))
            }
        }
    }

    fn push_score(
        &mut self,
        place: usize,
        frame: FrameNumber,
        value: f64,
        origin: Origin,
        line: usize,
    ) {
        self.videos[place].rows.push(Row {
            frame,
            value,
            origin,
            line,
        });
    }

    fn find_number(&mut self, number: u64) -> usize {
        let videos = &mut self.videos;
        *self
            .by_number
            .entry(number)
            .or_insert_with(|| add_video(videos, VideoId::new(&number.to_string())))
    }

    fn find_name(&mut self, name: &str) -> usize {
        // The two maps differ in their keys: texts are looked up first, because they need no natural
        // comparison.
        if let Some(place) = self.by_name.get(name) {
            return *place;
        }
        let (videos, id) = (&mut self.videos, VideoId::new(name));
        let place = *self
            .by_id
            .entry(id.clone())
            .or_insert_with(|| add_video(videos, id));
        self.by_name.insert(name.to_owned(), place);
        place
    }
}

fn add_video(videos: &mut Vec<VideoRows>, video: VideoId) -> usize {
    videos.push(VideoRows {
        video,
        rows: Vec::new(),
    });
    videos.len() - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(csv: impl AsRef<[u8]>) -> Problem {
        match ScoreFile::parse(csv.as_ref()) {
            Err(Error::Invalid { problem, .. }) => problem,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn submissions_are_read_in_any_order() {
        let csv = "\u{feff}ID,Score\r\n2_0,1e-3\r\n1_941,\"2\"\r\n\r\n1_939,-3\r\n";
        let file = ScoreFile::from_reader(csv.as_bytes()).unwrap();
        assert_eq!(
            file.format,
            FileFormat::Submission(Schema::new("ID", "Score"))
        );
        assert_eq!(file.table.values().collect::<Vec<_>>(), [-3.0, 2.0, 1e-3]);
        assert_eq!(
            file.table.videos()[0].numbers(),
            [939, 941].map(FrameNumber)
        );
        assert_eq!(file.table.videos()[1].id().name(), "2");
        assert_eq!(file.table.videos()[0].origins(), [Origin::Computed; 2]);
    }

    #[test]
    fn scores_keep_names_and_origins() {
        let csv = "video,frame,score,origin\n01,0939,1,borrowed:940\n01,940,1,computed\n1,941,0,constant\n";
        let file = ScoreFile::parse(csv.as_bytes()).unwrap();
        assert_eq!(file.format, FileFormat::Scores);
        let [video] = file.table.videos() else {
            panic!("01 and 1 are one video")
        };
        assert_eq!(video.id().name(), "01");
        let borrowed = Origin::Borrowed {
            from: FrameNumber(940),
        };
        assert_eq!(
            video.origins(),
            [borrowed, Origin::Computed, Origin::Constant]
        );
        let named = ScoreFile::parse(b"row,odd\n\"1_5\",0\n").unwrap();
        assert_eq!(
            named.format,
            FileFormat::Submission(Schema::new("row", "odd"))
        );
        let bare = ScoreFile::parse(b"video,frame,score\n01_0014,0,5\n").unwrap();
        assert_eq!(bare.table.videos()[0].id().name(), "01_0014");
    }

    #[test]
    fn ids_with_whole_names_are_read() {
        let csv = "Id,Predicted\n02_0014_1,3\n01_0014_7,1\n02_0014_0,2\n";
        let file = ScoreFile::parse(csv.as_bytes()).unwrap();
        assert_eq!(
            file.format,
            FileFormat::Submission(Schema::default().with_id_rule(IdRule::VideoName))
        );
        let names: Vec<_> = file.table.videos().iter().map(|v| v.id().name()).collect();
        assert_eq!(names, ["01_0014", "02_0014"]);
        assert_eq!(file.table.videos()[1].values(), [2.0, 3.0]);
        let twice = problem(format!("{csv}01_0014_7,1\n"));
        assert_eq!(
            twice,
            Problem::Duplicate {
                line: 5,
                first_line: 3,
                id: "01_0014_7".into()
            }
        );
        let shape = problem(format!("{csv}01_0014_x,1\n"));
        assert_eq!((shape.kind(), shape.line()), ("id_shape", Some(5)));
    }

    fn submission_problem(rows: &str) -> Problem {
        problem(format!("Id,Predicted\n{rows}"))
    }

    fn duplicate(line: usize, first_line: usize, id: &str) -> Problem {
        Problem::Duplicate {
            line,
            first_line,
            id: id.into(),
        }
    }

    fn scores_problem(rows: &str) -> Problem {
        problem(format!("video,frame,score,origin\n{rows}"))
    }

    #[test]
    fn errors_name_the_first_problem() {
        assert_eq!(problem(""), Problem::Empty);
        assert_eq!(submission_problem(""), Problem::NoRows { line: 1 });
        assert_eq!(
            submission_problem("1_2,\n1_3,x\n"),
            Problem::EmptyScore { line: 2 }
        );
        assert_eq!(
            submission_problem("1_2,0\n1_3,x\n"),
            Problem::NotANumber {
                line: 3,
                found: "x".into()
            }
        );
        assert_eq!(
            submission_problem("1_2,inf\n"),
            Problem::NotFinite {
                line: 2,
                found: "inf".into()
            }
        );
        assert_eq!(
            submission_problem("1_2,0,0\n"),
            Problem::ColumnCount {
                line: 2,
                expected: 2,
                found: 3
            }
        );
        assert_eq!(submission_problem("\"1_2,0\n"), Problem::Quote { line: 2 });
        let meant = Id::parse("1_2");
        assert_eq!(
            submission_problem("01_2,0\n"),
            Problem::IdShape {
                line: 2,
                found: "01_2".into(),
                meant
            }
        );
        assert_eq!(
            submission_problem("1_2,0\n2_1,0\n1_1,0\n2_1,1\n1_2,1\nx"),
            duplicate(5, 3, "2_1")
        );
        assert_eq!(
            submission_problem("1_2,0\n1_1,0\n1_2,1\n1_1,1\n"),
            duplicate(4, 2, "1_2")
        );
        assert_eq!(submission_problem("1_2,0\nx,0\n1_2,0\n").line(), Some(3));
        assert_eq!(
            problem(b"Id,Predicted\n1_\xff"),
            Problem::NotUtf8 {
                line: 2,
                offset: 15
            }
        );
        assert_eq!(
            scores_problem(",1,0,constant\n"),
            Problem::EmptyVideo { line: 2 }
        );
        assert_eq!(
            scores_problem("a,-1,0,constant\n"),
            Problem::FrameShape {
                line: 2,
                found: "-1".into()
            }
        );
        assert_eq!(
            scores_problem("a,1,0,no\n"),
            Problem::OriginShape {
                line: 2,
                found: "no".into()
            }
        );
        assert_eq!(
            scores_problem("01,1,0,computed\n1,1,0,computed\n"),
            duplicate(3, 2, "frame 1 of video 01")
        );
        assert_eq!(problem("1_2,0.5\n").kind(), "no_header");
        assert_eq!(
            problem("frame,label\n").to_string(),
            "line 1: the header `frame,label` is not one of `Id,Predicted` and `video,frame,score,origin` \
             (the last column may be left out)"
        );
    }

    #[test]
    fn errors_name_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        assert!(matches!(read_scores(&path), Err(Error::Read { path: Some(p), .. }) if p == path));
        fs::write(&path, "Id,Predicted\n1_2,x\n").unwrap();
        let error = read_scores(&path).unwrap_err().to_string();
        assert_eq!(
            error,
            format!("{}: line 2: the score `x` is not a number", path.display())
        );
    }
}
