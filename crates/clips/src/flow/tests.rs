use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use oddframe_core::{
    Align, Delay, EdgePolicy, Error, Event, Frame, FrameInput, FrameNumber, FrameShape,
    FrameSource, Gaps, Origin, PixelFormat, Scorer, Settled, ShortVideo, Silent, StreamInfo, Video,
    VideoScores, WindowSpec,
};
use oddframe_frames::prepared;
use oddframe_score::{Channels, Max, Mean, Pair, merge_windows};
use proptest::prelude::*;

use super::*;
use crate::testing::{MeanOfClip, Noise, PixelChange, prepared_frames, push_video, score_video};
use crate::{ClipSet, Examples, FlowInput, Measure, ScoreOptions};

fn frames() -> FrameInput {
    FrameInput::new(6, 4, PixelFormat::Gray).unwrap()
}

/// Flow between frames of 6x4, seen as 3x2.
fn input() -> FlowInput {
    FlowInput::new(frames(), 3, 2)
        .unwrap()
        .with_limit(100.0)
        .unwrap()
}

fn reader(gaps: Gaps) -> FlowReader {
    FlowReader::new(Box::<PixelChange>::default(), gaps)
}

/// A network that predicts every flow when the windows score every frame, and the last otherwise.
fn network(options: &ScoreOptions) -> MeanOfClip {
    let length = options.windows().length();
    let first = match options.windows().align() {
        Align::Every => 0,
        _ => length - 1,
    };
    MeanOfClip::new(input().clip(length), first..length)
}

fn scorer(options: ScoreOptions) -> FlowScorer {
    let network = Box::new(network(&options));
    FlowScorer::new(network, reader(options.windows().gaps()), "change", options).unwrap()
}

fn score(options: ScoreOptions, video: &Noise) -> Result<VideoScores, Error> {
    Ok(score_video(&mut scorer(options), video, 1)?.remove(0))
}

/// The values of the flow of each frame, by definition: halved in both directions, as the centres lie between two pixels.
fn flows_by_definition(video: &Noise, gaps: Gaps) -> Vec<Option<Vec<f32>>> {
    let images = prepared_frames(frames(), video).unwrap();
    let images: Vec<Frame> = images.into_iter().flatten().collect();
    let numbers = video.numbers();
    let mut flows = vec![None];
    for index in 1..images.len() {
        let gap = numbers[index].0 != numbers[index - 1].0 + 1;
        if gap && gaps == Gaps::Break {
            flows.push(None);
            continue;
        }
        let change = |x: usize, y: usize| {
            let [before, after] = [index - 1, index].map(|at| images[at].row(y)[x]);
            f32::from(after) - f32::from(before)
        };
        let mut values = Vec::new();
        for sign in [1.0, -1.0] {
            for (y, x) in [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)] {
                let (left, top) = (2 * x, 2 * y);
                let above = 0.5 * (change(left, top) + change(left + 1, top));
                let below = 0.5 * (change(left, top + 1) + change(left + 1, top + 1));
                values.push((sign * (above + below) / 2.0).clamp(-100.0, 100.0) / 100.0);
            }
        }
        flows.push(Some(values));
    }
    flows
}

/// The scores by definition: every window of flows by itself.
fn scores_by_definition(video: &Noise, options: &ScoreOptions) -> Result<VideoScores, Error> {
    let flows = flows_by_definition(video, options.windows().gaps());
    let shown: Vec<usize> = (0..flows.len()).filter(|at| flows[*at].is_some()).collect();
    let numbers: Vec<FrameNumber> = shown.iter().map(|at| video.numbers()[*at]).collect();
    let mut merged = Vec::new();
    if !numbers.is_empty() {
        let of_flow = Video::new(video.id().clone(), FrameShape::SMALLEST, numbers).unwrap();
        let plan = options.windows().plan(&of_flow).unwrap();
        let predicted = predicted_places(options);
        let scores: Vec<Vec<f64>> = plan
            .windows()
            .iter()
            .map(|window| {
                let clip: Vec<&Vec<f32>> = window
                    .places()
                    .map(|place| flows[shown[place]].as_ref().unwrap())
                    .collect();
                let mean: Vec<f32> = (0..12)
                    .map(|at| clip.iter().map(|flow| flow[at]).sum::<f32>() / clip.len() as f32)
                    .collect();
                let values: Vec<f64> = clip[predicted.clone()]
                    .iter()
                    .map(|flow| {
                        let pair = Pair::new(flow, &mean, 2, 3, 2).unwrap();
                        options.measure().pool_pair(pair)
                    })
                    .collect();
                match options.windows().align() {
                    Align::Every => values[..window.frames().len()].to_vec(),
                    _ => values,
                }
            })
            .collect();
        merged = merge_windows(&plan, &scores, options.overlap).unwrap();
    }
    let merged = merged
        .into_iter()
        .map(|(place, score)| (shown[place], score));
    VideoScores::complete(video.video(), merged, options.edge)
}

