use std::fmt;

use crate::Id;

/// The column names of a submission. Its ids are always `{video}_{frame}`, two plain numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Schema {
    id: String,
    score: String,
}

impl Schema {
    /// A submission whose columns have these names.
    pub fn new(id: &str, score: &str) -> Self {
        Self { id: id.to_owned(), score: score.to_owned() }
    }

    /// Name of the first column, the ids.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Name of the second column, the scores.
    pub fn score(&self) -> &str {
        &self.score
    }
}

impl Default for Schema {
    /// `Id,Predicted`.
    fn default() -> Self {
        Self::new("Id", "Predicted")
    }
}

impl fmt::Display for Schema {
    /// The header line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.id, self.score)
    }
}

/// The two kinds of score files.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FileFormat {
    /// One id and one score a row; origins and the videos' own names are not kept.
    Submission(Schema),
    /// `video,frame,score,origin`: everything a score table knows.
    Scores,
}

/// The columns of a scores file; the last may be absent when it is read.
pub(crate) const SCORES_COLUMNS: [&str; 4] = ["video", "frame", "score", "origin"];

impl FileFormat {
    /// The format with this header, if it is one. Whatever a submission's columns are called, ids follow.
    pub(crate) fn recognise<T: AsRef<str>>(header: &[T], ids_follow: bool) -> Option<Self> {
        let names: Vec<&str> = header.iter().map(AsRef::as_ref).collect();
        match names[..] {
            [id, score] if id.eq_ignore_ascii_case("id") || (ids_follow && Id::parse(id).is_none()) => {
                Some(Self::Submission(Schema::new(id, score)))
            }
            _ if names == SCORES_COLUMNS || names == SCORES_COLUMNS[..3] => Some(Self::Scores),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_name_their_format() {
        let recognise = |header: &[&str]| FileFormat::recognise(header, false);
        let submission = |id, score| Some(FileFormat::Submission(Schema::new(id, score)));
        assert_eq!(recognise(&["Id", "Predicted"]), submission("Id", "Predicted"));
        assert_eq!(recognise(&["ID", "Prediction"]), submission("ID", "Prediction"));
        assert_eq!(recognise(&["video", "frame", "score"]), Some(FileFormat::Scores));
        assert_eq!(recognise(&SCORES_COLUMNS), Some(FileFormat::Scores));
        for none in [&["Id"][..], &["frame", "score"], &["video", "score", "frame"], &["Id", "a", "b"], &[]] {
            assert_eq!(recognise(none), None);
        }
        assert_eq!(FileFormat::recognise(&["row", "odd"], true), submission("row", "odd"));
        assert_eq!(FileFormat::recognise(&["1_5", "0.5"], true), None);
    }
}
