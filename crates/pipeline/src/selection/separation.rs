//! How well scores tell pasted frames from normal ones, with bootstrap intervals.
//!
//! The AUC of a kind is the mean of two: against the same frames without what is odd, and against all frames of the untouched
//! videos. Against the same frames only the pseudo-anomaly differs; against all frames it must also stand out from moments
//! that are unusual by themselves. Where there is a control, "the same frames" are those of the control: they have one more
//! object too.
//!
//! Frames of one stretch are alike, so the bootstrap draws whole stretches. All candidates are judged with the same draws,
//! and their differences are paired.

use oddframe_core::{Random, ScoreTable, VideoId};
use oddframe_objects::PseudoKind;

use super::candidate_scores::CandidateScores;
use super::trial::{Trial, TrialKind};
use crate::Error;

/// Resamples of a bootstrap.
const RESAMPLES: usize = 1000;

/// The share of resamples within an interval.
const LEVEL: f64 = 0.95;

/// A candidate is blind to a kind below this AUC against the same frames.
const BLIND_BELOW: f64 = 0.55;

/// The AUC of a score that says nothing.
const CHANCE: f64 = 0.5;

/// A figure with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Estimate {
    pub(super) value: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// One candidate by one kind.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct JudgedKind {
    pub(super) kind: PseudoKind,
    pub(super) auc: Estimate,
    /// Against the same frames without what is odd.
    pub(super) own: Estimate,
    /// Against all frames of the untouched videos.
    pub(super) all: f64,
}

impl JudgedKind {
    /// Whether the candidate does not notice this kind: its AUC against the same frames is below .55, or its interval
    /// reaches down to .5.
    pub(super) fn is_blind(&self) -> bool {
        self.own.value < BLIND_BELOW || self.own.low <= CHANCE
    }
}

/// One candidate by all kinds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct JudgedCandidate {
    pub(super) name: String,
    pub(super) recipe: String,
    pub(super) system: String,
    /// The kinds of which there are pseudo-anomalies, the control included.
    pub(super) kinds: Vec<JudgedKind>,
    /// The mean of the AUCs over the odd kinds.
    pub(super) mean: Estimate,
    /// By how much the mean is below that of the best candidate.
    pub(super) behind: Estimate,
}

/// Judges candidates, and returns them from the best to the worst.
pub(super) fn judge_candidates(
    candidates: &[CandidateScores],
    trial: &Trial,
    seed: u64,
) -> Result<Vec<JudgedCandidate>, Error> {
    let kinds: Vec<&TrialKind> = trial
        .kinds
        .iter()
        .filter(|kind| !kind.stretches.is_empty())
        .collect();
    // Only the counts of the draws are kept, one for each stretch of each kind.
    let draws: Vec<Vec<Vec<f64>>> = kinds
        .iter()
        .map(|kind| draw_stretches(kind.kind, kind.stretches.len(), seed))
        .collect();
    let mut judged: Vec<(JudgedCandidate, Vec<f64>)> = Vec::new();
    for candidate in candidates {
        judged.push(judge(candidate, trial, &kinds, &draws)?);
    }
    // Of equally good candidates the one that comes first in the recipes.
    judged.sort_by(|a, b| b.0.mean.value.total_cmp(&a.0.mean.value));
    let best = judged
        .first()
        .map(|(best, means)| (best.mean.value, means.clone()));
    if let Some((value, means)) = best {
        for (candidate, own) in &mut judged {
            let differences = means.iter().zip(own.iter()).map(|(best, own)| best - own);
            candidate.behind = Estimate::new(value - candidate.mean.value, differences.collect());
        }
    }
    Ok(judged.into_iter().map(|(candidate, _)| candidate).collect())
}