fn predicted_places(options: &ScoreOptions) -> std::ops::Range<usize> {
    use crate::ClipScorer;
    network(options).predicted_frames()
}

fn any_case() -> impl Strategy<Value = (Vec<u64>, ScoreOptions)> {
    let steps = prop::collection::vec(1_u64..3, 1..40);
    let cuts = (
        1_usize..7,
        1_usize..5,
        prop::sample::select(vec![Align::Last, Align::Every]),
        prop::sample::select(vec![Gaps::Span, Gaps::Break]),
        prop::sample::select(vec![ShortVideo::RepeatLast, ShortVideo::Skip]),
    );
    let edges = vec![
        EdgePolicy::Constant(-1.0),
        EdgePolicy::Nearest,
        EdgePolicy::Reflect,
        EdgePolicy::Error,
    ];
    (steps, cuts, 1_usize..5, prop::sample::select(edges)).prop_map(
        |(steps, (length, stride, align, gaps, short), batch, edge)| {
            let numbers = steps.iter().scan(0, |number, step| {
                *number += step;
                Some(*number)
            });
            let windows = WindowSpec::new(length, stride)
                .unwrap()
                .with_align(align)
                .with_gaps(gaps)
                .with_short(short);
            let options = ScoreOptions::of_flow(input(), windows, Measure::new(Mean))
                .with_batch(batch)
                .with_edge(edge);
            (numbers.collect(), options)
        },
    )
}

proptest! {
    #[test]
    fn streaming_gives_the_scores_of_the_definition((numbers, options) in any_case()) {
        let video = Noise::new("7", numbers);
        match (score(options, &video), scores_by_definition(&video, &options)) {
            (Ok(streamed), Ok(expected)) => {
                prop_assert_eq!(streamed.origins(), expected.origins());
                for (one, two) in streamed.values().iter().zip(expected.values()) {
                    prop_assert!((one - two).abs() <= 1e-5 * two.abs().max(1.0), "{one} {two}");
                }
            }
            (streamed, expected) => prop_assert!(streamed.is_err() && expected.is_err()),
        }
    }

    #[test]
    fn no_score_is_settled_later_than_promised((numbers, options) in any_case()) {
        let options = options.with_edge(EdgePolicy::Nearest);
        let video = Noise::new("7", numbers);
        let mut scorer = scorer(options);
        let delay = match scorer.delay() {
            Delay::Frames(delay) => delay,
            Delay::WholeVideo => usize::MAX,
        };
        let (mut settled, mut count) = (Settled::new(), 0_usize);
        let info = StreamInfo::new(video.id().clone());
        let mut late = None;
        // Whether every frame gets a score is not the question here.
        let _ = push_video(&mut scorer, &video, &info, &mut settled, |pushed, settled| {
            count += settled.take_scores(0).len();
            if count.saturating_add(delay) < pushed {
                late.get_or_insert((count, pushed));
            }
        });
        prop_assert_eq!(late, None, "scores settled after frames pushed, with a delay of {}", delay);
    }

    #[test]
    fn a_video_that_passes_the_check_can_be_scored_and_no_other((numbers, options) in any_case()) {
        let video = Noise::new("7", numbers);
        let checked = options.check_video(&StreamInfo::from(video.video()));
        prop_assert_eq!(checked.is_ok(), scores_by_definition(&video, &options).is_ok());
    }
}

#[test]
fn the_ninth_flow_is_the_first_that_is_predicted() {
    let windows = WindowSpec::new(9, 1).unwrap().with_align(Align::Last);
    let options = ScoreOptions::of_flow(input(), windows, Measure::new(Mean));
    let video = Noise::new("1", 0..12);
    let scores = score(options.with_edge(EdgePolicy::Constant(0.0)), &video).unwrap();
    assert!(scores.values()[..9].iter().all(|score| *score == 0.0));
    assert!(scores.values()[9..].iter().all(|score| *score > 0.0));
    let scores = score(options, &video).unwrap();
    let from = FrameNumber(9);
    assert_eq!(scores.origins()[..9], [Origin::Borrowed { from }; 9]);
    assert_eq!(scores.origins()[9..], [Origin::Computed; 3]);
}

