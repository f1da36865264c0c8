use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use oddframe_core::{
    Delay, Event, Filter, FirstFrame, Frame, FrameInput, FrameNumber, FrameShape, PixelFormat,
    PreparedFrame, RepairAction, RepairDecision, SourceStream, Video,
};
use proptest::prelude::*;

use super::*;
use crate::testing::Made;
use crate::{BadFrameReplacer, flip_vertically, prepared};

const RGB: PixelFormat = PixelFormat::Rgb;
const GRAY: PixelFormat = PixelFormat::Gray;

/// What a sink was given.
#[derive(Debug, Clone, PartialEq)]
enum Seen {
    Start(usize, String),
    Frame {
        index: usize,
        number: u64,
        image: Option<Frame>,
    },
    Finish,
}

/// Writes down everything that it is given.
struct Recorder {
    input: FrameInput,
    unwanted: Vec<usize>,
    declined: Vec<usize>,
    seen: Vec<Seen>,
    /// Where the pixels of the frames lay in memory.
    buffers: HashSet<usize>,
    fails_at: Option<u64>,
}

impl Recorder {
    fn new(input: FrameInput) -> Self {
        let (unwanted, declined, seen) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            input,
            unwanted,
            declined,
            seen,
            buffers: HashSet::new(),
            fails_at: None,
        }
    }

    fn numbers(&self) -> Vec<u64> {
        let frames = self.seen.iter();
        frames
            .filter_map(|seen| {
                if let Seen::Frame { number, .. } = seen {
                    Some(*number)
                } else {
                    None
                }
            })
            .collect()
    }

    fn images(&self) -> Vec<Option<Frame>> {
        let frames = self.seen.iter().cloned();
        frames
            .filter_map(|seen| {
                if let Seen::Frame { image, .. } = seen {
                    Some(image)
                } else {
                    None
                }
            })
            .collect()
    }
}

impl FrameSink for Recorder {
    fn input(&self) -> FrameInput {
        self.input
    }
    fn wants(&self, video: usize, _: &StreamInfo) -> bool {
        !self.unwanted.contains(&video)
    }
    fn start(&mut self, video: usize, info: &StreamInfo) -> Result<bool, Error> {
        assert!(!self.unwanted.contains(&video));
        if self.declined.contains(&video) {
            return Ok(false);
        }
        self.seen.push(Seen::Start(video, info.id().to_string()));
        Ok(true)
    }
    fn push(&mut self, frame: &PreparedFrame<'_>) -> Result<(), Error> {
        if self.fails_at == Some(frame.number.0) {
            return Err(Error::Nothing { what: "room" });
        }
        if let Some(image) = frame.image {
            assert_eq!(image.number(), frame.number);
            self.buffers.insert(image.pixels().as_ptr() as usize);
        }
        let (index, number, image) = (frame.index, frame.number.0, frame.image.cloned());
        self.seen.push(Seen::Frame {
            index,
            number,
            image,
        });
        Ok(())
    }
    fn finish(&mut self) -> Result<(), Error> {
        self.seen.push(Seen::Finish);
        Ok(())
    }
}

/// Flips frames whose first byte is odd, and decides `delay` frames late.
struct OddBytes {
    input: FrameInput,
    delay: Delay,
    waiting: Vec<RepairDecision>,
    /// How many decisions of each video it forgets.
    forgets: usize,
}

impl OddBytes {
    fn new(input: FrameInput, delay: Delay) -> Self {
        Self {
            input,
            delay,
            waiting: Vec::new(),
            forgets: 0,
        }
    }
}

fn is_flipped(image: &Frame) -> bool {
    image.pixels()[0] % 2 == 1
}

impl Repairer for OddBytes {
    fn input(&self) -> FrameInput {
        self.input
    }
    fn start(&mut self, _: &StreamInfo) -> Result<(), Error> {
        self.waiting.clear();
        Ok(())
    }
    fn push(
        &mut self,
        frame: &PreparedFrame<'_>,
        out: &mut Vec<RepairDecision>,
    ) -> Result<(), Error> {
        let flipped = is_flipped(frame.image.unwrap());
        let action = if flipped {
            RepairAction::FlipVertically
        } else {
            RepairAction::Keep
        };
        self.waiting.push(RepairDecision {
            action,
            probability: f64::from(u8::from(flipped)),
        });
        if let Delay::Frames(delay) = self.delay {
            let decided = self.waiting.len().saturating_sub(delay);
            out.extend(self.waiting.drain(..decided));
        }
        Ok(())
    }
    fn finish(&mut self, out: &mut Vec<RepairDecision>) -> Result<(), Error> {
        self.waiting.truncate(self.waiting.len() - self.forgets);
        out.append(&mut self.waiting);
        Ok(())
    }
    fn delay(&self) -> Delay {
        self.delay
    }
}

