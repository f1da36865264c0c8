use std::fmt;
use std::ops::Range;

use crate::{Align, Error, FrameNumber, Gaps, ShortVideo, Video, WindowSpec};

/// One window: the frames `start..start + real` of the video, the last repeated up to the window's length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    start: usize,
    real: usize,
    length: usize,
    align: Align,
}

impl Window {
    /// Index of the first frame.
    pub fn start(self) -> usize {
        self.start
    }

    /// The distinct frames in the window, as indices into the video.
    pub fn frames(self) -> Range<usize> {
        self.start..self.start + self.real
    }

    /// The frame for each place of the clip, repeated ones included.
    pub fn places(self) -> impl ExactSizeIterator<Item = usize> {
        (0..self.length).map(move |place| self.start + place.min(self.real - 1))
    }

    /// The frames that the window's score belongs to, as indices into the video.
    pub fn scored(self) -> Range<usize> {
        let one = |place: usize| {
            let frame = self.start + place.min(self.real - 1);
            frame..frame + 1
        };
        match self.align {
            Align::First => one(0),
            Align::Centre => one(self.length / 2),
            Align::Last => one(self.length - 1),
            Align::Every => self.frames(),
        }
    }
}

/// The windows of one video, in order: a value to print, test and iterate.
///
/// The windows start at every stride from the first frame of a run on; where that would leave the run's last
/// frames in no window, one more window ends at its last frame. So every frame of a run that is long enough
/// lies in a window, unless the stride is longer than a window; which frames get a *score* of their own depends on the alignment and the stride, and
/// [`WindowPlan::coverage`] tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowPlan {
    spec: WindowSpec,
    windows: Vec<Window>,
    numbers: Vec<FrameNumber>,
}

impl WindowPlan {
    pub(crate) fn new(spec: WindowSpec, video: &Video) -> Result<Self, Error> {
        let numbers = video.numbers().to_vec();
        let mut windows = Vec::new();
        for run in runs(&numbers, spec.gaps()) {
            if run.len() < spec.length() {
                match spec.short() {
                    ShortVideo::Skip => {}
                    ShortVideo::RepeatLast => windows.push(window(spec, run.start, run.len())),
                    ShortVideo::Error => {
                        return Err(Error::TooShort {
                            video: video.id().clone(),
                            first: numbers[run.start],
                            frames: run.len(),
                            length: spec.length(),
                        });
                    }
                }
                continue;
            }
            let last = run.end - spec.length();
            windows.extend((run.start..=last).step_by(spec.stride()).map(|s| window(spec, s, spec.length())));
            if !(last - run.start).is_multiple_of(spec.stride()) {
                windows.push(window(spec, last, spec.length()));
            }
        }
        Ok(Self { spec, windows, numbers })
    }

    /// What was planned for.
    pub fn spec(&self) -> WindowSpec {
        self.spec
    }

    /// The windows, by start.
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// How many scores each frame of the video gets.
    pub fn coverage(&self) -> Vec<usize> {
        let mut counts = vec![0; self.numbers.len()];
        for frame in self.windows.iter().flat_map(|w| w.scored()) {
            counts[frame] += 1;
        }
        counts
    }

    /// The frames without a score of their own, as indices: for the edge policy.
    pub fn uncovered(&self) -> Vec<usize> {
        self.coverage().iter().enumerate().filter(|(_, n)| **n == 0).map(|(i, _)| i).collect()
    }
}

fn window(spec: WindowSpec, start: usize, real: usize) -> Window {
    Window { start, real, length: spec.length(), align: spec.align() }
}

/// The runs of frames that windows may not leave.
fn runs(numbers: &[FrameNumber], gaps: Gaps) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = 0;
    for i in 1..=numbers.len() {
        let broken = i < numbers.len() && gaps == Gaps::Break && numbers[i].0 != numbers[i - 1].0 + 1;
        if i == numbers.len() || broken {
            runs.push(start..i);
            start = i;
        }
    }
    runs
}

