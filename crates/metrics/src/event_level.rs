use oddframe_core::{FrameNumber, Labels, ScoreTable, VideoId};

use crate::error::Error;

/// An anomaly that the labels name: consecutive abnormal frames of one video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrueEvent {
    /// The video.
    pub video: VideoId,
    /// The first abnormal frame.
    pub start: FrameNumber,
    /// The last abnormal frame.
    pub end: FrameNumber,
}

/// An event that a system found.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictedEvent {
    /// The video.
    pub video: VideoId,
    /// The first frame.
    pub start: FrameNumber,
    /// The last frame.
    pub end: FrameNumber,
    /// The score that predictions are ranked by, such as that of the peak.
    pub score: f64,
}

/// How well predicted events agree with the labelled ones.
///
/// A predicted event and a labelled one *overlap* when they share a frame number of one video. A labelled event is *found*
/// when at least one predicted event overlaps it. A predicted event is *correct* when it overlaps at least one labelled event.
/// One prediction can find several events, and several predictions can be correct about one event.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EventEvaluation {
    /// The number of labelled events.
    pub events: usize,
    /// How many of them are found.
    pub found: usize,
    /// The number of predicted events.
    pub predicted: usize,
    /// How many of them are correct; the others are false alarms.
    pub correct: usize,
    /// `found / events`.
    pub recall: f64,
    /// `correct / predicted`; none when nothing is predicted.
    pub precision: Option<f64>,
    /// The harmonic mean of both; 0 when nothing is predicted or found.
    pub f1: f64,
    /// The mean number of frames from the start of a found event to the first predicted frame in it; none when none is found.
    /// An event that a prediction reaches before it starts has delay 0.
    pub mean_delay: Option<f64>,
}

/// Lists the labelled events among the scored frames. Abnormal frames that follow each other in the video are one event, also
/// where a frame number is missing between them.
///
/// # Errors
/// When a scored frame has no label.
pub fn list_true_events(scores: &ScoreTable, labels: &Labels) -> Result<Vec<TrueEvent>, Error> {
    let aligned = labels.align(scores)?;
    let mut events: Vec<TrueEvent> = Vec::new();
    for (video, abnormal) in scores.videos().iter().zip(&aligned.videos) {
        let mut lasts = false;
        for (frame, abnormal) in video.numbers().iter().zip(abnormal) {
            match events.last_mut() {
                Some(event) if *abnormal && lasts => event.end = *frame,
                _ if *abnormal => events.push(TrueEvent {
                    video: video.id().clone(),
                    start: *frame,
                    end: *frame,
                }),
                _ => {}
            }
            lasts = *abnormal;
        }
    }
    Ok(events)
}

/// Counts found events and correct predictions; see [`EventEvaluation`].
///
/// ```
/// use oddframe_core::FrameNumber;
/// use oddframe_metrics::{PredictedEvent, TrueEvent, evaluate_events};
///
/// let event = |start, end| TrueEvent { video: "1".into(), start: FrameNumber(start), end: FrameNumber(end) };
/// let predicted = |start, end| {
///     PredictedEvent { video: "1".into(), start: FrameNumber(start), end: FrameNumber(end), score: 1.0 }
/// };
/// let found = evaluate_events(&[event(10, 20), event(40, 50)], &[predicted(16, 30), predicted(70, 80)])?;
/// assert_eq!((found.found, found.correct, found.recall, found.precision), (1, 1, 0.5, Some(0.5)));
/// assert_eq!(found.mean_delay, Some(6.0));
/// # Ok::<(), oddframe_metrics::Error>(())
/// ```
///
/// # Errors
/// When there is no labelled event: recall then has no value.
pub fn evaluate_events(
    events: &[TrueEvent],
    predicted: &[PredictedEvent],
) -> Result<EventEvaluation, Error> {
    if events.is_empty() {
        return Err(Error::NoEvents);
    }
    let delays: Vec<u64> = events
        .iter()
        .filter_map(|event| shortest_delay(event, predicted))
        .collect();
    let correct = predicted
        .iter()
        .filter(|predicted| events.iter().any(|event| overlap(event, predicted)));
    let (found, correct) = (delays.len(), correct.count());
    let recall = found as f64 / events.len() as f64;
    let precision = (!predicted.is_empty()).then(|| correct as f64 / predicted.len() as f64);
    let both = recall + precision.unwrap_or(0.0);
    Ok(EventEvaluation {
        events: events.len(),
        found,
        predicted: predicted.len(),
        correct,
        recall,
        precision,
        f1: if found == 0 {
            0.0
        } else {
            2.0 * recall * precision.unwrap_or(0.0) / both
        },
        mean_delay: (found > 0).then(|| delays.iter().sum::<u64>() as f64 / found as f64),
    })
}

