use std::fmt;

use crate::id::{Id, split_name_id};
use crate::id_rule::IdRule;

/// The columns of a submission and the rule of its ids.
///
/// ```
/// use oddframe_submit::{IdRule, Schema};
///
/// let schema = Schema::new("ID", "Score");
/// assert_eq!((schema.id(), schema.score(), schema.id_rule()), ("ID", "Score", IdRule::VideoNumber));
/// assert_eq!(Schema::default().to_string(), "Id,Predicted");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Schema {
    id: String,
    score: String,
    id_rule: IdRule,
}

impl Schema {
    /// A submission with these column names and ids such as `1_939`.
    pub fn new(id: &str, score: &str) -> Self {
        Self {
            id: id.to_owned(),
            score: score.to_owned(),
            id_rule: IdRule::default(),
        }
    }

    /// Sets how ids name a video. [`IdRule::unambiguous_for`] selects the rule for given videos.
    #[must_use]
    pub fn with_id_rule(self, id_rule: IdRule) -> Self {
        Self { id_rule, ..self }
    }

    /// The name of the first column, the ids.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name of the second column, the scores.
    pub fn score(&self) -> &str {
        &self.score
    }

    /// How ids name a video.
    pub fn id_rule(&self) -> IdRule {
        self.id_rule
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
///
/// ```
/// use oddframe_submit::{FileFormat, Schema, ScoreFile};
///
/// let file = ScoreFile::parse(b"Id,Predicted\n1_0,0.5\n")?;
/// assert_eq!(file.format, FileFormat::Submission(Schema::default()));
/// let file = ScoreFile::parse(b"video,frame,score\n01,0,0.5\n")?;
/// assert_eq!(file.format, FileFormat::Scores);
/// # Ok::<(), oddframe_submit::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FileFormat {
    /// One id and one score per row. Origins are not stored, nor are the names of videos that have numbers.
    Submission(Schema),
    /// `video,frame,score,origin`: the whole score table.
    Scores,
}

/// The columns of a scores file; the last is optional when a file is read.
pub(crate) const SCORES_COLUMNS: [&str; 4] = ["video", "frame", "score", "origin"];

impl FileFormat {
    /// Recognises the format by the header and the first field of the next row.
    ///
    /// The columns of a submission may have any names if ids follow.
    pub(crate) fn from_header<T: AsRef<str>>(header: &[T], next: Option<&str>) -> Option<Self> {
        let names: Vec<&str> = header.iter().map(AsRef::as_ref).collect();
        // Headers alone are ambiguous: competitions name their columns freely. An id in the next row settles
        // it.
        let rule = next.and_then(rule_of_id);
        match names[..] {
            // Two columns are a submission if the first is named `id`, or if ids follow below other names.
            [id, score]
                if id.eq_ignore_ascii_case("id") || (rule.is_some() && Id::parse(id).is_none()) =>
            {
                Some(Self::Submission(
                    Schema::new(id, score).with_id_rule(rule.unwrap_or_default()),
                ))
            }
            _ if names == SCORES_COLUMNS || names == SCORES_COLUMNS[..3] => Some(Self::Scores),
            _ => None,
        }
    }
}

/// The rule that an id was written by. A video part of digits alone is a number, perhaps a wrong one such as
/// `01`.
fn rule_of_id(text: &str) -> Option<IdRule> {
    if Id::parse(text).is_some() {
        return Some(IdRule::VideoNumber);
    }
    let (video, _) = split_name_id(text)?;
    let is_name = !video.bytes().all(|b| b.is_ascii_digit());
    is_name.then_some(IdRule::VideoName)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_header(header: &[&str]) -> Option<FileFormat> {
        FileFormat::from_header(header, None)
    }

    fn submission(id: &str, score: &str) -> FileFormat {
        FileFormat::Submission(Schema::new(id, score))
    }

    #[test]
    fn headers_name_their_format() {
        assert_eq!(
            from_header(&["Id", "Predicted"]),
            Some(submission("Id", "Predicted"))
        );
        assert_eq!(
            from_header(&["ID", "Prediction"]),
            Some(submission("ID", "Prediction"))
        );
        assert_eq!(
            from_header(&["video", "frame", "score"]),
            Some(FileFormat::Scores)
        );
        assert_eq!(from_header(&SCORES_COLUMNS), Some(FileFormat::Scores));
        for none in [
            &["Id"][..],
            &["frame", "score"],
            &["video", "score", "frame"],
            &["Id", "a", "b"],
            &[],
        ] {
            assert_eq!(from_header(none), None);
        }
        assert_eq!(
            FileFormat::from_header(&["row", "odd"], Some("1_5")),
            Some(submission("row", "odd"))
        );
        assert_eq!(FileFormat::from_header(&["1_5", "0.5"], Some("1_6")), None);
    }

    #[test]
    fn the_first_id_names_its_rule() {
        for (id, rule) in [
            ("1_5", Some(IdRule::VideoNumber)),
            ("01_0014_5", Some(IdRule::VideoName)),
            ("Test001_0", Some(IdRule::VideoName)),
            ("01_5", None),
            ("01_frame_0005", None),
            ("_5", None),
            ("0.5", None),
        ] {
            assert_eq!(rule_of_id(id), rule, "{id}");
        }
    }
}
