use std::collections::VecDeque;

use super::GeneralisedPareto;
use crate::error::Error;

/// A score above the threshold of a [`Spot`] or [`Dspot`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alarm {
    /// The score.
    pub score: f64,
    /// The threshold it is above.
    pub threshold: f64,
}

/// Raises alarms in a stream of scores whose distribution does not change: SPOT, "Anomaly Detection in Streams with Extreme
/// Value Theory" (Siffer, Fouque, Termier and Largouët 2017).
///
/// The first scores are taken as normal. Their highest two per cent give the tail, and the tail gives the threshold that one
/// score in `1 / risk` exceeds. Later scores that are high and below the threshold update the tail; alarms do not.
///
/// Two things differ from the paper: a fitted tail that would end is replaced by the exponential one, and only the latest 500
/// excesses are kept. Because no alarm updates the tail, also not a false one, the threshold sinks a little: independent normal scores
/// raise two to three times as many alarms as `risk` says. Where that matters, use a [`Calibration`](crate::Calibration), which is
/// learned once.
///
/// ```
/// use oddframe_post::Spot;
///
/// let mut spot = Spot::new(1e-4, 500)?;
/// let normal = (0..2000).map(|frame| f64::from(frame * 7919 % 1009) / 1009.0);
/// let alarms = normal.filter_map(|score| spot.push(score)).count();
/// assert_eq!(alarms, 0);
/// assert!(spot.push(3.0).is_some());
/// # Ok::<(), oddframe_post::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Spot {
    risk: f64,
    /// The scores before the threshold is known; empty afterwards.
    first: Vec<f64>,
    initial: usize,
    tail: Option<StreamTail>,
}

/// What is known of the tail.
#[derive(Debug, Clone)]
struct StreamTail {
    /// The score above which the tail begins; it stays.
    start: f64,
    /// The latest excesses over it.
    excesses: VecDeque<f64>,
    /// How many excesses there were.
    peaks: u64,
    /// How many scores there were, without alarms.
    scores: u64,
    /// What `peaks` and `excesses` make of the risk.
    threshold: f64,
}

/// The share of the first scores below the tail, as in the paper.
const TAIL_QUANTILE: f64 = 0.98;

/// The share of the first scores in the tail, which a threshold has to lie in.
const LARGEST_RISK: f64 = 0.02;

/// The fewest first scores: two per cent of them make the tail.
const MIN_INITIAL: usize = 100;

/// The tail is fitted to so many of the latest excesses, which bounds time and memory.
const KEPT_EXCESSES: usize = 500;

impl Spot {
    /// Takes the first `initial` scores as normal, and then raises an alarm for scores that are exceeded with a probability
    /// below `risk`.
    ///
    /// # Errors
    /// When the risk is not above 0 and below 0.02, or there are fewer than 100 initial scores.
    pub fn new(risk: f64, initial: usize) -> Result<Self, Error> {
        if !(risk > 0.0 && risk < LARGEST_RISK) {
            return Err(Error::parameter(
                "spot",
                "risk",
                risk,
                "above 0 and below 0.02",
            ));
        }
        if initial < MIN_INITIAL {
            return Err(Error::parameter(
                "spot",
                "initial",
                initial as f64,
                "at least 100",
            ));
        }
        Ok(Self {
            risk,
            first: Vec::new(),
            initial,
            tail: None,
        })
    }

    /// Takes the next score, and returns an alarm when it is above the threshold. A score that is not finite is ignored.
    pub fn push(&mut self, score: f64) -> Option<Alarm> {
        if !score.is_finite() {
            return None;
        }
        let Some(tail) = &mut self.tail else {
            self.first.push(score);
            if self.first.len() == self.initial {
                self.tail = Some(StreamTail::new(std::mem::take(&mut self.first), self.risk));
            }
            return None;
        };
        if score > tail.threshold {
            let threshold = tail.threshold;
            return Some(Alarm { score, threshold });
        }
        tail.scores += 1;
        if score > tail.start {
            tail.add_excess(score - tail.start, self.risk);
        }
        None
    }

