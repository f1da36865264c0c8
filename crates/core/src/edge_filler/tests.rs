use proptest::prelude::*;

use super::*;

/// Fills a whole video of frames 0, 1, 2, ... and notes how many frames were pushed when each score came out.
fn fill_timed(
    filler: &mut EdgeFiller,
    scores: &[Option<f64>],
) -> Result<Vec<(FrameScore, usize)>, Error> {
    let mut filled = Vec::new();
    for (index, score) in scores.iter().enumerate() {
        let own = score.map(|value| FrameScore::new(value, Origin::Computed));
        filler.push(FrameNumber(index as u64), own, |score| {
            filled.push((score, index));
        });
        if filler.policy != EdgePolicy::Error {
            assert_eq!(filler.pending_frames(), index + 1 - filled.len());
        }
    }
    filler.finish(&"01".into(), |score| filled.push((score, scores.len() - 1)))?;
    assert_eq!(filler.pending_frames(), 0);
    Ok(filled)
}

fn fill(policy: EdgePolicy, scores: &[Option<f64>]) -> Result<Vec<FrameScore>, Error> {
    let filled = fill_timed(&mut EdgeFiller::new(policy), scores)?;
    Ok(filled.into_iter().map(|(score, _)| score).collect())
}

fn fill_values(policy: EdgePolicy, scores: &[Option<f64>]) -> Vec<f64> {
    fill(policy, scores)
        .unwrap()
        .iter()
        .map(|score| score.value)
        .collect()
}

/// The scored frame nearest to `index`, of two the earlier.
fn nearest_scored(scores: &[Option<f64>], index: usize) -> Option<usize> {
    (0..scores.len())
        .filter(|i| scores[*i].is_some())
        .min_by_key(|i| (i.abs_diff(index), *i))
}

/// The policy's definition, frame by frame over the whole video.
fn reference_score(policy: EdgePolicy, scores: &[Option<f64>], index: usize) -> Option<FrameScore> {
    if let Some(value) = scores[index] {
        return Some(FrameScore::new(value, Origin::Computed));
    }
    let donor = match policy {
        EdgePolicy::Error => return None,
        EdgePolicy::Constant(value) => return Some(FrameScore::new(value, Origin::Constant)),
        EdgePolicy::Nearest => nearest_scored(scores, index)?,
        EdgePolicy::Reflect => {
            // Walks away from `index` through the nearest run and turns at both of its ends.
            let edge = nearest_scored(scores, index)?;
            let outward = if edge > index { 1 } else { -1 };
            let (mut at, mut step) = (edge as isize, outward);
            for _ in 0..edge.abs_diff(index) - 1 {
                match scores.get((at + step) as usize) {
                    Some(Some(_)) => at += step,
                    _ => step = -step,
                }
            }
            at as usize
        }
    };
    Some(FrameScore::new(
        scores[donor]?,
        Origin::Borrowed {
            from: FrameNumber(donor as u64),
        },
    ))
}

#[test]
fn the_nearest_score_is_borrowed() {
    let scores = [None, None, Some(2.0), None, None, Some(5.0), None];
    assert_eq!(
        fill_values(EdgePolicy::Nearest, &scores),
        [2., 2., 2., 2., 5., 5., 5.]
    );
    let tie = fill(EdgePolicy::Nearest, &[Some(1.0), None, Some(3.0)]).unwrap();
    assert_eq!(
        tie[1],
        FrameScore::new(
            1.0,
            Origin::Borrowed {
                from: FrameNumber(0)
            }
        )
    );
}

#[test]
fn reflection_repeats_the_edge_and_turns_at_the_far_end() {
    let scores = [
        None,
        None,
        None,
        None,
        None,
        Some(1.0),
        Some(2.0),
        None,
        None,
        None,
    ];
    assert_eq!(
        fill_values(EdgePolicy::Reflect, &scores),
        [1., 1., 2., 2., 1., 1., 2., 2., 1., 1.]
    );
}

#[test]
fn constants_are_marked_and_missing_scores_are_counted() {
    let scores = [None, Some(2.0), None];
    let constant = fill(EdgePolicy::Constant(0.5), &scores).unwrap();
    assert_eq!(constant[0], FrameScore::new(0.5, Origin::Constant));
    let error = fill(EdgePolicy::Error, &scores).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Unscored {
                frame: FrameNumber(0),
                missing: 2,
                ..
            }
        ),
        "{error}"
    );
    for policy in [EdgePolicy::Nearest, EdgePolicy::Reflect] {
        let error = fill(policy, &[None, None]).unwrap_err();
        assert!(
            matches!(
                error,
                Error::Unscored {
                    frame: FrameNumber(0),
                    missing: 2,
                    ..
                }
            ),
            "{error}"
        );
        assert_eq!(fill(policy, &[]).unwrap(), []);
    }
}

