//! Events: worked examples, and the streaming finder against a definition over the whole video.

use oddframe_core::{FrameNumber, Origin, VideoScores};
use oddframe_post::{EventFinder, EventOptions, FrameEvent, find_events};
use proptest::collection::vec;
use proptest::prelude::*;

fn video(numbers: &[u64], values: &[f64]) -> VideoScores {
    VideoScores::from_parts(
        "01".into(),
        numbers.iter().copied().map(FrameNumber).collect(),
        values.to_vec(),
        vec![Origin::Computed; values.len()],
    )
    .unwrap()
}

fn spans(events: &[FrameEvent]) -> Vec<(u64, u64, u64)> {
    events
        .iter()
        .map(|event| (event.start.0, event.end.0, event.peak.0))
        .collect()
}

#[test]
fn an_event_starts_high_and_ends_low() {
    let scores = video(&[1, 2, 3, 4, 5, 6, 7], &[2.0, 3.0, 2.0, 5.0, 5.0, 1.9, 2.5]);
    let both = EventOptions::new(3.0).unwrap().with_end(2.0).unwrap();
    let events = find_events(&scores, &[], both).unwrap();
    assert_eq!(spans(&events), [(2, 5, 4)]);
    assert_eq!((events[0].peak_score, events[0].severity), (5.0, 4.0));
    let one = find_events(&scores, &[], EventOptions::new(3.0).unwrap()).unwrap();
    assert_eq!(spans(&one), [(2, 2, 2), (4, 5, 4)]);
}

#[test]
fn close_events_are_joined_before_short_ones_are_dropped() {
    // Frames 12 to 14 are missing on disk, and count as time all the same.
    let scores = video(
        &[1, 2, 3, 4, 10, 11, 15, 16],
        &[9.0, 0.0, 0.0, 8.0, 0.0, 7.0, 0.0, 7.5],
    );
    let options = EventOptions::new(5.0).unwrap();
    let found = |options| spans(&find_events(&scores, &[], options).unwrap());
    assert_eq!(
        found(options),
        [(1, 1, 1), (4, 4, 4), (11, 11, 11), (16, 16, 16)]
    );
    // Two frames lie between 1 and 4, four between 11 and 16, six between 4 and 11.
    assert_eq!(found(options.with_join(2)).len(), 4);
    assert_eq!(
        found(options.with_join(3)),
        [(1, 4, 1), (11, 11, 11), (16, 16, 16)]
    );
    assert_eq!(found(options.with_join(5)), [(1, 4, 1), (11, 16, 16)]);
    assert_eq!(found(options.with_join(7)), [(1, 16, 1)]);
    assert_eq!(found(options.with_join(3).with_min_frames(4)), [(1, 4, 1)]);
    assert!(found(options.with_join(3).with_min_frames(5)).is_empty());
    assert_eq!(found(options.with_min_frames(0)).len(), 4);
}

#[test]
fn ignored_frames_neither_start_nor_extend_an_event() {
    let scores = video(&[1, 2, 3, 4, 5, 6], &[9.0, 9.0, 99.0, 4.0, 9.0, 0.0]);
    let ignored = [false, false, true, false, false, false];
    let options = EventOptions::new(5.0).unwrap().with_end(3.0).unwrap();
    let events = find_events(&scores, &ignored, options).unwrap();
    // Frame 4 would extend an event and cannot start one.
    assert_eq!(spans(&events), [(1, 2, 1), (5, 5, 5)]);
    let joined = find_events(&scores, &ignored, options.with_join(3)).unwrap();
    assert_eq!(spans(&joined), [(1, 5, 1)]);
    assert_eq!((joined[0].peak_score, joined[0].severity), (9.0, 12.0));
    assert!(
        find_events(&scores, &[true; 6], options)
            .unwrap()
            .is_empty()
    );
    let error = find_events(&scores, &[true], options)
        .unwrap_err()
        .to_string();
    assert!(error.contains("6 values expected, 1 found"), "{error}");
}

