use std::fmt;
use std::ops::Range;

use crate::{Error, FrameNumber, Video, Window, WindowSpec};

/// The windows of one video, in order: a value to print, test and iterate.
///
/// Windows start at every stride from the first frame of a run on. Where that would leave the last frames of the run
/// in no window, one more window ends at its last frame. So every frame of a run that is long enough lies in a window,
/// unless the stride is longer than a window. Which frames get a *score* of their own depends on the alignment and the
/// stride: see [`WindowPlan::coverage`].
///
/// [`WindowStream`](crate::WindowStream) cuts the same windows from a video whose end is not known.
///
/// ```
/// # use oddframe_core::{FrameNumber, FrameShape, PixelFormat, Video};
/// use oddframe_core::{Align, WindowSpec};
/// # let shape = FrameShape::new(4, 4, PixelFormat::Gray)?;
/// # let video = Video::new("01".into(), shape, (20..25).map(FrameNumber).collect())?;
/// // A video of the frames 20 to 24.
/// let plan = WindowSpec::new(4, 2)?.with_align(Align::Centre).plan(&video)?;
/// assert_eq!(plan.windows().len(), 2);
/// assert_eq!(plan.coverage(), [0, 0, 1, 1, 0]);
/// assert!(plan.to_string().ends_with("frames 20-23 score 22\nframes 21-24 score 23\n"));
/// # Ok::<(), oddframe_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowPlan {
    spec: WindowSpec,
    windows: Vec<Window>,
    numbers: Vec<FrameNumber>,
}

impl WindowSpec {
    /// Plans the windows of a video.
    ///
    /// # Errors
    /// When a run of frames is too short and [`ShortVideo::Error`](crate::ShortVideo::Error) was asked for.
    pub fn plan(self, video: &Video) -> Result<WindowPlan, Error> {
        let numbers = video.numbers().to_vec();
        // The plan is built by the stream, so that the two cannot disagree about tails, gaps and short runs.
        let mut stream = self.stream(video.id().clone());
        let mut windows = Vec::new();
        for number in &numbers {
            windows.extend(stream.push(*number)?);
        }
        windows.extend(stream.finish()?);
        Ok(WindowPlan {
            spec: self,
            windows,
            numbers,
        })
    }
}

impl WindowPlan {
    /// How the windows were cut.
    pub fn spec(&self) -> WindowSpec {
        self.spec
    }

    /// The windows, in order of their start.
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// How many scores each frame of the video gets.
    pub fn coverage(&self) -> Vec<usize> {
        // `scored` and not `frames`: with an alignment other than `Every`, a frame can lie in windows and
        // still have no score of its own.
        let mut counts = vec![0; self.numbers.len()];
        for frame in self.windows.iter().flat_map(|w| w.scored()) {
            counts[frame] += 1;
        }
        counts
    }

    /// The frames without a score of their own, as indices: for the edge policy.
    pub fn uncovered(&self) -> Vec<usize> {
        self.coverage()
            .iter()
            .enumerate()
            .filter(|(_, n)| **n == 0)
            .map(|(i, _)| i)
            .collect()
    }
}

/// Two lines of summary, then one line for each window: `frames 0-15 score 8`.
impl fmt::Display for WindowPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WindowPlan {
            spec,
            windows,
            numbers,
        } = self;
        writeln!(
            f,
            "{} windows of {} frames, stride {}",
            windows.len(),
            spec.length(),
            spec.stride()
        )?;
        let uncovered = self.uncovered().len();
        writeln!(
            f,
            "{} frames, {uncovered} of them without a score of their own",
            numbers.len()
        )?;
        for window in windows {
            write!(f, "frames {}", name_frames(numbers, window.frames()))?;
            if window.repeated_places() > 0 {
                write!(f, " (the last {} times)", window.repeated_places() + 1)?;
            }
            writeln!(f, " score {}", name_frames(numbers, window.scored()))?;
        }
        Ok(())
    }
}

/// The first and last frame number of a range of indices: `20-23`, or `22` when they are the same frame.
fn name_frames(numbers: &[FrameNumber], range: Range<usize>) -> String {
    match (numbers[range.start], numbers[range.end - 1]) {
        (first, last) if first == last => first.to_string(),
        (first, last) => format!("{first}-{last}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Align, FrameShape, Gaps, PixelFormat, ShortVideo};

    fn video(numbers: impl IntoIterator<Item = u64>) -> Video {
        let shape = FrameShape::new(2, 2, PixelFormat::Gray).unwrap();
        Video::new(
            "7".into(),
            shape,
            numbers.into_iter().map(FrameNumber).collect(),
        )
        .unwrap()
    }

    fn spec(length: usize, stride: usize) -> WindowSpec {
        WindowSpec::new(length, stride).unwrap()
    }

    fn scored(plan: &WindowPlan) -> Vec<usize> {
        plan.windows().iter().map(|w| w.scored().start).collect()
    }

    #[test]
    fn alignments() {
        let [first, centre, last, every] = [Align::First, Align::Centre, Align::Last, Align::Every]
            .map(|align| spec(4, 1).with_align(align).plan(&video(0..6)).unwrap());
        assert_eq!(scored(&first), [0, 1, 2]);
        assert_eq!(scored(&centre), [2, 3, 4]);
        assert_eq!(scored(&last), [3, 4, 5]);
        assert_eq!(last.uncovered(), [0, 1, 2]);
        assert_eq!(every.coverage(), [1, 2, 3, 3, 2, 1]);
    }

    #[test]
    fn the_tail_gets_a_window_of_its_own() {
        let plan = spec(10, 10).plan(&video(0..25)).unwrap();
        assert_eq!(
            plan.windows().iter().map(|w| w.start()).collect::<Vec<_>>(),
            [0, 10, 15]
        );
        assert!(plan.uncovered().is_empty());
    }

    #[test]
    fn gaps_break_windows_on_request() {
        let gappy = video([5, 6, 7, 10, 11, 12, 13]);
        let plan = spec(3, 1).with_gaps(Gaps::Break).plan(&gappy).unwrap();
        assert_eq!(
            plan.windows()
                .iter()
                .map(|w| w.frames())
                .collect::<Vec<_>>(),
            [0..3, 3..6, 4..7]
        );
        assert_eq!(spec(3, 1).plan(&gappy).unwrap().windows().len(), 5);
    }

    #[test]
    fn short_videos() {
        let short = video([3, 4]);
        let plan = spec(5, 1).with_align(Align::Centre).plan(&short).unwrap();
        assert_eq!(
            plan.windows()[0].places().collect::<Vec<_>>(),
            [0, 1, 1, 1, 1]
        );
        assert_eq!(plan.windows()[0].scored(), 1..2);
        assert!(
            spec(5, 1)
                .with_short(ShortVideo::Skip)
                .plan(&short)
                .unwrap()
                .windows()
                .is_empty()
        );
        let error = spec(5, 1)
            .with_short(ShortVideo::Error)
            .plan(&short)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "video 7: 2 frames from frame 3 on are fewer than the window's 5"
        );
    }

    #[test]
    fn a_plan_prints_frame_numbers() {
        let plan = spec(4, 2)
            .with_align(Align::Centre)
            .plan(&video(20..25))
            .unwrap();
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
            let outside: Vec<usize> =
                (0..video.len()).filter(|i| !plan.windows().iter().any(|w| w.frames().contains(i))).collect();
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
