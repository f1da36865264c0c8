use std::collections::BTreeMap;
use std::fmt;

use crate::id::Id;

/// The position of a run of missing ids in its video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The whole video is missing.
    Whole,
    /// The first frames are missing.
    Start,
    /// The last frames are missing.
    End,
    /// There are scored frames before and after the run.
    Inside,
}

impl Place {
    /// A stable name for machine-readable output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Start => "start",
            Self::End => "end",
            Self::Inside => "inside",
        }
    }
}

/// Consecutive expected ids of one video that are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissingRun {
    /// The first missing id.
    pub first: Id,
    /// The last missing id, which may equal the first.
    pub last: Id,
    /// The number of missing ids.
    pub count: usize,
    /// The position of the run in the video.
    pub place: Place,
}

impl MissingRun {
    /// The position and length that similar runs share; whole videos of any length are similar.
    fn pattern(&self) -> (Place, usize) {
        (
            self.place,
            if self.place == Place::Whole {
                0
            } else {
                self.count
            },
        )
    }
}

impl fmt::Display for MissingRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.place, self.count) {
            (Place::Whole, count) => write!(
                f,
                "all of video {} ({})",
                self.first.video,
                count_ids(count)
            ),
            (_, 1) => self.first.fmt(f),
            _ => write!(f, "{} to {}", self.first, self.last),
        }
    }
}

/// The expected ids that have no score. `Display` summarises patterns, such as the first frame of every
/// video.
///
/// ```
/// use oddframe_core::EdgePolicy;
/// use oddframe_submit::{Error, Ids, ScoreFile, complete};
///
/// let ids = Ids::parse(b"Id\n1_0\n1_1\n2_0\n2_1\n3_0\n3_1\n")?;
/// let scores = ScoreFile::parse(b"Id,Predicted\n1_1,0.5\n2_1,0.5\n3_1,0.5\n")?.table;
/// let Err(Error::Missing { missing }) = complete(&scores, &ids, EdgePolicy::Error) else { panic!("missing ids") };
/// assert_eq!(missing.count(), 3);
/// assert_eq!(missing.to_string(), "3 ids, the first frame of every one of the 3 videos (1_0, 2_0, 3_0)");
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    runs: Vec<MissingRun>,
    videos: usize,
}

/// From this many similar runs on, the runs are summarised as one pattern.
const PATTERN: usize = 3;
/// The most examples that a message lists.
pub(crate) const EXAMPLES: usize = 5;

impl Missing {
    pub(crate) fn new(runs: Vec<MissingRun>, videos: usize) -> Self {
        Self { runs, videos }
    }

    /// The runs, video after video.
    pub fn runs(&self) -> &[MissingRun] {
        &self.runs
    }

    /// The number of missing ids.
    pub fn count(&self) -> usize {
        self.runs.iter().map(|run| run.count).sum()
    }

    /// The runs that are summarised together, by position and length.
    fn group_patterns(&self) -> BTreeMap<(Place, usize), Vec<&MissingRun>> {
        let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for run in &self.runs {
            groups.entry(run.pattern()).or_default().push(run);
        }
        // A pattern needs several videos. Runs inside videos rarely have one cause, so they are listed one by
        // one.
        groups.retain(|(place, _), runs| match place {
            Place::Whole => runs.len() > 1,
            Place::Start | Place::End => runs.len() >= PATTERN,
            Place::Inside => false,
        });
        groups
    }

    fn describe_videos(&self, count: usize) -> String {
        if count == self.videos {
            format!("every one of the {count} videos")
        } else {
            format!("{count} of the {} videos", self.videos)
        }
    }
}

