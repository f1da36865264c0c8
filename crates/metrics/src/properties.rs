//! Properties of every ranking metric, for scores with many ties, both zeros and both extremes.

use proptest::prelude::*;

use crate::{
    Ranking, average_precision, best_f1, eer, eer_nearest, f1_at, pr_auc, pr_curve, roc_auc,
    roc_curve, threshold_at_fpr,
};

type Sample = (Vec<bool>, Vec<f64>);

fn score() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => (-3_i8..4).prop_map(|s| f64::from(s) * 0.5),
        1 => Just(-0.0),
        3 => any::<f64>().prop_filter("finite", |s| s.is_finite()),
        1 => prop_oneof![Just(f64::MIN), Just(f64::MAX), Just(5e-324)],
    ]
}

/// Samples of both classes.
fn sample() -> impl Strategy<Value = Sample> {
    prop::collection::vec((any::<bool>(), score()), 2..60).prop_map(|pairs| {
        let (mut labels, scores): Sample = pairs.into_iter().unzip();
        let last = labels.len() - 1;
        labels[last] = !labels[0];
        (labels, scores)
    })
}

/// The ranks of scores, which keep order and ties.
fn ranks(scores: &[f64]) -> Vec<f64> {
    scores
        .iter()
        .map(|s| scores.iter().filter(|other| *other < s).count() as f64)
        .collect()
}

fn class_scores(labels: &[bool], scores: &[f64], class: bool) -> Vec<f64> {
    labels
        .iter()
        .zip(scores)
        .filter(|(l, _)| **l == class)
        .map(|(_, s)| *s)
        .collect()
}

fn auc_by_pairs((labels, scores): &Sample) -> f64 {
    let (mut sum, mut pairs) = (0.0, 0.0);
    for positive in class_scores(labels, scores, true) {
        for negative in class_scores(labels, scores, false) {
            pairs += 1.0;
            sum += if positive > negative {
                1.0
            } else {
                0.5 * f64::from(u8::from(positive == negative))
            };
        }
    }
    sum / pairs
}

/// The numbers of hits and of called frames at a threshold, by counting.
fn called((labels, scores): &Sample, threshold: f64) -> (f64, f64) {
    let called: Vec<bool> = labels
        .iter()
        .zip(scores)
        .filter(|(_, s)| **s >= threshold)
        .map(|(l, _)| *l)
        .collect();
    (
        called.iter().filter(|l| **l).count() as f64,
        called.len() as f64,
    )
}

fn ap_by_thresholds(sample: &Sample) -> f64 {
    let mut thresholds = sample.1.clone();
    thresholds.sort_by(|a, b| b.partial_cmp(a).unwrap());
    thresholds.dedup_by(|a, b| a == b);
    let (mut sum, mut before) = (0.0, 0.0);
    for threshold in thresholds {
        let (hits, all) = called(sample, threshold);
        sum += (hits - before) * hits / all;
        before = hits;
    }
    sum / before
}

/// Every metric without a threshold.
fn all(labels: &[bool], scores: &[f64]) -> [f64; 6] {
    let r = Ranking::new(labels, scores).unwrap();
    [
        r.roc_auc(),
        r.average_precision(),
        r.pr_auc(),
        r.eer(),
        r.eer_nearest(),
        r.best_f1().f1,
    ]
}

fn spans(from: f64, to: f64, at: f64) -> bool {
    from <= at + 1e-12 && at <= to + 1e-12
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "tests collect the points in the call"
)]
fn trapezoid_sum(points: Vec<(f64, f64)>) -> f64 {
    points
        .windows(2)
        .map(|w| (w[1].0 - w[0].0).abs() * 0.5 * (w[0].1 + w[1].1))
        .sum()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-12
}