/// The reference for a pass with [`OddBytes`].
struct Upright<'a> {
    source: &'a dyn FrameSource,
    input: FrameInput,
}

impl FrameSource for Upright<'_> {
    fn video(&self) -> &Video {
        self.source.video()
    }
    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        self.source.read_into(index, out)?;
        if is_flipped(&prepared(self.input, self.source)?.read(index)?) {
            flip_vertically(out);
        }
        Ok(())
    }
}

#[expect(clippy::unnecessary_wraps, reason = "an observer may fail")]
fn ignore(_: PassEvent) -> Result<(), Error> {
    Ok(())
}

/// Keeps the repairs of each video.
fn run(
    pass: &mut FramePass<'_>,
    videos: &[&dyn FrameSource],
    recorders: &mut [Recorder],
) -> Result<Vec<VideoRepairs>, Error> {
    let mut repairs = Vec::new();
    let mut sinks: Vec<&mut dyn FrameSink> = recorders
        .iter_mut()
        .map(|r| r as &mut dyn FrameSink)
        .collect();
    pass.run(videos, &mut sinks, &mut |event| {
        if let PassEvent::Repaired(of_video) = event {
            repairs.push(of_video);
        }
        Ok(())
    })?;
    Ok(repairs)
}

/// All frames of a source as an input shows them; none where the input has no image.
fn reference(input: FrameInput, source: &dyn FrameSource) -> Vec<Option<Frame>> {
    let single = source.numbers().len() == 1;
    let mut images = Vec::new();
    match input.difference() {
        Some(FirstFrame::Drop | FirstFrame::Next) if single => return vec![None],
        Some(FirstFrame::Drop) => images.push(None),
        _ => {}
    }
    let shown = prepared(input, source).unwrap();
    images.extend((0..shown.numbers().len()).map(|index| Some(shown.read(index).unwrap())));
    images
}

fn small(format: PixelFormat) -> FrameInput {
    FrameInput::new(4, 3, format).unwrap()
}

fn four_inputs() -> [FrameInput; 4] {
    [
        small(GRAY),
        small(GRAY).with_difference(FirstFrame::Next),
        FrameInput::unresized(RGB).with_difference(FirstFrame::Drop),
        FrameInput::unresized(GRAY),
    ]
}

