use std::f64::consts::LN_10;

use oddframe_core::{FrameNumber, Random};

use super::GeneralisedPareto;
use crate::error::Error;
use crate::events::{EventFinder, EventOptions};

/// The calibrated scores of one normal video, in the order of its frames.
#[derive(Debug, Clone, Copy)]
pub struct NormalVideo<'a> {
    /// The scores: −log10 p.
    pub scores: &'a [f64],
    /// The frame rate.
    pub frames_per_second: f64,
}

/// How many false alarms an hour of normal video raises at a threshold, and the threshold for an asked number of them.
///
/// An alarm is an event, found as in the video to come: a minute of high scores is one false alarm and not 1500. The events
/// of the normal footage are counted at many thresholds. Above the highest one that still has 10 of them, the number falls
/// as the tail of the scores does: a generalised Pareto distribution that is fitted to the frames above it. A threshold
/// for one false alarm in an hour, learned from a minute of video, is such an extrapolation.
///
/// The scores of neighbouring frames are alike, so that intervals come from a bootstrap of whole videos, or of long pieces
/// where there are few videos.
///
/// ```
/// use oddframe_post::{AlarmRate, EventOptions, NormalVideo};
///
/// // Each of the 60 seconds has a peak of its own height: 0.1, 0.2, ...
/// let scores: Vec<f64> = (0..1500).map(|frame| if frame % 25 == 0 { f64::from(frame / 25) / 10.0 } else { 0.0 }).collect();
/// let video = NormalVideo { scores: &scores, frames_per_second: 25.0 };
/// let rate = AlarmRate::measure(&[video], EventOptions::new(0.0)?, 7)?;
/// // 10 of the 60 peaks are at 5.0 or above, in a sixtieth of an hour.
/// assert!((rate.per_hour(5.0) - 600.0).abs() < 90.0, "{}", rate.per_hour(5.0));
/// let rare = rate.threshold(1.0);
/// assert!(rare > 5.9 && (rate.per_hour(rare) - 1.0).abs() < 1e-6);
/// # Ok::<(), oddframe_post::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct AlarmRate {
    curve: Curve,
    /// The curves of the resamples; none where there is too little footage.
    resamples: Vec<Curve>,
    hours: f64,
}

/// The number of thresholds at which events are counted.
const THRESHOLDS: usize = 200;

/// So many events are counted; a smaller number of them is extrapolated. The standard error of 10 is a third.
const COUNTED_EVENTS: usize = 10;

/// The number of resamples: enough for the ends of a 95 % interval.
const RESAMPLES: usize = 400;

/// With so many videos, whole videos are drawn.
const MANY_VIDEOS: usize = 10;

/// With fewer videos, they are cut into about so many pieces.
const PIECES: usize = 20;

/// A shorter piece would cut events, and its scores would resemble those of the piece before it.
const SHORTEST_PIECE: usize = 50;

/// With fewer pieces there is no interval.
const FEWEST_PIECES: usize = 5;

/// The expected number of events in an hour at every threshold.
#[derive(Debug, Clone)]
struct Curve {
    /// Thresholds that rise and the events in an hour there, which fall. The last one is where the tail starts.
    counted: Vec<(f64, f64)>,
    tail: GeneralisedPareto,
}

/// A part of the footage that a resample draws whole.
#[derive(Debug, Clone, Default)]
struct Piece {
    hours: f64,
    /// How many events start in it, at each threshold.
    events: Vec<usize>,
    scores: Vec<f64>,
}

