use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use oddframe_core::{FirstFrame, PixelFormat, Silent};

use super::*;
use crate::testing::Noise;

/// Inputs whose frames take 15, 15 and 12 bytes.
fn inputs() -> [FrameInput; 3] {
    let input = FrameInput::new(5, 3, PixelFormat::Gray).unwrap();
    [
        input,
        input.with_difference(FirstFrame::Next),
        FrameInput::new(2, 2, PixelFormat::Rgb).unwrap(),
    ]
}

/// Videos with 34 frames together.
fn videos() -> Vec<Noise> {
    vec![
        Noise::new("1", 0..10),
        Noise::new("2", 0..20),
        Noise::new("3", 5..9),
    ]
}

fn load(videos: &[Noise], budget_bytes: usize) -> FrameStore<'_> {
    let videos: Vec<&dyn FrameSource> = videos
        .iter()
        .map(|video| video as &dyn FrameSource)
        .collect();
    FrameStore::load(&videos, &inputs(), budget_bytes, &mut Silent).unwrap()
}

#[test]
fn frames_over_the_budget_are_read_anew_and_are_the_same() {
    let videos = videos();
    let all = load(&videos, usize::MAX);
    // Nothing fits, the smallest input fits, all fit.
    for (budget, kept) in [
        (0, [false; 3]),
        (34 * 20, [false, false, true]),
        (34 * 42, [true; 3]),
    ] {
        let store = load(&videos, budget);
        for (input, kept) in inputs().into_iter().zip(kept) {
            assert_eq!(store.is_kept(input), kept, "budget {budget}");
            for ((source, same), video) in store
                .sources(input)
                .into_iter()
                .zip(all.sources(input))
                .zip(&videos)
            {
                assert_eq!(source.video(), same.video());
                let before = video.reads.load(Ordering::Relaxed);
                for index in 0..source.numbers().len() {
                    assert_eq!(source.read(index).unwrap(), same.read(index).unwrap());
                }
                assert_eq!(
                    video.reads.load(Ordering::Relaxed) == before,
                    kept,
                    "budget {budget}"
                );
            }
        }
    }
}

#[test]
fn an_input_that_loses_the_first_frame_keeps_the_others() {
    let videos = videos();
    let input = inputs()[0].with_difference(FirstFrame::Drop);
    let sources: Vec<&dyn FrameSource> = videos
        .iter()
        .map(|video| video as &dyn FrameSource)
        .collect();
    let store = FrameStore::load(&sources, &[input, input], usize::MAX, &mut Silent).unwrap();
    assert_eq!(store.inputs.len(), 1, "equal inputs are kept once");
    let expected = prepared(input, sources[1]).unwrap();
    let kept = store.sources(input)[1];
    assert_eq!(kept.numbers().len(), 19);
    for index in 0..19 {
        assert_eq!(
            kept.read(index).unwrap().pixels(),
            expected.read(index).unwrap().pixels()
        );
    }
    assert!(kept.read(19).is_err());
    assert!(store.sources(inputs()[2]).is_empty());
}

#[test]
fn each_frame_is_read_once_for_all_inputs() {
    let videos = videos();
    let sources: Vec<&dyn FrameSource> = videos
        .iter()
        .map(|video| video as &dyn FrameSource)
        .collect();
    let [plain, next, rgb] = inputs();
    let inputs = [plain, next, rgb, plain.with_difference(FirstFrame::Drop)];
    let store = FrameStore::load(&sources, &inputs, usize::MAX, &mut Silent).unwrap();
    let reads: Vec<usize> = videos
        .iter()
        .map(|video| video.reads.load(Ordering::Relaxed))
        .collect();
    assert_eq!(reads, [10, 20, 4]);
    for input in inputs {
        for (kept, source) in store.sources(input).into_iter().zip(&sources) {
            let expected = prepared(input, *source).unwrap();
            assert_eq!(kept.numbers(), expected.numbers());
            for index in 0..kept.numbers().len() {
                assert_eq!(kept.read(index).unwrap(), expected.read(index).unwrap());
            }
        }
    }
}

#[test]
fn a_pass_over_other_videos_is_refused() {
    let videos = videos();
    let sources: Vec<&dyn FrameSource> = videos
        .iter()
        .map(|video| video as &dyn FrameSource)
        .collect();
    let mut store = FrameStore::new(&sources, &inputs(), usize::MAX).unwrap();
    let mut sinks = store.sinks();
    assert_eq!(sinks.len(), 3);
    assert!(sinks[0].start(0, &StreamInfo::new("2".into())).is_err());
    assert!(sinks[0].start(3, &StreamInfo::new("4".into())).is_err());
    // A video that ends too early.
    assert!(sinks[0].start(0, &StreamInfo::new("1".into())).unwrap());
    let error = sinks[0].finish().unwrap_err().to_string();
    assert_eq!(
        error,
        "frames of a training video: 10 values expected, 0 found"
    );
}

#[test]
fn no_video_is_an_error_and_the_observer_can_cancel() {
    assert!(FrameStore::load(&[], &inputs(), usize::MAX, &mut Silent).is_err());
    let videos = videos();
    let sources: Vec<&dyn FrameSource> = videos
        .iter()
        .map(|video| video as &dyn FrameSource)
        .collect();
    let mut told = Vec::new();
    let mut observer = |event: Event<'_>| {
        told.push(format!("{event:?}"));
        if matches!(event, Event::Advanced { .. }) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let cancelled = FrameStore::load(&sources, &inputs(), usize::MAX, &mut observer);
    assert!(matches!(cancelled, Err(Error::Interrupted)));
    assert!(told[0].contains("total: Some(34)"), "{told:?}");
    // Nothing is read when nothing is kept.
    let mut silent = |event: Event<'_>| panic!("{event:?}");
    FrameStore::load(&sources, &inputs(), 0, &mut silent).unwrap();
}