fn any_input() -> impl Strategy<Value = FrameInput> {
    let size = prop_oneof![Just(None), Just(Some((4, 3))), Just(Some((9, 6)))];
    let format = prop_oneof![Just(GRAY), Just(RGB)];
    let filter = prop_oneof![Just(Filter::OpenCv), Just(Filter::Antialiased)];
    let firsts = [
        None,
        Some(FirstFrame::Drop),
        Some(FirstFrame::Zero),
        Some(FirstFrame::Next),
    ];
    (size, format, filter, prop::sample::select(firsts.to_vec())).prop_map(
        |(size, format, filter, first)| {
            let input = match size {
                Some((width, height)) => FrameInput::new(width, height, format).unwrap(),
                None => FrameInput::unresized(format),
            };
            let input = input.with_filter(filter);
            first.map_or(input, |first| input.with_difference(first))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Against the wrappers for random access: `prepared(input, Upright(BadFrameReplacer(source)))`.
    #[test]
    fn frames_equal_those_of_the_random_access_wrappers(
        inputs in prop::collection::vec(any_input(), 1..4),
        bad in prop::collection::vec(prop::collection::vec(prop::bool::weighted(0.4), 1..12), 1..4),
        delay in prop::option::of(prop_oneof![(0_usize..4).prop_map(Delay::Frames), Just(Delay::WholeVideo)]),
        format in prop_oneof![Just(GRAY), Just(RGB)],
        threads in 1_usize..4,
        budget in prop_oneof![Just(0), Just(1 << 20)],
    ) {
        let videos: Vec<Made> = bad.iter().enumerate().map(|(video, bad)| {
            let numbers: Vec<u64> = (0..bad.len() as u64).map(|i| 3 + i * (1 + video as u64)).collect();
            // One frame of each video stays readable.
            let bad: Vec<usize> = (0..bad.len()).filter(|i| bad[*i] && *i != (video * 5) % bad.len()).collect();
            Made::new(9, 6, format, &numbers).with_bad(&bad)
        }).collect();
        let sources: Vec<&dyn FrameSource> = videos.iter().map(|video| video as &dyn FrameSource).collect();
        let judged = small(GRAY);
        let mut repairer = delay.map(|delay| OddBytes::new(judged, delay));
        let mut pass = FramePass::new()
            .with_read_ahead(ReadAhead::new().with_threads(threads).with_budget_bytes(budget))
            .with_bad_frames(BadFrames::Nearest);
        if let Some(repairer) = &mut repairer {
            pass = pass.with_repairer(repairer);
        }
        let mut recorders: Vec<Recorder> = inputs.iter().map(|input| Recorder::new(*input)).collect();
        let repairs = run(&mut pass, &sources, &mut recorders).unwrap();
        for video in &videos {
            prop_assert_eq!(video.reads(), vec![1; video.numbers().len()], "each frame is decoded once");
        }

        for (input, recorder) in inputs.iter().zip(&recorders) {
            let mut expected = Vec::new();
            for video in &videos {
                let replaced = BadFrameReplacer::new(video);
                let upright = Upright { source: &replaced, input: judged };
                let repaired: &dyn FrameSource = if delay.is_some() { &upright } else { &replaced };
                expected.extend(reference(*input, repaired));
            }
            prop_assert_eq!(recorder.images(), expected);
            let numbers: Vec<u64> = videos.iter().flat_map(|v| v.numbers().iter().map(|n| n.0)).collect();
            prop_assert_eq!(recorder.numbers(), numbers);
        }
        for (video, repairs) in videos.iter().zip(&repairs) {
            let replaced = BadFrameReplacer::new(video);
            (0..video.numbers().len()).for_each(|index| drop(replaced.read(index)));
            prop_assert_eq!(&repairs.substitutes, &replaced.substitutes());
            prop_assert_eq!(repairs.decisions.len(), if delay.is_some() { video.numbers().len() } else { 0 });
        }
    }

    #[test]
    fn a_stream_gives_the_frames_of_its_source(
        inputs in prop::collection::vec(any_input(), 1..4),
        bad in prop::collection::vec(prop::bool::weighted(0.4), 1..12),
        threads in 1_usize..4,
    ) {
        let bad: Vec<usize> = (1..bad.len()).filter(|i| bad[*i]).collect();
        let numbers: Vec<u64> = (0..12).collect();
        let video = Made::new(9, 6, RGB, &numbers).with_bad(&bad);
        let mut pass = FramePass::new()
            .with_read_ahead(ReadAhead::new().with_threads(threads))
            .with_bad_frames(BadFrames::Nearest);
        let mut expected: Vec<Recorder> = inputs.iter().map(|input| Recorder::new(*input)).collect();
        run(&mut pass, &[&video], &mut expected).unwrap();
        let mut found: Vec<Recorder> = inputs.iter().map(|input| Recorder::new(*input)).collect();
        let mut sinks: Vec<&mut dyn FrameSink> = found.iter_mut().map(|r| r as &mut dyn FrameSink).collect();
        pass.run_stream(&mut SourceStream::new(&video), &mut sinks, &mut ignore).unwrap();
        for (found, expected) in found.iter().zip(&expected) {
            prop_assert_eq!(&found.seen, &expected.seen);
        }
        prop_assert_eq!(video.reads(), [2; 12]);
    }
}

#[test]
fn each_frame_is_decoded_once_for_all_sinks_and_the_repairer() {
    let numbers: Vec<u64> = (0..60).collect();
    let videos = [
        Made::new(9, 6, RGB, &numbers),
        Made::new(9, 6, RGB, &numbers[..1]),
    ];
    let mut recorders: Vec<Recorder> = four_inputs()
        .into_iter()
        .chain(four_inputs())
        .map(Recorder::new)
        .collect();
    let mut repairer = OddBytes::new(small(RGB), Delay::Frames(7));
    let mut pass = FramePass::new().with_repairer(&mut repairer);
    run(&mut pass, &[&videos[0], &videos[1]], &mut recorders).unwrap();
    assert_eq!(
        (videos[0].reads(), videos[1].reads()),
        (vec![1; 60], vec![1])
    );
    for recorder in &recorders {
        assert_eq!(recorder.numbers().len(), 61);
    }
    for pair in 0..4 {
        assert_eq!(recorders[pair].seen, recorders[pair + 4].seen);
    }
}

#[test]
fn videos_that_no_sink_wants_are_not_read() {
    let videos: Vec<Made> = (0..4).map(|_| Made::new(9, 6, RGB, &[1, 2, 3])).collect();
    let sources: Vec<&dyn FrameSource> = videos
        .iter()
        .map(|video| video as &dyn FrameSource)
        .collect();
    let mut recorders = [Recorder::new(small(GRAY)), Recorder::new(small(RGB))];
    recorders[0].unwanted = vec![0, 1];
    recorders[1].unwanted = vec![1, 2];
    let repairs = run(&mut FramePass::new(), &sources, &mut recorders).unwrap();
    assert_eq!(
        videos.iter().map(Made::reads).collect::<Vec<_>>(),
        [[1; 3], [0; 3], [1; 3], [1; 3]]
    );
    let started = recorders.map(|recorder| {
        let started = recorder.seen.into_iter();
        started
            .filter_map(|seen| {
                if let Seen::Start(video, _) = seen {
                    Some(video)
                } else {
                    None
                }
            })
            .collect::<Vec<_>>()
    });
    assert_eq!(started, [vec![2, 3], vec![0, 3]]);
    assert_eq!(
        repairs
            .iter()
            .map(|repairs| repairs.video)
            .collect::<Vec<_>>(),
        [0, 2, 3]
    );
    // Without a sink nothing is read, and neither when no sink wants anything.
    run(&mut FramePass::new(), &sources, &mut []).unwrap();
    let mut nothing = [Recorder::new(small(GRAY))];
    nothing[0].unwanted = vec![0, 1, 2, 3];
    run(&mut FramePass::new(), &sources, &mut nothing).unwrap();
    assert_eq!(videos[0].reads(), [1; 3]);
    let mut stream = SourceStream::new(&videos[0]);
    FramePass::new()
        .run_stream(&mut stream, &mut [&mut nothing[0]], &mut ignore)
        .unwrap();
    assert_eq!(videos[0].reads(), [1; 3]);
}

#[test]
fn a_video_that_every_sink_declines_is_passed_over() {
    for (threads, declined) in [
        (1, vec![0]),
        (3, vec![0, 2, 3]),
        (2, vec![1]),
        (2, vec![0, 1, 2, 3, 4]),
    ] {
        let videos: Vec<Made> = (0..5).map(|_| Made::new(9, 6, RGB, &[1, 2, 3])).collect();
        let sources: Vec<&dyn FrameSource> = videos
            .iter()
            .map(|video| video as &dyn FrameSource)
            .collect();
        let mut recorders = [Recorder::new(small(GRAY)), Recorder::new(small(RGB))];
        recorders[0].declined = declined.clone();
        recorders[1].declined = (0..5).collect();
        let read = ReadAhead::new().with_threads(threads).with_budget_bytes(0);
        run(
            &mut FramePass::new().with_read_ahead(read),
            &sources,
            &mut recorders,
        )
        .unwrap();
        assert_eq!(recorders[0].numbers().len(), 3 * (5 - declined.len()));
        assert!(recorders[1].seen.is_empty());
        for (index, video) in videos.iter().enumerate() {
            assert!(video.reads().iter().all(|reads| *reads <= 1));
            assert!(declined.contains(&index) || video.reads() == [1; 3]);
        }
        // Nothing is read before a sink has accepted a video.
        assert!(declined[0] != 0 || videos[0].reads() == [0; 3]);
    }
}

/// Writes its name and what happens into a common log.
struct Logger<'l>(&'l std::cell::RefCell<Vec<String>>, &'static str);
impl FrameSink for Logger<'_> {
    fn input(&self) -> FrameInput {
        small(GRAY)
    }
    fn start(&mut self, video: usize, _: &StreamInfo) -> Result<bool, Error> {
        self.0
            .borrow_mut()
            .push(format!("{} start {video}", self.1));
        Ok(true)
    }
    fn push(&mut self, frame: &PreparedFrame<'_>) -> Result<(), Error> {
        self.0
            .borrow_mut()
            .push(format!("{} {}", self.1, frame.number));
        Ok(())
    }
    fn finish(&mut self) -> Result<(), Error> {
        self.0.borrow_mut().push(format!("{} finish", self.1));
        Ok(())
    }
}

/// Asks for a preview of every third frame.
struct Curious(Logger<'static>);
impl FrameSink for Curious {
    fn input(&self) -> FrameInput {
        small(GRAY)
    }
    fn start(&mut self, video: usize, info: &StreamInfo) -> Result<bool, Error> {
        self.0.start(video, info)
    }
    fn preview_positions(&self, info: &StreamInfo) -> Vec<usize> {
        (0..info.frames().unwrap_or(0)).step_by(3).collect()
    }
    fn preview(&mut self, frame: &PreparedFrame<'_>) -> Result<(), Error> {
        let size = frame.image.map(|image| image.shape().to_string());
        let text = format!(
            "preview {} {} {}",
            frame.index,
            frame.number,
            size.unwrap_or_default()
        );
        self.0.0.borrow_mut().push(text);
        Ok(())
    }
    fn push(&mut self, frame: &PreparedFrame<'_>) -> Result<(), Error> {
        self.0.push(frame)
    }
    fn finish(&mut self) -> Result<(), Error> {
        self.0.finish()
    }
}

#[test]
fn a_preview_comes_before_the_first_frame_and_leaves_unreadable_frames_out() {
    let log: &'static _ = Box::leak(Box::default());
    let mut sink = Curious(Logger(log, "a"));
    let video = Made::new(9, 6, RGB, &[1, 2, 3, 4, 5, 6, 7]).with_bad(&[3]);
    let mut pass = FramePass::new().with_bad_frames(BadFrames::Nearest);
    pass.run(&[&video], &mut [&mut sink], &mut |_| Ok(()))
        .unwrap();
    let shape = small(GRAY).size().unwrap();
    let size = format!("{}x{} gray", shape.0, shape.1);
    let expected = [
        "a start 0".to_owned(),
        format!("preview 0 1 {size}"),
        format!("preview 6 7 {size}"),
        "a 1".to_owned(),
    ];
    assert_eq!(log.borrow()[..4], expected);
    // A stream cannot show what is still to come.
    log.borrow_mut().clear();
    let mut stream = SourceStream::new(&video);
    pass.run_stream(&mut stream, &mut [&mut sink], &mut |_| Ok(()))
        .unwrap();
    assert_eq!(log.borrow()[..2], ["a start 0", "a 1"]);
}

#[test]
fn a_video_starts_shows_its_frames_reports_repairs_and_finishes() {
    let log = std::cell::RefCell::new(Vec::new());
    let (mut a, mut b) = (Logger(&log, "a"), Logger(&log, "b"));
    let videos = [
        Made::new(9, 6, RGB, &[5, 7]),
        Made::new(9, 6, RGB, &[1, 2]).with_bad(&[0]),
    ];
    let mut pass = FramePass::new().with_bad_frames(BadFrames::Nearest);
    pass.run(
        &[&videos[0], &videos[1]],
        &mut [&mut a, &mut b],
        &mut |event| {
            log.borrow_mut().push(match event {
                PassEvent::Advanced { done } => format!("{done} done"),
                PassEvent::Repaired(repairs) => format!("{} replaced", repairs.substitutes.len()),
            });
            Ok(())
        },
    )
    .unwrap();
    let expected = [
        "a start 0",
        "b start 0",
        "a 5",
        "b 5",
        "1 done",
        "a 7",
        "b 7",
        "2 done",
        "0 replaced",
        "a finish",
        "b finish",
        "a start 1",
        "b start 1",
        "3 done",
        "a 1",
        "b 1",
        "a 2",
        "b 2",
        "4 done",
        "1 replaced",
        "a finish",
        "b finish",
    ];
    assert_eq!(log.into_inner(), expected);
}

#[test]
fn the_first_difference_waits_for_the_second_frame_only() {
    let video = Made::new(9, 6, RGB, &[5]);
    let mut recorders = [Recorder::new(small(GRAY).with_difference(FirstFrame::Next))];
    run(&mut FramePass::new(), &[&video], &mut recorders).unwrap();
    let [recorder] = recorders;
    assert_eq!(
        recorder.seen[1..],
        [
            Seen::Frame {
                index: 0,
                number: 5,
                image: None
            },
            Seen::Finish
        ]
    );
}

#[test]
fn an_unreadable_frame_ends_the_pass_unless_another_stands_in() {
    let video = Made::new(9, 6, RGB, &[5, 6, 8]).with_bad(&[1]);
    let mut recorders = [Recorder::new(small(GRAY))];
    let error = run(&mut FramePass::new(), &[&video], &mut recorders).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Read {
                frame: FrameNumber(6),
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(recorders[0].numbers(), [5]);
    assert_ne!(recorders[0].seen.last(), Some(&Seen::Finish));
}

#[test]
fn a_video_of_which_nothing_can_be_read_gives_the_error_of_the_wrapper() {
    let video = Made::new(9, 6, RGB, &[5, 6, 8]).with_bad(&[0, 1, 2]);
    let mut recorders = [Recorder::new(small(GRAY))];
    let mut pass = FramePass::new().with_bad_frames(BadFrames::Nearest);
    let error = run(&mut pass, &[&video], &mut recorders).unwrap_err();
    assert_eq!(
        error.to_string(),
        BadFrameReplacer::new(&video)
            .read(0)
            .unwrap_err()
            .to_string()
    );
    assert!(
        error.to_string().contains("none of the 3 frames"),
        "{error}"
    );
}

/// Frames that a function makes, in the order of a stream.
struct Listed<F> {
    info: StreamInfo,
    next: u64,
    make: F,
}

impl<F> Listed<F> {
    fn new(make: F) -> Self {
        Self {
            info: StreamInfo::new("listed".into()),
            next: 0,
            make,
        }
    }
}

impl<F: FnMut(u64, &mut Frame) -> Result<bool, Error> + Send> FrameStream for Listed<F> {
    fn info(&self) -> &StreamInfo {
        &self.info
    }
    fn next_into(&mut self, out: &mut Frame) -> Result<bool, Error> {
        self.next += 1;
        (self.make)(self.next - 1, out)
    }
}

fn make_frame(number: u64, width: usize, out: &mut Frame) {
    out.reset(FrameShape::new(width, 4, RGB).unwrap(), FrameNumber(number));
    out.pixels_mut().fill(number as u8);
}

fn read_error(number: u64) -> Error {
    Error::Read {
        video: "listed".into(),
        frame: FrameNumber(number),
        path: None,
        source: "torn".into(),
    }
}

#[test]
fn a_stream_goes_on_after_an_unreadable_frame_and_ends_with_any_other_error() {
    for threads in [1, 3] {
        let mut stream = Listed::new(|next, out: &mut Frame| match next {
            1 | 2 => Err(read_error(10 + next)),
            6 => Err(Error::Nothing { what: "light" }),
            7.. => panic!("read after an error"),
            _ => {
                make_frame(10 + next, 6, out);
                out.set_time(Some(Duration::from_millis(40 * next)));
                Ok(true)
            }
        });
        let mut recorder = Recorder::new(small(GRAY));
        let mut pass = FramePass::new()
            .with_read_ahead(ReadAhead::new().with_threads(threads))
            .with_bad_frames(BadFrames::Nearest);
        let error = pass
            .run_stream(&mut stream, &mut [&mut recorder], &mut ignore)
            .unwrap_err();
        assert!(matches!(error, Error::Nothing { .. }), "{error}");
        assert_eq!(recorder.numbers(), [10, 11, 12, 13, 14, 15]);
        let donors: Vec<_> = recorder
            .images()
            .iter()
            .map(|i| i.as_ref().unwrap().borrowed_from())
            .collect();
        assert_eq!(
            donors[..4],
            [None, Some(FrameNumber(10)), Some(FrameNumber(13)), None]
        );
    }
}

/// Keeps the times of the frames.
struct Times(Vec<Option<Duration>>);
impl FrameSink for Times {
    fn input(&self) -> FrameInput {
        small(GRAY).with_difference(FirstFrame::Next)
    }
    fn start(&mut self, _: usize, _: &StreamInfo) -> Result<bool, Error> {
        Ok(true)
    }
    fn push(&mut self, frame: &PreparedFrame<'_>) -> Result<(), Error> {
        self.0.push(frame.time);
        Ok(())
    }
    fn finish(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

#[test]
fn times_reach_the_sinks() {
    let mut stream = Listed::new(|next, out: &mut Frame| {
        make_frame(next, 6, out);
        out.set_time(Some(Duration::from_millis(40 * next)));
        if next == 1 {
            Err(read_error(1))
        } else {
            Ok(next < 3)
        }
    });
    let mut times = Times(Vec::new());
    let mut pass = FramePass::new().with_bad_frames(BadFrames::Nearest);
    pass.run_stream(&mut stream, &mut [&mut times], &mut ignore)
        .unwrap();
    assert_eq!(
        times.0,
        [Some(Duration::ZERO), None, Some(Duration::from_millis(80))]
    );
}

#[test]
fn numbers_of_a_stream_must_rise() {
    let mut stream = Listed::new(|next, out: &mut Frame| {
        make_frame([3, 4, 4][next as usize], 6, out);
        Ok(true)
    });
    let mut recorder = Recorder::new(small(GRAY));
    let error = FramePass::new()
        .run_stream(&mut stream, &mut [&mut recorder], &mut ignore)
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::FrameOrder {
                after: FrameNumber(4),
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn frames_of_two_sizes_suit_inputs_that_resize() {
    let two_sizes = || {
        Listed::new(|next, out: &mut Frame| {
            make_frame(next, if next == 0 { 5 } else { 6 }, out);
            Ok(next < 4)
        })
    };
    let mut recorder = Recorder::new(small(GRAY).with_difference(FirstFrame::Zero));
    FramePass::new()
        .run_stream(&mut two_sizes(), &mut [&mut recorder], &mut ignore)
        .unwrap();
    assert_eq!(recorder.numbers(), [0, 1, 2, 3]);
    let bytes: Vec<u8> = recorder
        .images()
        .iter()
        .map(|image| image.as_ref().unwrap().pixels()[0])
        .collect();
    assert_eq!(bytes, [0, 1, 1, 1]);
    let mut recorder = Recorder::new(FrameInput::unresized(RGB));
    let mut pass = FramePass::new().with_bad_frames(BadFrames::Nearest);
    let error = pass
        .run_stream(&mut two_sizes(), &mut [&mut recorder], &mut ignore)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("frame 1") && error.contains("5x4 RGB") && error.contains("6x4 RGB"),
        "{error}"
    );
}

#[test]
fn the_observer_cancels_and_a_sink_may_fail() {
    let numbers: Vec<u64> = (0..1000).collect();
    let video = Made::new(9, 6, RGB, &numbers);
    let mut recorder = Recorder::new(small(GRAY));
    let read = ReadAhead::new().with_threads(2).with_budget_bytes(0);
    let mut pass = FramePass::new().with_read_ahead(read);
    let error = pass.run(&[&video], &mut [&mut recorder], &mut |event| match event {
        PassEvent::Advanced { done: 3 } => Err(Error::Interrupted),
        _ => Ok(()),
    });
    assert!(matches!(error, Err(Error::Interrupted)));
    assert_eq!(recorder.numbers(), [0, 1, 2]);
    // The threads have stopped soon after.
    assert!(video.reads().iter().sum::<usize>() < 12);
    let mut failing = Recorder::new(small(GRAY));
    failing.fails_at = Some(2);
    let error = pass.run(&[&video], &mut [&mut failing], &mut ignore);
    assert!(matches!(error, Err(Error::Nothing { .. })));
    assert_eq!(failing.numbers(), [0, 1]);
}

#[test]
fn a_panic_in_a_source_is_resumed() {
    for threads in [1, 3] {
        let mut stream = Listed::new(|next, out: &mut Frame| {
            assert!(next < 4, "frame {next} is too much");
            make_frame(next, 6, out);
            Ok(true)
        });
        let mut recorder = Recorder::new(small(GRAY));
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let mut pass = FramePass::new().with_read_ahead(ReadAhead::new().with_threads(threads));
            pass.run_stream(&mut stream, &mut [&mut recorder], &mut ignore)
        }));
        let message = *result.unwrap_err().downcast::<String>().unwrap();
        assert_eq!(
            (message.as_str(), recorder.numbers()),
            ("frame 4 is too much", vec![0, 1, 2, 3])
        );
    }
}

#[test]
fn a_repairer_must_decide_about_every_frame() {
    for delay in [Delay::Frames(2), Delay::WholeVideo] {
        let video = Made::new(9, 6, RGB, &[1, 2, 3, 4]);
        let mut repairer = OddBytes::new(small(GRAY), delay);
        repairer.forgets = 1;
        let mut recorders = [Recorder::new(small(GRAY))];
        let error = run(
            &mut FramePass::new().with_repairer(&mut repairer),
            &[&video],
            &mut recorders,
        );
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains("3 decisions about the 4 frames of video made"),
            "{error}"
        );
    }
}

/// A source that notes into which memory it is read.
struct Noted(Made, Arc<std::sync::Mutex<HashSet<usize>>>);

impl FrameSource for Noted {
    fn video(&self) -> &Video {
        self.0.video()
    }
    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        self.0.read_into(index, out)?;
        self.1
            .lock()
            .unwrap()
            .insert(out.pixels().as_ptr() as usize);
        Ok(())
    }
}

#[test]
fn memory_depends_on_neither_the_number_nor_the_length_of_videos() {
    let numbers: Vec<u64> = (0..200).collect();
    let (threads, whole) = (2, 90 * 60 * 3);
    for (repairs, inputs) in [(false, 1), (false, 4), (true, 1), (true, 4)] {
        for (videos, frames) in [(1, 3), (60, 3), (3, 200)] {
            let decoded = Arc::default();
            let made = || {
                Noted(
                    Made::new(90, 60, RGB, &numbers[..frames]),
                    Arc::clone(&decoded),
                )
            };
            let videos: Vec<Noted> = (0..videos).map(|_| made()).collect();
            let sources: Vec<&dyn FrameSource> =
                videos.iter().map(|v| v as &dyn FrameSource).collect();
            let mut recorders: Vec<Recorder> = four_inputs()[..inputs]
                .iter()
                .map(|i| Recorder::new(*i))
                .collect();
            let mut repairer = OddBytes::new(small(GRAY), Delay::Frames(3));
            // Room for about four decoded frames with all their conversions, or twelve without.
            let read = ReadAhead::new()
                .with_threads(threads)
                .with_budget_bytes(12 * whole);
            let mut pass = FramePass::new().with_read_ahead(read);
            if repairs {
                pass = pass.with_repairer(&mut repairer);
            }
            run(&mut pass, &sources, &mut recorders).unwrap();
            // Threads decode into their own buffer, or into one of the packages.
            let decoded = decoded.lock().unwrap().len();
            let most = if repairs { 16 } else { threads };
            assert!(
                decoded <= most,
                "{decoded} buffers for decoded frames, {repairs} {inputs}"
            );
        }
    }
}

#[test]
fn buffers_of_prepared_frames_are_reused() {
    let numbers: Vec<u64> = (0..300).collect();
    let video = Made::new(9, 6, RGB, &numbers);
    let mut recorders = [Recorder::new(small(RGB))];
    let read = ReadAhead::new().with_threads(3).with_budget_bytes(0);
    run(
        &mut FramePass::new().with_read_ahead(read),
        &[&video],
        &mut recorders,
    )
    .unwrap();
    // One for each thread and one for the sink.
    assert!(
        recorders[0].buffers.len() <= 4,
        "{} buffers",
        recorders[0].buffers.len()
    );
}

/// Counts how many frames are being read at once.
struct Meeting(Made, AtomicUsize, AtomicUsize);

impl FrameSource for Meeting {
    fn video(&self) -> &Video {
        self.0.video()
    }
    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        self.2
            .fetch_max(self.1.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(5));
        self.1.fetch_sub(1, Ordering::SeqCst);
        self.0.read_into(index, out)
    }
}