#[test]
fn a_video_of_one_frame_has_no_score_of_its_own() {
    let windows = WindowSpec::new(1, 1).unwrap();
    let options = ScoreOptions::of_flow(input(), windows, Measure::new(Mean));
    let video = Noise::new("1", 4..5);
    let error = score(options, &video).unwrap_err().to_string();
    assert!(
        error.contains("video 1: none of its 0 usable frames"),
        "{error}"
    );
    let scores = score(options.with_edge(EdgePolicy::Constant(0.5)), &video).unwrap();
    assert_eq!(scores.values(), [0.5]);
}

#[test]
fn scorers_of_one_method_share_the_flow_and_scorers_of_one_network_its_runs() {
    let windows = WindowSpec::new(3, 1).unwrap();
    let base = ScoreOptions::of_flow(input(), windows, Measure::new(Mean));
    let largest = base.with_measure(Measure::new(Max).with_channels(Channels::Max));
    let predicting = ScoreOptions::of_flow(
        FlowInput::new(frames(), 6, 4).unwrap(),
        windows.with_align(Align::Last),
        Measure::new(Mean),
    );
    let video = Noise::new("1", 0..9);
    let (estimates, runs) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let open = |options: ScoreOptions, model: &str| {
        let estimator = PixelChange {
            estimates: Arc::clone(&estimates),
        };
        let length = options.windows().length();
        let clip = options.flow().unwrap().clip(length);
        let first = match options.windows().align() {
            Align::Every => 0,
            _ => length - 1,
        };
        let mut network = MeanOfClip::new(clip, first..length);
        network.runs = Arc::clone(&runs);
        let reader = FlowReader::new(Box::new(estimator), Gaps::Span);
        FlowScorer::new(Box::new(network), reader, "change", options)
            .unwrap()
            .with_model_key(model)
    };
    let alone: Vec<VideoScores> = [base, predicting, largest]
        .into_iter()
        .map(|options| {
            score_video(&mut open(options, "a"), &video, 1)
                .unwrap()
                .remove(0)
        })
        .collect();
    let alone_runs = runs.swap(0, Ordering::Relaxed);
    assert_eq!(estimates.swap(0, Ordering::Relaxed), 3 * 8);

    // The third shares the network of the first.
    let mut merged = open(base, "a");
    for (options, model) in [(predicting, "b"), (largest, "a")] {
        assert!(merged.merge(Box::new(open(options, model))).is_ok());
    }
    assert_eq!(score_video(&mut merged, &video, 3).unwrap(), alone);
    assert_eq!(estimates.load(Ordering::Relaxed), 8);
    assert_eq!(runs.load(Ordering::Relaxed), alone_runs / 3 * 2);

    // Another method, and another treatment of gaps.
    let other = FlowScorer::new(Box::new(network(&base)), reader(Gaps::Span), "other", base);
    assert!(merged.merge(Box::new(other.unwrap())).is_err());
    let breaking = ScoreOptions::of_flow(input(), windows.with_gaps(Gaps::Break), base.measure());
    assert!(merged.merge(Box::new(scorer(breaking))).is_err());
}

