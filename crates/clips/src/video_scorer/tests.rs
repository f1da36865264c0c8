use std::sync::Arc;
use std::sync::atomic::Ordering;

use oddframe_core::{EdgePolicy, Frame, FrameNumber, Gaps, Origin, PixelFormat, ShortVideo, WindowSpec};
use oddframe_frames::{FirstFrame, Scale};
use oddframe_score::{Max, Mean, Overlap, Pair, merge_windows};
use proptest::prelude::*;

use super::*;
use crate::testing::{MeanOfClip, Noise};
use crate::{Measure, Within};

fn scorer(options: ScoreOptions) -> VideoScorer {
    let clip = options.look.clip(options.windows.length());
    let explained = match options.windows.align() {
        Align::Every => 0..clip.frames,
        _ => clip.frames / 2..clip.frames,
    };
    VideoScorer::new(Box::new(MeanOfClip::new(clip, explained)), options).unwrap()
}

fn look() -> Look {
    Look::new(5, 3, PixelFormat::Rgb).unwrap().with_scale(Scale::Signed)
}

/// The same by the definition: every window by itself, all frames in memory.
fn by_hand(video: &Noise, options: &ScoreOptions) -> VideoScores {
    let seen = options.look.of(video).unwrap();
    let lost = video.numbers().len() - seen.numbers().len();
    let plan = options.windows.plan(seen.video()).unwrap();
    let shape = options.look.clip(options.windows.length());
    let image = shape.frame_values();
    let frames: Vec<Vec<f32>> = (0..seen.numbers().len())
        .map(|index| {
            let mut values = vec![0.0; image];
            options.look.scale().fill(&seen.read(index).unwrap(), &mut values).unwrap();
            values
        })
        .collect();
    let scores: Vec<Vec<f64>> = plan
        .windows()
        .iter()
        .map(|window| {
            let clip: Vec<&[f32]> = window.places().map(|place| &*frames[place]).collect();
            let mean: Vec<f32> =
                (0..image).map(|i| clip.iter().map(|f| f[i]).sum::<f32>() / clip.len() as f32).collect();
            let of = |frame: &[f32]| {
                options
                    .measure
                    .of(Pair::new(frame, &mean, shape.channels, shape.width, shape.height).unwrap())
            };
            if options.windows.align() == Align::Every {
                return clip[..window.frames().len()].iter().map(|f| of(f)).collect();
            }
            let each = clip[clip.len() / 2..].iter().map(|f| of(f));
            vec![match options.within {
                Within::Mean => each.clone().sum::<f64>() / each.len() as f64,
                Within::Max => each.fold(f64::MIN, f64::max),
            }]
        })
        .collect();
    let merged = merge_windows(&plan, &scores, options.overlap).unwrap();
    let merged = merged.into_iter().map(|(index, score)| (index + lost, score));
    let mut scores = VideoScores::complete(video.video(), merged, options.edge).unwrap();
    for index in 0..seen.numbers().len() {
        if let Some(donor) = seen.read(index).unwrap().borrowed_from() {
            scores.mark_borrowed(index + lost, donor);
        }
    }
    scores
}

proptest! {
    #[test]
    fn streaming_is_the_definition(
        steps in prop::collection::vec(1_u64..3, 1..40), length in 1_usize..9, stride in 1_usize..11,
        align in prop::sample::select(vec![Align::First, Align::Centre, Align::Last, Align::Every]),
        batch in 1_usize..6, span: bool, max: bool,
        difference in prop::sample::select(vec![None, Some(FirstFrame::Zero), Some(FirstFrame::Next), Some(FirstFrame::Drop)]),
    ) {
        prop_assume!(difference.is_none() || steps.len() > 1);
        let numbers = steps.iter().scan(0, |n, step| { *n += step; Some(*n) });
        let video = Noise::new("7", numbers);
        let gaps = if span { Gaps::Span } else { Gaps::Break };
        let windows = WindowSpec::new(length, stride).unwrap().with_align(align).with_gaps(gaps);
        let look = difference.map_or(look(), |first| look().with_difference(first));
        let (within, overlap) = if max { (Within::Max, Overlap::Max) } else { (Within::Mean, Overlap::Mean) };
        let options = ScoreOptions::new(look, windows, Measure::new(Mean))
            .with_within(within).with_overlap(overlap).with_batch(batch).with_edge(EdgePolicy::Constant(-1.0));
        prop_assert_eq!(scorer(options).score(&video).unwrap(), by_hand(&video, &options));
    }
}

