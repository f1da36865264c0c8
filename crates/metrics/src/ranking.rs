use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::error::Error;
use crate::group::{Group, Totals};
use crate::key::{BELOW_ALL, decode_score, encode_score};

/// From this many frames on the two classes are sorted by two threads.
const THREADED: usize = 1 << 16;

/// Labelled scores, sorted once. All ranking metrics can be computed from it.
///
/// Construction checks the input, so the metrics of a ranking cannot fail.
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
    /// The keys of the abnormal frames, rising.
    positives: Vec<u64>,
    /// The keys of the normal frames, rising.
    negatives: Vec<u64>,
}

impl Ranking {
    /// Sorts the scores of both classes. A label is true if its frame is abnormal.
    ///
    /// # Errors
    /// When there are no scores, the lengths differ, a score is NaN or infinite, or all labels are equal.
    pub fn new(labels: &[bool], scores: &[f64]) -> Result<Self, Error> {
        check_pairs(labels, scores)?;
        let mut positives = class_keys(labels, scores, true);
        let mut negatives = class_keys(labels, scores, false);
        if scores.len() < THREADED {
            positives.sort_unstable();
            negatives.sort_unstable();
        } else if positives.len() > negatives.len() {
            sort_on_two_threads(&mut positives, &mut negatives);
        } else {
            sort_on_two_threads(&mut negatives, &mut positives);
        }
        // Both classes are needed by every metric, so the check belongs to the construction.
        for (keys, abnormal) in [(&positives, false), (&negatives, true)] {
            if keys.is_empty() {
                return Err(Error::OneClass {
                    frames: labels.len(),
                    abnormal,
                });
            }
        }
        Ok(Self {
            positives,
            negatives,
        })
    }

    /// The number of abnormal frames.
    pub fn positives(&self) -> u64 {
        self.positives.len() as u64
    }

    /// The number of normal frames.
    pub fn negatives(&self) -> u64 {
        self.negatives.len() as u64
    }

    /// The share of abnormal frames, which is the average precision of a constant score.
    pub fn base_rate(&self) -> f64 {
        self.positives() as f64 / (self.positives() + self.negatives()) as f64
    }

    /// The distinct scores from the highest to the lowest, each with its frames.
    pub fn groups(&self) -> impl Iterator<Item = Group> + Clone {
        Groups {
            positives: &self.positives,
            negatives: &self.negatives,
        }
    }

    pub(crate) fn totals(&self) -> Totals {
        Totals {
            positives: self.positives(),
            negatives: self.negatives(),
        }
    }
}

/// Checks that labels and scores can be ranked.
pub(crate) fn check_pairs(labels: &[bool], scores: &[f64]) -> Result<(), Error> {
    if labels.len() != scores.len() {
        return Err(Error::Lengths {
            labels: labels.len(),
            scores: scores.len(),
        });
    }
    if scores.is_empty() {
        return Err(Error::Empty);
    }
    match scores.iter().position(|s| !s.is_finite()) {
        Some(index) => Err(Error::NotFinite {
            index,
            value: scores[index],
        }),
        None => Ok(()),
    }
}

/// The keys of one class, in the order of its frames.
fn class_keys(labels: &[bool], scores: &[f64], abnormal: bool) -> Vec<u64> {
    let frames = labels.iter().filter(|l| **l == abnormal).count();
    // Every key is written, but the position advances only for frames of the class. This avoids a branch on
    // labels, which are hard to predict. The extra position takes the keys after the last frame of the class.
    let mut keys = vec![0; frames + 1];
    let mut place = 0;
    for (label, score) in labels.iter().zip(scores) {
        keys[place] = encode_score(*score);
        place += usize::from(*label == abnormal);
    }
    keys.truncate(frames);
    keys
}

/// Sorts the keys of both classes, each thread about half of them; on one thread if no other can be started.
#[expect(
    clippy::stable_sort_primitive,
    reason = "the stable sort merges rising runs"
)]
fn sort_on_two_threads(larger: &mut [u64], smaller: &mut [u64]) {
    // Compared with a radix sort of 7 to 11 bits per digit, `sort_unstable` is as fast for distinct scores, twice as fast for many
    // ties, and needs no second buffer.
    let kept = larger.len() - (larger.len() - smaller.len()) / 2;
    let (own, lent) = larger.split_at_mut(kept);
    // The last of the list comes first: the thread that takes the longest part gets no other.
    let parts = Mutex::new(vec![smaller, lent, own]);
    let sort_parts = || {
        while let Some(part) = take_last(&parts) {
            part.sort_unstable();
        }
    };
    thread::scope(|scope| {
        // Where no thread can be started, this one sorts all parts.
        let _ = thread::Builder::new().spawn_scoped(scope, sort_parts);
        sort_parts();
    });
    // The stable sort finds the two rising runs and merges them; the other would sort everything again.
    larger.sort();
}