impl AlarmRate {
    /// Measures normal footage that the calibration was not fitted on, or the footage that it was fitted on. `options` says
    /// how events end, join and how long they are; its threshold is replaced, and the lower one keeps its distance.
    ///
    /// # Errors
    /// When there are no scores, one is not finite, or a frame rate is not above 0.
    pub fn measure(
        videos: &[NormalVideo<'_>],
        options: EventOptions,
        seed: u64,
    ) -> Result<Self, Error> {
        check_videos(videos)?;
        let thresholds = spread_thresholds(videos);
        let pieces = cut_into_pieces(videos, &thresholds, options)?;
        let all: Vec<usize> = (0..pieces.len()).collect();
        let curve = Curve::new(&pieces, &all, &thresholds)?;
        let mut resamples = Vec::new();
        if pieces.len() >= FEWEST_PIECES {
            for resample in 0..RESAMPLES {
                let mut random = Random::stream(seed, &[resample as u64]);
                let drawn: Vec<usize> = (0..pieces.len())
                    .map(|_| random.below(pieces.len() as u64) as usize)
                    .collect();
                resamples.push(Curve::new(&pieces, &drawn, &thresholds)?);
            }
        }
        Ok(Self {
            curve,
            resamples,
            hours: pieces.iter().map(|piece| piece.hours).sum(),
        })
    }

    /// The events to expect in an hour of normal video at this threshold.
    pub fn per_hour(&self, threshold: f64) -> f64 {
        self.curve.per_hour(threshold)
    }

    /// A 95 % interval of [`Self::per_hour`]; none where there are fewer than five videos or pieces of video to draw.
    pub fn interval(&self, threshold: f64) -> Option<[f64; 2]> {
        let rates = self.resamples.iter().map(|curve| curve.per_hour(threshold));
        let mut rates: Vec<f64> = rates.collect();
        rates.sort_unstable_by(f64::total_cmp);
        let end = |share: f64| rates.get((rates.len() as f64 * share) as usize).copied();
        Some([end(0.025)?, end(0.975)?])
    }

    /// The lowest threshold with so many events in an hour; the highest threshold that has the most events where there are
    /// never so many.
    pub fn threshold(&self, per_hour: f64) -> f64 {
        self.curve.threshold(per_hour)
    }

    /// How many hours of normal video were measured.
    pub fn hours(&self) -> f64 {
        self.hours
    }

    /// The threshold above which the number of events is extrapolated.
    pub fn counted_up_to(&self) -> f64 {
        self.curve.last().0
    }
}

impl Curve {
    fn new(pieces: &[Piece], drawn: &[usize], thresholds: &[f64]) -> Result<Self, Error> {
        let hours: f64 = drawn.iter().map(|piece| pieces[*piece].hours).sum();
        let mut events: Vec<usize> = (0..thresholds.len())
            .map(|place| drawn.iter().map(|piece| pieces[*piece].events[place]).sum())
            .collect();
        // Low thresholds merge events, so that their number falls again. The number at a threshold is then the largest one
        // at or above it, which makes it fall everywhere and never too small.
        for place in (1..events.len()).rev() {
            events[place - 1] = events[place - 1].max(events[place]);
        }
        let most = events[0];
        let enough = COUNTED_EVENTS.min(most).max(1);
        let last = events.partition_point(|events| *events >= enough).max(1) - 1;
        // Of a plateau at the start only its end is kept: lower thresholds are no use.
        let first = events.partition_point(|events| *events == most).max(1) - 1;
        let counted = (first.min(last)..=last)
            .map(|place| (thresholds[place], events[place].max(1) as f64 / hours))
            .collect();
        let start = thresholds[last];
        let scores = drawn.iter().flat_map(|piece| &pieces[*piece].scores);
        let excesses = scores.map(|score| score - start);
        let excesses = thin_out(excesses.filter(|excess| *excess > 0.0).collect());
        let tail = if excesses.is_empty() {
            // By its definition, −log10 p has an exponential tail of this scale.
            GeneralisedPareto::new(0.0, 1.0 / LN_10)?
        } else {
            GeneralisedPareto::fit_endless(&excesses)?
        };
        Ok(Self { counted, tail })
    }

    fn last(&self) -> (f64, f64) {
        self.counted[self.counted.len() - 1]
    }

    fn per_hour(&self, threshold: f64) -> f64 {
        let after = self.counted.partition_point(|(at, _)| *at <= threshold);
        match (after.checked_sub(1), self.counted.get(after)) {
            (None, _) => self.counted[0].1,
            (Some(before), Some((end, fewer))) => {
                let (start, more) = self.counted[before];
                let share = (threshold - start) / (end - start);
                (more.ln() + share * (fewer.ln() - more.ln())).exp()
            }
            (Some(_), None) => {
                let (start, rate) = self.last();
                rate * self.tail.survival(threshold - start)
            }
        }
    }

