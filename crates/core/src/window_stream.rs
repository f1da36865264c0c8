use crate::{Error, FrameNumber, Gaps, ShortVideo, VideoId, Window, WindowSpec};

/// Cuts windows from a video whose end is not known: frame numbers are pushed one by one, and each window is handed
/// out as soon as its last frame is there.
///
/// The windows are those of [`WindowPlan`](crate::WindowPlan), in the same order. The tail window of a run, which ends
/// at the last frame of the run, is handed out when the run ends: at a gap under [`Gaps::Break`], or at the end of the
/// video.
///
/// ```text
/// length 4, stride 3:    frames  0 1 2 3 4 5 6 7
///     regular windows            [-----]             handed out after frame 3
///                                      [-----]       handed out after frame 6
///     tail window                        [-----]     handed out when the run ends after frame 7
/// ```
///
/// ```
/// use oddframe_core::{FrameNumber, WindowSpec};
/// let mut stream = WindowSpec::new(4, 3)?.stream("01".into());
/// let mut starts = Vec::new();
/// for number in 0..8 {
///     starts.extend(stream.push(FrameNumber(number))?.map(|window| window.start()));
/// }
/// assert_eq!(starts, [0, 3]);
/// // Frame 4 begins the tail window, should the video end here.
/// assert_eq!(stream.first_needed(), 4);
/// assert_eq!(stream.finish()?.map(|window| window.start()), Some(4));
/// # Ok::<(), oddframe_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct WindowStream {
    spec: WindowSpec,
    video: VideoId,
    /// Number of frames pushed: the index of the next frame.
    pushed: usize,
    /// Index and number of the first frame of the current run.
    run_start: usize,
    run_number: FrameNumber,
    last_number: Option<FrameNumber>,
    /// Where the next regular window of the run starts; the frame may not have been pushed yet.
    next_start: usize,
}

impl WindowSpec {
    /// Cuts the windows of a video in a stream. The name of the video is for error messages.
    pub const fn stream(self, video: VideoId) -> WindowStream {
        WindowStream {
            spec: self,
            video,
            pushed: 0,
            run_start: 0,
            run_number: FrameNumber(0),
            last_number: None,
            next_start: 0,
        }
    }
}

impl WindowStream {
    /// Takes the number of the next frame, and hands out the windows that are now complete: the last window of a run
    /// that this frame ends by a gap, and a window that this frame completes.
    ///
    /// # Errors
    /// When the run that ends here is too short and [`ShortVideo::Error`] was asked for.
    pub fn push(
        &mut self,
        number: FrameNumber,
    ) -> Result<impl Iterator<Item = Window> + use<>, Error> {
        // `checked_add` matters for the last frame number that a `u64` can hold.
        let gap = self
            .last_number
            .is_some_and(|last| last.0.checked_add(1) != Some(number.0));
        // A gap ends the old run before the new frame is counted, so that its tail window cannot reach into
        // the new run.
        let last_of_run = if gap && self.spec.gaps() == Gaps::Break {
            self.end_run()?
        } else {
            None
        };
        if self.pushed == self.run_start {
            self.run_number = number;
        }
        self.last_number = Some(number);
        self.pushed += 1;
        // One frame completes at most one window, because the starts of windows are at least one frame apart.
        let complete = self.next_start + self.spec.length() <= self.pushed;
        let regular = complete.then(|| Window::new(self.spec, self.next_start, self.spec.length()));
        if complete {
            self.next_start += self.spec.stride();
        }
        Ok([last_of_run, regular].into_iter().flatten())
    }

    /// Ends the video, and hands out the last window of its last run, if there is one.
    ///
    /// # Errors
    /// When the run is too short and [`ShortVideo::Error`] was asked for.
    pub fn finish(&mut self) -> Result<Option<Window>, Error> {
        self.end_run()
    }

    /// Number of frames pushed.
    pub fn pushed_frames(&self) -> usize {
        self.pushed
    }

    /// Index of the first frame that a later window may contain: frames from here on must be kept. These are never
    /// more than the frames of one window.
    pub fn first_needed(&self) -> usize {
        let run = self.pushed - self.run_start;
        match run.checked_sub(self.spec.length()) {
            None => self.run_start,
            // The run may end here, and the window that ends here then is the last one. If it is a regular window, it
            // was handed out already.
            Some(tail) => {
                self.run_start + tail + usize::from(tail.is_multiple_of(self.spec.stride()))
            }
        }
    }

    /// Index of the first frame that a later window may score: no frame before it gets a further score.
    pub fn first_open(&self) -> usize {
        let run = self.pushed - self.run_start;
        // No later window starts before `first_needed`, and each scores the frame at its own `place`. Windows
        // that score every frame score their first one as well, hence 0.
        let place = self
            .spec
            .align()
            .scored_place(self.spec.length())
            .unwrap_or(0);
        // A run that ends too early scores an earlier frame: the place is then one that repeats the last frame.
        let short = run < self.spec.length() && self.spec.short() == ShortVideo::RepeatLast;
        let place = if short {
            place.min(run.saturating_sub(1))
        } else {
            place
        };
        (self.first_needed() + place).min(self.pushed)
    }

