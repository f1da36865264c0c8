use oddframe_core::{Labels, Random, ScoreTable, VideoScores};

use crate::group::{Group, Totals};
use crate::key::{decode, encode};
use crate::ranking::check;
use crate::threshold::quantile;
use crate::{Error, Metric};

/// Enough for the third digit of an interval's end, and a bound for hostile input.
const MAX_RESAMPLES: usize = 1_000_000;

/// How a bootstrap interval is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BootstrapOptions {
    /// How often videos are drawn, 1 to 1,000,000.
    pub resamples: usize,
    /// The share of resamples within the interval, above 0 and below 1.
    pub level: f64,
    /// The seed of the draws.
    pub seed: u64,
}

impl Default for BootstrapOptions {
    fn default() -> Self {
        Self { resamples: 1000, level: 0.95, seed: 0 }
    }
}

impl BootstrapOptions {
    /// Draws this often.
    #[must_use]
    pub const fn with_resamples(self, resamples: usize) -> Self {
        Self { resamples, ..self }
    }

    /// Keeps this share of the resamples within the interval.
    #[must_use]
    pub const fn with_level(self, level: f64) -> Self {
        Self { level, ..self }
    }

    /// Draws from this seed.
    #[must_use]
    pub const fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    fn check(self) -> Result<(), Error> {
        if !(1..=MAX_RESAMPLES).contains(&self.resamples) {
            let value = self.resamples as f64;
            return Err(Error::OutOfRange { name: "the number of resamples", value, range: "1 to 1000000" });
        }
        if self.level > 0.0 && self.level < 1.0 {
            return Ok(());
        }
        Err(Error::OutOfRange { name: "the level", value: self.level, range: "above 0 and below 1" })
    }
}

/// Where a metric lies when the videos are drawn anew.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The share of resamples within it.
    pub level: f64,
    /// How many resamples were drawn.
    pub resamples: usize,
    /// How many of them held one class only and were left out.
    pub skipped: usize,
}

/// A percentile interval of a metric, by drawing whole videos with replacement.
///
/// Frames of one video resemble each other, so that drawing single frames would claim a certainty that is not
/// there. Each video is its labels and its scores; the metric is that of all drawn frames in one list.
///
/// # Errors
/// When there are fewer than two videos, an option is out of range, a video's lengths differ or a score of it
/// is not finite, all labels agree, or all resamples held one class only.
pub fn bootstrap(
    videos: &[(&[bool], &[f64])],
    metric: Metric,
    options: BootstrapOptions,
) -> Result<Interval, Error> {
    options.check()?;
    if videos.len() < 2 {
        return Err(Error::TooFewVideos { videos: videos.len() });
    }
    let sorted = SortedFrames::new(videos)?;
    let mut values: Vec<f64> = (0..options.resamples)
        .filter_map(|resample| {
            // A stream for each resample: the first hundred do not depend on how many follow.
            let mut random = Random::stream(options.seed, &[resample as u64]);
            let mut times = vec![0; videos.len()];
            for _ in videos {
                times[random.below(videos.len() as u64) as usize] += 1;
            }
            sorted.value(metric, &times)
        })
        .collect();
    values.sort_unstable_by(f64::total_cmp);
    let tail = 0.5 * (1.0 - options.level);
    let (Some(low), Some(high)) = (quantile(&values, tail), quantile(&values, 1.0 - tail)) else {
        return Err(Error::NoResample { resamples: options.resamples });
    };
    let skipped = options.resamples - values.len();
    Ok(Interval { low, high, level: options.level, resamples: options.resamples, skipped })
}

/// The interval of a table's micro ROC AUC: see [`bootstrap`].
///
/// # Errors
/// As [`bootstrap`], or when a scored frame has no label.
pub fn bootstrap_auc(
    scores: &ScoreTable,
    labels: &Labels,
    options: BootstrapOptions,
) -> Result<Interval, Error> {
    bootstrap_table(scores, labels, Metric::RocAuc, options)
}

/// The interval of a table's average precision: see [`bootstrap`].
///
/// # Errors
/// As [`bootstrap`], or when a scored frame has no label.
pub fn bootstrap_ap(
    scores: &ScoreTable,
    labels: &Labels,
    options: BootstrapOptions,
) -> Result<Interval, Error> {
    bootstrap_table(scores, labels, Metric::AveragePrecision, options)
}

