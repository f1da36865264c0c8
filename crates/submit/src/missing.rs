use std::collections::BTreeMap;
use std::fmt;

use crate::{Id, Ids};

/// Where in its video a run of missing ids lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// It is the whole video.
    Whole,
    /// The first frames.
    Start,
    /// The last frames.
    End,
    /// Scored frames lie before and behind.
    Inside,
}

impl Place {
    /// A name that stays the same from version to version.
    pub fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Start => "start",
            Self::End => "end",
            Self::Inside => "inside",
        }
    }
}

/// Missing ids of one video that follow each other among its expected ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissingRun {
    /// The first one.
    pub first: Id,
    /// The last one, which may be the first.
    pub last: Id,
    /// How many they are.
    pub count: usize,
    /// Where in the video they lie.
    pub place: Place,
}

impl fmt::Display for MissingRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.place, self.count) {
            (Place::Whole, count) => write!(f, "all of video {} ({})", self.first.video, ids(count)),
            (_, 1) => self.first.fmt(f),
            _ => write!(f, "{} to {}", self.first, self.last),
        }
    }
}

/// The expected ids that have no score. Its text finds the pattern in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    runs: Vec<MissingRun>,
    videos: usize,
}

/// So many runs alike are told as one pattern.
const PATTERN: usize = 3;
/// So many examples stand for all.
pub(crate) const EXAMPLES: usize = 5;

impl Missing {
    pub(crate) fn new(runs: Vec<MissingRun>, videos: usize) -> Self {
        Self { runs, videos }
    }

    /// The ids of which `has`, asked by slot, says no.
    pub(crate) fn find(ids: &Ids, has: impl Fn(usize) -> bool) -> Self {
        let mut runs = Vec::new();
        for video in ids.by_video() {
            let frames = video.frames();
            let mut next = 0;
            while let Some(skip) = (next..frames.len()).position(|i| !has(video.slot(i))) {
                let first = next + skip;
                let count = (first..frames.len()).take_while(|i| !has(video.slot(*i))).count();
                next = first + count;
                let place = match (first == 0, next == frames.len()) {
                    (true, true) => Place::Whole,
                    (true, false) => Place::Start,
                    (false, true) => Place::End,
                    (false, false) => Place::Inside,
                };
                runs.push(MissingRun { first: video.id(first), last: video.id(next - 1), count, place });
            }
        }
        Self { runs, videos: ids.videos() }
    }

    /// The runs, video after video.
    pub fn runs(&self) -> &[MissingRun] {
        &self.runs
    }

    /// How many ids are missing.
    pub fn count(&self) -> usize {
        self.runs.iter().map(|run| run.count).sum()
    }

    fn patterns(&self) -> BTreeMap<(Place, usize), Vec<&MissingRun>> {
        let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for run in &self.runs {
            // Whole videos are told together, however long each is.
            let length = if run.place == Place::Whole { 0 } else { run.count };
            groups.entry((run.place, length)).or_default().push(run);
        }
        groups.retain(|(place, _), runs| match place {
            Place::Whole => runs.len() > 1,
            Place::Start | Place::End => runs.len() >= PATTERN,
            Place::Inside => false,
        });
        groups
    }

    fn of_videos(&self, count: usize) -> String {
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
        f.write_str(&ids(self.count()))?;
        let patterns = self.patterns();
        let mut before = ", ";
        for ((place, length), runs) in &patterns {
            let side = if *place == Place::Start { "first" } else { "last" };
            match (place, length) {
                (Place::Whole, _) => write!(f, "{before}all of {} (", self.of_videos(runs.len()))?,
                (_, 1) => write!(f, "{before}the {side} frame of {} (", self.of_videos(runs.len()))?,
                _ => write!(f, "{before}the {side} {length} frames of {} (", self.of_videos(runs.len()))?,
            }
            let shown = if *place == Place::Whole { EXAMPLES } else { PATTERN };
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
        let told = |run: &&MissingRun| {
            let length = if run.place == Place::Whole { 0 } else { run.count };
            !patterns.contains_key(&(run.place, length))
        };
        let rest: Vec<_> = self.runs.iter().filter(told).collect();
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

fn ids(count: usize) -> String {
    format!("{count} {}", if count == 1 { "id" } else { "ids" })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten frames in each of `videos` videos, without those that `lacks` names.
    fn text(videos: u64, lacks: impl Fn(u64, u64) -> bool) -> String {
        let all = (1..=videos).flat_map(|v| (0..10).map(move |f| (v, f)));
        let csv = all.clone().fold("Id\n".to_string(), |csv, (v, f)| csv + &format!("{v}_{f}\n"));
        let ids = Ids::parse(csv.as_bytes()).unwrap();
        let lacking: Vec<bool> = all.map(|(v, f)| lacks(v, f)).collect();
        Missing::find(&ids, |slot| !lacking[slot]).to_string()
    }

    #[test]
    fn patterns_over_videos_are_told_once() {
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
        assert_eq!(text(3, |v, _| v != 2), "20 ids, all of 2 of the 3 videos (1, 3)");
        assert_eq!(text(9, |_, _| true), "90 ids, all of every one of the 9 videos (1, 2, 3, 4, 5, ...)");
        assert_eq!(text(3, |v, f| v == 2 && f == 4), "1 id, 2_4");
        assert_eq!(text(3, |v, f| v == 2 && (f == 4 || f > 6)), "4 ids, 2_4, 2_7 to 2_9");
        assert_eq!(text(2, |_, f| f % 2 == 1), "10 ids, 1_1, 1_3, 1_5, 1_7, 1_9 and 5 more such runs");
        assert_eq!(
            text(4, |v, f| f == 0 || (v == 3 && f == 5)),
            "5 ids, the first frame of every one of the 4 videos (1_0, 2_0, 3_0, ...); 3_5"
        );
    }
}