#[test]
fn several_looks_share_each_frame_and_change_nothing() {
    let videos = [Noise::new("1", 5..30), Noise::new("2", [3]), Noise::new("3", 0..2)];
    let sources: Vec<&dyn FrameSource> = videos.iter().map(|v| v as &dyn FrameSource).collect();
    let small = Look::new(3, 2, PixelFormat::Gray).unwrap();
    let windows = |length| WindowSpec::new(length, 1).unwrap();
    let zero = look().with_difference(FirstFrame::Zero);
    let all = [
        ScoreOptions::new(look(), windows(4), Measure::new(Mean)),
        ScoreOptions::new(small, windows(2), Measure::new(Max)),
        ScoreOptions::new(zero, windows(3).with_align(Align::Last), Measure::new(Mean)),
        ScoreOptions::new(look(), windows(3), Measure::new(Max)),
    ];
    let scorers: Vec<VideoScorer> = all.iter().map(|options| scorer(*options)).collect();
    let together =
        |scorers: &[&VideoScorer]| score_together(&sources, scorers, ReadAhead::new(), &mut Silent).unwrap();
    let tables = together(&scorers.iter().collect::<Vec<_>>());
    let reads: Vec<usize> = videos.iter().map(|v| v.reads.load(Ordering::Relaxed)).collect();
    assert_eq!(reads, [25, 1, 2], "each frame is decoded once for all four");
    for (table, (options, scorer)) in tables.iter().zip(all.iter().zip(&scorers)) {
        assert_eq!(table, &together(&[scorer])[0]);
        for (scores, video) in table.videos().iter().zip(&videos) {
            assert_eq!(scores, &by_hand(video, options));
        }
    }
}

#[test]
fn one_run_of_a_network_serves_all_its_ways() {
    let videos = [Noise::new("1", 5..30), Noise::new("2", [3]), Noise::new("3", 0..9)];
    let sources: Vec<&dyn FrameSource> = videos.iter().map(|v| v as &dyn FrameSource).collect();
    let windows = WindowSpec::new(4, 2).unwrap();
    let way = |measure| ScoreOptions::new(look(), windows, measure);
    let ways = [
        way(Measure::new(Mean)),
        way(Measure::new(Max)).with_overlap(Overlap::Max),
        way(Measure::new(Mean)).with_edge(EdgePolicy::Constant(-1.0)),
        // Another batch: another run.
        way(Measure::new(Max)).with_batch(3),
    ];
    let network = MeanOfClip::new(look().clip(4), 0..4);
    let runs = Arc::clone(&network.runs);
    let first = VideoScorer::new(Box::new(network), ways[0]).unwrap();
    let scorers = ways.map(|options| first.again(options).unwrap());
    let together = |scorers: &[&VideoScorer]| {
        runs.store(0, Ordering::Relaxed);
        let tables = score_together(&sources, scorers, ReadAhead::new(), &mut Silent).unwrap();
        (tables, runs.load(Ordering::Relaxed))
    };
    let (tables, all) = together(&scorers.each_ref());
    let (_, alone) = together(&[&scorers[0]]);
    let (_, other) = together(&[&scorers[3]]);
    assert_eq!(all, alone + other, "the first three ways share every run");
    for (table, options) in tables.iter().zip(&ways) {
        for (scores, video) in table.videos().iter().zip(&videos) {
            assert_eq!(scores, &by_hand(video, options));
        }
    }
    let other = ScoreOptions::new(look(), WindowSpec::new(5, 1).unwrap(), Measure::new(Mean));
    assert!(matches!(first.again(other), Err(crate::Error::OtherClip { .. })));
}

