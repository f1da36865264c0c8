//! Sources put right: which frames are turned over, and what stays as it is.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::common::{Brightness, Made};
use oddframe_core::{
    Error as CoreError, Event, FirstFrame, Frame, FrameInput, FrameNumber, FrameSource,
    PixelFormat, Silent,
};
use oddframe_flip::{Error, FlipClassifier, Upright, UprightOptions, detect_flips};
use oddframe_frames::BadFrameReplacer;

fn upright<S: FrameSource>(source: S, options: UprightOptions) -> Upright<S> {
    Upright::new(source, &mut Brightness::new(), options, &mut Silent).unwrap()
}

fn frames(source: &dyn FrameSource) -> Vec<Frame> {
    (0..source.numbers().len())
        .map(|index| source.read(index).unwrap())
        .collect()
}

fn flips<S: FrameSource>(source: &Upright<S>) -> String {
    source
        .decisions()
        .frames()
        .iter()
        .map(|f| if f.flipped { 'f' } else { 'u' })
        .collect()
}

#[test]
fn rightly_repaired_frames_are_the_undamaged_ones() {
    let repaired = upright(
        Made::text("04", "uuffufuuff"),
        UprightOptions::new().with_batch(3),
    );
    assert_eq!(flips(&repaired), "uuffufuuff");
    assert_eq!(repaired.video(), repaired.source().video());
    let whole = Made::text("04", "uuuuuuuuuu");
    for (repaired, whole) in frames(&repaired).iter().zip(frames(&whole)) {
        assert_eq!(repaired.number(), whole.number());
        assert_eq!(repaired.pixels(), whole.pixels());
    }
    assert!(matches!(
        repaired.read(10),
        Err(CoreError::NoSuchIndex { .. })
    ));
}

#[test]
fn a_majority_overrules_single_frames() {
    let text = "uufuuufffufffuu";
    let options = UprightOptions::new().with_majority_frames(3);
    assert_eq!(
        flips(&upright(Made::text("1", text), UprightOptions::new())),
        text
    );
    assert_eq!(
        flips(&upright(Made::text("1", text), options)),
        "uuuuuufffffffuu"
    );
    let even = options.with_majority_frames(2);
    let refused = Upright::new(
        Made::text("1", text),
        &mut Brightness::new(),
        even,
        &mut Silent,
    );
    assert!(matches!(refused, Err(Error::Parameter { .. })));
}

#[test]
fn one_frame_and_constant_frames_are_no_trouble() {
    let options = UprightOptions::new().with_majority_frames(9);
    assert_eq!(flips(&upright(Made::text("1", "f"), options)), "f");
    assert_eq!(flips(&upright(Made::text("1", "u"), options)), "u");
    assert_eq!(flips(&upright(Made::text("1", "cccc"), options)), "uuuu");
}

#[test]
fn a_borrowed_frame_stays_marked_and_is_judged_by_what_it_shows() {
    let repaired = upright(
        BadFrameReplacer::new(Made::text("1", "uffbu")),
        UprightOptions::new(),
    );
    assert_eq!(flips(&repaired), "ufffu");
    let (donor, borrowed) = (repaired.read(2).unwrap(), repaired.read(3).unwrap());
    assert_eq!(
        (borrowed.number(), borrowed.borrowed_from()),
        (FrameNumber(16), Some(FrameNumber(13)))
    );
    assert_eq!(borrowed.pixels(), donor.pixels());
    assert_eq!(donor.borrowed_from(), None);
}

