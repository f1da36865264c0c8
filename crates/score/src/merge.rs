use std::collections::VecDeque;

use oddframe_core::{Window, WindowPlan};

use crate::overlap::Vote;
use crate::{Error, Overlap};

/// Merges the scores of overlapping windows into one score for each frame that a window scores, as (index, score) in
/// order: what [`VideoScores::complete`](oddframe_core::VideoScores::complete) takes.
///
/// Each window has one value for each frame of its [`scored`](Window::scored) range: one for every distinct frame under
/// [`Align::Every`](oddframe_core::Align::Every), a single one otherwise. [`WindowMerger`] does the same in a stream.
///
/// ```
/// # use oddframe_core::{FrameNumber, FrameShape, PixelFormat, Video, WindowSpec};
/// use oddframe_score::{Overlap, merge_windows};
/// # let shape = FrameShape::new(4, 4, PixelFormat::Gray)?;
/// # let video = Video::new("01".into(), shape, (0..4).map(FrameNumber).collect())?;
/// // A video of four frames: the windows are frames 0 to 2 and frames 1 to 3.
/// let plan = WindowSpec::new(3, 1)?.plan(&video)?;
/// let merged = merge_windows(&plan, &[[1.0, 2.0, 9.0], [4.0, 5.0, 6.0]], Overlap::Mean)?;
/// assert_eq!(merged, [(0, 1.0), (1, 3.0), (2, 7.0), (3, 6.0)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the number of windows is not the plan's, or a window has another number of values than it scores frames.
pub fn merge_windows<S: AsRef<[f64]>>(
    plan: &WindowPlan,
    scores: &[S],
    overlap: Overlap,
) -> Result<Vec<(usize, f64)>, Error> {
    if scores.len() != plan.windows().len() {
        return Err(Error::WindowCount {
            expected: plan.windows().len(),
            found: scores.len(),
        });
    }
    // All windows are pushed before any frame is settled. A stream settles frames in between and gives the same values,
    // because a frame is settled only after the last window that scores it.
    let mut merger = WindowMerger::new(overlap);
    let mut end = 0;
    for (window, scores) in plan.windows().iter().zip(scores) {
        merger.push(*window, scores.as_ref())?;
        end = window.scored().end.max(end);
    }
    let settled = std::iter::from_fn(|| merger.next_settled(end));
    Ok(settled
        .filter_map(|(index, score)| score.map(|score| (index, score)))
        .collect())
}

/// Merges the scores of overlapping windows in a stream whose end is not known.
///
/// Windows are pushed in order. The caller knows which frames later windows may still score, from
/// [`WindowStream::first_open`](oddframe_core::WindowStream::first_open), and takes the frames before as settled. The
/// merger holds only the frames between the two, however long the video is.
///
/// ```
/// use oddframe_core::{FrameNumber, WindowSpec};
/// use oddframe_score::{Overlap, WindowMerger};
/// let mut windows = WindowSpec::new(2, 1)?.stream("01".into());
/// let mut merger = WindowMerger::new(Overlap::Max);
/// let mut settled = Vec::new();
/// for number in 0..3 {
///     for window in windows.push(FrameNumber(number))? {
///         merger.push(window, &[0.1, 0.2])?;
///     }
///     while let Some((index, score)) = merger.next_settled(windows.first_open()) {
///         settled.push((index, score));
///     }
/// }
/// // The last frame is still open: the windows of frames 1 and 2 and of frames 2 and 3 score it.
/// assert_eq!(settled, [(0, Some(0.1)), (1, Some(0.2))]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct WindowMerger {
    overlap: Overlap,
    /// Number of windows pushed.
    windows: usize,
    /// Index of the first frame that is not settled.
    first: usize,
    /// The values of the frames from `first` on, by window.
    open: VecDeque<Vec<Vote>>,
    /// Empty lists of settled frames, to be used again.
    spare: Vec<Vec<Vote>>,
}

impl WindowMerger {
    /// Waits for the first window.
    pub fn new(overlap: Overlap) -> Self {
        Self {
            overlap,
            windows: 0,
            first: 0,
            open: VecDeque::new(),
            spare: Vec::new(),
        }
    }

    /// Takes the values of the next window.
    ///
    /// # Errors
    /// When the window has another number of values than it scores frames; the merger is then as it was.
    ///
    /// # Panics
    /// When the window scores a frame that was settled before.
    pub fn push(&mut self, window: Window, scores: &[f64]) -> Result<(), Error> {
        let scored = window.scored();
        if scores.len() != scored.len() {
            let (expected, found) = (scored.len(), scores.len());
            return Err(Error::WindowLength {
                window: self.windows,
                expected,
                found,
            });
        }
        assert!(
            scored.start >= self.first,
            "frame {} is settled and cannot be scored again",
            scored.start
        );
        // Twice the middle of the window, so that it is a whole number for even and odd lengths.
        let middle = window.frames().start + window.frames().end;
        for (frame, &value) in scored.zip(scores) {
            while self.first + self.open.len() <= frame {
                self.open.push_back(self.spare.pop().unwrap_or_default());
            }
            self.open[frame - self.first].push(Vote {
                value,
                off_centre: (2 * frame + 1).abs_diff(middle),
            });
        }
        self.windows += 1;
        Ok(())
    }