/// The average precision of predicted events, in which a detection counts less the later it comes.
///
/// The predictions are taken by falling score; those with equal scores are taken together. After each step, with the
/// predictions `P` taken so far:
///
/// - An event that no prediction in `P` overlaps has the weight 0. Any other has the weight `2^(−d / half_life)`, where `d` is
///   the number of frames from its start to the first frame that a prediction in `P` shares with it. With `half_life` = 25, an
///   event that is detected 25 frames late counts half.
/// - The recall `R` is the sum of the weights divided by the number of events.
/// - The precision `Q` is the share of the predictions in `P` that overlap an event.
///
/// The result is the sum of `(R − R before) · Q` over all steps. It is the average precision of events where every detection
/// is immediate, and at most the mean weight of the events otherwise.
///
/// ```
/// use oddframe_core::FrameNumber;
/// use oddframe_metrics::{PredictedEvent, TrueEvent, latency_average_precision};
///
/// let event = TrueEvent { video: "1".into(), start: FrameNumber(10), end: FrameNumber(90) };
/// let late = PredictedEvent { video: "1".into(), start: FrameNumber(35), end: FrameNumber(60), score: 4.0 };
/// assert_eq!(latency_average_precision(&[event], &[late], 25.0)?, 0.5);
/// # Ok::<(), oddframe_metrics::Error>(())
/// ```
///
/// # Errors
/// When there is no labelled event, a score is not finite, or the half-life is not above 0.
pub fn latency_average_precision(
    events: &[TrueEvent],
    predicted: &[PredictedEvent],
    half_life: f64,
) -> Result<f64, Error> {
    if events.is_empty() {
        return Err(Error::NoEvents);
    }
    if !(half_life.is_finite() && half_life > 0.0) {
        return Err(Error::OutOfRange {
            name: "the half-life",
            value: half_life,
            range: "finite and above 0",
        });
    }
    if let Some(index) = predicted.iter().position(|event| !event.score.is_finite()) {
        return Err(Error::NotFinite {
            index,
            value: predicted[index].score,
        });
    }
    let mut ranked: Vec<&PredictedEvent> = predicted.iter().collect();
    // Adding 0 makes −0 equal to 0, as scores are.
    ranked.sort_by(|a, b| (b.score + 0.0).total_cmp(&(a.score + 0.0)));
    let mut delays: Vec<Option<u64>> = vec![None; events.len()];
    let (mut taken, mut correct, mut recall, mut sum) = (0, 0, 0.0, 0.0);
    for tied in ranked.chunk_by(|a, b| a.score == b.score) {
        for predicted in tied {
            let mut is_correct = false;
            for (event, delay) in events.iter().zip(&mut delays) {
                if overlap(event, predicted) {
                    is_correct = true;
                    // A prediction with a lower score may have seen the event earlier.
                    let own = delay_of(event, predicted);
                    *delay = Some(delay.map_or(own, |before| before.min(own)));
                }
            }
            correct += usize::from(is_correct);
        }
        taken += tied.len();
        let weights = delays.iter().flatten();
        let weights = weights.map(|delay| (-(*delay as f64) / half_life).exp2());
        let after = weights.sum::<f64>() / events.len() as f64;
        sum += (after - recall) * correct as f64 / taken as f64;
        recall = after;
    }
    Ok(sum)
}

fn overlap(event: &TrueEvent, predicted: &PredictedEvent) -> bool {
    event.video == predicted.video && event.start <= predicted.end && predicted.start <= event.end
}

/// The frames from the start of an event to the first one that an overlapping prediction shares with it.
fn delay_of(event: &TrueEvent, predicted: &PredictedEvent) -> u64 {
    predicted.start.0.saturating_sub(event.start.0)
}

fn shortest_delay(event: &TrueEvent, predicted: &[PredictedEvent]) -> Option<u64> {
    let overlapping = predicted
        .iter()
        .filter(|predicted| overlap(event, predicted));
    overlapping
        .map(|predicted| delay_of(event, predicted))
        .min()
}

#[cfg(test)]
mod tests {
    use oddframe_core::{Origin, VideoLabels, VideoScores};
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn event(video: &str, start: u64, end: u64) -> TrueEvent {
        TrueEvent {
            video: video.into(),
            start: FrameNumber(start),
            end: FrameNumber(end),
        }
    }

    fn predicted(video: &str, start: u64, end: u64, score: f64) -> PredictedEvent {
        PredictedEvent {
            video: video.into(),
            start: FrameNumber(start),
            end: FrameNumber(end),
            score,
        }
    }

    #[test]
    fn a_single_shared_frame_is_an_overlap() {
        let events = [event("1", 10, 20), event("2", 10, 20)];
        let touching = evaluate_events(&events, &[predicted("01", 20, 30, 1.0)]).unwrap();
        assert_eq!((touching.found, touching.correct), (1, 1));
        assert_eq!(touching.mean_delay, Some(10.0));
        let beside = [predicted("1", 21, 30, 1.0), predicted("1", 0, 9, 1.0)];
        let beside = evaluate_events(&events, &beside).unwrap();
        assert_eq!((beside.found, beside.correct, beside.f1), (0, 0, 0.0));
        assert_eq!((beside.precision, beside.mean_delay), (Some(0.0), None));
    }

