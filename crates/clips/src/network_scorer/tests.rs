use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use oddframe_core::{
    Align, ClipShape, EdgePolicy, Event, Filter, FirstFrame, FrameNumber, FrameScore, FrameSource,
    Gaps, Origin, PixelFormat, Scale, ScoreMap, ShortVideo, Silent, VideoScores, Window,
    WindowSpec,
};
use oddframe_frames::{FramePass, prepared, score_videos};
use oddframe_score::{Channels, Distance, Max, Mean, Overlap, Pair, error_map, merge_windows};
use proptest::prelude::*;

use super::*;
use crate::testing::{MeanOfClip, Noise, prepared_frames, push_video, score_video};
use crate::{ClipReduction, Measure};

fn input() -> FrameInput {
    FrameInput::new(5, 3, PixelFormat::Rgb)
        .unwrap()
        .with_scale(Scale::Signed)
}

fn windows(length: usize, stride: usize) -> WindowSpec {
    WindowSpec::new(length, stride).unwrap()
}

/// A network that predicts every frame when the windows score every frame, and the second half otherwise.
fn network(options: &ScoreOptions) -> MeanOfClip {
    let clip = options.input().clip(options.windows().length()).unwrap();
    MeanOfClip::new(clip, predicted_frames(options))
}

fn predicted_frames(options: &ScoreOptions) -> std::ops::Range<usize> {
    let length = options.windows().length();
    if options.scores_every_frame() {
        0..length
    } else {
        length / 2..length
    }
}

fn scorer(options: ScoreOptions) -> NetworkScorer {
    NetworkScorer::new(Box::new(network(&options)), options).unwrap()
}

fn score(options: ScoreOptions, video: &Noise) -> Result<VideoScores, Error> {
    Ok(score_video(&mut scorer(options), video, 1)?.remove(0))
}

/// All clips of a video by definition: every window with the values of its places.
fn clips_of(video: &Noise, options: &ScoreOptions) -> Vec<(Window, Vec<Vec<f32>>)> {
    let Ok(shown) = prepared(options.input, video) else {
        return Vec::new();
    };
    let plan = options.windows.plan(shown.video()).unwrap();
    plan.windows()
        .iter()
        .map(|window| {
            (
                *window,
                window
                    .places()
                    .map(|index| values_of(options, &shown.read(index).unwrap()))
                    .collect(),
            )
        })
        .collect()
}

fn values_of(options: &ScoreOptions, frame: &Frame) -> Vec<f32> {
    let mut values = vec![0.0; frame.pixels().len()];
    options.input.scale().fill(frame, &mut values).unwrap();
    values
}

/// The prediction of `MeanOfClip`.
fn mean_of_clip(clip: &[Vec<f32>]) -> Vec<f32> {
    (0..clip[0].len())
        .map(|i| clip.iter().map(|f| f[i]).sum::<f32>() / clip.len() as f32)
        .collect()
}

fn pair_of<'a>(shape: ClipShape, frame: &'a [f32], prediction: &'a [f32]) -> Pair<'a> {
    Pair::new(frame, prediction, shape.channels, shape.width, shape.height).unwrap()
}

