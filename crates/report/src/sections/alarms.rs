//! What a threshold would find and how often it would be wrong, in a run with calibration.

use crate::contents::{Contents, VideoContents, runs_of};
use crate::draw::{Chart, Layer};
use crate::text::{count_of, format_score, put};

/// The most thresholds that are tried.
const THRESHOLDS: usize = 200;
const SECONDS_IN_HOUR: f64 = 3600.0;

/// What a threshold does to the videos of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
struct AtThreshold {
    threshold: f64,
    /// Alarms in which no frame is labelled abnormal, in an hour of normal video.
    false_alarms_per_hour: f64,
    /// The share of abnormal stretches in which at least one frame raises an alarm.
    found: f64,
}

/// The curve of found stretches over false alarms; none where events, labels or times are not known, or where nothing is
/// normal or nothing abnormal.
pub(super) fn alarm_chart(contents: &Contents<'_>) -> Option<Chart<'static>> {
    let events = contents.events.as_ref()?;
    let curve = measure_alarms(&contents.videos)?;
    let mut summary = format!(
        "Measured on the {} of this run: the lower the threshold, the more abnormal stretches have an alarm, and the more \
         alarms are false.",
        count_of(contents.videos.len(), "video")
    );
    let chosen = contents.threshold().and_then(|threshold| {
        let above = curve
            .iter()
            .take_while(|point| point.threshold >= threshold);
        above.last()
    });
    if let Some(chosen) = chosen {
        put!(
            &mut summary,
            " At the threshold {}: {:.0}% found, {} false alarms an hour.",
            format_score(events.threshold),
            100.0 * chosen.found,
            format_score(chosen.false_alarms_per_hour)
        );
    }
    let points: Vec<(f64, f64)> = curve
        .iter()
        .map(|point| (point.false_alarms_per_hour, point.found))
        .collect();
    let most = points.iter().map(|(rate, _)| *rate).fold(1.0, f64::max);
    Some(Chart {
        title: "False alarms",
        summary,
        x_label: "false alarms an hour",
        y_label: "abnormal stretches found",
        x: (0.0, most),
        y: (0.0, 1.0),
        layers: vec![Layer::Line {
            class: "main",
            points,
        }],
        legend: Vec::new(),
    })
}

/// Measures thresholds from the highest to the lowest.
fn measure_alarms(videos: &[VideoContents]) -> Option<Vec<AtThreshold>> {
    let (mut normal_seconds, mut stretches) = (0.0, 0);
    for video in videos {
        let labels = video.labels.as_ref()?;
        let normal = labels.iter().filter(|abnormal| !**abnormal).count();
        normal_seconds += normal as f64 * video.clock.seconds_per_frame()?;
        stretches += video.abnormal_runs().len();
    }
    if normal_seconds <= 0.0 || stretches == 0 {
        return None;
    }
    let mut scores: Vec<f64> = videos
        .iter()
        .flat_map(|video| video.scores.values())
        .copied()
        .collect();
    scores.sort_unstable_by(|a, b| b.total_cmp(a));
    scores.dedup();
    let step = scores.len().div_ceil(THRESHOLDS).max(1);
    let curve = scores.into_iter().step_by(step).map(|threshold| {
        let (mut wrong, mut found) = (0, 0);
        for video in videos {
            let counted = count_alarms(video, threshold);
            wrong += counted.0;
            found += counted.1;
        }
        AtThreshold {
            threshold,
            false_alarms_per_hour: wrong as f64 * SECONDS_IN_HOUR / normal_seconds,
            found: found as f64 / stretches as f64,
        }
    });
    Some(curve.collect())
}

/// The false alarms of a video and the abnormal stretches with an alarm.
fn count_alarms(video: &VideoContents, threshold: f64) -> (usize, usize) {
    // Frames that cannot be relied on raise no alarm.
    let scores = video.scores.values().iter().enumerate();
    let above: Vec<bool> = scores
        .map(|(index, score)| *score >= threshold && !video.states.contains_key(&index))
        .collect();
    let labels = video.labels.as_deref().unwrap_or_default();
    let alarms = runs_of(&above);
    let wrong = alarms
        .iter()
        .filter(|(from, to)| !labels[*from..*to].contains(&true));
    let found = video.abnormal_runs();
    let found = found
        .iter()
        .filter(|(from, to)| above[*from..*to].contains(&true));
    (wrong.count(), found.count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::video_of;

    #[test]
    fn alarms_are_runs_and_only_those_without_an_abnormal_frame_are_false() {
        let mut video = video_of(
            vec![0.9, 0.9, 0.1, 0.8, 0.7, 0.1, 0.8, 0.1],
            Some([0, 0, 0, 0, 1, 0, 0, 1].map(|label| label == 1).to_vec()),
        );
        video.clock = crate::clock::Clock::new(vec![(0.0, 0.0), (7.0, 7.0)]);
        // Above 0.7 are frames 0 and 1, 3 and 4, and 6: the second alarm reaches an abnormal frame.
        assert_eq!(count_alarms(&video, 0.7), (2, 1));
        let curve = measure_alarms(&[video]).unwrap();
        let points: Vec<_> = curve
            .iter()
            .map(|point| (point.threshold, point.false_alarms_per_hour, point.found))
            .collect();
        // Six normal seconds.
        assert_eq!(
            points,
            [
                (0.9, 600.0, 0.0),
                (0.8, 1800.0, 0.0),
                (0.7, 1200.0, 0.5),
                (0.1, 0.0, 1.0)
            ]
        );
    }

    #[test]
    fn without_times_or_abnormal_frames_there_is_no_rate() {
        let labels = Some(vec![false, true]);
        assert_eq!(measure_alarms(&[video_of(vec![0.1, 0.2], labels)]), None);
        let mut normal = video_of(vec![0.1, 0.2], Some(vec![false; 2]));
        normal.clock = crate::clock::Clock::new(vec![(0.0, 0.0), (1.0, 1.0)]);
        assert_eq!(measure_alarms(&[normal]), None);
    }
}
