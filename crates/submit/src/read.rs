use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use oddframe_core::{FrameNumber, Origin, ScoreTable, VideoId};

use crate::lines::{Lines, excerpt, split};
use crate::origin::{frame_from_text, from_text};
use crate::problem::parse_score;
use crate::rows::{Row, VideoRows, table};
use crate::schema::SCORES_COLUMNS;
use crate::{Error, FileFormat, Id, Problem, Schema};

/// What was read from a score file.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreFile {
    /// The scores.
    pub table: ScoreTable,
    /// Which of the formats the file has.
    pub format: FileFormat,
}

/// Reads a submission or a scores file, whichever its header says. Rows may be in any order.
///
/// A file without origins holds computed scores.
///
/// # Errors
/// When the file cannot be read, and at its first problem, with the line.
pub fn read_scores(path: &Path) -> Result<ScoreFile, Error> {
    let bytes = fs::read(path).map_err(|source| Error::Read { path: Some(path.to_path_buf()), source })?;
    ScoreFile::parse(&bytes).map_err(|e| e.at(path))
}

impl ScoreFile {
    /// As [`read_scores`], from anything that can be read.
    ///
    /// # Errors
    /// As [`read_scores`], without a path.
    pub fn from_reader(mut reader: impl Read) -> Result<Self, Error> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map_err(|source| Error::Read { path: None, source })?;
        Self::parse(&bytes)
    }

    /// As [`read_scores`], from the bytes of a file.
    ///
    /// # Errors
    /// As [`read_scores`], without a path.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut lines = Lines::new(bytes)?;
        let (line, text) = lines.next().ok_or(Problem::Empty)?;
        let mut fields = Vec::new();
        if !split(text, ',', &mut fields) {
            return Err(Problem::Quote { line }.into());
        }
        let format = FileFormat::recognise(&fields, ids_follow(lines.clone()))
            .ok_or_else(|| unknown_header(&fields, line, text))?;
        let mut rows =
            Rows { submission: format != FileFormat::Scores, columns: fields.len(), ..Rows::default() };
        // A frame that comes twice shows only at the end, but may come before what stopped the reading.
        let stopped = lines.try_for_each(|(line, text)| rows.add(text, line, &mut fields)).err();
        let mut twice = None;
        rows.videos.iter_mut().for_each(|video| video.sort(rows.submission, &mut twice));
        if let Some(problem) = twice.or(stopped) {
            return Err(problem.into());
        }
        if rows.videos.is_empty() {
            return Err(Problem::NoRows { line }.into());
        }
        Ok(Self { table: table(rows.videos)?, format })
    }
}

/// Whether the next row starts with an id.
fn ids_follow(mut lines: Lines<'_>) -> bool {
    let mut fields = Vec::new();
    let split = lines.next().is_some_and(|(_, text)| split(text, ',', &mut fields));
    split && fields.first().is_some_and(|f| Id::parse(f).is_some())
}

fn unknown_header(fields: &[Cow<'_, str>], line: usize, text: &str) -> Problem {
    let submission = Schema::default();
    if fields.iter().any(|f| Id::parse(f).is_some()) {
        return Problem::NoHeader { line, expected: submission.to_string().into(), found: excerpt(text) };
    }
    let scores = SCORES_COLUMNS.join(",");
    let expected = format!("`{submission}` and `{scores}` (the last column may be left out)").into();
    Problem::UnknownHeader { line, expected, found: excerpt(text) }
}

/// Rows sorted into their videos.
#[derive(Default)]
struct Rows {
    submission: bool,
    columns: usize,
    videos: Vec<VideoRows>,
    /// By name, so that no id has to be made for each row; `01` and `1` lead to the same video.
    by_name: HashMap<String, usize>,
    by_id: HashMap<VideoId, usize>,
    by_number: HashMap<u64, usize>,
}

impl Rows {
    fn add<'a>(&mut self, text: &'a str, line: usize, fields: &mut Vec<Cow<'a, str>>) -> Result<(), Problem> {
        if !split(text, ',', fields) {
            return Err(Problem::Quote { line });
        }
        if fields.len() != self.columns {
            return Err(Problem::ColumnCount { line, expected: self.columns, found: fields.len() });
        }
        if self.submission {
            let shape =
                || Problem::IdShape { line, found: excerpt(&fields[0]), meant: Id::guess(&fields[0]) };
            let id = Id::parse(&fields[0]).ok_or_else(shape)?;
            let value = parse_score(&fields[1], line)?;
            let place = self.numbered(id.video);
            self.push(place, id.frame, value, Origin::Computed, line);
        } else {
            if fields[0].is_empty() {
                return Err(Problem::EmptyVideo { line });
            }
            let found = || excerpt(&fields[1]);
            let frame =
                frame_from_text(&fields[1]).ok_or_else(|| Problem::FrameShape { line, found: found() })?;
            let value = parse_score(&fields[2], line)?;
            let origin = match fields.get(3) {
                Some(text) => {
                    from_text(text).ok_or_else(|| Problem::OriginShape { line, found: excerpt(text) })?
                }
                None => Origin::Computed,
            };
            let place = self.named(&fields[0]);
            self.push(place, frame, value, origin, line);
        }
        Ok(())
    }

    fn push(&mut self, place: usize, frame: FrameNumber, value: f64, origin: Origin, line: usize) {
        self.videos[place].rows.push(Row { frame, value, origin, line });
    }

    fn numbered(&mut self, number: u64) -> usize {
        let videos = &mut self.videos;
        *self.by_number.entry(number).or_insert_with(|| new_video(videos, VideoId::new(&number.to_string())))
    }

    fn named(&mut self, name: &str) -> usize {
        if let Some(place) = self.by_name.get(name) {
            return *place;
        }
        let (videos, id) = (&mut self.videos, VideoId::new(name));
        let place = *self.by_id.entry(id.clone()).or_insert_with(|| new_video(videos, id));
        self.by_name.insert(name.to_owned(), place);
        place
    }
}