/// Two lines, then one a window: `frames 0-15 score 8`.
impl fmt::Display for WindowPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WindowPlan { spec, windows, numbers } = self;
        writeln!(f, "{} windows of {} frames, stride {}", windows.len(), spec.length(), spec.stride())?;
        let uncovered = self.uncovered().len();
        writeln!(f, "{} frames, {uncovered} of them without a score of their own", numbers.len())?;
        for window in windows {
            let name = |range: Range<usize>| match (numbers[range.start], numbers[range.end - 1]) {
                (first, last) if first == last => first.to_string(),
                (first, last) => format!("{first}-{last}"),
            };
            write!(f, "frames {}", name(window.frames()))?;
            if window.real < window.length {
                write!(f, " (the last {} times)", window.length - window.real + 1)?;
            }
            writeln!(f, " score {}", name(window.scored()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{FrameShape, PixelFormat};

    fn video(numbers: impl IntoIterator<Item = u64>) -> Video {
        let shape = FrameShape::new(2, 2, PixelFormat::Gray).unwrap();
        Video::new("7".into(), shape, numbers.into_iter().map(FrameNumber).collect()).unwrap()
    }

    fn spec(length: usize, stride: usize) -> WindowSpec {
        WindowSpec::new(length, stride).unwrap()
    }

    fn scored(plan: &WindowPlan) -> Vec<usize> {
        plan.windows().iter().map(|w| w.scored().start).collect()
    }

    #[test]
    fn alignments() {
        let plan = |align| spec(4, 1).with_align(align).plan(&video(0..6)).unwrap();
        assert_eq!(scored(&plan(Align::First)), [0, 1, 2]);
        assert_eq!(scored(&plan(Align::Centre)), [2, 3, 4]);
        assert_eq!(scored(&plan(Align::Last)), [3, 4, 5]);
        assert_eq!(plan(Align::Last).uncovered(), [0, 1, 2]);
        assert_eq!(plan(Align::Every).coverage(), [1, 2, 3, 3, 2, 1]);
    }

    #[test]
    fn the_tail_gets_a_window_of_its_own() {
        let plan = spec(10, 10).plan(&video(0..25)).unwrap();
        assert_eq!(plan.windows().iter().map(|w| w.start()).collect::<Vec<_>>(), [0, 10, 15]);
        assert!(plan.uncovered().is_empty());
    }

    #[test]
    fn gaps_break_windows_on_request() {
        let gappy = video([5, 6, 7, 10, 11, 12, 13]);
        let plan = spec(3, 1).with_gaps(Gaps::Break).plan(&gappy).unwrap();
        assert_eq!(plan.windows().iter().map(|w| w.frames()).collect::<Vec<_>>(), [0..3, 3..6, 4..7]);
        assert_eq!(spec(3, 1).plan(&gappy).unwrap().windows().len(), 5);
    }

    #[test]
    fn short_videos() {
        let short = video([3, 4]);
        let plan = spec(5, 1).with_align(Align::Centre).plan(&short).unwrap();
        assert_eq!(plan.windows()[0].places().collect::<Vec<_>>(), [0, 1, 1, 1, 1]);
        assert_eq!(plan.windows()[0].scored(), 1..2);
        assert!(spec(5, 1).with_short(ShortVideo::Skip).plan(&short).unwrap().windows().is_empty());
        let error = spec(5, 1).with_short(ShortVideo::Error).plan(&short).unwrap_err();
        assert_eq!(error.to_string(), "video 7: 2 frames from frame 3 on are fewer than the window's 5");
    }

    #[test]
    fn a_plan_prints_frame_numbers() {
        let plan = spec(4, 2).with_align(Align::Centre).plan(&video(20..25)).unwrap();
        let text = "2 windows of 4 frames, stride 2\n5 frames, 3 of them without a score of their own\n\
                    frames 20-23 score 22\nframes 21-24 score 23\n";
        assert_eq!(plan.to_string(), text);
    }

    #[test]
    fn zero_lengths_are_refused() {
        assert!(WindowSpec::new(0, 1).is_err());
        assert!(WindowSpec::new(1, 0).is_err());
    }

    proptest! {
        #[test]
        fn every_frame_is_scored_when_windows_score_every_frame(
            steps in prop::collection::vec(1_u64..4, 1..80), length in 1_usize..20, stride in 1_usize..20, span: bool,
        ) {
            let numbers = steps.iter().scan(0, |n, step| { *n += step; Some(*n) });
            let video = video(numbers);
            let gaps = if span { Gaps::Span } else { Gaps::Break };
            let plan = spec(length, stride).with_gaps(gaps).plan(&video).unwrap();
            let inside = |i: &usize| plan.windows().iter().any(|w| w.frames().contains(i));
            let outside: Vec<usize> = (0..video.len()).filter(|i| !inside(i)).collect();
            prop_assert_eq!(plan.uncovered(), outside.clone());
            prop_assert!(stride > length || outside.is_empty());
            for window in plan.windows() {
                let frames = window.frames();
                prop_assert!(frames.end <= video.len());
                prop_assert_eq!(window.places().len(), length);
                prop_assert!(window.places().all(|p| frames.contains(&p)));
                if !span {
                    let jump = video.numbers()[frames.end - 1].0 - video.numbers()[frames.start].0;
                    prop_assert_eq!(jump as usize, frames.len() - 1);
                }
            }
        }

        #[test]
        fn at_stride_one_only_the_edges_lack_a_score(frames in 1_u64..60, length in 1_usize..20) {
            let short = (frames as usize) < length;
            for (align, head, tail) in
                [(Align::First, 0, length - 1), (Align::Centre, length / 2, length - 1 - length / 2), (Align::Last, length - 1, 0)]
            {
                let plan = spec(length, 1).with_align(align).plan(&video(0..frames)).unwrap();
                let expected: Vec<usize> = (0..frames as usize)
                    .filter(|&i| if short { i != plan.windows()[0].scored().start } else { i < head || i + tail >= frames as usize })
                    .collect();
                prop_assert_eq!(plan.uncovered(), expected);
            }
        }
    }
}
