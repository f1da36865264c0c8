use oddframe_core::{Scope, ScoreTable, VideoId};

use super::borders::test_borders;
use super::finding::Finding;
use super::labelled::LabelledScores;
use super::options::ConventionOptions;
use super::shift::ShiftedAuc;
use super::ties::{constant_videos, equal_videos, tied_pairs};
use crate::bootstrap::Interval;
use crate::evaluation::Evaluation;

/// A smaller rise of the AUC is within what a smooth curve of scores gives by chance.
const SUSPICIOUS_RISE: f64 = 0.002;
/// The share of resamples in which the shifted AUC must be higher.
const SUSPICIOUS_SHARE: f64 = 0.95;
/// Ties that can move the AUC by less than half of this do not change its third digit.
const TIED_PAIRS: f64 = 0.001;
/// Published differences between systems are often smaller.
const WIDE_INTERVAL: f64 = 0.05;
/// Smoothing across a border leaves about an eighth of its jump (Gaussian, sigma 3), so half is far from both sides.
const BORDER_RATIO: f64 = 0.5;
const BORDER_SHARE: f64 = 0.01;

/// Looks for everything that may inflate a figure.
pub(crate) fn find_pitfalls(
    labelled: &LabelledScores<'_>,
    evaluation: &Evaluation,
    interval: Option<Interval>,
    shifts: &[ShiftedAuc],
    options: &ConventionOptions<'_>,
) -> Vec<Finding> {
    let scores = labelled.table;
    let mut findings = find_normalisations(scores, options);
    let borders = test_borders(scores)
        .filter(|test| test.ratio <= BORDER_RATIO && test.share_as_small <= BORDER_SHARE);
    findings.extend(borders.map(|test| Finding::LooksSmoothedAcrossVideos {
        ratio: test.ratio,
        share_as_small: test.share_as_small,
    }));
    findings.extend(find_shift(shifts));
    findings.extend(find_training_videos(scores));
    findings.extend(find_one_class_videos(labelled));
    let constant = constant_videos(scores);
    if !constant.is_empty() {
        findings.push(Finding::ConstantVideos { videos: constant });
    }
    let equal = equal_videos(scores);
    if !equal.is_empty() {
        findings.push(Finding::EqualVideos { pairs: equal });
    }
    let ties = tied_pairs(labelled).filter(|(share, _)| *share > TIED_PAIRS);
    findings.extend(ties.map(|(pair_share, distinct)| Finding::TiedScores {
        distinct,
        pair_share,
        low: evaluation.micro_auc - 0.5 * pair_share,
        high: evaluation.micro_auc + 0.5 * pair_share,
    }));
    let wide = interval.filter(|interval| interval.high - interval.low > WIDE_INTERVAL);
    findings.extend(wide.map(|interval| Finding::WideInterval {
        interval,
        abnormal_videos: labelled.labels.iter().filter(|l| l.contains(&true)).count(),
    }));
    findings.push(Finding::ThresholdFromTestLabels {
        threshold: evaluation.best_f1_threshold,
        f1: evaluation.best_f1,
    });
    findings
}

/// Normalisations that a recipe states, or else those that the range of the scores shows.
fn find_normalisations(scores: &ScoreTable, options: &ConventionOptions<'_>) -> Vec<Finding> {
    let known = options.normalisations.iter().cloned();
    let known: Vec<_> = known
        .map(|normalisation| Finding::NormalisedOverTestVideos { normalisation })
        .collect();
    if !known.is_empty() {
        return known;
    }
    // No raw score has such a range by chance: each end is one exact value of many.
    let ranges: Vec<(f64, f64)> = scores
        .videos()
        .iter()
        .map(|video| range_of(video.values().iter().copied()))
        .collect();
    // Min-max maps a constant video to 0.
    let scaled = ranges.iter().filter(|range| **range == (0.0, 1.0)).count();
    let constant = ranges.iter().filter(|range| **range == (0.0, 0.0)).count();
    let scope = if scaled > 1 && scaled + constant == ranges.len() {
        Some(Scope::PerVideo)
    } else if range_of(scores.values()) == (0.0, 1.0) {
        Some(Scope::WholeSet)
    } else {
        None
    };
    scope
        .map(|scope| Finding::LooksNormalised { scope })
        .into_iter()
        .collect()
}

fn range_of(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    })
}

fn find_shift(shifts: &[ShiftedAuc]) -> Option<Finding> {
    let unshifted = shifts.iter().find(|shifted| shifted.shift == 0)?.auc;
    // Only the best shift has a share.
    let best = shifts
        .iter()
        .find(|shifted| shifted.share_higher.is_some())?;
    let share_higher = best.share_higher?;
    let largest = shifts.iter().map(|s| s.shift.unsigned_abs()).max()?;
    let suspicious = best.auc - unshifted >= SUSPICIOUS_RISE && share_higher >= SUSPICIOUS_SHARE;
    suspicious.then_some(Finding::ShiftedLabels {
        shift: best.shift,
        auc: best.auc,
        unshifted,
        share_higher,
        still_rising: best.shift.unsigned_abs() == largest,
    })
}

fn find_one_class_videos(labelled: &LabelledScores<'_>) -> Option<Finding> {
    let (mut normal, mut abnormal, mut frames) = (0, 0, 0);
    for labels in &labelled.labels {
        let (has_normal, has_abnormal) = (labels.contains(&false), labels.contains(&true));
        if has_normal != has_abnormal {
            normal += usize::from(has_normal);
            abnormal += usize::from(has_abnormal);
            frames += labels.len();
        }
    }
    (frames > 0).then(|| Finding::OneClassVideos {
        normal,
        abnormal,
        videos: labelled.labels.len(),
        frame_share: frames as f64 / labelled.table.len() as f64,
    })
}

fn find_training_videos(scores: &ScoreTable) -> Option<Finding> {
    let videos = scores.videos().iter().map(|video| video.id().clone());
    let videos: Vec<VideoId> = videos.filter(|id| is_training_name(id.name())).collect();
    (!videos.is_empty()).then_some(Finding::TrainingVideos { videos })
}

/// Whether a name is `Train001`, `training_01`, `training_videos/01`, …: the word, then nothing but a number.
fn is_training_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let rest = ["training_videos", "training", "train"]
        .iter()
        .find_map(|word| name.strip_prefix(word));
    rest.is_some_and(|rest| {
        rest.bytes().any(|byte| byte.is_ascii_digit())
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_digit() || b"_-./ ".contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::is_training_name;

    #[test]
    fn names_of_training_videos_are_the_word_and_a_number() {
        for name in ["Train001", "training_01", "training_videos/01", "train-7"] {
            assert!(is_training_name(name), "{name}");
        }
        for name in ["01", "Test001", "train", "train_station_01", "strain01"] {
            assert!(!is_training_name(name), "{name}");
        }
    }
}
