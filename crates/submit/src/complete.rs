use std::collections::HashMap;

use oddframe_core::{
    EdgePolicy, FrameNumber, FrameShape, Origin, PixelFormat, ScoreTable, Video, VideoId,
    VideoScores,
};

use crate::error::Error;
use crate::id_rule::video_numbers;
use crate::ids::{IdVideo, Ids};
use crate::missing::{Missing, Place};

/// The treatment of scores that belong to no expected id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unknown {
    /// They are an error.
    Refuse,
    /// They are left out, and missing scores do not borrow from them. If all scores are unknown, that is an
    /// error.
    Drop,
}

/// How [`complete`] fills in missing scores.
///
/// ```
/// use oddframe_core::EdgePolicy;
/// use oddframe_submit::{CompleteOptions, Ids, ScoreFile, Unknown, complete};
///
/// let ids = Ids::parse(b"Id\n1_0\n1_1\n")?;
/// let scores = ScoreFile::parse(b"Id,Predicted\n1_1,0.5\n9_9,1\n")?.table;
/// let options = CompleteOptions::new(EdgePolicy::Nearest).with_unknown(Unknown::Drop);
/// let completed = complete(&scores, &ids, options)?;
/// assert_eq!(completed.table.values().collect::<Vec<_>>(), [0.5, 0.5]);
/// assert_eq!((completed.filled_frames(), completed.dropped), (1, 1));
/// # Ok::<(), oddframe_submit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CompleteOptions {
    policy: EdgePolicy,
    unknown: Unknown,
}

impl CompleteOptions {
    /// Fills in missing scores by this policy; unknown scores are an error.
    pub const fn new(policy: EdgePolicy) -> Self {
        Self {
            policy,
            unknown: Unknown::Refuse,
        }
    }

    /// Sets the treatment of scores that belong to no expected id.
    #[must_use]
    pub const fn with_unknown(self, unknown: Unknown) -> Self {
        Self { unknown, ..self }
    }
}

impl From<EdgePolicy> for CompleteOptions {
    fn from(policy: EdgePolicy) -> Self {
        Self::new(policy)
    }
}

/// A table with exactly one score for each expected id.
#[derive(Debug, Clone, PartialEq)]
pub struct Completed {
    /// The scores. The origin of a score shows whether it was filled in.
    pub table: ScoreTable,
    /// The videos with filled-in scores, in the order of the ids.
    pub filled: Vec<Filled>,
    /// The number of scores that belonged to no expected id and were left out.
    pub dropped: usize,
}

impl Completed {
    /// The number of filled-in scores of all videos.
    pub fn filled_frames(&self) -> usize {
        self.filled.iter().map(|filled| filled.frames).sum()
    }
}

/// The number of filled-in scores of one video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// The video.
    pub video: VideoId,
    /// The number of frames.
    pub frames: usize,
}

/// Gives every expected id a score: the policy derives missing scores from other scores of the same video.
///
/// Neighbours are neighbours among the expected ids of a video, so gaps in the frame numbers do not matter.
/// Videos are matched by their numbers and keep the names of the table.
/// [`write_in_order`](crate::write_in_order) writes the result in the order of the ids.
///
/// # Errors
/// When scores belong to no expected id, unless they are dropped; when ids have no score and the policy is
/// `error`, or has nothing to borrow from; when two videos of the table have the same number.
pub fn complete(
    table: &ScoreTable,
    ids: &Ids,
    options: impl Into<CompleteOptions>,
) -> Result<Completed, Error> {
    let CompleteOptions { policy, unknown } = options.into();
    // Videos without a number cannot have expected ids; their scores count as unknown below.
    let numbered: Vec<_> = table
        .videos()
        .iter()
        .filter(|v| v.id().number().is_some())
        .collect();
    let numbers = video_numbers(numbered.iter().map(|v| v.id()))?;
    let by_number: HashMap<u64, &VideoScores> = numbers.into_iter().zip(numbered).collect();

    // All input is checked before any score is filled in: first for scores of unexpected frames, then for frames
    // that no score can be borrowed for.
    let dropped = count_unknown(table, ids, unknown)?;
    let parts: Vec<_> = ids
        .by_video()
        .iter()
        .map(|v| Part::new(v, by_number.get(&v.number()).copied()))
        .collect();
    check_missing(&parts, ids, policy)?;

    let mut videos = Vec::with_capacity(parts.len());
    let mut filled = Vec::new();
    for part in parts {
        let frames = part.expected.frames().len() - part.known.len();
        let scores = part.complete_scores(policy)?;
        if frames > 0 {
            filled.push(Filled {
                video: scores.id().clone(),
                frames,
            });
        }
        videos.push(scores);
    }
    Ok(Completed {
        table: ScoreTable::new(videos)?,
        filled,
        dropped,
    })
}