fn bootstrap_table(
    scores: &ScoreTable,
    labels: &Labels,
    metric: Metric,
    options: BootstrapOptions,
) -> Result<Interval, Error> {
    let aligned = labels.align(scores)?;
    let values = scores.videos().iter().map(VideoScores::values);
    let videos: Vec<_> = aligned.videos.iter().map(Vec::as_slice).zip(values).collect();
    bootstrap(&videos, metric, options)
}

/// All frames from the highest score to the lowest: a resample only changes how often each counts.
struct SortedFrames {
    frames: Vec<Frame>,
    /// Frames of each class in each video.
    totals: Vec<Totals>,
}

#[derive(Clone, Copy)]
struct Frame {
    key: u64,
    video: u32,
    abnormal: bool,
}

impl SortedFrames {
    fn new(videos: &[(&[bool], &[f64])]) -> Result<Self, Error> {
        let (mut frames, mut totals) = (Vec::new(), Vec::with_capacity(videos.len()));
        for (index, (labels, scores)) in videos.iter().enumerate() {
            check(labels, scores).map_err(|e| Error::InVideo { index, source: Box::new(e) })?;
            let frame = |(label, score): (&bool, &f64)| Frame {
                key: encode(*score),
                video: index as u32,
                abnormal: *label,
            };
            frames.extend(labels.iter().zip(*scores).map(frame));
            let positives = labels.iter().filter(|l| **l).count() as u64;
            totals.push(Totals { positives, negatives: labels.len() as u64 - positives });
        }
        for abnormal in [false, true] {
            if frames.iter().all(|f| f.abnormal == abnormal) {
                return Err(Error::OneClass { frames: frames.len(), abnormal });
            }
        }
        frames.sort_unstable_by_key(|f| (std::cmp::Reverse(f.key), f.video, f.abnormal));
        Ok(Self { frames, totals })
    }

    /// The metric when each video counts this many times; none when one class only is left.
    fn value(&self, metric: Metric, times: &[u64]) -> Option<f64> {
        let of =
            |class: fn(&Totals) -> u64| self.totals.iter().map(class).zip(times).map(|(n, t)| n * t).sum();
        let totals = Totals { positives: of(|t| t.positives), negatives: of(|t| t.negatives) };
        let both = totals.positives > 0 && totals.negatives > 0;
        both.then(|| metric.of(WeightedGroups { frames: &self.frames, times }, totals))
    }
}

/// The groups of a resample.
struct WeightedGroups<'a> {
    frames: &'a [Frame],
    times: &'a [u64],
}