fn new_video(videos: &mut Vec<VideoRows>, video: VideoId) -> usize {
    videos.push(VideoRows { video, rows: Vec::new() });
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
        assert_eq!(file.format, FileFormat::Submission(Schema::new("ID", "Score")));
        assert_eq!(file.table.values().collect::<Vec<_>>(), [-3.0, 2.0, 1e-3]);
        assert_eq!(file.table.videos()[0].numbers(), [939, 941].map(FrameNumber));
        assert_eq!(file.table.videos()[1].id().name(), "2");
        assert_eq!(file.table.videos()[0].origins(), [Origin::Computed; 2]);
    }

    #[test]
    fn scores_keep_names_and_origins() {
        let csv = "video,frame,score,origin\n01,0939,1,borrowed:940\n01,940,1,computed\n1,941,0,constant\n";
        let file = ScoreFile::parse(csv.as_bytes()).unwrap();
        assert_eq!(file.format, FileFormat::Scores);
        let [video] = file.table.videos() else { panic!("01 and 1 are one video") };
        assert_eq!(video.id().name(), "01");
        let borrowed = Origin::Borrowed { from: FrameNumber(940) };
        assert_eq!(video.origins(), [borrowed, Origin::Computed, Origin::Constant]);
        let named = ScoreFile::parse(b"row,odd\n\"1_5\",0\n").unwrap();
        assert_eq!(named.format, FileFormat::Submission(Schema::new("row", "odd")));
        let bare = ScoreFile::parse(b"video,frame,score\n01_0014,0,5\n").unwrap();
        assert_eq!(bare.table.videos()[0].id().name(), "01_0014");
    }

    #[test]
    fn the_first_problem_is_told() {
        let submission = |rows: &str| problem(format!("Id,Predicted\n{rows}"));
        assert_eq!(problem(""), Problem::Empty);
        assert_eq!(submission(""), Problem::NoRows { line: 1 });
        assert_eq!(submission("1_2,\n1_3,x\n"), Problem::EmptyScore { line: 2 });
        assert_eq!(submission("1_2,0\n1_3,x\n"), Problem::NotANumber { line: 3, found: "x".into() });
        assert_eq!(submission("1_2,inf\n"), Problem::NotFinite { line: 2, found: "inf".into() });
        assert_eq!(submission("1_2,0,0\n"), Problem::ColumnCount { line: 2, expected: 2, found: 3 });
        assert_eq!(submission("\"1_2,0\n"), Problem::Quote { line: 2 });
        let meant = Id::parse("1_2");
        assert_eq!(submission("01_2,0\n"), Problem::IdShape { line: 2, found: "01_2".into(), meant });
        let twice = |line, first_line, id: &str| Problem::Duplicate { line, first_line, id: id.into() };
        assert_eq!(submission("1_2,0\n2_1,0\n1_1,0\n2_1,1\n1_2,1\nx"), twice(5, 3, "2_1"));
        assert_eq!(submission("1_2,0\n1_1,0\n1_2,1\n1_1,1\n"), twice(4, 2, "1_2"));
        assert_eq!(submission("1_2,0\nx,0\n1_2,0\n").line(), Some(3));
        assert_eq!(problem(b"Id,Predicted\n1_\xff"), Problem::NotUtf8 { line: 2, offset: 15 });
        let scores = |rows: &str| problem(format!("video,frame,score,origin\n{rows}"));
        assert_eq!(scores(",1,0,constant\n"), Problem::EmptyVideo { line: 2 });
        assert_eq!(scores("a,-1,0,constant\n"), Problem::FrameShape { line: 2, found: "-1".into() });
        assert_eq!(scores("a,1,0,no\n"), Problem::OriginShape { line: 2, found: "no".into() });
        assert_eq!(scores("01,1,0,computed\n1,1,0,computed\n"), twice(3, 2, "frame 1 of video 01"));
        assert_eq!(problem("1_2,0.5\n").kind(), "no_header");
        assert_eq!(
            problem("frame,label\n").to_string(),
            "line 1: the header `frame,label` is none of `Id,Predicted` and `video,frame,score,origin` \
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
        assert_eq!(error, format!("{}: line 2: the score `x` is no number", path.display()));
    }
}