/// The expected frames of one video and their known scores.
struct Part<'a> {
    expected: &'a IdVideo,
    name: &'a VideoId,
    /// Index among the expected frames, score and origin of each known score.
    known: Vec<(usize, f64, Origin)>,
}

impl<'a> Part<'a> {
    fn new(expected: &'a IdVideo, scores: Option<&'a VideoScores>) -> Self {
        let Some(scores) = scores else {
            return Self {
                expected,
                name: expected.name(),
                known: Vec::new(),
            };
        };
        let rows = scores
            .numbers()
            .iter()
            .zip(scores.values())
            .zip(scores.origins());
        let mut next = 0;
        // Both sequences rise, so one pass is enough.
        let known = rows.filter_map(|((frame, value), origin)| {
            next += expected.frames()[next..]
                .iter()
                .take_while(|f| *f < frame)
                .count();
            (expected.frames().get(next) == Some(frame)).then_some((next, *value, *origin))
        });
        Self {
            expected,
            name: scores.id(),
            known: known.collect(),
        }
    }

    fn complete_scores(&self, policy: EdgePolicy) -> Result<VideoScores, Error> {
        let frames = self.expected.frames();
        // The policy uses positions only, so the shape of the frames does not matter.
        let shape = FrameShape::new(1, 1, PixelFormat::Gray)?;
        let video = Video::new(self.name.clone(), shape, frames.to_vec())?;
        // The policy knows only which frames have scores. The origins of known scores are put back
        // afterwards, because the policy marks them as computed.
        let known = self.known.iter().map(|(index, value, _)| (*index, *value));
        let scores = VideoScores::complete(&video, known, policy)?;
        let mut origins = scores.origins().to_vec();
        for (index, _, origin) in &self.known {
            origins[*index] = *origin;
        }
        Ok(VideoScores::from_parts(
            self.name.clone(),
            frames.to_vec(),
            scores.values().to_vec(),
            origins,
        )?)
    }
}

fn count_unknown(table: &ScoreTable, ids: &Ids, unknown: Unknown) -> Result<usize, Error> {
    let (mut count, mut first) = (0, None);
    for scores in table.videos() {
        let expected = scores
            .id()
            .number()
            .and_then(|number| ids.find_video(number));
        let frames: &[FrameNumber] = expected.map_or(&[], IdVideo::frames);
        // Expected frames are sorted, so a binary search finds each score.
        for frame in scores
            .numbers()
            .iter()
            .filter(|f| frames.binary_search(f).is_err())
        {
            count += 1;
            first.get_or_insert((scores.id(), *frame));
        }
    }
    match first {
        // If every score is unknown, the ids belong to another data set.
        Some((video, frame)) if unknown == Unknown::Refuse || count == table.len() => {
            Err(Error::UnknownIds {
                video: video.clone(),
                frame,
                count,
            })
        }
        _ => Ok(count),
    }
}

