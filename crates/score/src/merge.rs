use std::collections::VecDeque;

use oddframe_core::WindowPlan;

use crate::overlap::Vote;
use crate::{Error, Overlap};

/// Turns the scores of overlapping windows into one for each frame they cover, as (index, score) in order:
/// what [`VideoScores::complete`](oddframe_core::VideoScores::complete) takes.
///
/// A window brings a value for each frame of its [`scored`](oddframe_core::Window::scored) range: one for
/// each of its distinct frames under [`Align::Every`](oddframe_core::Align::Every), a single one otherwise.
///
/// # Errors
/// When the number of windows is not the plan's, or a window brings another number of values.
pub fn merge_windows<S: AsRef<[f64]>>(
    plan: &WindowPlan,
    scores: &[S],
    overlap: Overlap,
) -> Result<Vec<(usize, f64)>, Error> {
    if scores.len() != plan.windows().len() {
        return Err(Error::WindowCount { expected: plan.windows().len(), found: scores.len() });
    }
    let mut merger = WindowMerger::new(plan, overlap);
    let mut merged = Vec::new();
    for window in scores {
        merged.extend(merger.push(window.as_ref())?);
    }
    merger.finish()?;
    Ok(merged)
}

/// Merges windows one by one and hands out each frame once no later window covers it.
///
/// It holds the frames of one window at most, however long the video is.
#[derive(Debug, Clone)]
pub struct WindowMerger<'a> {
    plan: &'a WindowPlan,
    overlap: Overlap,
    /// Windows that came.
    done: usize,
    /// Index of the first frame that is open.
    first: usize,
    /// What is known of the open frames.
    open: VecDeque<Vec<Vote>>,
}

impl<'a> WindowMerger<'a> {
    /// Waits for the first window of the plan.
    pub fn new(plan: &'a WindowPlan, overlap: Overlap) -> Self {
        Self { plan, overlap, done: 0, first: 0, open: VecDeque::new() }
    }

    /// Takes the values of the next window and gives the frames that are now settled, as (index, score).
    ///
    /// # Errors
    /// When all windows came before, or the window brings another number of values than it scores frames; the
    /// merger is then as it was.
    pub fn push(&mut self, scores: &[f64]) -> Result<impl Iterator<Item = (usize, f64)>, Error> {
        let windows = self.plan.windows();
        let Some(window) = windows.get(self.done) else {
            return Err(Error::WindowCount { expected: windows.len(), found: self.done + 1 });
        };
        let scored = window.scored();
        if scores.len() != scored.len() {
            let (expected, found) = (scored.len(), scores.len());
            return Err(Error::WindowLength { window: self.done, expected, found });
        }
        if self.open.is_empty() {
            self.first = scored.start;
        }
        let middle = window.frames().start + window.frames().end;
        for (frame, &value) in scored.zip(scores) {
            while self.first + self.open.len() <= frame {
                self.open.push_back(Vec::new());
            }
            self.open[frame - self.first].push(Vote { value, off_centre: (2 * frame + 1).abs_diff(middle) });
        }
        self.done += 1;
        // Windows are in order, so that none starts before the next one.
        let settled = match windows.get(self.done) {
            Some(next) => next.scored().start.saturating_sub(self.first).min(self.open.len()),
            None => self.open.len(),
        };
        let (first, overlap) = (self.first, self.overlap);
        self.first += settled;
        let settled = self.open.drain(..settled).enumerate().filter(|(_, votes)| !votes.is_empty());
        Ok(settled.map(move |(i, votes)| (first + i, overlap.merge(&votes))))
    }

    /// Makes sure that every window of the plan came.
    ///
    /// # Errors
    /// When one is missing.
    pub fn finish(self) -> Result<(), Error> {
        match (self.plan.windows().len(), self.done) {
            (expected, found) if expected == found => Ok(()),
            (expected, found) => Err(Error::WindowCount { expected, found }),
        }
    }
}

#[cfg(test)]
mod tests {
    use oddframe_core::{Align, FrameNumber, FrameShape, Gaps, PixelFormat, ShortVideo, Video, WindowSpec};
    use proptest::prelude::*;

    use super::*;

    const ALL: [Overlap; 5] = [Overlap::Mean, Overlap::Max, Overlap::Median, Overlap::Last, Overlap::Centre];

    fn plan(numbers: impl IntoIterator<Item = u64>, spec: WindowSpec) -> WindowPlan {
        let shape = FrameShape::new(2, 2, PixelFormat::Gray).unwrap();
        spec.plan(&Video::new("1".into(), shape, numbers.into_iter().map(FrameNumber).collect()).unwrap())
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
        let merged = |overlap| values(&merge_windows(&plan, &scores, overlap).unwrap());
        assert_eq!(merged(Overlap::Mean), [1.0, 3.0, 5.0, 7.0, 3.0]);
        assert_eq!(merged(Overlap::Max), [1.0, 4.0, 9.0, 8.0, 3.0]);
        assert_eq!(merged(Overlap::Median), [1.0, 3.0, 5.0, 7.0, 3.0]);
        assert_eq!(merged(Overlap::Last), [1.0, 4.0, 1.0, 8.0, 3.0]);
        assert_eq!(merged(Overlap::Centre), [1.0, 2.0, 5.0, 8.0, 3.0]);
    }

