use std::fmt;

use oddframe_core::{
    Error, Event, FrameInput, FrameSink, FrameSource, Observer, PreparedFrame, ScoreCollector,
    ScoreMap, ScoredVideo, Scorer, Settled, StreamInfo,
};

use crate::FramePass;

/// Receives a scored video: its position in the pass, the output of the scorer, and the scores.
type OnVideo<'a> = Box<dyn FnMut(usize, usize, ScoredVideo) -> Result<(), Error> + 'a>;

/// Receives error maps: the position of the video in the pass, the output of the scorer, and maps of that video.
type OnMaps<'a> = Box<dyn FnMut(usize, usize, Vec<ScoreMap>) -> Result<(), Error> + 'a>;

/// Decides by position and description whether a video is scored.
type Wants<'a> = Box<dyn Fn(usize, &StreamInfo) -> bool + 'a>;

/// Feeds a [`Scorer`] from a [`FramePass`], and hands out the scores of each video as it ends.
///
/// Checks that every frame got exactly one finite score.
///
/// ```
/// # use oddframe_core::{Error, Frame, FrameInput, FrameNumber, FrameScore, FrameShape, FrameSource, Origin};
/// # use oddframe_core::{Delay, PixelFormat, PreparedFrame, Scorer, Settled, StreamInfo, Video};
/// use oddframe_frames::{FramePass, ScoreSink};
/// # struct Black(Video);
/// # impl FrameSource for Black {
/// #     fn video(&self) -> &Video { &self.0 }
/// #     fn read_into(&self, i: usize, out: &mut Frame) -> Result<(), Error> {
/// #         out.reset(self.shape(), self.number_at(i)?);
/// #         out.pixels_mut().fill(i as u8);
/// #         Ok(())
/// #     }
/// # }
/// # struct FirstByte;
/// # impl Scorer for FirstByte {
/// #     fn input(&self) -> FrameInput { FrameInput::unresized(PixelFormat::Gray) }
/// #     fn start(&mut self, _: &StreamInfo) -> Result<(), Error> { Ok(()) }
/// #     fn push(&mut self, frame: &PreparedFrame<'_>, settled: &mut Settled) -> Result<(), Error> {
/// #         let value = frame.image.map_or(0.0, |image| f64::from(image.pixels()[0]));
/// #         settled.push(FrameScore::new(value, Origin::Computed));
/// #         Ok(())
/// #     }
/// #     fn finish(&mut self, _: &mut Settled) -> Result<(), Error> { Ok(()) }
/// #     fn delay(&self) -> Delay { Delay::Frames(0) }
/// # }
/// # let shape = FrameShape::new(4, 4, PixelFormat::Gray)?;
/// # let video = Black(Video::new("01".into(), shape, (0..3).map(FrameNumber).collect())?);
/// # let mut scorer = FirstByte;
/// // A scorer, and a video of three frames.
/// let mut sink = ScoreSink::new(&mut scorer, 1, |video, output, scored| {
///     assert_eq!((video, output), (0, 0));
///     assert_eq!(scored.scores().values(), [0.0, 1.0, 2.0]);
///     Ok(())
/// });
/// FramePass::new().run(&[&video], &mut [&mut sink], &mut |_| Ok(()))?;
/// # Ok::<(), Error>(())
/// ```
pub struct ScoreSink<'a> {
    scorer: &'a mut dyn Scorer,
    settled: Settled,
    video: usize,
    /// One for each output of the scorer.
    collectors: Vec<ScoreCollector>,
    outputs: usize,
    wants: Wants<'a>,
    on_video: OnVideo<'a>,
    on_maps: Option<OnMaps<'a>>,
}

impl<'a> ScoreSink<'a> {
    /// A sink for a scorer with so many outputs: one, and one more for each scorer that was
    /// [merged](Scorer::merge) into it. `on_video` is called once for each output of each video.
    pub fn new(
        scorer: &'a mut dyn Scorer,
        outputs: usize,
        on_video: impl FnMut(usize, usize, ScoredVideo) -> Result<(), Error> + 'a,
    ) -> Self {
        Self {
            scorer,
            settled: Settled::new(),
            video: 0,
            collectors: Vec::new(),
            outputs,
            wants: Box::new(|_, _| true),
            on_video: Box::new(on_video),
            on_maps: None,
        }
    }

    /// Also asks the scorer for error maps. `on_maps` is called whenever some are decided, before the video ends.
    #[must_use]
    pub fn with_maps(
        self,
        on_maps: impl FnMut(usize, usize, Vec<ScoreMap>) -> Result<(), Error> + 'a,
    ) -> Self {
        Self {
            settled: self.settled.with_maps(),
            on_maps: Some(Box::new(on_maps)),
            ..self
        }
    }

