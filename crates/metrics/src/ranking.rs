use std::thread;

use crate::Error;
use crate::group::{Group, Totals};
use crate::key::{BELOW_ALL, decode, encode};

/// From this many frames on, the two classes are sorted on two threads.
const THREADED: usize = 1 << 16;

/// Labelled scores, sorted once: every metric is read from it.
///
/// Building it checks everything that can be wrong, so that no metric of a ranking can fail.
///
/// ```
/// use oddframe_metrics::Ranking;
/// let ranking = Ranking::new(&[true, false, true, false], &[0.9, 0.5, 0.5, 0.1])?;
/// assert_eq!(ranking.roc_auc(), 0.875);
/// assert_eq!(ranking.groups().next().map(|g| g.threshold), Some(0.9));
/// # Ok::<(), oddframe_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranking {
    /// Keys of the abnormal frames, rising.
    positives: Vec<u64>,
    /// Keys of the normal frames, rising.
    negatives: Vec<u64>,
}

impl Ranking {
    /// Sorts the scores of both classes; a label is true where a frame is abnormal.
    ///
    /// # Errors
    /// When there are no scores, the lengths differ, a score is NaN or infinite, or all labels agree.
    pub fn new(labels: &[bool], scores: &[f64]) -> Result<Self, Error> {
        check(labels, scores)?;
        let class = |abnormal| sorted_class(labels, scores, abnormal);
        let (positives, negatives) =
            if scores.len() < THREADED { (class(true), class(false)) } else { on_two_threads(class) };
        for (keys, abnormal) in [(&positives, false), (&negatives, true)] {
            if keys.is_empty() {
                return Err(Error::OneClass { frames: labels.len(), abnormal });
            }
        }
        Ok(Self { positives, negatives })
    }

    /// How many frames are abnormal.
    pub fn positives(&self) -> u64 {
        self.positives.len() as u64
    }

    /// How many frames are normal.
    pub fn negatives(&self) -> u64 {
        self.negatives.len() as u64
    }

    /// The share of frames that are abnormal: what a blind guess reaches as average precision.
    pub fn base_rate(&self) -> f64 {
        self.positives() as f64 / (self.positives() + self.negatives()) as f64
    }

    /// The distinct scores from the highest to the lowest, each with the frames that share it.
    pub fn groups(&self) -> impl Iterator<Item = Group> + Clone {
        Groups { positives: &self.positives, negatives: &self.negatives }
    }

    pub(crate) fn totals(&self) -> Totals {
        Totals { positives: self.positives(), negatives: self.negatives() }
    }
}

/// Refuses labels and scores that cannot be ranked.
pub(crate) fn check(labels: &[bool], scores: &[f64]) -> Result<(), Error> {
    if labels.len() != scores.len() {
        return Err(Error::Lengths { labels: labels.len(), scores: scores.len() });
    }
    if scores.is_empty() {
        return Err(Error::Empty);
    }
    match scores.iter().position(|s| !s.is_finite()) {
        Some(index) => Err(Error::NotFinite { index, value: scores[index] }),
        None => Ok(()),
    }
}

/// The keys of one class, rising.
fn sorted_class(labels: &[bool], scores: &[f64], abnormal: bool) -> Vec<u64> {
    let frames = labels.iter().filter(|l| **l == abnormal).count();
    // Every key is written and the place moves on for those of the class: no branch on labels, which are hard
    // to predict. The last place takes what comes after the last frame of the class.
    let mut keys = vec![0; frames + 1];
    let mut place = 0;
    for (label, score) in labels.iter().zip(scores) {
        keys[place] = encode(*score);
        place += usize::from(*label == abnormal);
    }
    keys.truncate(frames);
    // Measured against a radix sort of 7 to 11 bits a digit: as fast where scores differ, twice as fast where
    // many are tied, and in place.
    keys.sort_unstable();
    keys
}

/// Does both classes at once, or one after the other where no thread is to be had.
fn on_two_threads<T: Send>(class: impl Fn(bool) -> T + Sync) -> (T, T) {
    thread::scope(|scope| {
        let other = thread::Builder::new().spawn_scoped(scope, || class(true));
        let negatives = class(false);
        let positives = match other {
            Ok(handle) => handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(_) => class(true),
        };
        (positives, negatives)
    })
}

/// Merges the two classes from their high ends.
#[derive(Debug, Clone)]
struct Groups<'a> {
    positives: &'a [u64],
    negatives: &'a [u64],
}

impl Iterator for Groups<'_> {
    type Item = Group;

    #[inline]
    fn next(&mut self) -> Option<Group> {
        let key = last(self.positives).max(last(self.negatives));
        if key == BELOW_ALL {
            return None;
        }
        Some(Group {
            threshold: decode(key),
            positives: take(&mut self.positives, key),
            negatives: take(&mut self.negatives, key),
        })
    }
}

#[inline]
fn last(keys: &[u64]) -> u64 {
    keys.last().copied().unwrap_or(BELOW_ALL)
}

/// Removes this key from the end and says how often it was there.
#[inline]
fn take(keys: &mut &[u64], key: u64) -> u64 {
    let before = keys.len();
    while last(keys) == key {
        *keys = &keys[..keys.len() - 1];
    }
    (before - keys.len()) as u64
}

#[cfg(test)]
mod tests {
    use oddframe_core::Random;

    use super::*;

    #[test]
    fn what_cannot_be_ranked_is_named() {
        let message = |labels: &[bool], scores: &[f64]| Ranking::new(labels, scores).unwrap_err().to_string();
        assert_eq!(message(&[], &[]), "there are no scores to rank");
        assert_eq!(message(&[true], &[]), "1 labels and 0 scores; each score needs one label");
        assert_eq!(
            message(&[true, false], &[0.0, f64::NAN]),
            "the score at index 1 is NaN; scores must be finite"
        );
        assert!(message(&[true, false], &[f64::NEG_INFINITY, 0.0]).contains("index 0 is -inf"));
        assert_eq!(
            message(&[true, true], &[0.0, 1.0]),
            "all 2 labels are abnormal; a ranking metric needs both classes"
        );
        assert!(message(&[false; 3], &[0.0; 3]).contains("all 3 labels are normal"));
    }

    #[test]
    fn groups_fall_and_count_every_frame() {
        let ranking = Ranking::new(&[true, false, true, false], &[0.0, 2.0, -0.0, 0.0]).unwrap();
        let group = |threshold, positives, negatives| Group { threshold, positives, negatives };
        assert_eq!(ranking.groups().collect::<Vec<_>>(), [group(2.0, 0, 1), group(0.0, 2, 1)]);
        assert_eq!((ranking.positives(), ranking.negatives(), ranking.base_rate()), (2, 2, 0.5));
    }

    #[test]
    fn two_threads_find_what_one_does() {
        let mut random = Random::new(2);
        let scores: Vec<f64> = (0..=THREADED).map(|_| random.between(-1.0, 1.0)).collect();
        let labels: Vec<bool> = scores.iter().map(|s| random.chance(0.2 + 0.1 * s)).collect();
        let ranking = Ranking::new(&labels, &scores).unwrap();
        assert_eq!(ranking.positives, sorted_class(&labels, &scores, true));
        assert_eq!(ranking.negatives, sorted_class(&labels, &scores, false));
        assert_eq!(ranking.groups().map(|g| g.positives + g.negatives).sum::<u64>(), scores.len() as u64);
    }
}