#[test]
fn threads_decode_at_once_and_across_the_ends_of_videos() {
    let meeting = || {
        Meeting(
            Made::new(9, 6, RGB, &[1]),
            AtomicUsize::new(0),
            AtomicUsize::new(0),
        )
    };
    let long = Meeting(
        Made::new(9, 6, RGB, &[1, 2, 3, 4, 5, 6]),
        AtomicUsize::new(0),
        AtomicUsize::new(0),
    );
    let short: Vec<Meeting> = (0..30).map(|_| meeting()).collect();
    let mut sources: Vec<&dyn FrameSource> = vec![&long];
    sources.extend(short.iter().map(|source| source as &dyn FrameSource));
    let mut recorder = Recorder::new(small(GRAY));
    let mut pass = FramePass::new().with_read_ahead(ReadAhead::new().with_threads(4));
    let mut last_read = None;
    pass.run(&sources, &mut [&mut recorder], &mut |event| {
        if event == (PassEvent::Advanced { done: 6 }) {
            // While the first video is still in hand, the threads read on to the last one.
            for _ in 0..2000 {
                if short[29].0.reads() == [1] {
                    break;
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            last_read = Some(short[29].0.reads());
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(last_read, Some(vec![1]));
    assert!(
        long.2.load(Ordering::SeqCst) > 1,
        "frames of one video are read by several threads"
    );
    assert_eq!(recorder.numbers().len(), 36);
}

#[test]
fn substitutes_are_reported_as_warnings() {
    let video = Made::new(9, 6, RGB, &[5, 6, 8]).with_bad(&[1]);
    let mut recorder = Recorder::new(small(GRAY));
    let mut warnings = Vec::new();
    let mut observer = |event: Event<'_>| {
        if let Event::Warned { message } = event {
            warnings.push(message.to_owned());
        }
        std::ops::ControlFlow::Continue(())
    };
    let mut pass = FramePass::new().with_bad_frames(BadFrames::Nearest);
    pass.run(&[&video], &mut [&mut recorder], &mut |event| {
        event.report_to(&mut observer)
    })
    .unwrap();
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings[0].starts_with("video made: frame 5 stands in for frame 6: "),
        "{}",
        warnings[0]
    );
}

#[test]
fn names_of_policies_are_read_and_written() {
    for policy in [BadFrames::Error, BadFrames::Nearest] {
        assert_eq!(policy.to_string().parse::<BadFrames>().unwrap(), policy);
    }
    let error = "closest".parse::<BadFrames>().unwrap_err().to_string();
    assert!(
        error.contains("closest") && error.contains("nearest"),
        "{error}"
    );
}
