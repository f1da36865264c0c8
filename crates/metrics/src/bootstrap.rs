use oddframe_core::{Labels, Random, ScoreTable, VideoScores};

use crate::error::Error;
use crate::group::{Group, Totals};
use crate::key::{decode_score, encode_score};
use crate::metric::Metric;
use crate::ranking::check_pairs;
use crate::threshold::interpolate_quantile;

/// Enough for three digits of the ends of an interval, and a bound for hostile input.
const MAX_RESAMPLES: usize = 1_000_000;

/// The options of a bootstrap interval.
///
/// ```
/// use oddframe_metrics::BootstrapOptions;
///
/// let options = BootstrapOptions::default().with_resamples(200).with_level(0.9).with_seed(7);
/// assert_eq!((options.resamples, options.level, options.seed), (200, 0.9, 7));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BootstrapOptions {
    /// The number of resamples, from 1 to 1,000,000.
    pub resamples: usize,
    /// The share of resamples within the interval, above 0 and below 1.
    pub level: f64,
    /// The seed of the random draws.
    pub seed: u64,
}

impl Default for BootstrapOptions {
    fn default() -> Self {
        Self {
            resamples: 1000,
            level: 0.95,
            seed: 0,
        }
    }
}

impl BootstrapOptions {
    /// Sets the number of resamples.
    #[must_use]
    pub const fn with_resamples(self, resamples: usize) -> Self {
        Self { resamples, ..self }
    }

    /// Sets the share of resamples within the interval.
    #[must_use]
    pub const fn with_level(self, level: f64) -> Self {
        Self { level, ..self }
    }

    /// Sets the seed.
    #[must_use]
    pub const fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Checks the options and the number of videos to draw from.
    pub(crate) fn validate_for(self, videos: usize) -> Result<(), Error> {
        if videos < 2 {
            return Err(Error::TooFewVideos { videos });
        }
        if !(1..=MAX_RESAMPLES).contains(&self.resamples) {
            let value = self.resamples as f64;
            return Err(Error::OutOfRange {
                name: "the number of resamples",
                value,
                range: "1 to 1000000",
            });
        }
        if self.level > 0.0 && self.level < 1.0 {
            return Ok(());
        }
        Err(Error::OutOfRange {
            name: "the level",
            value: self.level,
            range: "above 0 and below 1",
        })
    }
}

/// A confidence interval of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The share of resamples within the interval.
    pub level: f64,
    /// The number of resamples.
    pub resamples: usize,
    /// The number of resamples that had only one class and were left out.
    pub skipped: usize,
}

/// The percentile bootstrap interval of a metric (Efron, 1979), drawing whole videos with replacement.
///
/// Frames of one video are correlated, so drawing single frames would give an interval that is too narrow.
/// Each video consists of its labels and its scores. The metric is computed over all drawn frames in one
/// list.
///
/// ```
/// use oddframe_metrics::{BootstrapOptions, Metric, bootstrap};
///
/// let videos: [(&[bool], &[f64]); 2] =
///     [(&[false, true, true], &[0.1, 0.3, 0.5]), (&[false, false, true], &[0.2, 0.4, 0.4])];
/// let interval = bootstrap(&videos, Metric::RocAuc, BootstrapOptions::default())?;
/// assert_eq!((interval.low, interval.high), (0.75, 1.0));
/// # Ok::<(), oddframe_metrics::Error>(())
/// ```
///
/// # Errors
/// When there are fewer than two videos, an option is out of range, the lengths of a video differ, a score is
/// not finite, all labels are equal, or all resamples have only one class.
pub fn bootstrap(
    videos: &[(&[bool], &[f64])],
    metric: Metric,
    options: BootstrapOptions,
) -> Result<Interval, Error> {
    options.validate_for(videos.len())?;
    let sorted = SortedFrames::new(videos)?;
    let mut values: Vec<f64> = (0..options.resamples)
        .filter_map(|resample| {
            let times = draw_videos(videos.len(), options.seed, resample);
            sorted.metric_value(metric, &times)
        })
        .collect();
    values.sort_unstable_by(f64::total_cmp);
    // The percentile interval cuts the same share off both tails.
    let tail = 0.5 * (1.0 - options.level);
    let (Some(low), Some(high)) = (
        interpolate_quantile(&values, tail),
        interpolate_quantile(&values, 1.0 - tail),
    ) else {
        return Err(Error::NoResample {
            resamples: options.resamples,
        });
    };
    let skipped = options.resamples - values.len();
    Ok(Interval {
        low,
        high,
        level: options.level,
        resamples: options.resamples,
        skipped,
    })
}