    fn threshold(&self, per_hour: f64) -> f64 {
        let after = self.counted.partition_point(|(_, rate)| *rate > per_hour);
        match (after.checked_sub(1), self.counted.get(after)) {
            (None, _) => self.counted[0].0,
            (Some(before), Some((end, fewer))) => {
                let (start, more) = self.counted[before];
                let share = (per_hour.ln() - more.ln()) / (fewer.ln() - more.ln());
                start + share * (end - start)
            }
            (Some(_), None) => {
                let (start, rate) = self.last();
                start + self.tail.excess_at(per_hour / rate)
            }
        }
    }
}

/// Every so many of the sorted excesses where there are more than a fit needs, which would only take longer.
fn thin_out(mut excesses: Vec<f64>) -> Vec<f64> {
    const ENOUGH: usize = 2000;
    if excesses.len() <= ENOUGH {
        return excesses;
    }
    excesses.sort_unstable_by(f64::total_cmp);
    let count = excesses.len();
    // The middle of each of so many equal groups.
    let places = (0..ENOUGH).map(|group| (2 * group + 1) * count / (2 * ENOUGH));
    places.map(|place| excesses[place]).collect()
}

fn check_videos(videos: &[NormalVideo<'_>]) -> Result<(), Error> {
    let mut index = 0;
    for video in videos {
        let rate = video.frames_per_second;
        if !(rate.is_finite() && rate > 0.0) {
            return Err(Error::parameter(
                "alarm rate",
                "frames per second",
                rate,
                "finite and above 0",
            ));
        }
        for value in video.scores {
            if !value.is_finite() {
                return Err(Error::BadScore {
                    index,
                    value: *value,
                });
            }
            index += 1;
        }
    }
    if index == 0 {
        return Err(Error::TooFewScores {
            found: 0,
            needed: 1,
        });
    }
    Ok(())
}

/// Thresholds from the lowest to the highest score.
fn spread_thresholds(videos: &[NormalVideo<'_>]) -> Vec<f64> {
    let scores = videos.iter().flat_map(|video| video.scores).copied();
    let lowest = scores.clone().fold(f64::INFINITY, f64::min);
    let highest = scores.fold(f64::NEG_INFINITY, f64::max);
    let mut thresholds: Vec<f64> = (0..THRESHOLDS)
        .map(|place| {
            let share = place as f64 / (THRESHOLDS - 1) as f64;
            lowest * (1.0 - share) + highest * share
        })
        .collect();
    thresholds.dedup();
    thresholds
}

/// Cuts the videos into the pieces that a resample draws, and counts the events that start in each.
fn cut_into_pieces(
    videos: &[NormalVideo<'_>],
    thresholds: &[f64],
    options: EventOptions,
) -> Result<Vec<Piece>, Error> {
    let frames: usize = videos.iter().map(|video| video.scores.len()).sum();
    let longest = if videos.len() >= MANY_VIDEOS {
        frames
    } else {
        (frames / PIECES).max(SHORTEST_PIECE)
    };
    let distance = options.start() - options.end();
    let mut pieces = Vec::new();
    for video in videos.iter().filter(|video| !video.scores.is_empty()) {
        // Pieces of one length. The events are found in the whole video first, so that no cut makes two of one.
        let count = (video.scores.len() / longest).max(1);
        let length = video.scores.len().div_ceil(count);
        let start = pieces.len();
        for scores in video.scores.chunks(length) {
            pieces.push(Piece {
                hours: scores.len() as f64 / video.frames_per_second / 3600.0,
                events: vec![0; thresholds.len()],
                scores: scores.to_vec(),
            });
        }
        for (place, threshold) in thresholds.iter().enumerate() {
            let options = options.at(*threshold, distance)?;
            let mut finder = EventFinder::new(options);
            for (frame, score) in video.scores.iter().enumerate() {
                if let Some(event) = finder.push(FrameNumber(frame as u64), *score) {
                    pieces[start + event.start.0 as usize / length].events[place] += 1;
                }
            }
            if let Some(event) = finder.finish() {
                pieces[start + event.start.0 as usize / length].events[place] += 1;
            }
        }
    }
    Ok(pieces)
}
