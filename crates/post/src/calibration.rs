//! Calibration: what a score means, learned from normal footage.

mod alarm_rate;
mod pareto;
mod spot;

pub use alarm_rate::{AlarmRate, NormalVideo};
pub use pareto::GeneralisedPareto;
pub use spot::{Alarm, Dspot, Spot};

use oddframe_core::{Error as CoreError, Scope, ScoreTable};

use crate::error::Error;

/// How rare a score is in normal footage, as −log10 p: 3 means that one normal frame in a thousand scores as high.
///
/// Such scores can be compared: between the systems of a run, between runs, and with a fixed threshold. The calibration is
/// learned from the scores of normal frames that the system was *not* fitted on. Frames that it was fitted on score lower than
/// other normal frames, and would make every normal frame look rare.
///
/// Up to a high quantile, p is the share of normal scores at or above the score, interpolated in between. Above it, where
/// there are few normal scores or none, p follows a generalised Pareto distribution that is fitted to the highest ones. The
/// result is 0 below all normal scores, continuous, never falls, and rises without end.
///
/// ```
/// use oddframe_post::Calibration;
///
/// let normal: Vec<f64> = (0..1000).map(|frame| f64::from(frame) / 1000.0).collect();
/// let calibration = Calibration::fit(&normal)?;
/// assert_eq!(calibration.calibrate(0.0), 0.0);
/// assert!((calibration.calibrate(0.9) - 1.0).abs() < 1e-9, "one normal frame in ten is at 0.9 or above");
/// assert!(calibration.calibrate(2.0) > 4.0);
/// # Ok::<(), oddframe_post::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Parts")
)]
pub struct Calibration {
    /// How many normal scores it was learned from.
    scores: usize,
    /// Scores up to the threshold of the tail with their −log10 p, both rising strictly.
    knots: Vec<[f64; 2]>,
    /// The tail above the last knot.
    tail: GeneralisedPareto,
    /// How many normal scores are in the tail, and were used to fit it.
    tail_scores: usize,
}

/// The share of the normal scores that makes the tail: enough of them are left to be fitted, and the limit law holds well.
const TAIL_SHARE: f64 = 0.1;

/// A tail has at least so many scores, as far as half of all are enough.
const MIN_TAIL: usize = 20;

/// The largest error that leaving out knots may make.
const KNOT_DISTANCE: f64 = 1.0 / 512.0;

/// Scores are finite: no score is rarer than this.
const LARGEST: f64 = 1e9;

impl Calibration {
    /// Fewer normal scores say nothing about rare ones.
    pub const MIN_SCORES: usize = 10;

    /// Learns from the scores of normal frames that the system was not fitted on.
    ///
    /// The tail starts at the highest tenth of the scores, or at the highest 20 where that is more. Its distribution is that
    /// of [`GeneralisedPareto::fit`], replaced by the exponential one where it would end: a score must not become infinitely
    /// rare because a few hundred normal ones were lower. When all scores are equal nothing is known about higher ones; see
    /// [`Self::is_constant`].
    ///
    /// # Errors
    /// When there are fewer than 10 scores, or one is not finite.
    pub fn fit(normal: &[f64]) -> Result<Self, Error> {
        if let Some(index) = normal.iter().position(|score| !score.is_finite()) {
            return Err(Error::BadScore {
                index,
                value: normal[index],
            });
        }
        if normal.len() < Self::MIN_SCORES {
            return Err(Error::TooFewScores {
                found: normal.len(),
                needed: Self::MIN_SCORES,
            });
        }
        let mut sorted = normal.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let steps = list_steps(&sorted);
        // The threshold is the lowest score with at most so many at or above it. A score that very many frames share is then
        // never in the tail, unless it is the highest of all.
        let wanted = (sorted.len() as f64 * TAIL_SHARE) as usize;
        let wanted = wanted.max(MIN_TAIL).min(sorted.len() / 2);
        let start = steps.partition_point(|step| step.at_or_above > wanted);
        let start = start.min(steps.len() - 1);
        let threshold = steps[start].score;
        let excesses: Vec<f64> = sorted
            .iter()
            .map(|score| score - threshold)
            .filter(|excess| *excess > 0.0 && excess.is_finite())
            .collect();
        let tail = if excesses.is_empty() {
            GeneralisedPareto::new(0.0, guess_scale(&sorted))?
        } else {
            GeneralisedPareto::fit_endless(&excesses)?
        };
        Ok(Self {
            scores: sorted.len(),
            knots: thin_out(&steps[..=start], sorted.len()),
            tail,
            tail_scores: excesses.len(),
        })
    }

