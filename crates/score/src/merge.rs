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