    /// Scores only the videos that `wants` accepts, by position and description. Videos that no sink wants are not read:
    /// that is how an interrupted run is resumed.
    #[must_use]
    pub fn with_wanted(self, wants: impl Fn(usize, &StreamInfo) -> bool + 'a) -> Self {
        Self {
            wants: Box::new(wants),
            ..self
        }
    }

    /// Takes out what the scorer has settled.
    fn collect_settled(&mut self) -> Result<(), Error> {
        for (output, collector) in self.collectors.iter_mut().enumerate() {
            collector.push_scores(self.settled.take_scores(output));
            if let Some(on_maps) = &mut self.on_maps {
                let maps = self.settled.take_maps(output);
                if !maps.is_empty() {
                    on_maps(self.video, output, maps)?;
                }
            }
        }
        Ok(())
    }
}

impl FrameSink for ScoreSink<'_> {
    fn input(&self) -> FrameInput {
        self.scorer.input()
    }

    fn wants(&self, video: usize, info: &StreamInfo) -> bool {
        (self.wants)(video, info)
    }

    fn start(&mut self, video: usize, info: &StreamInfo) -> Result<bool, Error> {
        self.video = video;
        // A pass that failed in the middle of a video leaves scores behind.
        self.settled = if self.on_maps.is_some() {
            Settled::new().with_maps()
        } else {
            Settled::new()
        };
        self.collectors.clear();
        self.collectors
            .resize_with(self.outputs, || ScoreCollector::new(info.id().clone()));
        self.scorer.start(info)?;
        Ok(true)
    }

    fn preview_positions(&self, info: &StreamInfo) -> Vec<usize> {
        self.scorer.preview_positions(info)
    }

    fn preview(&mut self, frame: &PreparedFrame<'_>) -> Result<(), Error> {
        self.scorer.preview(frame)
    }

    fn push(&mut self, frame: &PreparedFrame<'_>) -> Result<(), Error> {
        // Scores are taken out after every frame, so that nothing grows but the scores of this video.
        self.collectors
            .iter_mut()
            .for_each(|collector| collector.push_frame(frame.number));
        self.scorer.push(frame, &mut self.settled)?;
        self.collect_settled()
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.scorer.finish(&mut self.settled)?;
        self.collect_settled()?;
        // A collector refuses to finish unless each frame has exactly one finite score.
        for (output, collector) in self.collectors.drain(..).enumerate() {
            (self.on_video)(self.video, output, collector.finish()?)?;
        }
        Ok(())
    }
}

impl fmt::Debug for ScoreSink<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScoreSink")
            .field("video", &self.video)
            .field("outputs", &self.outputs)
            .field("maps", &self.on_maps.is_some())
            .finish_non_exhaustive()
    }
}