impl Iterator for WeightedGroups<'_> {
    type Item = Group;

    fn next(&mut self) -> Option<Group> {
        while let [first, ..] = self.frames {
            let mut counts = [0; 2];
            while let [frame, rest @ ..] = self.frames
                && frame.key == first.key
            {
                counts[usize::from(frame.abnormal)] += self.times[frame.video as usize];
                self.frames = rest;
            }
            let [negatives, positives] = counts;
            if positives + negatives > 0 {
                return Some(Group { threshold: decode(first.key), positives, negatives });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn two() -> [(Vec<bool>, Vec<f64>); 2] {
        [(vec![false, true, true], vec![0.1, 0.3, 0.5]), (vec![false, false, true], vec![0.2, 0.4, 0.4])]
    }

    fn borrowed(videos: &[(Vec<bool>, Vec<f64>)]) -> Vec<(&[bool], &[f64])> {
        videos.iter().map(|(labels, scores)| (labels.as_slice(), scores.as_slice())).collect()
    }

    #[test]
    fn two_videos_give_three_different_resamples() {
        // The first twice, both, or the second twice.
        let videos = two();
        let auc = |ranks: &[(Vec<bool>, Vec<f64>)]| {
            let labels = ranks.iter().flat_map(|v| v.0.clone()).collect::<Vec<_>>();
            let scores = ranks.iter().flat_map(|v| v.1.clone()).collect::<Vec<_>>();
            crate::roc_auc(&labels, &scores).unwrap()
        };
        let mut values = [auc(&videos[..1]), auc(&videos), auc(&videos[1..])];
        values.sort_by(f64::total_cmp);
        let options = BootstrapOptions::default().with_resamples(400).with_seed(3);
        let found = bootstrap(&borrowed(&videos), Metric::RocAuc, options).unwrap();
        assert_eq!(values, [0.75, 7.5 / 9.0, 1.0]);
        assert_eq!((found.low, found.high), (0.75, 1.0));
        assert_eq!((found.level, found.resamples, found.skipped), (0.95, 400, 0));
        let narrow = bootstrap(&borrowed(&videos), Metric::RocAuc, options.with_level(1e-9)).unwrap();
        assert_eq!((narrow.low, narrow.high), (values[1], values[1]));
        assert_eq!(bootstrap(&borrowed(&videos), Metric::RocAuc, options).unwrap(), found);
    }

    #[test]
    fn the_draws_are_fixed() {
        // One resample: both ends are its value. No later change may move the draws of a seed.
        let value = |seed| {
            let options = BootstrapOptions::default().with_resamples(1).with_seed(seed);
            let found = bootstrap(&borrowed(&two()), Metric::RocAuc, options).unwrap();
            assert_eq!(found.low, found.high);
            (found.low * 100.0).round()
        };
        assert_eq!(
            [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(value),
            [83.0, 83.0, 75.0, 100.0, 100.0, 75.0, 100.0, 100.0, 83.0, 83.0]
        );
    }

    #[test]
    fn resamples_of_one_class_are_skipped_and_counted() {
        let videos = [(vec![true, true], vec![0.9, 0.2]), (vec![false], vec![0.5])];
        let options = BootstrapOptions::default().with_resamples(1000);
        let found = bootstrap(&borrowed(&videos), Metric::RocAuc, options).unwrap();
        assert!((400..600).contains(&found.skipped), "{found:?}");
        assert_eq!((found.low, found.high), (0.5, 0.5));
        let never = (0..99).find_map(|seed| {
            bootstrap(&borrowed(&videos), Metric::RocAuc, options.with_resamples(1).with_seed(seed)).err()
        });
        assert!(matches!(never, Some(Error::NoResample { resamples: 1 })));
    }

    #[test]
    fn what_cannot_be_drawn_is_named() {
        let message = |videos: &[(Vec<bool>, Vec<f64>)], options| {
            bootstrap(&borrowed(videos), Metric::RocAuc, options).unwrap_err().to_string()
        };
        let options = BootstrapOptions::default();
        assert!(message(&two()[..1], options).starts_with("1 videos"));
        assert!(message(&two(), options.with_resamples(0)).contains("resamples is 0"));
        assert!(message(&two(), options.with_resamples(usize::MAX)).contains("1 to 1000000"));
        for level in [0.0, 1.0, f64::NAN] {
            assert!(message(&two(), options.with_level(level)).contains("the level"));
        }
        let [mut a, b] = two();
        a.1[2] = f64::INFINITY;
        assert_eq!(
            message(&[b.clone(), a], options),
            "in the video at index 1: the score at index 2 is inf; scores must be finite"
        );
        assert!(
            message(&[b.clone(), (vec![true], vec![])], options).contains("index 1: 1 labels and 0 scores")
        );
        let normal = (vec![false], vec![0.0]);
        assert!(message(&[normal.clone(), normal], options).contains("all 2 labels are normal"));
    }

    proptest! {
        #[test]
        fn counting_a_video_twice_is_repeating_it(
            videos in prop::collection::vec(prop::collection::vec((any::<bool>(), -3_i8..4), 1..9), 2..5),
            times in prop::collection::vec(0_u64..4, 5),
        ) {
            let videos: Vec<(Vec<bool>, Vec<f64>)> =
                videos.iter().map(|v| v.iter().map(|(l, s)| (*l, f64::from(*s))).unzip()).collect();
            let Ok(sorted) = SortedFrames::new(&borrowed(&videos)) else { return Ok(()) };
            let repeated = videos.iter().zip(&times).flat_map(|(v, n)| vec![v.clone(); *n as usize]);
            let (labels, scores): (Vec<_>, Vec<_>) = repeated.unzip();
            let ranking = crate::Ranking::new(&labels.concat(), &scores.concat()).ok();
            let value = |metric| sorted.value(metric, &times[..videos.len()]);
            prop_assert_eq!(value(Metric::RocAuc), ranking.as_ref().map(crate::Ranking::roc_auc));
            prop_assert_eq!(value(Metric::AveragePrecision), ranking.as_ref().map(crate::Ranking::average_precision));
            prop_assert_eq!(value(Metric::PrAuc), ranking.as_ref().map(crate::Ranking::pr_auc));
            prop_assert_eq!(value(Metric::Eer), ranking.as_ref().map(crate::Ranking::eer));
            prop_assert_eq!(value(Metric::BestF1), ranking.as_ref().map(|r| r.best_f1().f1));
        }
    }
}