#[test]
fn an_event_is_handed_out_as_soon_as_it_is_over() {
    let mut finder = EventFinder::new(EventOptions::new(1.0).unwrap().with_join(2));
    let mut push = |frame, score| finder.push(FrameNumber(frame), score);
    assert_eq!(push(1, 2.0), None);
    assert_eq!(push(2, 0.0), None);
    // An event at frame 3 would have been joined; two frames would lie between the first and one at frame 4.
    assert_eq!(push(3, 0.0).unwrap().end, FrameNumber(1));
    assert_eq!(push(4, 0.0), None);
    assert_eq!(push(5, 2.0), None);
    assert_eq!(finder.current().unwrap().start, FrameNumber(5));
    assert_eq!(finder.finish().unwrap().end, FrameNumber(5));
    assert_eq!(finder.finish(), None);
}

#[test]
fn thresholds_that_cannot_be_are_refused() {
    for bad in [f64::NAN, f64::INFINITY] {
        assert!(EventOptions::new(bad).is_err());
        assert!(EventOptions::new(1.0).unwrap().with_end(bad).is_err());
    }
    let error = EventOptions::new(1.0)
        .unwrap()
        .with_end(1.5)
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "events: low is 1.5; it must be finite and at most the threshold"
    );
}

/// The definition, over the whole video: mark frames from the front, group them, join the groups, drop the short ones.
fn by_definition(
    numbers: &[u64],
    scores: &[f64],
    ignored: &[bool],
    (start, end, min_frames, join): (f64, f64, u64, u64),
) -> Vec<(u64, u64)> {
    let mut marked = vec![false; scores.len()];
    for place in 0..scores.len() {
        let lasts = place > 0 && marked[place - 1];
        marked[place] =
            !ignored[place] && (scores[place] >= start || (lasts && scores[place] >= end));
    }
    let mut groups: Vec<(u64, u64)> = Vec::new();
    for place in 0..scores.len() {
        match groups.last_mut() {
            Some(group) if marked[place] && place > 0 && marked[place - 1] => {
                group.1 = numbers[place];
            }
            _ if marked[place] => groups.push((numbers[place], numbers[place])),
            _ => {}
        }
    }
    let mut joined: Vec<(u64, u64)> = Vec::new();
    for group in groups {
        match joined.last_mut() {
            Some(last) if group.0 - last.1 - 1 < join => last.1 = group.1,
            _ => joined.push(group),
        }
    }
    joined.retain(|(first, last)| last - first + 1 >= min_frames);
    joined
}

proptest! {
    #[test]
    fn the_finder_gives_what_the_definition_does(
        frames in vec((1..4_u64, 0..6_u8, prop::bool::weighted(0.1)), 1..80),
        drop in 0..3_u8,
        min_frames in 0..6_u64,
        join in 0..8_u64,
    ) {
        let numbers: Vec<u64> = frames.iter().scan(0, |last, (gap, ..)| { *last += gap; Some(*last) }).collect();
        let scores: Vec<f64> = frames.iter().map(|(_, score, _)| f64::from(*score)).collect();
        let ignored: Vec<bool> = frames.iter().map(|(.., ignored)| *ignored).collect();
        let end = 4.0 - f64::from(drop);
        let options = EventOptions::new(4.0).unwrap().with_end(end).unwrap()
            .with_min_frames(min_frames).with_join(join);
        let found = find_events(&video(&numbers, &scores), &ignored, options).unwrap();
        let expected = by_definition(&numbers, &scores, &ignored, (4.0, end, min_frames, join));
        let spans: Vec<(u64, u64)> = found.iter().map(|event| (event.start.0, event.end.0)).collect();
        prop_assert_eq!(spans, expected);
        for event in found {
            let inside = numbers.iter().zip(&scores).zip(&ignored)
                .filter(|((number, _), ignored)| (event.start.0..=event.end.0).contains(number) && !**ignored);
            let highest = inside.map(|((_, score), _)| *score).fold(0.0, f64::max);
            prop_assert_eq!(event.peak_score, highest);
        }
    }
}