/// A candidate, and its mean AUC in every resample.
fn judge(
    candidate: &CandidateScores,
    trial: &Trial,
    kinds: &[&TrialKind],
    draws: &[Vec<Vec<f64>>],
) -> Result<(JudgedCandidate, Vec<f64>), Error> {
    let mut all = Vec::new();
    for video in &trial.held_out {
        all.extend_from_slice(values_of(&candidate.table, video)?);
    }
    all.sort_by(f64::total_cmp);
    let mut means = vec![0.0; RESAMPLES];
    let odd = kinds.iter().filter(|kind| kind.kind != PseudoKind::Control);
    let odd = odd.count() as f64;
    let mut judged = Vec::new();
    for (kind, draws) in kinds.iter().zip(draws) {
        let pairs = StretchPairs::new(candidate, kind, &all)?;
        let once = vec![1.0; kind.stretches.len()];
        let resampled: Vec<(f64, f64)> = draws.iter().map(|times| pairs.aucs(times)).collect();
        let (own, against_all) = pairs.aucs(&once);
        let aucs: Vec<f64> = resampled
            .iter()
            .map(|(own, all)| f64::midpoint(*own, *all))
            .collect();
        if kind.kind != PseudoKind::Control {
            for (mean, auc) in means.iter_mut().zip(&aucs) {
                *mean += auc;
            }
        }
        judged.push(JudgedKind {
            kind: kind.kind,
            auc: Estimate::new(f64::midpoint(own, against_all), aucs),
            own: Estimate::new(own, resampled.iter().map(|(own, _)| *own).collect()),
            all: against_all,
        });
    }
    // Sums are divided once, so that equal values have an equal mean.
    for mean in &mut means {
        *mean /= odd;
    }
    let of_odd = judged
        .iter()
        .filter(|kind| kind.kind != PseudoKind::Control);
    let mean = of_odd.map(|kind| kind.auc.value).sum::<f64>() / odd;
    let candidate = JudgedCandidate {
        name: candidate.name.clone(),
        recipe: candidate.recipe.clone(),
        system: candidate.system.clone(),
        kinds: judged,
        mean: Estimate::new(mean, means.clone()),
        behind: Estimate::new(0.0, vec![0.0]),
    };
    Ok((candidate, means))
}

/// The scores of a video.
fn values_of<'a>(table: &'a ScoreTable, video: &VideoId) -> Result<&'a [f64], Error> {
    let found = table.video(video);
    found
        .map(oddframe_core::VideoScores::values)
        .ok_or_else(|| {
            oddframe_core::Error::MissingVideo {
                video: video.clone(),
            }
            .into()
        })
}

/// How often each stretch is drawn, for every resample.
fn draw_stretches(kind: PseudoKind, stretches: usize, seed: u64) -> Vec<Vec<f64>> {
    (0..RESAMPLES)
        .map(|resample| {
            let mut random = Random::stream(seed, &[kind as u64, resample as u64]);
            let mut times = vec![0.0; stretches];
            for _ in 0..stretches {
                times[random.below(stretches as u64) as usize] += 1.0;
            }
            times
        })
        .collect()
}

/// The pairs of frames of all stretches of a kind: what an AUC with any weights of the stretches is computed from.
struct StretchPairs {
    /// For each stretch: its pasted frames, and how many pairs of such a frame and an untouched one are in the right order,
    /// as a share of the untouched ones.
    frames: Vec<f64>,
    above_all: Vec<f64>,
    /// For each pair of stretches: how many pairs of a pasted frame of the first and a normal frame of the second are in the
    /// right order. A pair of equal scores counts half.
    ordered: Vec<Vec<f64>>,
}

impl StretchPairs {
    fn new(candidate: &CandidateScores, kind: &TrialKind, all: &[f64]) -> Result<Self, Error> {
        let (mut with, mut without) = (Vec::new(), Vec::new());
        for stretch in &kind.stretches {
            let normal = stretch.control.as_ref().unwrap_or(&stretch.normal);
            with.push(pick(
                values_of(&candidate.table, &stretch.pasted)?,
                &stretch.frames,
            ));
            let mut normal = pick(values_of(&candidate.table, normal)?, &stretch.frames);
            normal.sort_by(f64::total_cmp);
            without.push(normal);
        }
        Ok(Self::of_scores(&with, &without, all))
    }

    /// Of the scores of the pasted frames of each stretch, and of the normal ones, which are sorted.
    fn of_scores(with: &[Vec<f64>], without: &[Vec<f64>], all: &[f64]) -> Self {
        Self {
            frames: with.iter().map(|scores| scores.len() as f64).collect(),
            above_all: with
                .iter()
                .map(|scores| count_ordered(scores, all) / all.len().max(1) as f64)
                .collect(),
            ordered: with
                .iter()
                .map(|scores| {
                    let normal = without.iter();
                    normal.map(|normal| count_ordered(scores, normal)).collect()
                })
                .collect(),
        }
    }