/// The bootstrap interval of a metric over all frames of a table: see [`bootstrap`].
///
/// # Errors
/// As [`bootstrap`]; also when a scored frame has no label.
pub fn bootstrap_table(
    scores: &ScoreTable,
    labels: &Labels,
    metric: Metric,
    options: BootstrapOptions,
) -> Result<Interval, Error> {
    let aligned = labels.align(scores)?;
    let values = scores.videos().iter().map(VideoScores::values);
    let videos: Vec<_> = aligned
        .videos
        .iter()
        .map(Vec::as_slice)
        .zip(values)
        .collect();
    bootstrap(&videos, metric, options)
}

/// The share of resamples in which a metric is higher for the first videos than for the second: the same videos with other
/// labels or scores. Resamples of one class are left out.
pub(crate) fn share_higher(
    first: &[(&[bool], &[f64])],
    second: &[(&[bool], &[f64])],
    metric: Metric,
    options: BootstrapOptions,
) -> Result<f64, Error> {
    options.validate_for(first.len())?;
    let (sorted, other) = (SortedFrames::new(first)?, SortedFrames::new(second)?);
    let (mut higher, mut compared) = (0_usize, 0_usize);
    for resample in 0..options.resamples {
        // Both are computed for the same draw of videos, so the differences between videos cancel.
        let times = draw_videos(first.len(), options.seed, resample);
        let values = sorted
            .metric_value(metric, &times)
            .zip(other.metric_value(metric, &times));
        if let Some((value, reference)) = values {
            compared += 1;
            higher += usize::from(value > reference);
        }
    }
    if compared == 0 {
        return Err(Error::NoResample {
            resamples: options.resamples,
        });
    }
    Ok(higher as f64 / compared as f64)
}

/// How often each of `videos` is drawn in a resample: as many draws with replacement as there are videos.
pub(crate) fn draw_videos(videos: usize, seed: u64, resample: usize) -> Vec<u64> {
    // Each resample has its own random stream, so the first resamples do not depend on how many follow.
    let mut random = Random::stream(seed, &[resample as u64]);
    // A resample is stored as the number of times each video was drawn: the sorted frames need no copy.
    let mut times = vec![0; videos];
    for _ in 0..videos {
        times[random.below(videos as u64) as usize] += 1;
    }
    times
}

/// All frames from the highest score to the lowest, sorted once. A resample only changes the weight of each
/// video.
pub(crate) struct SortedFrames {
    frames: Vec<Frame>,
    /// The number of frames of each class in each video.
    totals: Vec<Totals>,
}

#[derive(Clone, Copy)]
struct Frame {
    key: u64,
    video: u32,
    abnormal: bool,
}

impl SortedFrames {
    pub(crate) fn new(videos: &[(&[bool], &[f64])]) -> Result<Self, Error> {
        let (mut frames, mut totals) = (Vec::new(), Vec::with_capacity(videos.len()));
        for (index, (labels, scores)) in videos.iter().enumerate() {
            check_pairs(labels, scores).map_err(|e| Error::InVideo {
                index,
                source: Box::new(e),
            })?;
            frames.extend(labels.iter().zip(*scores).map(|(label, score)| Frame {
                key: encode_score(*score),
                video: index as u32,
                abnormal: *label,
            }));
            let positives = labels.iter().filter(|l| **l).count() as u64;
            totals.push(Totals {
                positives,
                negatives: labels.len() as u64 - positives,
            });
        }
        for abnormal in [false, true] {
            if frames.iter().all(|f| f.abnormal == abnormal) {
                return Err(Error::OneClass {
                    frames: frames.len(),
                    abnormal,
                });
            }
        }
        frames.sort_unstable_by_key(|f| (std::cmp::Reverse(f.key), f.video, f.abnormal));
        Ok(Self { frames, totals })
    }