#[test]
fn looks_that_lose_or_borrow_the_first_frame_share_too() {
    let video = Noise::new("1", 10..16);
    let with = |first| {
        let windows = WindowSpec::new(2, 1).unwrap();
        ScoreOptions::new(look().with_difference(first), windows, Measure::new(Mean))
    };
    let all = [with(FirstFrame::Drop), with(FirstFrame::Next)];
    let scorers = all.map(scorer);
    let both: Vec<&VideoScorer> = scorers.iter().collect();
    let tables = score_together(&[&video], &both, ReadAhead::new(), &mut Silent).unwrap();
    for (table, options) in tables.iter().zip(&all) {
        let scores = &table.videos()[0];
        assert_eq!(scores.values(), by_hand(&video, options).values());
        assert_eq!(scores.origins()[0], Origin::Borrowed { from: FrameNumber(11) });
        assert_eq!(scores.origins()[1], Origin::Computed);
    }
}

#[test]
fn frames_that_show_others_say_so() {
    let mut video = Noise::new("1", 0..6);
    video.borrowed = Some(3);
    let options = ScoreOptions::new(look(), WindowSpec::new(2, 1).unwrap(), Measure::new(Mean));
    let scores = scorer(options).score(&video).unwrap();
    let borrowed: Vec<usize> = (0..6).filter(|i| scores.origins()[*i] != Origin::Computed).collect();
    assert_eq!(borrowed, [3]);
    assert_eq!(scores.origins()[3], Origin::Borrowed { from: FrameNumber(2) });
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
            return Err(Error::Read { video, frame, path: None, source: "cut short".into() });
        }
        self.0.read_into(index, out)
    }
}

#[test]
fn a_frame_that_cannot_be_read_ends_the_work_with_its_name() {
    let options = ScoreOptions::new(look(), WindowSpec::new(2, 1).unwrap(), Measure::new(Mean));
    let error = scorer(options).score(&Broken(Noise::new("9", 10..20))).unwrap_err();
    assert_eq!(error.to_string(), "video 9, frame 14: cut short");
}

#[test]
fn a_video_too_short_for_a_window_is_what_was_asked_for() {
    let video = Noise::new("1", 0..3);
    let with = |short| {
        let windows = WindowSpec::new(8, 1).unwrap().with_short(short);
        scorer(ScoreOptions::new(look(), windows, Measure::new(Mean))).score(&video)
    };
    assert_eq!(with(ShortVideo::RepeatLast).unwrap().len(), 3);
    assert!(matches!(with(ShortVideo::Error), Err(Error::TooShort { frames: 3, length: 8, .. })));
    assert!(matches!(with(ShortVideo::Skip), Err(Error::Unscored { missing: 3, .. })));
}

#[test]
fn networks_that_do_not_fit_are_refused() {
    let options = ScoreOptions::new(look(), WindowSpec::new(4, 1).unwrap(), Measure::new(Mean));
    let network = |frames, explained| Box::new(MeanOfClip::new(look().clip(frames), explained));
    let error = VideoScorer::new(network(3, 0..3), options).unwrap_err().to_string();
    assert!(error.contains("takes clips of 3 frames of 5x3 with 3 channels"), "{error}");
    let error = VideoScorer::new(network(4, 3..4), options).unwrap_err().to_string();
    assert!(error.contains("explains frames 3 to 3 of a clip's 4"), "{error}");
    assert!(VideoScorer::new(network(4, 0..4), options.with_batch(0)).is_err());
}

#[test]
fn the_observer_hears_of_every_frame_and_can_stop() {
    let video = Noise::new("1", 0..5);
    let options = ScoreOptions::new(look(), WindowSpec::new(2, 1).unwrap(), Measure::new(Mean));
    let mut seen = Vec::new();
    let mut watch = |event: Event<'_>| {
        seen.push(format!("{event:?}"));
        std::ops::ControlFlow::Continue(())
    };
    scorer(options).score_all(&[&video], &mut watch).unwrap();
    assert_eq!(seen.len(), 7);
    assert!(seen[0].contains("total: Some(5)") && seen[5].contains("done: 5"), "{seen:?}");
    let mut stop = |event: Event<'_>| match event {
        Event::Advanced { done: 3 } => std::ops::ControlFlow::Break(()),
        _ => std::ops::ControlFlow::Continue(()),
    };
    assert!(matches!(scorer(options).score_all(&[&video], &mut stop), Err(Error::Interrupted)));
}