/// The scores by definition: every window by itself, all frames in memory.
fn scores_by_definition(video: &Noise, options: &ScoreOptions) -> Result<VideoScores, Error> {
    let shape = options.input.clip(1).unwrap();
    let images = prepared_frames(options.input, video).unwrap();
    let lost = images.iter().filter(|image| image.is_none()).count();
    let mut scores = Vec::new();
    for (window, clip) in clips_of(video, options) {
        let prediction = mean_of_clip(&clip);
        let predicted = clip[predicted_frames(options)].iter();
        let values: Vec<f64> = predicted
            .map(|frame| {
                options
                    .measure
                    .pool_pair(pair_of(shape, frame, &prediction))
            })
            .collect();
        scores.push(match options.windows.align() {
            Align::Every => values[..window.frames().len()].to_vec(),
            _ => vec![options.reduction.reduce(&values)],
        });
    }
    let merged = match prepared(options.input, video) {
        Ok(shown) => merge_windows(
            &options.windows.plan(shown.video()).unwrap(),
            &scores,
            options.overlap,
        )
        .unwrap(),
        Err(_) => Vec::new(),
    };
    let merged = merged
        .into_iter()
        .map(|(index, score)| (index + lost, score));
    let scores = VideoScores::complete(video.video(), merged, options.edge)?;
    // A computed score of pixels that belong to another frame says so; what the edge policy made stays as it is.
    let donors = images
        .iter()
        .map(|image| image.as_ref().and_then(Frame::borrowed_from));
    let origins =
        scores
            .origins()
            .iter()
            .zip(donors)
            .map(|(origin, donor)| match (origin, donor) {
                (Origin::Computed, Some(from)) => Origin::Borrowed { from },
                _ => *origin,
            });
    let (numbers, values) = (scores.numbers().to_vec(), scores.values().to_vec());
    VideoScores::from_parts(video.id().clone(), numbers, values, origins.collect())
}

/// The maps by definition, in the order of the frames.
fn maps_by_definition(video: &Noise, options: &ScoreOptions) -> Vec<ScoreMap> {
    let shape = options.input.clip(1).unwrap();
    let images = prepared_frames(options.input, video).unwrap();
    let numbers: Vec<FrameNumber> = images.iter().flatten().map(Frame::number).collect();
    let clips = clips_of(video, options);
    let mut maps = Vec::new();
    for (index, number) in numbers.into_iter().enumerate() {
        let mut sum = vec![0.0; shape.width * shape.height];
        let mut count = 0.0;
        for (window, clip) in &clips {
            let place = index.wrapping_sub(window.start());
            if window.frames().contains(&index) && predicted_frames(options).contains(&place) {
                let prediction = mean_of_clip(clip);
                let pair = pair_of(shape, &clip[place], &prediction);
                let map = error_map(pair, options.measure.distance, options.measure.channels);
                sum.iter_mut()
                    .zip(map)
                    .for_each(|(sum, value)| *sum += value);
                count += 1.0;
            }
        }
        if count > 0.0 {
            let values = sum.iter().map(|value| value / count).collect();
            maps.push(ScoreMap {
                number,
                width: shape.width,
                values,
            });
        }
    }
    maps
}

/// Random videos and options: gaps, short runs, borrowed frames, differences, and every policy.
fn any_case() -> impl Strategy<Value = (Vec<u64>, Vec<usize>, ScoreOptions)> {
    let numbers = prop::collection::vec(1_u64..3, 1..40).prop_map(|steps| {
        steps
            .iter()
            .scan(0, |n, step| {
                *n += step;
                Some(*n)
            })
            .collect::<Vec<u64>>()
    });
    let cuts = (
        1_usize..9,
        1_usize..11,
        prop::sample::select(vec![Align::First, Align::Centre, Align::Last, Align::Every]),
        prop::sample::select(vec![Gaps::Span, Gaps::Break]),
        prop::sample::select(vec![ShortVideo::RepeatLast, ShortVideo::Skip]),
    );
    let differences = vec![
        None,
        Some(FirstFrame::Zero),
        Some(FirstFrame::Next),
        Some(FirstFrame::Drop),
    ];
    let edges = vec![
        EdgePolicy::Constant(-1.0),
        EdgePolicy::Nearest,
        EdgePolicy::Reflect,
        EdgePolicy::Error,
    ];
    let scoring = (
        1_usize..6,
        any::<bool>(),
        prop::sample::select(differences),
        prop::sample::select(edges),
    );
    (
        numbers,
        prop::collection::vec(1_usize..40, 0..4),
        cuts,
        scoring,
    )
        .prop_map(
            |(
                numbers,
                borrowed,
                (length, stride, align, gaps, short),
                (batch, max, difference, edge),
            )| {
                let windows = windows(length, stride)
                    .with_align(align)
                    .with_gaps(gaps)
                    .with_short(short);
                let input = difference.map_or(input(), |first| input().with_difference(first));
                let mut options = ScoreOptions::new(input, windows, Measure::new(Mean))
                    .with_batch(batch)
                    .with_edge(edge);
                if max {
                    options = options
                        .with_reduction(ClipReduction::Max)
                        .with_overlap(Overlap::Max);
                }
                (numbers, borrowed, options)
            },
        )
}