/// Scores videos with several scorers in one pass: `[scorer][video]`.
///
/// The observer hears the progress in frames, and a warning for each frame that is replaced by another.
///
/// ```
/// # use oddframe_core::{Error, Frame, FrameInput, FrameNumber, FrameScore, FrameShape, FrameSource, Origin};
/// # use oddframe_core::{Delay, PixelFormat, PreparedFrame, Scorer, Settled, StreamInfo, Video};
/// use oddframe_core::Silent;
/// use oddframe_frames::{FramePass, score_videos};
/// # struct Black(Video);
/// # impl FrameSource for Black {
/// #     fn video(&self) -> &Video { &self.0 }
/// #     fn read_into(&self, i: usize, out: &mut Frame) -> Result<(), Error> {
/// #         out.reset(self.shape(), self.number_at(i)?);
/// #         out.pixels_mut().fill(i as u8);
/// #         Ok(())
/// #     }
/// # }
/// # struct FirstByte;
/// # impl Scorer for FirstByte {
/// #     fn input(&self) -> FrameInput { FrameInput::unresized(PixelFormat::Gray) }
/// #     fn start(&mut self, _: &StreamInfo) -> Result<(), Error> { Ok(()) }
/// #     fn push(&mut self, frame: &PreparedFrame<'_>, settled: &mut Settled) -> Result<(), Error> {
/// #         let value = frame.image.map_or(0.0, |image| f64::from(image.pixels()[0]));
/// #         settled.push(FrameScore::new(value, Origin::Computed));
/// #         Ok(())
/// #     }
/// #     fn finish(&mut self, _: &mut Settled) -> Result<(), Error> { Ok(()) }
/// #     fn delay(&self) -> Delay { Delay::Frames(0) }
/// # }
/// # let shape = FrameShape::new(4, 4, PixelFormat::Gray)?;
/// # let video = Black(Video::new("01".into(), shape, (0..3).map(FrameNumber).collect())?);
/// // A video of three frames, and a scorer.
/// let mut scorers: Vec<Box<dyn Scorer>> = vec![Box::new(FirstByte)];
/// let scored = score_videos(&[&video], &mut scorers, FramePass::new(), &mut Silent)?;
/// assert_eq!(scored[0][0].scores().values(), [0.0, 1.0, 2.0]);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// As [`FramePass::run`]; also when a scorer leaves a frame without exactly one finite score.
pub fn score_videos(
    videos: &[&dyn FrameSource],
    scorers: &mut [Box<dyn Scorer>],
    mut pass: FramePass<'_>,
    observer: &mut dyn Observer,
) -> Result<Vec<Vec<ScoredVideo>>, Error> {
    let total: usize = videos.iter().map(|video| video.numbers().len()).sum();
    observer.tell(Event::Started {
        task: "scoring",
        total: Some(total as u64),
    })?;
    let mut scored: Vec<Vec<ScoredVideo>> = scorers.iter().map(|_| Vec::new()).collect();
    let mut sinks: Vec<ScoreSink<'_>> = scorers
        .iter_mut()
        .zip(&mut scored)
        .map(|(scorer, scored)| {
            ScoreSink::new(&mut **scorer, 1, |_, _, video| {
                scored.push(video);
                Ok(())
            })
        })
        .collect();
    let mut sink_refs: Vec<&mut dyn FrameSink> =
        sinks.iter_mut().map(|s| s as &mut dyn FrameSink).collect();
    pass.run(videos, &mut sink_refs, &mut |event| {
        event.report_to(observer)
    })?;
    drop(sinks);
    observer.tell(Event::Finished)?;
    Ok(scored)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use oddframe_core::{Delay, FrameNumber, FrameScore, Origin, PixelFormat, Silent};

    use super::*;
    use crate::testing::Made;

    /// Two outputs: the first byte of each frame, settled one frame late, and its negative. Every third frame has a map.
    struct Late {
        pending: Vec<f64>,
        /// The frame that it does not score.
        forgets: Option<u64>,
        value: f64,
    }

    impl Late {
        fn new() -> Self {
            Self {
                pending: Vec::new(),
                forgets: None,
                value: 0.0,
            }
        }

        fn settle(&mut self, keep: usize, settled: &mut Settled) {
            while self.pending.len() > keep {
                let value = self.pending.remove(0);
                settled.push(FrameScore::new(value, Origin::Computed));
                settled.push_to(1, FrameScore::new(-value, Origin::Computed));
            }
        }
    }

    impl Scorer for Late {
        fn input(&self) -> FrameInput {
            FrameInput::unresized(PixelFormat::Gray)
        }
        fn start(&mut self, _: &StreamInfo) -> Result<(), Error> {
            self.pending.clear();
            Ok(())
        }
        fn push(&mut self, frame: &PreparedFrame<'_>, settled: &mut Settled) -> Result<(), Error> {
            if self.forgets != Some(frame.number.0) {
                let byte = frame.image.map_or(0, |image| image.pixels()[0]);
                self.pending.push(f64::from(byte) + self.value);
            }
            if settled.wants_maps() && frame.index.is_multiple_of(3) {
                settled.push_map(
                    1,
                    ScoreMap {
                        number: frame.number,
                        width: 1,
                        values: vec![0.5],
                    },
                );
            }
            self.settle(1, settled);
            Ok(())
        }
        fn finish(&mut self, settled: &mut Settled) -> Result<(), Error> {
            self.settle(0, settled);
            Ok(())
        }
        fn delay(&self) -> Delay {
            Delay::Frames(1)
        }
    }

    fn made(numbers: &[u64]) -> Made {
        Made::new(3, 2, PixelFormat::Gray, numbers)
    }

    fn first_bytes(frames: usize) -> Vec<f64> {
        (0..frames)
            .map(|frame| f64::from(Made::byte(frame, 0)))
            .collect()
    }

    #[test]
    fn every_output_of_every_video_is_handed_out_with_its_maps() {
        let (videos, scored, maps) = (
            [made(&[4, 5, 9, 10]), made(&[1])],
            RefCell::new(Vec::new()),
            RefCell::default(),
        );
        let mut scorer = Late::new();
        let mut sink = ScoreSink::new(&mut scorer, 2, |video, output, found: ScoredVideo| {
            scored
                .borrow_mut()
                .push((video, output, found.scores().values().to_vec()));
            Ok(())
        })
        .with_maps(|video, output, found| {
            let maps: &mut Vec<_> = &mut maps.borrow_mut();
            maps.extend(found.iter().map(|map| (video, output, map.number.0)));
            Ok(())
        });
        FramePass::new()
            .run(&[&videos[0], &videos[1]], &mut [&mut sink], &mut |_| Ok(()))
            .unwrap();
        drop(sink);
        let (four, one) = (first_bytes(4), first_bytes(1));
        let negative = |values: &[f64]| values.iter().map(|value| -value).collect::<Vec<_>>();
        let expected = [
            (0, 0, four.clone()),
            (0, 1, negative(&four)),
            (1, 0, one.clone()),
            (1, 1, negative(&one)),
        ];
        assert_eq!(scored.into_inner(), expected);
        assert_eq!(maps.into_inner(), [(0, 1, 4), (0, 1, 10), (1, 1, 1)]);
    }

    #[test]
    fn videos_that_were_scored_before_are_not_read_again() {
        let (videos, scored) = ([made(&[4, 5]), made(&[1])], RefCell::new(Vec::new()));
        let mut scorer = Late::new();
        let mut sink = ScoreSink::new(&mut scorer, 1, |video, _, _| {
            scored.borrow_mut().push(video);
            Ok(())
        })
        .with_wanted(|video, _| video == 1);
        FramePass::new()
            .run(&[&videos[0], &videos[1]], &mut [&mut sink], &mut |_| Ok(()))
            .unwrap();
        drop(sink);
        assert_eq!(
            (scored.into_inner(), videos[0].reads()),
            (vec![1], vec![0, 0])
        );
    }

    #[test]
    fn several_scorers_share_one_pass() {
        let videos = [made(&[4, 5, 9, 10]), made(&[1, 2])];
        let mut scorers: Vec<Box<dyn Scorer>> = vec![Box::new(Late::new()), Box::new(Late::new())];
        let scored = score_videos(
            &[&videos[0], &videos[1]],
            &mut scorers,
            FramePass::new(),
            &mut Silent,
        )
        .unwrap();
        assert_eq!(
            (videos[0].reads(), videos[1].reads()),
            (vec![1; 4], vec![1; 2])
        );
        for scored in &scored {
            assert_eq!(scored[0].scores().values(), first_bytes(4));
            assert_eq!(scored[1].scores().values(), first_bytes(2));
            assert_eq!(
                scored[1].scores().numbers(),
                [FrameNumber(1), FrameNumber(2)]
            );
        }
    }

    #[test]
    fn a_frame_without_exactly_one_finite_score_is_an_error() {
        let video = made(&[4, 5, 9, 10]);
        for (forgets, value) in [(Some(5), 0.0), (None, f64::NAN)] {
            let mut scorers: Vec<Box<dyn Scorer>> = vec![Box::new(Late {
                forgets,
                value,
                ..Late::new()
            })];
            let error =
                score_videos(&[&video], &mut scorers, FramePass::new(), &mut Silent).unwrap_err();
            match forgets {
                Some(_) => {
                    assert!(
                        matches!(
                            error,
                            Error::OtherFrames {
                                expected: 4,
                                found: 3,
                                ..
                            }
                        ),
                        "{error}"
                    );
                }
                None => assert!(
                    matches!(
                        error,
                        Error::NotFinite {
                            frame: FrameNumber(4),
                            ..
                        }
                    ),
                    "{error}"
                ),
            }
        }
    }

    /// Settles a score for each frame, and fails at frame 5 the first time.
    struct FailsOnce(bool);

    impl Scorer for FailsOnce {
        fn input(&self) -> FrameInput {
            FrameInput::unresized(PixelFormat::Gray)
        }
        fn start(&mut self, _: &StreamInfo) -> Result<(), Error> {
            Ok(())
        }
        fn push(&mut self, frame: &PreparedFrame<'_>, settled: &mut Settled) -> Result<(), Error> {
            settled.push(FrameScore::new(0.5, Origin::Computed));
            if frame.number == FrameNumber(5) && std::mem::replace(&mut self.0, false) {
                return Err(Error::Interrupted);
            }
            Ok(())
        }
        fn finish(&mut self, _: &mut Settled) -> Result<(), Error> {
            Ok(())
        }
        fn delay(&self) -> Delay {
            Delay::Frames(0)
        }
    }

    #[test]
    fn scores_of_an_interrupted_video_do_not_reach_the_next_pass() {
        let (video, mut scorer, mut scored) = (made(&[4, 5, 9]), FailsOnce(true), 0);
        let mut sink = ScoreSink::new(&mut scorer, 1, |_, _, found| {
            scored += found.scores().len();
            Ok(())
        });
        let interrupted = FramePass::new().run(&[&video], &mut [&mut sink], &mut |_| Ok(()));
        assert!(matches!(interrupted, Err(Error::Interrupted)));
        FramePass::new()
            .run(&[&video], &mut [&mut sink], &mut |_| Ok(()))
            .unwrap();
        drop(sink);
        assert_eq!(scored, 3);
    }
}