    #[test]
    fn one_prediction_can_find_two_events_and_two_can_find_one() {
        let events = [event("1", 10, 20), event("1", 30, 40), event("1", 90, 95)];
        let long = evaluate_events(&events, &[predicted("1", 5, 35, 1.0)]).unwrap();
        assert_eq!((long.found, long.correct, long.predicted), (2, 1, 1));
        // Reached before it starts: no delay.
        assert_eq!(long.mean_delay, Some(0.0));
        let two = [predicted("1", 14, 15, 1.0), predicted("1", 12, 12, 0.5)];
        let two = evaluate_events(&events, &two).unwrap();
        assert_eq!((two.found, two.correct, two.mean_delay), (1, 2, Some(2.0)));
        assert!((two.recall - 1.0 / 3.0).abs() < 1e-15 && two.precision == Some(1.0));
        assert!((two.f1 - 0.5).abs() < 1e-15);
        let nothing = evaluate_events(&events, &[]).unwrap();
        assert_eq!((nothing.precision, nothing.f1), (None, 0.0));
        assert!(matches!(evaluate_events(&[], &[]), Err(Error::NoEvents)));
    }

    #[test]
    fn labelled_events_are_runs_of_abnormal_frames() {
        let numbers: Vec<FrameNumber> = [1, 2, 3, 7, 8, 9].map(FrameNumber).to_vec();
        let labels = |id: &str, flags: [bool; 6]| {
            VideoLabels::new(id.into(), numbers.clone(), flags.to_vec()).unwrap()
        };
        let scores = ["1", "2"].map(|id| {
            let origins = vec![Origin::Computed; 6];
            VideoScores::from_parts(id.into(), numbers.clone(), vec![0.0; 6], origins).unwrap()
        });
        let (yes, no) = (true, false);
        let labels = Labels::new(vec![
            labels("1", [no, yes, yes, yes, no, yes]),
            labels("2", [yes, no, no, no, no, no]),
        ]);
        let table = ScoreTable::new(scores.to_vec()).unwrap();
        let events = list_true_events(&table, &labels.unwrap()).unwrap();
        assert_eq!(
            events,
            [event("1", 2, 7), event("1", 9, 9), event("2", 1, 1)]
        );
    }

    #[test]
    fn late_detections_count_less_by_hand() {
        let events = [event("1", 0, 99), event("2", 0, 99)];
        // Score 5: wrong. 4: event 1 after 10 frames, weight 1/2. 3: event 1 at once, weight 1. 2: event 2 after 20, weight 1/4.
        let ranked = [
            predicted("2", 20, 30, 2.0),
            predicted("1", 10, 30, 4.0),
            predicted("3", 0, 9, 5.0),
            predicted("1", 0, 5, 3.0),
        ];
        let expected = 0.25 * (1.0 / 2.0) + 0.25 * (2.0 / 3.0) + 0.125 * (3.0 / 4.0);
        let found = latency_average_precision(&events, &ranked, 10.0).unwrap();
        assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        // Ties are taken together: both halves of the first event and the wrong one at once.
        let tied: Vec<PredictedEvent> = ranked
            .iter()
            .map(|event| PredictedEvent {
                score: event.score.min(3.0),
                ..event.clone()
            })
            .collect();
        let expected = 0.5 * (2.0 / 3.0) + 0.125 * (3.0 / 4.0);
        let found = latency_average_precision(&events, &tied, 10.0).unwrap();
        assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        assert_eq!(latency_average_precision(&events, &[], 10.0).unwrap(), 0.0);
        for half_life in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(latency_average_precision(&events, &ranked, half_life).is_err());
        }
        let nan = [predicted("1", 0, 1, f64::NAN)];
        assert!(matches!(
            latency_average_precision(&events, &nan, 10.0),
            Err(Error::NotFinite { index: 0, .. })
        ));
        assert!(matches!(
            latency_average_precision(&[], &ranked, 10.0),
            Err(Error::NoEvents)
        ));
    }

    proptest! {
        #[test]
        fn a_common_delay_lowers_the_average_precision_by_its_weight(
            starts in vec((0..80_u64, 0..5_u8), 1..8), later in 0..20_u64,
        ) {
            let events = [event("1", 0, 99), event("1", 200, 299), event("2", 0, 99)];
            let delayed = |later: u64| -> Vec<PredictedEvent> {
                let all = starts.iter().enumerate().map(|(place, (start, score))| {
                    let (video, offset) = [("1", 0), ("1", 200), ("2", 0)][place % 3];
                    predicted(video, offset + start + later, offset + 99, f64::from(*score))
                });
                // And one that is always wrong.
                all.chain([predicted("3", 0, 9, 2.0)]).collect()
            };
            let of = |list: &[PredictedEvent]| latency_average_precision(&events, list, 25.0).unwrap();
            let (early, late) = (of(&delayed(0)), of(&delayed(later)));
            prop_assert!((late - early * (-(later as f64) / 25.0).exp2()).abs() < 1e-12);
            prop_assert!((0.0..=1.0 + 1e-12).contains(&early));
        }
    }
}