    /// Settles the next frame, if its index is below `end`: gives the index, and the merged score if a window scored
    /// the frame. Every frame comes exactly once, in order, whether it has a score or not.
    pub fn next_settled(&mut self, end: usize) -> Option<(usize, Option<f64>)> {
        if self.first >= end {
            return None;
        }
        let index = self.first;
        self.first += 1;
        // Without a list, no window has scored this frame or a later one yet.
        let Some(mut votes) = self.open.pop_front() else {
            return Some((index, None));
        };
        let score = (!votes.is_empty()).then(|| self.overlap.merge_votes(&votes));
        votes.clear();
        self.spare.push(votes);
        Some((index, score))
    }
}

#[cfg(test)]
mod tests {
    use oddframe_core::{
        Align, FrameNumber, FrameShape, Gaps, PixelFormat, ShortVideo, Video, WindowSpec,
        WindowStream,
    };
    use proptest::prelude::*;

    use super::*;

    const ALL: [Overlap; 5] = [
        Overlap::Mean,
        Overlap::Max,
        Overlap::Median,
        Overlap::Last,
        Overlap::Centre,
    ];

    fn plan(numbers: impl IntoIterator<Item = u64>, spec: WindowSpec) -> WindowPlan {
        let shape = FrameShape::new(2, 2, PixelFormat::Gray).unwrap();
        spec.plan(
            &Video::new(
                "1".into(),
                shape,
                numbers.into_iter().map(FrameNumber).collect(),
            )
            .unwrap(),
        )
        .unwrap()
    }

    fn spec(length: usize, stride: usize) -> WindowSpec {
        WindowSpec::new(length, stride).unwrap()
    }

    fn values(merged: &[(usize, f64)]) -> Vec<f64> {
        assert!(merged.iter().enumerate().all(|(i, (frame, _))| i == *frame));
        merged.iter().map(|(_, value)| *value).collect()
    }

    #[test]
    fn values_by_hand() {
        // Frames 0-2, 1-3 and 2-4.
        let plan = plan(0..5, spec(3, 1));
        let scores = [[1.0, 2.0, 9.0], [4.0, 5.0, 6.0], [1.0, 8.0, 3.0]];
        let [mean, max, median, last, centre] =
            ALL.map(|overlap| values(&merge_windows(&plan, &scores, overlap).unwrap()));
        assert_eq!(mean, [1.0, 3.0, 5.0, 7.0, 3.0]);
        assert_eq!(max, [1.0, 4.0, 9.0, 8.0, 3.0]);
        assert_eq!(median, [1.0, 3.0, 5.0, 7.0, 3.0]);
        assert_eq!(last, [1.0, 4.0, 1.0, 8.0, 3.0]);
        assert_eq!(centre, [1.0, 2.0, 5.0, 8.0, 3.0]);
    }