proptest! {
    #[test]
    fn auc_and_ap_equal_brute_force(sample in sample()) {
        prop_assert!(close(roc_auc(&sample.0, &sample.1).unwrap(), auc_by_pairs(&sample)));
        prop_assert!(close(average_precision(&sample.0, &sample.1).unwrap(), ap_by_thresholds(&sample)));
    }

    #[test]
    fn metrics_depend_only_on_the_order_of_scores((labels, scores) in sample()) {
        prop_assert_eq!(all(&labels, &scores), all(&labels, &ranks(&scores)));
    }

    #[test]
    fn metrics_do_not_depend_on_the_order_of_frames((labels, scores) in sample(), seed in any::<u64>()) {
        let mut pairs: Vec<_> = labels.iter().copied().zip(scores.iter().copied()).collect();
        oddframe_core::Random::new(seed).shuffle(&mut pairs);
        let (other_labels, other_scores): Sample = pairs.into_iter().unzip();
        prop_assert_eq!(Ranking::new(&labels, &scores).unwrap(), Ranking::new(&other_labels, &other_scores).unwrap());
    }

    #[test]
    fn repeating_every_frame_changes_no_metric((labels, scores) in sample()) {
        let twice = all(&labels.repeat(2), &scores.repeat(2));
        prop_assert!(all(&labels, &scores).iter().zip(twice).all(|(a, b)| close(*a, b)));
    }

    #[test]
    fn swapping_the_classes_inverts_the_ranking((labels, scores) in sample()) {
        let auc = roc_auc(&labels, &scores).unwrap();
        let flipped: Vec<bool> = labels.iter().map(|l| !l).collect();
        let negated: Vec<f64> = scores.iter().map(|s| -s).collect();
        prop_assert!(close(auc + roc_auc(&flipped, &scores).unwrap(), 1.0));
        prop_assert!(close(auc, roc_auc(&flipped, &negated).unwrap()));
        prop_assert!(close(eer(&labels, &scores).unwrap(), eer(&flipped, &negated).unwrap()));
    }

    #[test]
    fn values_stay_within_zero_and_one((labels, scores) in sample()) {
        prop_assert!(all(&labels, &scores).iter().all(|v| (0.0..=1.0).contains(v)));
        let curve = roc_curve(&labels, &scores).unwrap();
        let (crossing, nearest) = (eer(&labels, &scores).unwrap(), eer_nearest(&labels, &scores).unwrap());
        prop_assert!(curve.iter().any(|p| p.fpr == nearest));
        let crossed = curve.windows(2).any(|w| {
            spans(w[0].fpr, w[1].fpr, crossing) && spans(w[0].tpr, w[1].tpr, 1.0 - crossing)
        });
        prop_assert!(crossed);
    }

    #[test]
    fn areas_equal_those_of_the_curves((labels, scores) in sample()) {
        let ranking = Ranking::new(&labels, &scores).unwrap();
        for curve in [ranking.roc_curve(), ranking.roc_corners()] {
            prop_assert!(close(trapezoid_sum(curve.iter().map(|p| (p.fpr, p.tpr)).collect()), ranking.roc_auc()));
        }
        let points = pr_curve(&labels, &scores).unwrap();
        let points = points.iter().map(|p| (p.recall, p.precision)).collect();
        prop_assert!(close(trapezoid_sum(points), pr_auc(&labels, &scores).unwrap()));
    }

    #[test]
    fn thresholds_have_their_promised_rates(sample in sample(), target in 0.0..=1.0) {
        let (labels, scores) = &sample;
        let best = best_f1(labels, scores).unwrap();
        prop_assert_eq!(f1_at(labels, scores, best.threshold).unwrap(), best);
        let positives = labels.iter().filter(|l| **l).count() as f64;
        let negatives = labels.len() as f64 - positives;
        for score in scores {
            let (hits, all) = called(&sample, *score);
            let here = f1_at(labels, scores, *score).unwrap();
            prop_assert_eq!((here.recall, here.precision, here.fpr), (hits / positives, hits / all, (all - hits) / negatives));
            prop_assert!(here.f1 <= best.f1 && (here.f1 < best.f1 || here.threshold <= best.threshold));
        }
        let threshold = threshold_at_fpr(labels, scores, target).unwrap();
        prop_assert!(f1_at(labels, scores, threshold).unwrap().fpr <= target);
        for score in scores.iter().filter(|s| **s < threshold) {
            prop_assert!(f1_at(labels, scores, *score).unwrap().fpr > target);
        }
    }
}