#[test]
fn a_fallback_scores_a_video_that_has_nothing_to_borrow() {
    let expected = vec![FrameScore::new(0.0, Origin::Constant); 2];
    for policy in [EdgePolicy::Nearest, EdgePolicy::Reflect] {
        let mut filler = EdgeFiller::new(policy).with_fallback(0.0);
        let filled = fill_timed(&mut filler, &[None, None]).unwrap();
        assert_eq!(
            filled
                .into_iter()
                .map(|(score, _)| score)
                .collect::<Vec<_>>(),
            expected
        );
        let borrowed = fill_timed(&mut filler, &[None, Some(3.0)]).unwrap();
        assert_eq!(
            borrowed[0].0.value, 3.0,
            "a score is borrowed where there is one"
        );
    }
    let error = fill_timed(
        &mut EdgeFiller::new(EdgePolicy::Error).with_fallback(0.0),
        &[None],
    );
    assert!(matches!(error, Err(Error::Unscored { missing: 1, .. })));
}

#[test]
fn boxes_stay_with_their_own_frame_and_origins_are_kept() {
    let mut own = FrameScore::new(
        1.0,
        Origin::Borrowed {
            from: FrameNumber(3),
        },
    );
    own.reason = Some(crate::Reason {
        cue: "speed".into(),
        sentence: "fast".to_string(),
    });
    let (mut filler, mut filled) = (EdgeFiller::new(EdgePolicy::Reflect), Vec::new());
    filler.push(FrameNumber(4), None, |score| filled.push(score));
    filler.push(FrameNumber(5), Some(own.clone()), |score| {
        filled.push(score);
    });
    filler
        .finish(&"01".into(), |score| filled.push(score))
        .unwrap();
    assert_eq!(
        filled,
        [
            FrameScore::new(
                1.0,
                Origin::Borrowed {
                    from: FrameNumber(5)
                }
            ),
            own
        ]
    );
}

#[test]
fn a_long_run_is_mirrored_within_the_frames_that_are_kept() {
    let mut scores: Vec<Option<f64>> = (0..REFLECTED_FRAMES + 10).map(|i| Some(i as f64)).collect();
    scores.resize(3 * REFLECTED_FRAMES, None);
    let values = fill_values(EdgePolicy::Reflect, &scores);
    let last_scored = REFLECTED_FRAMES + 9;
    assert_eq!(values[last_scored + REFLECTED_FRAMES], 10.0);
    assert_eq!(
        values[last_scored + REFLECTED_FRAMES + 1],
        10.0,
        "turns at the oldest frame that is kept"
    );
}

fn policies() -> impl Strategy<Value = EdgePolicy> {
    prop_oneof![
        Just(EdgePolicy::Nearest),
        Just(EdgePolicy::Reflect),
        Just(EdgePolicy::Constant(-1.0)),
        Just(EdgePolicy::Error),
    ]
}

proptest! {
    #[test]
    fn streaming_equals_the_definition_over_the_whole_video(
        policy in policies(),
        scored in proptest::collection::vec((any::<bool>(), 1..9_usize), 1..12),
    ) {
        let flags = scored.iter().flat_map(|(flag, length)| std::iter::repeat_n(*flag, *length));
        let scores: Vec<Option<f64>> = flags.enumerate().map(|(i, flag)| flag.then_some(i as f64)).collect();
        let expected: Option<Vec<FrameScore>> =
            (0..scores.len()).map(|index| reference_score(policy, &scores, index)).collect();
        match (fill(policy, &scores), expected) {
            (Ok(filled), Some(expected)) => prop_assert_eq!(filled, expected),
            (Err(Error::Unscored { frame, missing, .. }), None) => {
                prop_assert_eq!(Some(frame.0 as usize), scores.iter().position(Option::is_none));
                prop_assert_eq!(missing, scores.iter().filter(|score| score.is_none()).count());
            }
            (filled, expected) => prop_assert!(false, "{:?} instead of {:?}", filled, expected),
        }
    }

    #[test]
    fn scores_come_out_within_the_promised_delay(
        policy in policies(),
        scored in proptest::collection::vec((any::<bool>(), 1..9_usize), 1..12),
    ) {
        let flags = scored.iter().flat_map(|(flag, length)| std::iter::repeat_n(*flag, *length));
        let scores: Vec<Option<f64>> = flags.map(|flag| flag.then_some(1.0)).collect();
        let longest_gap = scores.split(Option::is_some).map(<[_]>::len).max().unwrap_or(0);
        if let Ok(filled) = fill_timed(&mut EdgeFiller::new(policy), &scores) {
            for (index, (_, pushed)) in filled.iter().enumerate() {
                prop_assert!(pushed - index <= policy.delay(longest_gap), "frame {}", index);
            }
        }
    }
}