    /// The metric with each video counted this many times; `None` if only one class remains.
    fn metric_value(&self, metric: Metric, times: &[u64]) -> Option<f64> {
        let totals = self.totals(times)?;
        Some(metric.of_groups(self.groups(times), totals))
    }

    /// The frames of each class with each video counted this many times; `None` if only one class remains.
    pub(crate) fn totals(&self, times: &[u64]) -> Option<Totals> {
        let mut totals = Totals {
            positives: 0,
            negatives: 0,
        };
        for (video, times) in self.totals.iter().zip(times) {
            totals.positives += video.positives * times;
            totals.negatives += video.negatives * times;
        }
        (totals.positives > 0 && totals.negatives > 0).then_some(totals)
    }

    /// The groups with each video counted this many times, from the highest score to the lowest.
    pub(crate) fn groups<'a>(&'a self, times: &'a [u64]) -> impl Iterator<Item = Group> + 'a {
        WeightedGroups {
            frames: &self.frames,
            times,
        }
    }
}

/// Iterates over the groups of a resample.
struct WeightedGroups<'a> {
    frames: &'a [Frame],
    times: &'a [u64],
}

impl Iterator for WeightedGroups<'_> {
    type Item = Group;

    fn next(&mut self) -> Option<Group> {
        while let [first, ..] = self.frames {
            // Frames with one key form one group, whatever their videos; a video that was not drawn adds 0.
            let mut counts = [0; 2];
            while let [frame, rest @ ..] = self.frames
                && frame.key == first.key
            {
                counts[usize::from(frame.abnormal)] += self.times[frame.video as usize];
                self.frames = rest;
            }
            let [negatives, positives] = counts;
            // A group of videos that were not drawn at all does not exist in this resample.
            if positives + negatives > 0 {
                return Some(Group {
                    threshold: decode_score(first.key),
                    positives,
                    negatives,
                });
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
        [
            (vec![false, true, true], vec![0.1, 0.3, 0.5]),
            (vec![false, false, true], vec![0.2, 0.4, 0.4]),
        ]
    }

    fn borrowed(videos: &[(Vec<bool>, Vec<f64>)]) -> Vec<(&[bool], &[f64])> {
        videos
            .iter()
            .map(|(labels, scores)| (labels.as_slice(), scores.as_slice()))
            .collect()
    }

    fn auc_of_videos(ranks: &[(Vec<bool>, Vec<f64>)]) -> f64 {
        let labels = ranks.iter().flat_map(|v| v.0.clone()).collect::<Vec<_>>();
        let scores = ranks.iter().flat_map(|v| v.1.clone()).collect::<Vec<_>>();
        crate::roc_auc(&labels, &scores).unwrap()
    }

    #[test]
    fn two_videos_have_three_different_resamples() {
        // The resamples are: the first video twice, both videos, or the second video twice.
        let videos = two();
        let mut values = [
            auc_of_videos(&videos[..1]),
            auc_of_videos(&videos),
            auc_of_videos(&videos[1..]),
        ];
        values.sort_by(f64::total_cmp);
        let options = BootstrapOptions::default().with_resamples(400).with_seed(3);
        let found = bootstrap(&borrowed(&videos), Metric::RocAuc, options).unwrap();
        assert_eq!(values, [0.75, 7.5 / 9.0, 1.0]);
        assert_eq!((found.low, found.high), (0.75, 1.0));
        assert_eq!(
            (found.level, found.resamples, found.skipped),
            (0.95, 400, 0)
        );
        let narrow =
            bootstrap(&borrowed(&videos), Metric::RocAuc, options.with_level(1e-9)).unwrap();
        assert_eq!((narrow.low, narrow.high), (values[1], values[1]));
        assert_eq!(
            bootstrap(&borrowed(&videos), Metric::RocAuc, options).unwrap(),
            found
        );
    }

    fn value_of_seed(seed: u64) -> f64 {
        let options = BootstrapOptions::default()
            .with_resamples(1)
            .with_seed(seed);
        let found = bootstrap(&borrowed(&two()), Metric::RocAuc, options).unwrap();
        assert_eq!(found.low, found.high);
        (found.low * 100.0).round()
    }

    #[test]
    fn the_draws_of_a_seed_are_fixed() {
        // With one resample both ends are its value. The draws of a seed must never change.
        assert_eq!(
            [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(value_of_seed),
            [
                83.0, 83.0, 75.0, 100.0, 100.0, 75.0, 100.0, 100.0, 83.0, 83.0
            ]
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
            bootstrap(
                &borrowed(&videos),
                Metric::RocAuc,
                options.with_resamples(1).with_seed(seed),
            )
            .err()
        });
        assert!(matches!(never, Some(Error::NoResample { resamples: 1 })));
    }

    fn error_message(videos: &[(Vec<bool>, Vec<f64>)], options: BootstrapOptions) -> String {
        bootstrap(&borrowed(videos), Metric::RocAuc, options)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn invalid_input_is_an_error() {
        let options = BootstrapOptions::default();
        assert!(error_message(&two()[..1], options).ends_with("there are 1"));
        assert!(error_message(&two(), options.with_resamples(0)).contains("resamples is 0"));
        assert!(error_message(&two(), options.with_resamples(usize::MAX)).contains("1 to 1000000"));
        for level in [0.0, 1.0, f64::NAN] {
            assert!(error_message(&two(), options.with_level(level)).contains("the level"));
        }
        let [mut a, b] = two();
        a.1[2] = f64::INFINITY;
        assert_eq!(
            error_message(&[b.clone(), a], options),
            "in the video at index 1: the score at index 2 is inf; scores must be finite"
        );
        assert!(
            error_message(&[b.clone(), (vec![true], vec![])], options)
                .contains("index 1: 1 labels and 0 scores")
        );
        let normal = (vec![false], vec![0.0]);
        assert!(
            error_message(&[normal.clone(), normal], options).contains("all 2 labels are normal")
        );
    }

    proptest! {
        #[test]
        fn weighting_a_video_equals_repeating_it(
            videos in prop::collection::vec(prop::collection::vec((any::<bool>(), -3_i8..4), 1..9), 2..5),
            times in prop::collection::vec(0_u64..4, 5),
        ) {
            let videos: Vec<(Vec<bool>, Vec<f64>)> =
                videos.iter().map(|v| v.iter().map(|(l, s)| (*l, f64::from(*s))).unzip()).collect();
            let Ok(sorted) = SortedFrames::new(&borrowed(&videos)) else { return Ok(()) };
            let repeated = videos.iter().zip(&times).flat_map(|(v, n)| vec![v.clone(); *n as usize]);
            let (labels, scores): (Vec<_>, Vec<_>) = repeated.unzip();
            let ranking = crate::Ranking::new(&labels.concat(), &scores.concat()).ok();
            let value = |metric| sorted.metric_value(metric, &times[..videos.len()]);
            prop_assert_eq!(value(Metric::RocAuc), ranking.as_ref().map(crate::Ranking::roc_auc));
            prop_assert_eq!(value(Metric::AveragePrecision), ranking.as_ref().map(crate::Ranking::average_precision));
            prop_assert_eq!(value(Metric::PrAuc), ranking.as_ref().map(crate::Ranking::pr_auc));
            prop_assert_eq!(value(Metric::Eer), ranking.as_ref().map(crate::Ranking::eer));
            prop_assert_eq!(value(Metric::BestF1), ranking.as_ref().map(|r| r.best_f1().f1));
        }
    }
}