    /// Ends the current run: its tail window, or the only window of a run shorter than a window.
    fn end_run(&mut self) -> Result<Option<Window>, Error> {
        let (start, run) = (self.run_start, self.pushed - self.run_start);
        let length = self.spec.length();
        // `tail` is the start of the last possible window within the run. When the stride divides it, the
        // window was a regular one and has been handed out.
        let window = match (run.checked_sub(length), self.spec.short()) {
            _ if run == 0 => None,
            (Some(tail), _) if tail.is_multiple_of(self.spec.stride()) => None,
            (Some(tail), _) => Some(Window::new(self.spec, start + tail, length)),
            (None, ShortVideo::Skip) => None,
            (None, ShortVideo::RepeatLast) => Some(Window::new(self.spec, start, run)),
            (None, ShortVideo::Error) => {
                let (video, first) = (self.video.clone(), self.run_number);
                return Err(Error::TooShort {
                    video,
                    first,
                    frames: run,
                    length,
                });
            }
        };
        self.run_start = self.pushed;
        self.next_start = self.pushed;
        Ok(window)
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use proptest::prelude::*;

    use super::*;
    use crate::{Align, FrameShape, PixelFormat, Video};

    /// The windows by definition, from all numbers at once.
    fn windows_by_definition(
        spec: WindowSpec,
        numbers: &[FrameNumber],
    ) -> Result<Vec<Window>, Error> {
        let (length, stride) = (spec.length(), spec.stride());
        let mut windows = Vec::new();
        for run in runs(numbers, spec.gaps()) {
            if run.len() < length {
                match spec.short() {
                    ShortVideo::Skip => {}
                    ShortVideo::RepeatLast => windows.push(Window::new(spec, run.start, run.len())),
                    ShortVideo::Error => {
                        let (first, frames) = (numbers[run.start], run.len());
                        return Err(Error::TooShort {
                            video: "7".into(),
                            first,
                            frames,
                            length,
                        });
                    }
                }
                continue;
            }
            let last = run.end - length;
            windows.extend(
                (run.start..=last)
                    .step_by(stride)
                    .map(|start| Window::new(spec, start, length)),
            );
            if !(last - run.start).is_multiple_of(stride) {
                windows.push(Window::new(spec, last, length));
            }
        }
        Ok(windows)
    }

    /// The runs of frames that windows may not leave.
    fn runs(numbers: &[FrameNumber], gaps: Gaps) -> Vec<Range<usize>> {
        let mut runs = Vec::new();
        let mut start = 0;
        for i in 1..=numbers.len() {
            let gap =
                i < numbers.len() && gaps == Gaps::Break && numbers[i].0 != numbers[i - 1].0 + 1;
            if i == numbers.len() || gap {
                runs.push(start..i);
                start = i;
            }
        }
        runs
    }

    /// The state of a stream after each push, with the number of windows handed out so far.
    type States = Vec<(usize, WindowStream)>;

    /// The windows of a stream, and its states.
    fn stream_windows(
        spec: WindowSpec,
        numbers: &[FrameNumber],
    ) -> Result<(Vec<Window>, States), Error> {
        let mut stream = spec.stream("7".into());
        let (mut windows, mut states) = (Vec::new(), vec![(0, stream.clone())]);
        for number in numbers {
            windows.extend(stream.push(*number)?);
            states.push((windows.len(), stream.clone()));
        }
        windows.extend(stream.finish()?);
        states.push((windows.len(), stream));
        Ok((windows, states))
    }

    proptest! {
        #[test]
        fn a_stream_cuts_the_windows_of_the_plan(
            steps in prop::collection::vec(1_u64..4, 1..60), length in 1_usize..14, stride in 1_usize..16,
            align in prop::sample::select(vec![Align::First, Align::Centre, Align::Last, Align::Every]),
            gaps in prop::sample::select(vec![Gaps::Span, Gaps::Break]),
            short in prop::sample::select(vec![ShortVideo::RepeatLast, ShortVideo::Skip, ShortVideo::Error]),
        ) {
            let spec = WindowSpec::new(length, stride).unwrap().with_align(align).with_gaps(gaps).with_short(short);
            let numbers: Vec<FrameNumber> =
                steps.iter().scan(0, |n, step| { *n += step; Some(FrameNumber(*n)) }).collect();
            let shape = FrameShape::new(2, 2, PixelFormat::Gray).unwrap();
            let plan = spec.plan(&Video::new("7".into(), shape, numbers.clone()).unwrap());
            let expected = windows_by_definition(spec, &numbers);
            let streamed = stream_windows(spec, &numbers);
            let (expected, (windows, states)) = match (expected, streamed) {
                (Ok(expected), Ok(streamed)) => (expected, streamed),
                (Err(expected), Err(streamed)) => {
                    prop_assert_eq!(expected.to_string(), streamed.to_string());
                    prop_assert_eq!(expected.to_string(), plan.unwrap_err().to_string());
                    return Ok(());
                }
                (expected, streamed) => panic!("{expected:?}, but {streamed:?}"),
            };
            prop_assert_eq!(&windows, &expected);
            prop_assert_eq!(plan.unwrap().windows().to_vec(), expected);
            for (done, stream) in states {
                let pushed = stream.pushed_frames();
                let (needed, open) = (stream.first_needed(), stream.first_open());
                prop_assert!(needed <= pushed && pushed - needed <= length);
                prop_assert!(open <= pushed && pushed - open <= length);
                for window in &windows[done..] {
                    prop_assert!(window.start() >= needed && window.scored().start >= open);
                    // Only the last window of a run has to wait for the frame after its own.
                    prop_assert!(window.frames().end >= pushed);
                }
                prop_assert!(windows[..done].iter().all(|window| window.frames().end <= pushed));
            }
        }
    }

    #[test]
    fn nothing_is_needed_after_the_end() {
        let mut stream = WindowSpec::new(4, 1).unwrap().stream("1".into());
        for number in 0..6 {
            let _ = stream.push(FrameNumber(number)).unwrap().count();
        }
        assert_eq!((stream.first_needed(), stream.first_open()), (3, 3));
        assert_eq!(stream.finish().unwrap(), None);
        assert_eq!((stream.first_needed(), stream.first_open()), (6, 6));
    }
}