    /// The AUC against the same frames and against all, with each stretch counted so many times.
    fn aucs(&self, times: &[f64]) -> (f64, f64) {
        let weighted = self.frames.iter().zip(times);
        let frames: f64 = weighted.map(|(frames, times)| frames * times).sum();
        let (mut own, mut all) = (0.0, 0.0);
        let drawn = self.ordered.iter().enumerate();
        for (first, ordered) in drawn.filter(|(first, _)| times[*first] > 0.0) {
            let row = ordered.iter().zip(times);
            own += times[first] * row.map(|(pairs, times)| pairs * times).sum::<f64>();
            all += times[first] * self.above_all[first];
        }
        (own / (frames * frames), all / frames)
    }
}

/// The scores at some positions.
fn pick(values: &[f64], places: &[usize]) -> Vec<f64> {
    places
        .iter()
        .filter_map(|place| values.get(*place).copied())
        .collect()
}

/// How many pairs of a score and a sorted value have the score above the value; equal ones count half.
fn count_ordered(scores: &[f64], sorted: &[f64]) -> f64 {
    let mut pairs = 0.0;
    for score in scores {
        let below = sorted.partition_point(|value| value < score);
        let not_above = sorted.partition_point(|value| value <= score);
        pairs += 0.5 * (below + not_above) as f64;
    }
    pairs
}

impl Estimate {
    /// A value with the percentile interval of its resamples.
    fn new(value: f64, mut resamples: Vec<f64>) -> Self {
        resamples.sort_by(f64::total_cmp);
        let tail = 0.5 * (1.0 - LEVEL);
        Self {
            value,
            low: quantile(&resamples, tail),
            high: quantile(&resamples, 1.0 - tail),
        }
    }
}

/// A quantile of sorted values, between the two nearest.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * sorted.len().saturating_sub(1) as f64;
    let ends = [place.floor(), place.ceil()];
    let [low, high] = ends.map(|place| sorted.get(place as usize).copied().unwrap_or(f64::NAN));
    low + (high - low) * place.fract()
}

#[cfg(test)]
mod tests {
    use oddframe_metrics::roc_auc;

    use super::*;

    #[test]
    fn weights_repeat_stretches() {
        let (with, without) = ([[3.0, 1.0], [2.0, 5.0]], [[1.0, 2.0], [0.0, 4.0]]);
        let all = [0.0, 1.0, 2.0, 2.0, 6.0];
        let pairs = StretchPairs::of_scores(&with.map(Vec::from), &without.map(Vec::from), &all);
        for times in [[1, 1], [2, 0], [1, 3]] {
            let repeat = |scores: [[f64; 2]; 2]| -> Vec<f64> {
                let both = scores.into_iter().zip(times);
                both.flat_map(|(scores, times)| scores.repeat(times))
                    .collect()
            };
            let auc = |normal: &[f64]| {
                let odd = repeat(with);
                let labels: Vec<bool> = normal
                    .iter()
                    .map(|_| false)
                    .chain(odd.iter().map(|_| true))
                    .collect();
                roc_auc(&labels, &[normal, &odd].concat()).unwrap()
            };
            let (own, against_all) = pairs.aucs(&times.map(|times| times as f64));
            assert!((own - auc(&repeat(without))).abs() < 1e-12, "{times:?}");
            assert!((against_all - auc(&all)).abs() < 1e-12, "{times:?}");
        }
    }

    #[test]
    fn a_kind_is_not_seen_near_chance() {
        let own = |value, low| JudgedKind {
            kind: PseudoKind::Speed,
            auc: Estimate {
                value: 0.9,
                low: 0.8,
                high: 1.0,
            },
            own: Estimate {
                value,
                low,
                high: 1.0,
            },
            all: 0.9,
        };
        assert!(own(0.54, 0.53).is_blind());
        assert!(own(0.9, 0.49).is_blind());
        assert!(!own(0.56, 0.51).is_blind());
    }

    #[test]
    fn intervals_cut_equal_tails() {
        let estimate = Estimate::new(0.5, (0..=1000).rev().map(f64::from).collect());
        assert!((estimate.low - 25.0).abs() < 1e-9 && (estimate.high - 975.0).abs() < 1e-9);
    }

    #[test]
    fn draws_are_those_of_the_seed() {
        let draws = draw_stretches(PseudoKind::Speed, 4, 7);
        assert_eq!(draws, draw_stretches(PseudoKind::Speed, 4, 7));
        assert_ne!(draws, draw_stretches(PseudoKind::Place, 4, 7));
        assert!(draws.iter().all(|times| times.iter().sum::<f64>() == 4.0));
    }
}