fn check_missing(parts: &[Part<'_>], ids: &Ids, policy: EdgePolicy) -> Result<(), Error> {
    // A constant fills in anything, so only borrowing policies can fail.
    if matches!(policy, EdgePolicy::Constant(_)) {
        return Ok(());
    }
    let mut has = vec![false; ids.len()];
    for part in parts {
        part.known
            .iter()
            .for_each(|(index, ..)| has[part.expected.slot_of(*index)] = true);
    }
    let missing = ids.find_missing(|slot| has[slot]);
    if policy == EdgePolicy::Error && missing.count() > 0 {
        return Err(Error::Missing { missing });
    }
    let whole: Vec<_> = missing
        .runs()
        .iter()
        .filter(|run| run.place == Place::Whole)
        .copied()
        .collect();
    if whole.is_empty() {
        return Ok(());
    }
    Err(Error::NothingToBorrow {
        missing: Missing::new(whole, ids.videos()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ScoreFile;

    const IDS: &[u8] = b"Id\n2_0\n2_1\n1_5\n1_6\n1_9\n";

    fn of(rows: &str) -> ScoreTable {
        ScoreFile::parse(format!("video,frame,score,origin\n{rows}").as_bytes())
            .unwrap()
            .table
    }

    fn completed(rows: &str, options: impl Into<CompleteOptions>) -> Result<Completed, Error> {
        complete(&of(rows), &Ids::parse(IDS).unwrap(), options)
    }

    #[test]
    fn missing_scores_are_filled_in_by_the_policy() {
        let rows = "02,1,2,borrowed:0\n01,6,7,computed\n";
        let done = completed(rows, EdgePolicy::Nearest).unwrap();
        let expected = "01,5,7,borrowed:6\n01,6,7,computed\n01,9,7,borrowed:6\n02,0,2,borrowed:1\n02,1,2,borrowed:0\n";
        assert_eq!(done.table, of(expected));
        let filled = |video: &str, frames| Filled {
            video: video.into(),
            frames,
        };
        assert_eq!(done.filled, [filled("02", 1), filled("01", 2)]);
        assert_eq!((done.filled_frames(), done.dropped), (3, 0));
        assert_eq!(done.table.videos()[0].id().name(), "01");
        let zero = completed(rows, EdgePolicy::Constant(0.5)).unwrap();
        assert_eq!(
            zero.table.videos()[0].origins(),
            [Origin::Constant, Origin::Computed, Origin::Constant]
        );
        assert_eq!(zero.table.videos()[0].values(), [0.5, 7.0, 0.5]);
        let mirrored = completed(
            "2,0,1,computed\n1,6,7,computed\n1,9,8,computed\n",
            EdgePolicy::Reflect,
        );
        assert_eq!(
            mirrored.unwrap().table.videos()[0].values(),
            [7.0, 7.0, 8.0]
        );
        assert!(completed(rows, EdgePolicy::Constant(f64::NAN)).is_err());
    }

    #[test]
    fn missing_ids_are_listed() {
        let error = completed("2,1,2,computed\n1,6,7,computed\n", EdgePolicy::Error).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("no score for 3 ids, 2_0, 1_5, 1_9; complete"),
            "{error}"
        );
        let whole =
            "1,5,1,computed\n1,6,1,computed\n1,9,1,computed\n2,0,1,computed\n2,1,1,computed\n";
        assert_eq!(completed(whole, EdgePolicy::Error).unwrap().filled, []);
    }

    #[test]
    fn a_video_without_scores_can_only_be_filled_with_a_constant() {
        let rows = "1,6,7,computed\n";
        for policy in [EdgePolicy::Nearest, EdgePolicy::Reflect] {
            let error = completed(rows, policy).unwrap_err();
            assert!(
                error
                    .to_string()
                    .starts_with("no score for 2 ids, all of video 2 (2 ids)"),
                "{error}"
            );
        }
        let done = completed(rows, EdgePolicy::Constant(0.0)).unwrap();
        assert_eq!(done.table.videos()[1].values(), [0.0, 0.0]);
    }

    #[test]
    fn unknown_scores_are_refused_or_dropped() {
        let rows =
            "1,5,1,computed\n1,7,9,computed\n2,0,2,computed\n3,0,9,computed\nx,0,9,computed\n";
        let error = completed(rows, EdgePolicy::Nearest)
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("3 scores belong to no expected id; the first is frame 7 of video 1"),
            "{error}"
        );
        let options = CompleteOptions::new(EdgePolicy::Nearest).with_unknown(Unknown::Drop);
        let done = completed(rows, options).unwrap();
        assert_eq!(
            done.table.values().collect::<Vec<_>>(),
            [1.0, 1.0, 1.0, 2.0, 2.0]
        );
        assert_eq!(done.dropped, 3);
        let strange = completed("7,0,9,computed\n", options);
        assert!(matches!(strange, Err(Error::UnknownIds { count: 1, .. })));
        let shared = "1,5,1,computed\na1,5,1,computed\n";
        assert!(matches!(
            completed(shared, EdgePolicy::Nearest),
            Err(Error::SharedNumber { number: 1, .. })
        ));
    }
}