    /// The threshold; none while the first scores are collected.
    pub fn threshold(&self) -> Option<f64> {
        self.tail.as_ref().map(|tail| tail.threshold)
    }
}

impl StreamTail {
    fn new(mut first: Vec<f64>, risk: f64) -> Self {
        first.sort_unstable_by(f64::total_cmp);
        let start = first[(first.len() as f64 * TAIL_QUANTILE) as usize - 1];
        let excesses = first.iter().map(|score| score - start);
        let excesses: VecDeque<f64> = excesses.filter(|excess| *excess > 0.0).collect();
        let mut tail = Self {
            start,
            peaks: excesses.len() as u64,
            scores: first.len() as u64,
            excesses,
            // What holds as long as no excess is known: every score above all others is an alarm.
            threshold: start,
        };
        tail.update_threshold(risk);
        tail
    }

    fn add_excess(&mut self, excess: f64, risk: f64) {
        self.peaks += 1;
        self.excesses.push_back(excess);
        if self.excesses.len() > KEPT_EXCESSES {
            self.excesses.pop_front();
        }
        self.update_threshold(risk);
    }

    /// As in the paper, the threshold changes with a new excess only.
    fn update_threshold(&mut self, risk: f64) {
        if let Ok(tail) = GeneralisedPareto::fit_endless(self.excesses.make_contiguous()) {
            // The share of the excesses that may be above the threshold, of all scores `risk`.
            let share = risk * self.scores as f64 / self.peaks as f64;
            self.threshold = self.start + tail.excess_at(share.min(1.0));
        }
    }
}

/// DSPOT, from the same paper as [`Spot`]: raises alarms in a stream of scores whose level drifts. It subtracts the mean of the latest
/// normal scores from each score and runs [`Spot`] on the difference.
///
/// ```
/// use oddframe_post::Dspot;
///
/// let mut dspot = Dspot::new(1e-4, 500, 50)?;
/// let drifting = (0..5000).map(|frame| f64::from(frame) / 100.0 + f64::from(frame * 7919 % 1009) / 1009.0);
/// let alarms = drifting.filter_map(|score| dspot.push(score)).count();
/// assert_eq!(alarms, 0);
/// assert!(dspot.push(60.0).is_some());
/// # Ok::<(), oddframe_post::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Dspot {
    spot: Spot,
    /// The latest scores that raised no alarm.
    window: VecDeque<f64>,
    depth: usize,
}

impl Dspot {
    /// As [`Spot::new`], after the `depth` scores that the first mean is computed of.
    ///
    /// # Errors
    /// As [`Spot::new`], or when the depth is 0.
    pub fn new(risk: f64, initial: usize, depth: usize) -> Result<Self, Error> {
        if depth == 0 {
            return Err(Error::parameter("dspot", "depth", 0.0, "at least 1"));
        }
        Ok(Self {
            spot: Spot::new(risk, initial)?,
            window: VecDeque::new(),
            depth,
        })
    }

    /// Takes the next score, and returns an alarm when it is above the threshold. Score and threshold of the alarm are those
    /// of the stream, not differences. A score that is not finite is ignored.
    pub fn push(&mut self, score: f64) -> Option<Alarm> {
        if !score.is_finite() {
            return None;
        }
        if self.window.len() == self.depth {
            let level = self.level();
            if let Some(alarm) = self.spot.push(score - level) {
                let threshold = alarm.threshold + level;
                return Some(Alarm { score, threshold });
            }
            self.window.pop_front();
        }
        self.window.push_back(score);
        None
    }

    /// The threshold for the next score; none while the first scores are collected.
    pub fn threshold(&self) -> Option<f64> {
        Some(self.spot.threshold()? + self.level())
    }

    /// The mean of the latest normal scores.
    fn level(&self) -> f64 {
        // Summed anew each time: a running sum would collect rounding errors over days.
        self.window.iter().sum::<f64>() / self.window.len() as f64
    }
}