    /// −log10 of the share of normal frames that score as high.
    pub fn calibrate(&self, score: f64) -> f64 {
        let after = self.knots.partition_point(|knot| knot[0] <= score);
        let Some(before) = after.checked_sub(1) else {
            return 0.0;
        };
        let [start, rarity] = self.knots[before];
        let calibrated = match self.knots.get(after) {
            Some([end, next]) => rarity + (score - start) / (end - start) * (next - rarity),
            None => rarity - self.tail.log_survival(score - start) / std::f64::consts::LN_10,
        };
        // A knot's range can exceed the largest number; its ends are right all the same.
        if calibrated.is_nan() {
            rarity
        } else {
            calibrated.min(LARGEST)
        }
    }

    /// The score of a −log10 p: the inverse of [`Self::calibrate`].
    pub fn score_at(&self, calibrated: f64) -> f64 {
        let after = self.knots.partition_point(|knot| knot[1] <= calibrated);
        let Some(before) = after.checked_sub(1) else {
            return self.knots[0][0];
        };
        let [start, rarity] = self.knots[before];
        if let Some([end, next]) = self.knots.get(after) {
            return start + (calibrated - rarity) / (next - rarity) * (end - start);
        }
        let log = (rarity - calibrated) * std::f64::consts::LN_10;
        start + self.tail.excess_at_log(log)
    }

    /// Calibrates all scores of a table.
    ///
    /// # Errors
    /// None that can occur: calibrated scores are finite.
    pub fn calibrate_table(&self, table: &mut ScoreTable) -> Result<(), CoreError> {
        table.update(Scope::WholeSet, |scores| {
            for score in scores {
                *score = self.calibrate(*score);
            }
        })
    }

    /// How many normal scores it was learned from.
    pub fn scores(&self) -> usize {
        self.scores
    }

    /// The score above which the tail is extrapolated.
    pub fn tail_start(&self) -> f64 {
        self.knots.last().map_or(0.0, |knot| knot[0])
    }

    /// The distribution of the excesses over [`Self::tail_start`].
    pub fn tail(&self) -> GeneralisedPareto {
        self.tail
    }

    /// How many normal scores the tail was fitted to.
    pub fn tail_scores(&self) -> usize {
        self.tail_scores
    }

    /// Whether all normal scores are equal. Higher scores are then only put in order: how rare they are is not known.
    pub fn is_constant(&self) -> bool {
        self.knots.len() == 1
    }
}

/// A distinct score, and how many scores are at or above it.
struct Step {
    score: f64,
    at_or_above: usize,
}

fn list_steps(sorted: &[f64]) -> Vec<Step> {
    let mut below = 0;
    sorted
        .chunk_by(|a, b| a == b)
        .map(|equal| {
            let step = Step {
                score: equal[0],
                at_or_above: sorted.len() - below,
            };
            below += equal.len();
            step
        })
        .collect()
}

/// The knots of these scores. Those that a straight line between others replaces well are left out.
fn thin_out(steps: &[Step], scores: usize) -> Vec<[f64; 2]> {
    let rarity = |step: &Step| -(step.at_or_above as f64 / scores as f64).log10();
    let mut knots: Vec<[f64; 2]> = Vec::new();
    for (place, step) in steps.iter().enumerate() {
        // A knot stays unless the next score is still close to the last knot: no line then spans more than that distance.
        let close = match (knots.last(), steps.get(place + 1)) {
            (Some([_, last]), Some(next)) => rarity(next) - last < KNOT_DISTANCE,
            _ => false,
        };
        if !close {
            // Adding 0 turns the −0 of the first knot into 0.
            knots.push([step.score, rarity(step) + 0.0]);
        }
    }
    knots
}

/// The scale of a tail of which no score is known. The range of n exponential scores is about ln n times their scale.
fn guess_scale(sorted: &[f64]) -> f64 {
    let (lowest, highest) = (sorted[0], sorted[sorted.len() - 1]);
    let range = highest / 2.0 - lowest / 2.0;
    if range > 0.0 {
        return range / (sorted.len() as f64).ln() * 2.0;
    }
    // Equal scores have no scale of their own. Any will do to put higher scores in order.
    highest.abs().max(1.0)
}

/// What a file holds, before it is checked.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    scores: usize,
    knots: Vec<[f64; 2]>,
    tail: GeneralisedPareto,
    tail_scores: usize,
}

#[cfg(feature = "serde")]
impl TryFrom<Parts> for Calibration {
    type Error = Error;

    fn try_from(parts: Parts) -> Result<Self, Error> {
        let Parts {
            scores,
            knots,
            tail,
            tail_scores,
        } = parts;
        let finite = knots.iter().flatten().all(|value| value.is_finite());
        let rises = |w: &[[f64; 2]]| w[0][0] < w[1][0] && w[0][1] < w[1][1];
        let starts_at_zero = knots.first().is_some_and(|knot| knot[1] == 0.0);
        if !(finite && starts_at_zero && knots.windows(2).all(rises) && tail.shape() >= 0.0) {
            return Err(Error::BadCalibration);
        }
        Ok(Self {
            scores,
            knots,
            tail,
            tail_scores,
        })
    }
}