impl fmt::Display for Missing {
    /// For example `21 ids, the first frame of every one of the 21 videos (1_939, 2_0, 3_173, ...)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&count_ids(self.count()))?;
        let patterns = self.group_patterns();
        // Patterns come first, then single runs up to the limit, then the number of the rest.
        let mut before = ", ";
        for ((place, length), runs) in &patterns {
            let side = if *place == Place::Start {
                "first"
            } else {
                "last"
            };
            match (place, length) {
                (Place::Whole, _) => {
                    write!(f, "{before}all of {} (", self.describe_videos(runs.len()))?;
                }
                (_, 1) => write!(
                    f,
                    "{before}the {side} frame of {} (",
                    self.describe_videos(runs.len())
                )?,
                _ => {
                    write!(
                        f,
                        "{before}the {side} {length} frames of {} (",
                        self.describe_videos(runs.len())
                    )?;
                }
            }
            // Whole videos are named by one number each, so more of them fit into a line than ranges of ids.
            let shown = if *place == Place::Whole {
                EXAMPLES
            } else {
                PATTERN
            };
            for (i, run) in runs.iter().take(shown).enumerate() {
                f.write_str(if i > 0 { ", " } else { "" })?;
                match place {
                    Place::Whole => write!(f, "{}", run.first.video)?,
                    _ => run.fmt(f)?,
                }
            }
            f.write_str(if runs.len() > shown { ", ...)" } else { ")" })?;
            before = "; ";
        }
        let rest: Vec<_> = self
            .runs
            .iter()
            .filter(|run| !patterns.contains_key(&run.pattern()))
            .collect();
        for run in rest.iter().take(EXAMPLES) {
            write!(f, "{before}{run}")?;
            before = ", ";
        }
        if rest.len() > EXAMPLES {
            write!(f, " and {} more such runs", rest.len() - EXAMPLES)?;
        }
        Ok(())
    }
}

fn count_ids(count: usize) -> String {
    format!("{count} {}", if count == 1 { "id" } else { "ids" })
}

#[cfg(test)]
mod tests {
    use crate::Ids;

    /// The summary for videos of ten frames each, without the frames for which `lacks` is true.
    fn text(videos: u64, lacks: impl Fn(u64, u64) -> bool) -> String {
        let all = (1..=videos).flat_map(|v| (0..10).map(move |f| (v, f)));
        let csv = all.clone().fold("Id\n".to_string(), |csv, (v, f)| {
            csv + &format!("{v}_{f}\n")
        });
        let ids = Ids::parse(csv.as_bytes()).unwrap();
        let lacking: Vec<bool> = all.map(|(v, f)| lacks(v, f)).collect();
        ids.find_missing(|slot| !lacking[slot]).to_string()
    }

    #[test]
    fn patterns_over_videos_are_summarised() {
        assert_eq!(
            text(21, |_, f| f == 0),
            "21 ids, the first frame of every one of the 21 videos (1_0, 2_0, 3_0, ...)"
        );
        assert_eq!(
            text(5, |v, f| v > 2 && f >= 6),
            "12 ids, the last 4 frames of 3 of the 5 videos (3_6 to 3_9, 4_6 to 4_9, 5_6 to 5_9)"
        );
        assert_eq!(
            text(3, |_, f| !(2..=6).contains(&f)),
            "15 ids, the first 2 frames of every one of the 3 videos (1_0 to 1_1, 2_0 to 2_1, 3_0 to 3_1); \
             the last 3 frames of every one of the 3 videos (1_7 to 1_9, 2_7 to 2_9, 3_7 to 3_9)"
        );
    }

    #[test]
    fn whole_videos_and_ranges_are_named() {
        assert_eq!(text(3, |v, _| v == 2), "10 ids, all of video 2 (10 ids)");
        assert_eq!(
            text(3, |v, _| v != 2),
            "20 ids, all of 2 of the 3 videos (1, 3)"
        );
        assert_eq!(
            text(9, |_, _| true),
            "90 ids, all of every one of the 9 videos (1, 2, 3, 4, 5, ...)"
        );
        assert_eq!(text(3, |v, f| v == 2 && f == 4), "1 id, 2_4");
        assert_eq!(
            text(3, |v, f| v == 2 && (f == 4 || f > 6)),
            "4 ids, 2_4, 2_7 to 2_9"
        );
        assert_eq!(
            text(2, |_, f| f % 2 == 1),
            "10 ids, 1_1, 1_3, 1_5, 1_7, 1_9 and 5 more such runs"
        );
        assert_eq!(
            text(4, |v, f| f == 0 || (v == 3 && f == 5)),
            "5 ids, the first frame of every one of the 4 videos (1_0, 2_0, 3_0, ...); 3_5"
        );
    }
}