    #[test]
    fn of_two_equally_central_windows_the_earlier_counts() {
        // Frames 0-3 and 2-5: frames 2 and 3 lie as far from one middle as from the other.
        let plan = plan(0..6, spec(4, 2));
        let scores = [[0.0; 4], [1.0; 4]];
        let centre = merge_windows(&plan, &scores, Overlap::Centre).unwrap();
        assert_eq!(values(&centre), [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    }

    #[test]
    fn frames_come_out_as_soon_as_they_are_settled() {
        let plan = plan(0..1000, spec(16, 4));
        let mut merger = WindowMerger::new(&plan, Overlap::Max);
        let mut seen = 0;
        for (i, window) in plan.windows().iter().enumerate() {
            let settled: Vec<_> = merger.push(&vec![i as f64; window.scored().len()]).unwrap().collect();
            seen += settled.len();
            assert!(merger.open.len() <= 16);
            assert!(seen >= window.start());
        }
        assert_eq!(seen, 1000);
        merger.finish().unwrap();
    }

    #[test]
    fn frames_between_scored_ones_are_left_to_the_edge_policy() {
        let plan = plan(0..9, spec(3, 3).with_align(Align::Centre));
        let merged = merge_windows(&plan, &[[1.0], [2.0], [3.0]], Overlap::Mean).unwrap();
        assert_eq!(merged, [(1, 1.0), (4, 2.0), (7, 3.0)]);
        let skipped = plan_of_short_runs();
        let scores: Vec<_> = skipped.windows().iter().map(|w| vec![0.5; w.scored().len()]).collect();
        let merged = merge_windows(&skipped, &scores, Overlap::Mean).unwrap();
        assert_eq!(merged.iter().map(|m| m.0).collect::<Vec<_>>(), [0, 1, 2, 4, 5, 6]);
    }

    fn plan_of_short_runs() -> WindowPlan {
        plan([0, 1, 2, 9, 20, 21, 22], spec(3, 1).with_gaps(Gaps::Break).with_short(ShortVideo::Skip))
    }

    #[test]
    fn windows_that_do_not_fit_the_plan_are_refused() {
        let plan = plan(0..5, spec(3, 1));
        let error = merge_windows(&plan, &[[0.0; 3]; 2], Overlap::Mean).unwrap_err();
        assert_eq!(error.to_string(), "3 windows were planned, 2 were scored");
        let error =
            merge_windows(&plan, &[vec![0.0; 3], vec![0.0; 2], vec![0.0; 3]], Overlap::Mean).unwrap_err();
        assert_eq!(error.to_string(), "window 1 scores 3 frames, 2 values were given");
        let mut merger = WindowMerger::new(&plan, Overlap::Mean);
        assert!(merger.push(&[0.0; 4]).is_err());
        assert_eq!(merger.clone().finish(), Err(Error::WindowCount { expected: 3, found: 0 }));
        for _ in 0..3 {
            assert!(merger.push(&[0.0; 3]).is_ok());
        }
        assert_eq!(merger.push(&[0.0; 3]).err(), Some(Error::WindowCount { expected: 3, found: 4 }));
    }

    proptest! {
        #[test]
        fn streaming_agrees_with_all_windows_at_once(
            steps in prop::collection::vec(1_u64..3, 1..60), length in 1_usize..12, stride in 1_usize..14,
            align in prop::sample::select(vec![Align::First, Align::Centre, Align::Last, Align::Every]),
            span: bool, seed: u64,
        ) {
            let numbers = steps.iter().scan(0, |n, step| { *n += step; Some(*n) });
            let gaps = if span { Gaps::Span } else { Gaps::Break };
            let plan = plan(numbers, spec(length, stride).with_align(align).with_gaps(gaps));
            let mut random = oddframe_core::Random::new(seed);
            let mut draw = |n| (0..n).map(|_| random.unit()).collect::<Vec<_>>();
            let scores: Vec<_> = plan.windows().iter().map(|w| draw(w.scored().len())).collect();
            for overlap in ALL {
                let expected: Vec<_> = (0..steps.len()).filter_map(|frame| {
                    let votes: Vec<_> = plan.windows().iter().zip(&scores)
                        .filter(|(window, _)| window.scored().contains(&frame))
                        .map(|(window, scores)| Vote {
                            value: scores[frame - window.scored().start],
                            off_centre: (frame - window.start()).abs_diff(window.frames().end - 1 - frame),
                        })
                        .collect();
                    (!votes.is_empty()).then(|| (frame, overlap.merge(&votes)))
                }).collect();
                prop_assert_eq!(merge_windows(&plan, &scores, overlap).unwrap(), expected);
            }
        }
    }
}