/// A video of unknown length after scoring.
struct Streamed {
    result: Result<(), Error>,
    scores: Vec<FrameScore>,
    /// The first time that fewer scores were settled than the delay promises: how many after how many frames.
    late: Option<(usize, usize)>,
}

/// Scores a video without telling the scorer its length.
fn score_stream(options: ScoreOptions, video: &Noise) -> Streamed {
    let mut scorer = scorer(options);
    let delay = match scorer.delay() {
        // After the first frame without a score the policy `error` settles nothing more.
        Delay::Frames(delay) if options.edge != EdgePolicy::Error => delay,
        Delay::Frames(_) | Delay::WholeVideo => usize::MAX,
    };
    let (mut settled, mut scores, mut late) = (Settled::new(), Vec::new(), None);
    let info = StreamInfo::new(video.id().clone());
    let result = push_video(
        &mut scorer,
        video,
        &info,
        &mut settled,
        |pushed, settled| {
            scores.extend(settled.take_scores(0));
            if scores.len().saturating_add(delay) < pushed {
                late.get_or_insert((scores.len(), pushed));
            }
        },
    );
    scores.extend(settled.take_scores(0));
    Streamed {
        result,
        scores,
        late,
    }
}

#[test]
fn no_score_is_settled_later_than_promised() {
    let videos = [
        vec![1],
        (1..12).collect(),
        vec![1, 2, 4, 5, 6, 9, 11, 12],
        (0..8).map(|n| 2 * n).collect(),
    ]
    .map(|numbers| Noise::new("7", numbers));
    let edges = [
        EdgePolicy::Constant(-1.0),
        EdgePolicy::Nearest,
        EdgePolicy::Reflect,
    ];
    for length in 1..5 {
        for (stride, batch) in [(1, 1), (1, 2), (2, 1), (3, 2), (5, 1), (6, 3)] {
            for align in [Align::First, Align::Centre, Align::Last, Align::Every] {
                for (gaps, short) in [
                    (Gaps::Span, ShortVideo::RepeatLast),
                    (Gaps::Break, ShortVideo::RepeatLast),
                    (Gaps::Break, ShortVideo::Skip),
                ] {
                    for (edge, video) in edges
                        .iter()
                        .flat_map(|edge| videos.iter().map(move |v| (*edge, v)))
                    {
                        let windows = windows(length, stride)
                            .with_align(align)
                            .with_gaps(gaps)
                            .with_short(short);
                        let options = ScoreOptions::new(input(), windows, Measure::new(Mean))
                            .with_batch(batch)
                            .with_edge(edge);
                        let streamed = score_stream(options, video);
                        assert_eq!(streamed.late, None, "{options:?}");
                    }
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn streaming_gives_the_scores_of_the_definition((numbers, borrowed, options) in any_case()) {
        let mut video = Noise::new("7", numbers);
        video.borrowed = borrowed;
        match (score(options, &video), scores_by_definition(&video, &options)) {
            (Ok(streamed), Ok(expected)) => prop_assert_eq!(streamed, expected),
            (streamed, expected) => prop_assert!(streamed.is_err() && expected.is_err()),
        }
    }

    #[test]
    fn a_video_of_unknown_length_gets_the_same_scores_within_the_delay((numbers, borrowed, options) in any_case()) {
        let mut video = Noise::new("7", numbers);
        video.borrowed = borrowed;
        let Streamed { result, scores, late } = score_stream(options, &video);
        // A video whose only frame has no image ends with that frame.
        prop_assume!(prepared(options.input, &video).is_ok());
        prop_assert_eq!(late, None, "scores settled after frames pushed, with {:?}", scorer(options).delay());
        match scores_by_definition(&video, &options) {
            Ok(expected) => {
                result.unwrap();
                let values: Vec<f64> = scores.iter().map(|score| score.value).collect();
                let origins: Vec<Origin> = scores.iter().map(|score| score.origin).collect();
                prop_assert_eq!(values, expected.values());
                prop_assert_eq!(origins, expected.origins());
            }
            Err(expected) => prop_assert_eq!(result.unwrap_err().to_string(), expected.to_string()),
        }
    }

    #[test]
    fn maps_are_the_means_over_the_windows_and_do_not_change_the_scores((numbers, borrowed, options) in any_case()) {
        let mut video = Noise::new("7", numbers);
        video.borrowed = borrowed;
        let options = options.with_edge(EdgePolicy::Constant(0.0)).with_measure(
            Measure::new(Mean).with_distance(Distance::Absolute).with_channels(Channels::Max),
        );
        let mut settled = Settled::new().with_maps();
        push_video(&mut scorer(options), &video, &StreamInfo::from(video.video()), &mut settled, |_, _| ()).unwrap();
        prop_assert_eq!(settled.take_maps(0), maps_by_definition(&video, &options));
        let values: Vec<f64> = settled.take_scores(0).iter().map(|score| score.value).collect();
        prop_assert_eq!(values, score(options, &video).unwrap().values().to_vec());
    }

    #[test]
    fn a_video_that_passes_the_check_can_be_scored_and_no_other((numbers, _, options) in any_case()) {
        let video = Noise::new("7", numbers);
        let checked = options.check_video(&StreamInfo::from(video.video()));
        let scored = scores_by_definition(&video, &options);
        prop_assert_eq!(checked.is_ok(), scored.is_ok());
        // Without its gaps, no video is refused that can be scored.
        let unknown_gaps = StreamInfo::new("7".into()).with_frames(video.numbers().len());
        prop_assert!(options.check_video(&unknown_gaps).is_ok() || scored.is_err());
    }
}

#[test]
fn the_frames_that_are_kept_do_not_grow_with_the_video() {
    let options = ScoreOptions::new(input(), windows(4, 3), Measure::new(Mean)).with_batch(2);
    let mut scorer = scorer(options);
    let frame = Frame::new(FrameShape::new(5, 3, PixelFormat::Rgb).unwrap());
    scorer.start(&StreamInfo::new("camera".into())).unwrap();
    let mut settled = Settled::new();
    for index in 0..1000 {
        let number = FrameNumber(index as u64);
        let frame = PreparedFrame {
            index,
            number,
            time: None,
            image: Some(&frame),
        };
        scorer.push(&frame, &mut settled).unwrap();
        // The frames of a window and the one that was just pushed.
        assert!(scorer.windows.frames.allocated() <= 5);
    }
    let Delay::Frames(delay) = scorer.delay() else {
        panic!("the delay is bounded")
    };
    // 3 more frames of the window, 1 for the stride, 3 until the next window fills the batch.
    assert_eq!(delay, 7);
    assert!(settled.take_scores(0).len() + delay >= 1000);
}

#[test]
fn one_run_of_a_network_serves_merged_scorers() {
    let videos = [
        Noise::new("1", 5..30),
        Noise::new("2", [3]),
        Noise::new("3", 0..9),
    ];
    let base = ScoreOptions::new(input(), windows(4, 2), Measure::new(Mean));
    let options = [
        base,
        base.with_measure(Measure::new(Max))
            .with_overlap(Overlap::Max),
        base.with_edge(EdgePolicy::Constant(-1.0)),
    ];
    let network = network(&base);
    let runs = Arc::clone(&network.runs);
    let mut merged = NetworkScorer::new(Box::new(network), base).unwrap();
    let alone = merged.with_options(base).unwrap();
    for options in &options[1..] {
        let other = merged.with_options(*options).unwrap();
        assert!(merged.merge(Box::new(other)).is_ok());
    }
    let count_runs = |scorer: &mut NetworkScorer, outputs| {
        let before = runs.load(Ordering::Relaxed);
        let scores: Vec<Vec<VideoScores>> = videos
            .iter()
            .map(|video| score_video(scorer, video, outputs).unwrap())
            .collect();
        (scores, runs.load(Ordering::Relaxed) - before)
    };
    let mut alone = alone;
    assert_eq!(count_runs(&mut alone, 1).1, 4);
    let (scores, runs) = count_runs(&mut merged, options.len());
    assert_eq!(runs, 4, "the three outputs share every run");
    for (video, scores) in videos.iter().zip(scores) {
        for (scores, options) in scores.iter().zip(&options) {
            assert_eq!(scores, &scores_by_definition(video, options).unwrap());
        }
    }
}

#[test]
fn scorers_with_several_inputs_share_a_pass() {
    let videos = [
        Noise::new("1", 5..30),
        Noise::new("2", [3]),
        Noise::new("3", 0..2),
    ];
    let sources: Vec<&dyn FrameSource> = videos
        .iter()
        .map(|video| video as &dyn FrameSource)
        .collect();
    let small = FrameInput::new(3, 2, PixelFormat::Gray).unwrap();
    let zero = input().with_difference(FirstFrame::Zero);
    let lost = input().with_difference(FirstFrame::Drop);
    let all = [
        ScoreOptions::new(input(), windows(4, 1), Measure::new(Mean)),
        ScoreOptions::new(small, windows(2, 1), Measure::new(Max)),
        ScoreOptions::new(
            zero,
            windows(3, 1).with_align(Align::Last),
            Measure::new(Mean),
        ),
        ScoreOptions::new(lost, windows(3, 1), Measure::new(Max))
            .with_edge(EdgePolicy::Constant(0.0)),
    ];
    let mut scorers: Vec<Box<dyn Scorer>> = all
        .iter()
        .map(|options| Box::new(scorer(*options)) as Box<dyn Scorer>)
        .collect();
    let scored = score_videos(&sources, &mut scorers, FramePass::new(), &mut Silent).unwrap();
    let reads: Vec<usize> = videos
        .iter()
        .map(|video| video.reads.load(Ordering::Relaxed))
        .collect();
    assert_eq!(reads, [25, 1, 2], "each frame is decoded once for all four");
    for (scored, options) in scored.iter().zip(&all) {
        for (scored, video) in scored.iter().zip(&videos) {
            assert_eq!(
                scored.scores(),
                &scores_by_definition(video, options).unwrap()
            );
        }
    }
}

/// Fails at one frame.
struct Broken(Noise);

impl FrameSource for Broken {
    fn video(&self) -> &oddframe_core::Video {
        self.0.video()
    }
    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        if index == 4 {
            let (video, frame) = (self.id().clone(), self.number_at(index)?);
            return Err(Error::Read {
                video,
                frame,
                path: None,
                source: "cut short".into(),
            });
        }
        self.0.read_into(index, out)
    }
}

#[test]
fn a_pass_that_fails_or_is_cancelled_ends_scoring() {
    let options = ScoreOptions::new(input(), windows(2, 1), Measure::new(Mean));
    let mut scorers: Vec<Box<dyn Scorer>> = vec![Box::new(scorer(options))];
    let broken = Broken(Noise::new("9", 10..20));
    let error = score_videos(&[&broken], &mut scorers, FramePass::new(), &mut Silent).unwrap_err();
    assert_eq!(error.to_string(), "video 9, frame 14: cut short");
    let video = Noise::new("1", 0..5);
    let mut cancel = |event: Event<'_>| match event {
        Event::Advanced { done: 3 } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let cancelled = score_videos(&[&video], &mut scorers, FramePass::new(), &mut cancel);
    assert!(matches!(cancelled, Err(Error::Interrupted)));
    // The scorer is not harmed by either.
    let scored = score_videos(&[&video], &mut scorers, FramePass::new(), &mut Silent).unwrap();
    assert_eq!(
        scored[0][0].scores(),
        &scores_by_definition(&video, &options).unwrap()
    );
}

#[test]
fn scorers_merge_when_network_input_windows_and_batch_are_equal() {
    let base = ScoreOptions::new(input(), windows(4, 2), Measure::new(Mean));
    let mut first = scorer(base);
    // Another batch, another stride, another input.
    let filtered = ScoreOptions {
        input: input().with_filter(Filter::Antialiased),
        ..base
    };
    for options in [
        base.with_batch(3),
        ScoreOptions {
            windows: windows(4, 1),
            ..base
        },
        filtered,
    ] {
        let other: Box<dyn Scorer> = Box::new(first.with_options(options).unwrap());
        assert!(first.merge(other).is_err());
    }
    // Another network, with and without a key.
    assert!(first.merge(Box::new(scorer(base))).is_err());
    assert!(
        first
            .merge(Box::new(scorer(base).with_model_key("a")))
            .is_err()
    );
    let mut first = first.with_model_key("a");
    assert!(
        first
            .merge(Box::new(scorer(base).with_model_key("b")))
            .is_err()
    );
    assert!(
        first
            .merge(Box::new(scorer(base).with_model_key("a")))
            .is_ok()
    );
    let length = ScoreOptions {
        windows: windows(5, 1),
        ..base
    };
    assert!(matches!(
        first.with_options(length),
        Err(crate::Error::ClipMismatch { .. })
    ));
    // A scorer in the middle of a video stays as it is.
    first.start(&StreamInfo::new("1".into())).unwrap();
    assert!(
        first
            .merge(Box::new(scorer(base).with_model_key("a")))
            .is_err()
    );
}

#[test]
fn maps_of_merged_scorers_follow_each_measure() {
    let video = Noise::new("1", 0..9);
    let base = ScoreOptions::new(input(), windows(4, 2), Measure::new(Mean));
    let other = base.with_measure(Measure::new(Max).with_distance(Distance::Absolute));
    let mut merged = scorer(base);
    let second = merged.with_options(other).unwrap();
    assert!(merged.merge(Box::new(second)).is_ok());
    let mut settled = Settled::new().with_maps();
    push_video(
        &mut merged,
        &video,
        &StreamInfo::from(video.video()),
        &mut settled,
        |_, _| (),
    )
    .unwrap();
    assert_eq!(settled.take_maps(0), maps_by_definition(&video, &base));
    assert_eq!(settled.take_maps(1), maps_by_definition(&video, &other));
}

/// Predicts black, so that the map of a frame is its square.
#[derive(Debug)]
struct Black(ClipShape);

impl ClipScorer for Black {
    fn clip(&self) -> ClipShape {
        self.0
    }
    fn reconstruct(&mut self, _: &[f32], _: usize, out: &mut [f32]) -> Result<(), Error> {
        out.fill(0.0);
        Ok(())
    }
}

#[test]
fn every_map_is_of_its_own_frame_also_where_windows_lie_apart_or_overlap() {
    let video = Noise::new("1", 3..33);
    for (length, stride) in [(1, 1), (1, 3), (2, 5), (4, 2)] {
        let input = FrameInput::new(8, 6, PixelFormat::Gray).unwrap();
        let options = ScoreOptions::new(input, windows(length, stride), Measure::new(Mean));
        let mut scorer =
            NetworkScorer::new(Box::new(Black(input.clip(length).unwrap())), options).unwrap();
        let mut settled = Settled::new().with_maps();
        push_video(
            &mut scorer,
            &video,
            &StreamInfo::from(video.video()),
            &mut settled,
            |_, _| (),
        )
        .unwrap();
        let mut maps = settled.take_maps(0).into_iter();
        let covered = options.windows.plan(video.video()).unwrap().coverage();
        for (image, covered) in prepared_frames(input, &video)
            .unwrap()
            .iter()
            .flatten()
            .zip(covered)
        {
            if covered > 0 {
                let map = maps.next().unwrap();
                assert_eq!((map.number, map.width), (image.number(), 8));
                let squares = values_of(&options, image)
                    .into_iter()
                    .map(|value| value * value);
                let apart = map
                    .values
                    .iter()
                    .zip(squares)
                    .map(|(a, b)| (a - b).abs())
                    .fold(0.0, f32::max);
                assert!(
                    apart < 1e-6,
                    "{length} by {stride}, frame {}: {apart} apart",
                    map.number
                );
            }
        }
        assert_eq!(maps.next(), None);
    }
}

#[test]
fn a_first_frame_without_an_image_is_scored_by_the_edge_policy() {
    let video = Noise::new("1", 10..16);
    for first in [FirstFrame::Drop, FirstFrame::Next] {
        let options = ScoreOptions::new(
            input().with_difference(first),
            windows(2, 1),
            Measure::new(Mean),
        );
        let scores = score(options, &video).unwrap();
        assert_eq!(scores, scores_by_definition(&video, &options).unwrap());
        assert_eq!(
            scores.origins()[0],
            Origin::Borrowed {
                from: FrameNumber(11)
            }
        );
        assert_eq!(scores.origins()[1], Origin::Computed);
    }
}

#[test]
fn a_computed_score_of_borrowed_pixels_names_the_donor() {
    let mut video = Noise::new("1", 0..6);
    video.borrowed = vec![3];
    let options = ScoreOptions::new(input(), windows(2, 1), Measure::new(Mean));
    let scores = score(options, &video).unwrap();
    let borrowed: Vec<usize> = (0..6)
        .filter(|i| scores.origins()[*i] != Origin::Computed)
        .collect();
    assert_eq!(borrowed, [3]);
    assert_eq!(
        scores.origins()[3],
        Origin::Borrowed {
            from: FrameNumber(2)
        }
    );
}

#[test]
fn a_score_of_the_edge_policy_keeps_its_origin_when_the_pixels_are_borrowed() {
    let mut video = Noise::new("1", 0..6);
    // Frame 5 shows frame 4. No window scores it, because each scores its first frame.
    video.borrowed = vec![5];
    let windows = windows(3, 1).with_align(Align::First);
    let options = ScoreOptions::new(input(), windows, Measure::new(Mean));
    let nearest = score(options, &video).unwrap();
    assert_eq!(
        nearest.origins()[4..],
        [Origin::Borrowed {
            from: FrameNumber(3)
        }; 2]
    );
    let constant = score(options.with_edge(EdgePolicy::Constant(0.0)), &video).unwrap();
    assert_eq!(constant.origins()[4..], [Origin::Constant; 2]);
}

#[test]
fn a_video_shorter_than_a_window_is_treated_as_the_windows_ask() {
    let video = Noise::new("1", 0..3);
    let [repeat, error, skip] =
        [ShortVideo::RepeatLast, ShortVideo::Error, ShortVideo::Skip].map(|short| {
            let options =
                ScoreOptions::new(input(), windows(8, 1).with_short(short), Measure::new(Mean));
            score(options, &video)
        });
    assert_eq!(repeat.unwrap().len(), 3);
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("video 1 has 3 usable frames, fewer than the 8 of a window"),
        "{error}"
    );
    let skip = skip.unwrap_err().to_string();
    assert!(
        skip.contains("none of its 3 usable frames gets a score"),
        "{skip}"
    );
    // Between gaps: runs of 2, 5 and 1 frames.
    let gaps = Noise::new("1", [0, 1, 3, 4, 5, 6, 7, 9]);
    let info = StreamInfo::from(gaps.video());
    assert_eq!(info.runs(), Some(&[2, 5, 1][..]));
    let breaks = windows(3, 1).with_gaps(Gaps::Break);
    let options = ScoreOptions::new(
        input(),
        breaks.with_short(ShortVideo::Error),
        Measure::new(Mean),
    );
    let error = options.check_video(&info).unwrap_err().to_string();
    assert!(
        error.contains("video 1 has only 2 usable frames between two gaps"),
        "{error}"
    );
    // Of a stream it is known only at the end.
    let options = ScoreOptions::new(
        input(),
        windows(8, 1).with_short(ShortVideo::Error),
        Measure::new(Mean),
    );
    let unknown = StreamInfo::new("1".into());
    let ended = push_video(
        &mut scorer(options),
        &video,
        &unknown,
        &mut Settled::new(),
        |_, _| (),
    );
    assert!(matches!(
        ended,
        Err(Error::TooShort {
            frames: 3,
            length: 8,
            ..
        })
    ));
}

#[test]
fn networks_that_do_not_fit_are_refused() {
    let options = ScoreOptions::new(input(), windows(4, 1), Measure::new(Mean));
    let [short, last, whole] = [(3, 0..3), (4, 3..4), (4, 0..4)].map(|(frames, predicted)| {
        Box::new(MeanOfClip::new(input().clip(frames).unwrap(), predicted))
    });
    let error = NetworkScorer::new(short, options).unwrap_err().to_string();
    assert!(
        error.contains("takes clips of 3 frames of 5x3 with 3 channels"),
        "{error}"
    );
    let error = NetworkScorer::new(last, options).unwrap_err().to_string();
    assert!(
        error.contains("predicts frames 3 to 3 of a clip's 4"),
        "{error}"
    );
    let whole = NetworkScorer::new(whole, options).unwrap();
    assert_eq!(
        whole.with_options(options.with_batch(0)).unwrap_err(),
        crate::Error::EmptyBatch
    );
    let unsized_input = ScoreOptions {
        input: FrameInput::unresized(PixelFormat::Rgb),
        ..options
    };
    assert_eq!(
        whole.with_options(unsized_input).unwrap_err(),
        crate::Error::NoInputSize
    );
}

#[test]
fn frames_that_were_not_prepared_are_refused() {
    let options = ScoreOptions::new(input(), windows(4, 1), Measure::new(Mean));
    let mut scorer = scorer(options);
    let frame = Frame::new(FrameShape::new(4, 4, PixelFormat::Gray).unwrap());
    let frame = PreparedFrame {
        index: 0,
        number: FrameNumber(7),
        time: None,
        image: Some(&frame),
    };
    let early = scorer
        .push(&frame, &mut Settled::new())
        .unwrap_err()
        .to_string();
    assert!(early.contains("before a video was started"), "{early}");
    scorer.start(&StreamInfo::new("01".into())).unwrap();
    let error = scorer
        .push(&frame, &mut Settled::new())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("video 01, frame 7: the scorer was given a frame of 4x4 gray"),
        "{error}"
    );
}

#[test]
fn a_scorer_starts_anew_after_a_video_that_failed() {
    let options = ScoreOptions::new(input(), windows(3, 1), Measure::new(Mean));
    let mut scorer = scorer(options);
    let broken = Noise::new("1", 0..7);
    scorer.start(&StreamInfo::from(broken.video())).unwrap();
    for (index, image) in prepared_frames(input(), &broken)
        .unwrap()
        .iter()
        .enumerate()
    {
        let number = FrameNumber(index as u64);
        let frame = PreparedFrame {
            index,
            number,
            time: None,
            image: image.as_ref(),
        };
        scorer.push(&frame, &mut Settled::new()).unwrap();
    }
    // No `finish`: reading ended with an error.
    let video = Noise::new("2", 3..20);
    let scores = score_video(&mut scorer, &video, 1).unwrap();
    assert_eq!(scores[0], scores_by_definition(&video, &options).unwrap());
}

#[test]
fn every_score_is_settled_once_and_has_no_boxes() {
    let options = ScoreOptions::new(input(), windows(3, 1), Measure::new(Mean));
    let video = Noise::new("1", 0..5);
    let mut settled = Settled::new();
    push_video(
        &mut scorer(options),
        &video,
        &StreamInfo::from(video.video()),
        &mut settled,
        |_, _| (),
    )
    .unwrap();
    let scores = settled.take_scores(0);
    assert_eq!(scores.len(), 5);
    assert!(
        scores
            .iter()
            .all(|score| *score == FrameScore::new(score.value, Origin::Computed))
    );
    assert!(settled.take_scores(1).is_empty() && settled.take_maps(0).is_empty());
}