#[test]
fn options_that_do_not_fit_are_refused() {
    let windows = WindowSpec::new(3, 1).unwrap();
    let options = ScoreOptions::of_flow(input(), windows, Measure::new(Mean));
    let of_frames = ScoreOptions::new(frames(), windows, Measure::new(Mean));
    let rgb = FlowInput::new(FrameInput::new(6, 4, PixelFormat::Rgb).unwrap(), 3, 2).unwrap();
    let rgb = ScoreOptions::of_flow(rgb, windows, Measure::new(Mean));
    let longer = ScoreOptions::of_flow(input(), WindowSpec::new(4, 1).unwrap(), options.measure());
    for (options, gaps, says) in [
        (of_frames, Gaps::Span, "ScoreOptions::of_flow"),
        (options, Gaps::Break, "treat gaps"),
        (rgb, Gaps::Span, "wants frames in the format Gray"),
        (longer, Gaps::Span, "the network takes clips of 3 frames"),
    ] {
        let network = MeanOfClip::new(input().clip(3), 0..3);
        let error = FlowScorer::new(Box::new(network), reader(gaps), "", options).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}

/// Fills a store from videos, and says how many flows were estimated.
fn fill(videos: &[Noise], gaps: Gaps, folder: &Path, key: &str) -> (FlowStore, usize) {
    let estimator = PixelChange::default();
    let estimates = Arc::clone(&estimator.estimates);
    let mut reader = FlowReader::new(Box::new(estimator), gaps);
    let sources: Vec<Box<dyn FrameSource + '_>> = videos
        .iter()
        .map(|video| prepared(frames(), video).unwrap())
        .collect();
    let sources: Vec<&dyn FrameSource> = sources.iter().map(AsRef::as_ref).collect();
    let store = FlowStore::fill(&sources, input(), &mut reader, folder, key, &mut Silent).unwrap();
    (store, estimates.load(Ordering::Relaxed))
}

#[test]
fn clips_are_the_windows_of_the_flow() {
    let videos = [
        Noise::new("1", 0..6),
        Noise::new("2", [0, 1, 2, 8, 9, 10, 11]),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (gaps, per_video) in [(Gaps::Span, [3, 4]), (Gaps::Break, [3, 2])] {
        let (store, _) = fill(&videos, gaps, folder.path(), "change");
        // The short run of two flows repeats its last one.
        let windows = WindowSpec::new(3, 1).unwrap().with_gaps(gaps);
        let clips = ClipSet::of_flow(&store, windows).unwrap();
        let clips = clips.with_predicted_frames(2..3).unwrap();
        assert_eq!(clips.len(), per_video.iter().sum::<usize>());
        let (mut input, mut target) = (vec![0.0; 36], vec![0.0; 12]);
        let mut index = 0;
        for video in &videos {
            let flows = flows_by_definition(video, gaps);
            let shown: Vec<usize> = (0..flows.len()).filter(|at| flows[*at].is_some()).collect();
            let numbers = shown.iter().map(|at| video.numbers()[*at]).collect();
            let of_flow = Video::new("1".into(), FrameShape::SMALLEST, numbers).unwrap();
            for window in windows.plan(&of_flow).unwrap().windows() {
                clips
                    .write_example(1, index, &mut input, &mut target)
                    .unwrap();
                for (place, values) in window.places().zip(input.chunks_exact(12)) {
                    let expected = flows[shown[place]].as_ref().unwrap();
                    let apart = values.iter().zip(expected).map(|(a, b)| (a - b).abs());
                    assert!(apart.fold(0.0, f32::max) < 1e-6);
                }
                assert_eq!(target, input[24..]);
                index += 1;
            }
        }
    }
}

#[test]
fn flow_that_is_there_is_not_estimated_again() {
    let videos = [Noise::new("1", 0..6), Noise::new("2", 0..5)];
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(fill(&videos, Gaps::Span, folder.path(), "a").1, 5 + 4);
    assert_eq!(fill(&videos, Gaps::Span, folder.path(), "a").1, 0);
    // Another method, another video, and a file that lost its end.
    assert_eq!(fill(&videos, Gaps::Span, folder.path(), "b").1, 5 + 4);
    let other = [Noise::new("1", 0..6), Noise::new("2", 1..6)];
    assert_eq!(fill(&other, Gaps::Span, folder.path(), "b").1, 4);
    let path = folder.path().join("0.flow");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    assert_eq!(fill(&other, Gaps::Span, folder.path(), "b").1, 5);
}

#[test]
fn a_video_without_flow_is_left_out_with_a_warning_and_cancelling_leaves_no_half_file() {
    let videos = [Noise::new("1", 0..1), Noise::new("2", 0..5)];
    let sources: Vec<Box<dyn FrameSource + '_>> = videos
        .iter()
        .map(|video| prepared(frames(), video).unwrap())
        .collect();
    let sources: Vec<&dyn FrameSource> = sources.iter().map(AsRef::as_ref).collect();
    let folder = tempfile::tempdir().unwrap();
    let mut warnings = Vec::new();
    let mut reader = reader(Gaps::Span);
    let mut observer = |event: Event<'_>| {
        match event {
            Event::Warned { message } => warnings.push(message.to_owned()),
            Event::Advanced { done: 3 } => return ControlFlow::Break(()),
            _ => {}
        }
        ControlFlow::Continue(())
    };
    let stopped = FlowStore::fill(
        &sources,
        input(),
        &mut reader,
        folder.path(),
        "",
        &mut observer,
    );
    assert!(matches!(stopped, Err(Error::Interrupted)));
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].contains("training video 1 has no two frames in a row"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    // Without any flow there is nothing to learn.
    let (store, _) = fill(&videos[..1], Gaps::Span, folder.path(), "");
    let error = ClipSet::of_flow(&store, WindowSpec::new(1, 1).unwrap()).unwrap_err();
    assert!(error.to_string().contains("clip to learn from"), "{error}");
}