    #[test]
    fn of_two_equally_central_windows_the_earlier_counts() {
        // Frames 0-3 and 2-5: frames 2 and 3 lie as far from one middle as from the other.
        let plan = plan(0..6, spec(4, 2));
        let scores = [[0.0; 4], [1.0; 4]];
        let centre = merge_windows(&plan, &scores, Overlap::Centre).unwrap();
        assert_eq!(values(&centre), [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    }

    /// Takes all frames that are settled.
    fn take_settled(
        merger: &mut WindowMerger,
        windows: &WindowStream,
        settled: &mut Vec<(usize, f64)>,
    ) {
        while let Some((index, score)) = merger.next_settled(windows.first_open()) {
            settled.extend(score.map(|score| (index, score)));
        }
    }

    /// Merges windows while the frames arrive, and makes sure that few frames are open at any time.
    fn merge_in_stream(
        spec: WindowSpec,
        numbers: &[FrameNumber],
        scores: &[Vec<f64>],
        overlap: Overlap,
    ) -> Vec<(usize, f64)> {
        let (mut windows, mut merger) = (spec.stream("1".into()), WindowMerger::new(overlap));
        let (mut scores, mut settled) = (scores.iter(), Vec::new());
        for number in numbers {
            for window in windows.push(*number).unwrap() {
                merger.push(window, scores.next().unwrap()).unwrap();
            }
            take_settled(&mut merger, &windows, &mut settled);
            assert!(merger.open.len() <= spec.length());
        }
        if let Some(window) = windows.finish().unwrap() {
            merger.push(window, scores.next().unwrap()).unwrap();
        }
        take_settled(&mut merger, &windows, &mut settled);
        assert!(scores.next().is_none() && merger.open.is_empty());
        settled
    }

    #[test]
    fn a_frame_is_settled_once_no_later_window_can_score_it() {
        let mut windows = spec(16, 4).stream("1".into());
        let mut merger = WindowMerger::new(Overlap::Max);
        let mut settled = Vec::new();
        for number in 0..1000 {
            for window in windows.push(FrameNumber(number)).unwrap() {
                merger.push(window, &[number as f64; 16]).unwrap();
            }
            take_settled(&mut merger, &windows, &mut settled);
            // At most a whole window waits, because the video may end here with a window of the last 16 frames.
            assert!(settled.len() + 16 > number as usize);
        }
        assert_eq!(windows.finish().unwrap(), None);
        take_settled(&mut merger, &windows, &mut settled);
        assert_eq!(settled.len(), 1000);
    }

    #[test]
    fn frames_between_scored_ones_are_left_to_the_edge_policy() {
        let plan = plan(0..9, spec(3, 3).with_align(Align::Centre));
        let merged = merge_windows(&plan, &[[1.0], [2.0], [3.0]], Overlap::Mean).unwrap();
        assert_eq!(merged, [(1, 1.0), (4, 2.0), (7, 3.0)]);
        let skipped = plan_of_short_runs();
        let scores: Vec<_> = skipped
            .windows()
            .iter()
            .map(|w| vec![0.5; w.scored().len()])
            .collect();
        let merged = merge_windows(&skipped, &scores, Overlap::Mean).unwrap();
        assert_eq!(
            merged.iter().map(|m| m.0).collect::<Vec<_>>(),
            [0, 1, 2, 4, 5, 6]
        );
    }

    fn plan_of_short_runs() -> WindowPlan {
        plan(
            [0, 1, 2, 9, 20, 21, 22],
            spec(3, 1)
                .with_gaps(Gaps::Break)
                .with_short(ShortVideo::Skip),
        )
    }

    #[test]
    fn windows_that_do_not_fit_the_plan_are_refused() {
        let plan = plan(0..5, spec(3, 1));
        let error = merge_windows(&plan, &[[0.0; 3]; 2], Overlap::Mean).unwrap_err();
        assert_eq!(error.to_string(), "3 windows were planned, 2 were scored");
        let error = merge_windows(
            &plan,
            &[vec![0.0; 3], vec![0.0; 2], vec![0.0; 3]],
            Overlap::Mean,
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "window 1 scores 3 frames, 2 values were given"
        );
        let mut merger = WindowMerger::new(Overlap::Mean);
        assert!(merger.push(plan.windows()[0], &[0.0; 4]).is_err());
        assert!(merger.push(plan.windows()[0], &[0.0; 3]).is_ok());
    }

    #[test]
    #[should_panic(expected = "frame 0 is settled")]
    fn a_window_that_comes_too_late_is_refused() {
        let mut merger = WindowMerger::new(Overlap::Mean);
        assert_eq!(merger.next_settled(1), Some((0, None)));
        let _ = merger.push(plan(0..5, spec(3, 1)).windows()[0], &[0.0; 3]);
    }

    proptest! {
        #[test]
        fn streaming_agrees_with_all_windows_at_once(
            steps in prop::collection::vec(1_u64..3, 1..60), length in 1_usize..12, stride in 1_usize..14,
            align in prop::sample::select(vec![Align::First, Align::Centre, Align::Last, Align::Every]),
            span: bool, skip: bool, seed: u64,
        ) {
            let numbers: Vec<u64> = steps.iter().scan(0, |n, step| { *n += step; Some(*n) }).collect();
            let gaps = if span { Gaps::Span } else { Gaps::Break };
            let short = if skip { ShortVideo::Skip } else { ShortVideo::RepeatLast };
            let spec = spec(length, stride).with_align(align).with_gaps(gaps).with_short(short);
            let plan = plan(numbers.iter().copied(), spec);
            let mut random = oddframe_core::Random::new(seed);
            let scores: Vec<Vec<f64>> =
                plan.windows().iter().map(|w| w.scored().map(|_| random.unit()).collect()).collect();
            let numbers: Vec<FrameNumber> = numbers.into_iter().map(FrameNumber).collect();
            for overlap in ALL {
                let expected: Vec<_> = (0..steps.len()).filter_map(|frame| {
                    let votes: Vec<_> = plan.windows().iter().zip(&scores)
                        .filter(|(window, _)| window.scored().contains(&frame))
                        .map(|(window, scores)| Vote {
                            value: scores[frame - window.scored().start],
                            off_centre: (frame - window.start()).abs_diff(window.frames().end - 1 - frame),
                        })
                        .collect();
                    (!votes.is_empty()).then(|| (frame, overlap.merge_votes(&votes)))
                }).collect();
                prop_assert_eq!(&merge_windows(&plan, &scores, overlap).unwrap(), &expected);
                prop_assert_eq!(merge_in_stream(spec, &numbers, &scores, overlap), expected);
            }
        }
    }
}