#[test]
fn several_videos_are_judged_in_one_stream_of_full_batches() {
    let (a, b) = (Made::text("1", "ufuuf"), Made::text("2", "ffuf"));
    let mut classifier = Brightness::new();
    let mut told = Vec::new();
    let mut watch = |event: Event<'_>| {
        told.push(format!("{event:?}"));
        ControlFlow::Continue(())
    };
    let decisions = detect_flips(
        &[&a, &b],
        &mut classifier,
        UprightOptions::new().with_batch(4),
        &mut watch,
    )
    .unwrap();
    assert_eq!(classifier.batches, [4, 4, 1]);
    assert_eq!(
        decisions
            .iter()
            .map(|d| (d.id().name(), d.flipped_count()))
            .collect::<Vec<_>>(),
        [("1", 2), ("2", 3)]
    );
    assert!(
        told[0].contains("total: Some(9)") && told[3].contains("done: 9"),
        "{told:?}"
    );
    // Each frame was read once to decide, whatever is read later.
    assert_eq!(a.reads.into_inner(), 5);
    // The decisions are those of each frame alone.
    for decision in decisions[1].frames() {
        let index = ((decision.number.0 - 7) / 3) as usize;
        assert_eq!(
            classifier.frame_probability(&b, index).unwrap(),
            decision.probability
        );
    }
    assert!(classifier.frame_probability(&b, 4).is_err());
    assert!(
        detect_flips(&[], &mut classifier, UprightOptions::new(), &mut Silent)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn an_input_without_the_first_frame_is_refused() {
    let made = Made::text("1", "ufuuf");
    let differences = |first| {
        let input = FrameInput::new(4, 4, PixelFormat::Gray).unwrap();
        Brightness::new().with_input(input.with_difference(first))
    };
    let mut dropping = differences(FirstFrame::Drop);
    let error = detect_flips(&[&made], &mut dropping, UprightOptions::new(), &mut Silent)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("set FirstFrame::Zero or FirstFrame::Next"),
        "{error}"
    );
    assert!(matches!(
        dropping.frame_probability(&made, 0),
        Err(Error::FirstFrameDropped)
    ));
    assert!(dropping.batches.is_empty());
    for first in [FirstFrame::Zero, FirstFrame::Next] {
        let mut classifier = differences(first);
        let decisions = detect_flips(
            &[&made],
            &mut classifier,
            UprightOptions::new(),
            &mut Silent,
        )
        .unwrap();
        for (index, decision) in decisions[0].frames().iter().enumerate() {
            assert_eq!(
                classifier.frame_probability(&made, index).unwrap(),
                decision.probability
            );
        }
    }
}

#[test]
fn decisions_are_shared_and_belong_to_their_video() {
    let made = || Made::text("1", "uff");
    let repaired = upright(made(), UprightOptions::new());
    let decisions = Arc::new(repaired.decisions().clone());
    let again = Upright::with_decisions(made(), Arc::clone(&decisions)).unwrap();
    assert_eq!(frames(&again), frames(&repaired));
    for other in [Made::text("2", "uff"), Made::text("1", "uffu")] {
        let error = Upright::with_decisions(other, Arc::clone(&decisions)).unwrap_err();
        assert!(
            matches!(error, Error::OtherFrames { decided: 3, .. }),
            "{error}"
        );
    }
    let threads = std::thread::scope(|scope| {
        let read = || scope.spawn(|| frames(&again));
        [read(), read()].map(|thread| thread.join().unwrap())
    });
    assert_eq!(threads[0], threads[1]);
}

#[test]
fn an_unreadable_frame_and_a_wish_to_stop_end_it() {
    let broken = Made::text("1", "uub");
    let error = Upright::new(
        &broken,
        &mut Brightness::new(),
        UprightOptions::new(),
        &mut Silent,
    )
    .unwrap_err();
    assert!(
        error.to_string().contains("frame 13: made to fail"),
        "{error}"
    );
    let mut stop = |event: Event<'_>| match event {
        Event::Advanced { .. } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let made = Made::text("1", "uuuu");
    let error = Upright::new(
        &made,
        &mut Brightness::new(),
        UprightOptions::new(),
        &mut stop,
    )
    .unwrap_err();
    assert!(matches!(error, Error::Core(CoreError::Interrupted)));
}
