use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use oddframe_core::FrameNumber;

use crate::VideoInfo;
use crate::log::Reported;

/// Intervals between frames are told apart to the millisecond, which is the unit of Matroska.
const INTERVAL_UNIT: Duration = Duration::from_millis(1);

/// Durations in headers are rounded, some to the tenth of a second.
const ROUNDED_DURATION: Duration = Duration::from_millis(150);

/// No more different intervals than this are counted; a video with more has no regular frame rate anyway.
const MOST_INTERVALS: usize = 1000;

/// Signs that a file is damaged: frames are missing, or were decoded from damaged data.
///
/// The frames that could be decoded are numbered from 0 without a gap, so that every frame after a missing one has a lower
/// number than it would have in the undamaged file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileDamage {
    /// How many errors the decoder reported.
    pub errors: u64,
    /// The first of them; empty when there is none.
    pub first_error: String,
    /// How many frames are missing between others, by their times. Known only where the frame rate is constant.
    pub missing_inside: u64,
    /// The frame before the first such gap.
    pub first_gap: Option<FrameNumber>,
    /// How many frames fewer were decoded than the header of the file announces.
    pub missing_of_announced: u64,
    /// By how much the file ends earlier than its header announces.
    pub missing_at_end: Option<Duration>,
}

impl fmt::Display for FileDamage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if self.missing_of_announced > 0 {
            parts.push(format!(
                "{} of the announced frames are missing",
                self.missing_of_announced
            ));
        }
        if let Some(time) = self.missing_at_end {
            parts.push(format!(
                "it ends {:.1} seconds before the announced end",
                time.as_secs_f64()
            ));
        }
        if let Some(frame) = self.first_gap {
            parts.push(format!(
                "by the times about {} frames are missing, the first after frame {frame}",
                self.missing_inside
            ));
        }
        if self.errors > 0 {
            parts.push(format!(
                "the decoder reported {} errors, the first: {}",
                self.errors, self.first_error
            ));
        }
        f.write_str(&parts.join("; "))
    }
}

/// Counts the intervals between the times of frames.
#[derive(Debug, Default)]
pub(crate) struct IntervalCounts {
    last: Option<Duration>,
    frames: u64,
    /// For each interval how often it occurred, and the frame before its first occurrence.
    counts: BTreeMap<u64, (u64, FrameNumber)>,
}

impl IntervalCounts {
    pub(crate) fn push(&mut self, number: FrameNumber, time: Option<Duration>) {
        self.frames += 1;
        let Some(time) = time else { return };
        if let Some(last) = self.last.replace(time) {
            let units = time.saturating_sub(last).as_micros() / INTERVAL_UNIT.as_micros();
            let interval = u64::try_from(units).unwrap_or(u64::MAX);
            if self.counts.len() < MOST_INTERVALS || self.counts.contains_key(&interval) {
                let before = FrameNumber(number.0.saturating_sub(1));
                self.counts.entry(interval).or_insert((0, before)).0 += 1;
            }
        }
    }

    /// The usual interval, where nearly all intervals are that one.
    fn usual(&self) -> Option<u64> {
        let (usual, _) = self.counts.iter().max_by_key(|(_, (count, _))| *count)?;
        // Times in milliseconds let the interval of 25 or 30 frames a second vary by one.
        let near: u64 = self
            .counts
            .range(usual.saturating_sub(1)..=usual + 1)
            .map(|(_, (count, _))| count)
            .sum();
        let all: u64 = self.counts.values().map(|(count, _)| count).sum();
        (*usual >= 2 && near >= 4 && near * 10 >= all * 9).then_some(*usual)
    }

    /// The number of missing frames, and the frame before the first gap.
    fn gaps(&self) -> (u64, Option<FrameNumber>) {
        let Some(usual) = self.usual() else {
            return (0, None);
        };
        // A gap is nearer to two intervals than to one.
        let wide = self.counts.range((usual + 1) * 8 / 5..);
        let (mut missing, mut first) = (0, None::<FrameNumber>);
        for (interval, (count, before)) in wide {
            missing += count * (interval.saturating_add(usual / 2) / usual - 1).max(1);
            first = Some(first.map_or(*before, |first| first.min(*before)));
        }
        (missing, first)
    }

    /// Compares what was decoded with what the header announces and what the decoder reported; none without a sign of
    /// damage.
    pub(crate) fn find_damage(&self, info: &VideoInfo, reported: &Reported) -> Option<FileDamage> {
        let (missing_inside, first_gap) = self.gaps();
        let usual = self.usual().map(Duration::from_millis);
        // Without a usual interval it is not known how long the last frame is shown.
        let end = self.last.zip(usual).map(|(last, usual)| last + usual);
        let early = info
            .announced_duration
            .zip(end)
            .map(|(announced, end)| announced.saturating_sub(end));
        let mut missing_of_announced = info
            .announced_frames
            .map_or(0, |announced| announced.saturating_sub(self.frames));
        // A file that was cut out of another keeps frames before its start that are not to be shown. They are announced, but
        // nothing is missing when the times have no gap and reach the announced end.
        let is_complete = early
            .zip(usual)
            .is_some_and(|(early, usual)| early < usual / 2);
        if is_complete && missing_inside == 0 && reported.count == 0 {
            missing_of_announced = 0;
        }
        let missing_at_end = early.filter(|early| *early > ROUNDED_DURATION);
        let damage = FileDamage {
            errors: reported.count,
            first_error: reported.first.clone(),
            missing_inside,
            first_gap,
            missing_of_announced,
            missing_at_end,
        };
        let is_damaged = damage.errors > 0
            || damage.first_gap.is_some()
            || damage.missing_of_announced > 0
            || damage.missing_at_end.is_some();
        is_damaged.then_some(damage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count_times(milliseconds: &[u64]) -> IntervalCounts {
        let mut counts = IntervalCounts::default();
        for (number, time) in milliseconds.iter().enumerate() {
            counts.push(
                FrameNumber(number as u64),
                Some(Duration::from_millis(*time)),
            );
        }
        counts
    }

    #[test]
    fn gaps_of_a_constant_rate_are_found() {
        let mut times: Vec<u64> = (0..40).map(|frame| frame * 100 / 3).collect();
        assert_eq!(count_times(&times).gaps(), (0, None));
        times.drain(10..12);
        times.remove(30);
        assert_eq!(count_times(&times).gaps(), (3, Some(FrameNumber(9))));
    }

    #[test]
    fn a_variable_rate_has_no_gaps() {
        let times: Vec<u64> = (0..40).map(|frame| frame * frame * 7).collect();
        assert_eq!(count_times(&times).gaps(), (0, None));
    }
}
