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
        let (positives, negatives) = if scores.len() < THREADED {
            (
                sorted_keys(labels, scores, true),
                sorted_keys(labels, scores, false),
            )
        } else {
            sort_on_two_threads(labels, scores)
        };
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

/// The keys of one class, rising.
fn sorted_keys(labels: &[bool], scores: &[f64], abnormal: bool) -> Vec<u64> {
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
    // Compared with a radix sort of 7 to 11 bits per digit this is as fast for distinct scores, twice as fast
    // for many ties, and needs no second buffer.
    keys.sort_unstable();
    keys
}

/// Sorts both classes at the same time, or one after the other if no thread can be started.
fn sort_on_two_threads(labels: &[bool], scores: &[f64]) -> (Vec<u64>, Vec<u64>) {
    thread::scope(|scope| {
        let other =
            thread::Builder::new().spawn_scoped(scope, || sorted_keys(labels, scores, true));
        let negatives = sorted_keys(labels, scores, false);
        let positives = match other {
            Ok(handle) => handle
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(_) => sorted_keys(labels, scores, true),
        };
        (positives, negatives)
    })
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
        let labels: Vec<bool> = scores
            .iter()
            .map(|s| random.chance(0.2 + 0.1 * s))
            .collect();
        let ranking = Ranking::new(&labels, &scores).unwrap();
        assert_eq!(ranking.positives, sorted_keys(&labels, &scores, true));
        assert_eq!(ranking.negatives, sorted_keys(&labels, &scores, false));
        assert_eq!(
            ranking
                .groups()
                .map(|g| g.positives + g.negatives)
                .sum::<u64>(),
            scores.len() as u64
        );
    }
}