fn take_last<'a>(parts: &Mutex<Vec<&'a mut [u64]>>) -> Option<&'a mut [u64]> {
    parts.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

/// Merges the two sorted classes from their high ends.
#[derive(Debug, Clone)]
struct Groups<'a> {
    positives: &'a [u64],
    negatives: &'a [u64],
}

impl Iterator for Groups<'_> {
    type Item = Group;

    #[inline]
    fn next(&mut self) -> Option<Group> {
        // Both lists rise, so the next group is at the end with the larger key.
        let key = last_key(self.positives).max(last_key(self.negatives));
        if key == BELOW_ALL {
            return None;
        }
        Some(Group {
            threshold: decode_score(key),
            positives: take_ties(&mut self.positives, key),
            negatives: take_ties(&mut self.negatives, key),
        })
    }
}

#[inline]
fn last_key(keys: &[u64]) -> u64 {
    keys.last().copied().unwrap_or(BELOW_ALL)
}

/// Removes all occurrences of this key from the end and returns their number.
#[inline]
fn take_ties(keys: &mut &[u64], key: u64) -> u64 {
    let before = keys.len();
    while last_key(keys) == key {
        *keys = &keys[..keys.len() - 1];
    }
    (before - keys.len()) as u64
}

#[cfg(test)]
mod tests {
    use oddframe_core::Random;

    use super::*;

    fn error_message(labels: &[bool], scores: &[f64]) -> String {
        Ranking::new(labels, scores).unwrap_err().to_string()
    }

    #[test]
    fn invalid_input_is_an_error() {
        assert_eq!(error_message(&[], &[]), "there are no scores to rank");
        assert_eq!(
            error_message(&[true], &[]),
            "1 labels and 0 scores; each score needs one label"
        );
        assert_eq!(
            error_message(&[true, false], &[0.0, f64::NAN]),
            "the score at index 1 is NaN; scores must be finite"
        );
        assert!(
            error_message(&[true, false], &[f64::NEG_INFINITY, 0.0]).contains("index 0 is -inf")
        );
        assert_eq!(
            error_message(&[true, true], &[0.0, 1.0]),
            "all 2 labels are abnormal; a ranking metric needs both classes"
        );
        assert!(error_message(&[false; 3], &[0.0; 3]).contains("all 3 labels are normal"));
    }

    fn group(threshold: f64, positives: u64, negatives: u64) -> Group {
        Group {
            threshold,
            positives,
            negatives,
        }
    }

    #[test]
    fn groups_are_falling_and_count_every_frame() {
        let ranking = Ranking::new(&[true, false, true, false], &[0.0, 2.0, -0.0, 0.0]).unwrap();
        assert_eq!(
            ranking.groups().collect::<Vec<_>>(),
            [group(2.0, 0, 1), group(0.0, 2, 1)]
        );
        assert_eq!(
            (
                ranking.positives(),
                ranking.negatives(),
                ranking.base_rate()
            ),
            (2, 2, 0.5)
        );
    }

    #[test]
    fn two_threads_give_the_result_of_one() {
        let mut random = Random::new(2);
        let scores: Vec<f64> = (0..=THREADED).map(|_| random.between(-1.0, 1.0)).collect();
        // Each class is the larger one once.
        for share in [0.2, 0.8] {
            let labels: Vec<bool> = scores
                .iter()
                .map(|s| random.chance(share + 0.1 * s))
                .collect();
            let ranking = Ranking::new(&labels, &scores).unwrap();
            for (keys, abnormal) in [(&ranking.positives, true), (&ranking.negatives, false)] {
                let mut sorted = class_keys(&labels, &scores, abnormal);
                sorted.sort_unstable();
                assert_eq!(*keys, sorted);
            }
            let frames = ranking.groups().map(|g| g.positives + g.negatives);
            assert_eq!(frames.sum::<u64>(), scores.len() as u64);
        }
    }
}
