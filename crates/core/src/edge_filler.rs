use std::collections::VecDeque;

use crate::{EdgePolicy, Error, FrameNumber, FrameScore, Origin, VideoId};

/// How many scores of a run [`EdgePolicy::Reflect`] can mirror, a buffer of about 1.5 MiB. Only gaps longer than this are
/// affected: their scores are mirrored back and forth within the buffer instead of the whole run.
const REFLECTED_FRAMES: usize = 65_536;

/// Applies an [`EdgePolicy`] to a video whose end is unknown: frames are pushed with or without a score, and every
/// frame is emitted with a score, in the same order, as soon as the score is decided.
///
/// After [`Self::finish`] every pushed frame was emitted once. The result is that of [`VideoScores::complete`], which is
/// built on it.
///
/// Frames without a score are only counted while they wait, so a gap of any length costs no memory. Under
/// [`EdgePolicy::Reflect`] the filler keeps the last 65,536 scores of a run: a longer run is mirrored within these.
///
/// ```
/// use oddframe_core::{EdgeFiller, EdgePolicy, FrameNumber, FrameScore, Origin};
/// let mut filler = EdgeFiller::new(EdgePolicy::Nearest);
/// let mut filled = Vec::new();
/// filler.push(FrameNumber(7), None, |score| filled.push(score));
/// assert_eq!(filler.pending_frames(), 1);
/// filler.push(FrameNumber(8), Some(FrameScore::new(0.5, Origin::Computed)), |score| filled.push(score));
/// filler.push(FrameNumber(9), None, |score| filled.push(score));
/// filler.finish(&"01".into(), |score| filled.push(score))?;
///
/// let borrowed = FrameScore::new(0.5, Origin::Borrowed { from: FrameNumber(8) });
/// assert_eq!(filled, [borrowed.clone(), FrameScore::new(0.5, Origin::Computed), borrowed]);
/// # Ok::<(), oddframe_core::Error>(())
/// ```
///
/// [`VideoScores::complete`]: crate::VideoScores::complete
#[derive(Debug, Clone)]
pub struct EdgeFiller {
    policy: EdgePolicy,
    fallback: Option<f64>,
    /// How many scores of a run the policy can borrow from: the edge of the run for `Nearest`, more for `Reflect`.
    reach: usize,
    /// The latest settled run of scored frames, or its last `reach` frames.
    before: VecDeque<Donor>,
    /// Frames without a score since `before` ended.
    gap: usize,
    /// Those at the end of the gap that still wait for their score.
    open: usize,
    /// Scored frames after the gap. They wait because the frames of the gap are emitted first and need more of them.
    after: Vec<(FrameNumber, FrameScore)>,
    /// The first frame of the video without a score, and how many there are.
    unscored: Option<(FrameNumber, usize)>,
}

/// A score that other frames can borrow.
#[derive(Debug, Clone, Copy)]
struct Donor {
    number: FrameNumber,
    value: f64,
}

impl Donor {
    fn lend(self) -> FrameScore {
        FrameScore::new(self.value, Origin::Borrowed { from: self.number })
    }
}

impl EdgeFiller {
    /// Starts a video with this policy.
    pub fn new(policy: EdgePolicy) -> Self {
        let reach = if policy == EdgePolicy::Reflect {
            REFLECTED_FRAMES
        } else {
            1
        };
        let (before, after) = (VecDeque::new(), Vec::new());
        Self {
            policy,
            fallback: None,
            reach,
            before,
            gap: 0,
            open: 0,
            after,
            unscored: None,
        }
    }

    /// Sets the score that every frame gets when the policy borrows and no frame of the video has a score to lend.
    ///
    /// Without a fallback such a video is an error. [`EdgePolicy::Error`] does not use it.
    #[must_use]
    pub fn with_fallback(self, value: f64) -> Self {
        Self {
            fallback: Some(value),
            ..self
        }
    }

    /// How many pushed frames were not emitted yet.
    pub fn pending_frames(&self) -> usize {
        self.open + self.after.len()
    }

    /// Forgets the current video.
    pub fn clear(&mut self) {
        self.before.clear();
        self.after.clear();
        (self.gap, self.open, self.unscored) = (0, 0, None);
    }

    /// Takes the next frame with its score, if it has one, and passes every score that is now decided to `emit`.
    ///
    /// A frame's own score is emitted unchanged. A borrowed score has no boxes and no reason. Under
    /// [`EdgePolicy::Error`] nothing is emitted after the first frame without a score.
    pub fn push(
        &mut self,
        number: FrameNumber,
        score: Option<FrameScore>,
        mut emit: impl FnMut(FrameScore),
    ) {
        let Some(score) = score else {
            return self.push_unscored(number, emit);
        };
        match self.policy {
            EdgePolicy::Error if self.unscored.is_some() => self.open += 1,
            EdgePolicy::Error | EdgePolicy::Constant(_) => emit(score),
            // Nothing waits: the score is decided as it is. The first score after a gap starts a new run.
            EdgePolicy::Nearest | EdgePolicy::Reflect if self.open == 0 => {
                if self.gap > 0 {
                    self.before.clear();
                    self.gap = 0;
                }
                self.remember(Donor {
                    number,
                    value: score.value,
                });
                emit(score);
            }
            EdgePolicy::Nearest | EdgePolicy::Reflect => {
                self.after.push((number, score));
                // The first waiting frame is `open` frames away from the run, so it is mirrored to the run's `open`th
                // frame and a longer run changes nothing.
                if self.after.len() == self.open.min(self.reach) {
                    self.settle_from_after(emit);
                }
            }
        }
    }

    /// Ends the video and passes the remaining scores to `emit`. The filler is then ready for the next video.
    ///
    /// # Errors
    /// When frames are left without a score: under [`EdgePolicy::Error`], or when there is no score to borrow and no
    /// fallback. The error names the first such frame and their number.
    pub fn finish(
        &mut self,
        video: &VideoId,
        mut emit: impl FnMut(FrameScore),
    ) -> Result<(), Error> {
        // Three cases: a run after the gap that was shorter than the gap, only a run before it, or no scored
        // frame in the whole video.
        let mut unfilled = None;
        if !self.after.is_empty() {
            self.settle_from_after(emit);
        } else if !self.before.is_empty() {
            while self.open > 0 {
                self.settle_from_before(&mut emit);
            }
        } else if self.open > 0 {
            match self.fallback.filter(|_| self.policy != EdgePolicy::Error) {
                Some(value) => {
                    (0..self.open).for_each(|_| emit(FrameScore::new(value, Origin::Constant)));
                }
                None => unfilled = self.unscored,
            }
        }
        self.clear();
        match unfilled {
            Some((frame, missing)) => Err(Error::Unscored {
                video: video.clone(),
                frame,
                missing,
            }),
            None => Ok(()),
        }
    }

    fn push_unscored(&mut self, number: FrameNumber, mut emit: impl FnMut(FrameScore)) {
        let (first, count) = self.unscored.unwrap_or((number, 0));
        self.unscored = Some((first, count + 1));
        if let EdgePolicy::Constant(value) = self.policy {
            return emit(FrameScore::new(value, Origin::Constant));
        }
        // The run after the previous gap ends here, shorter than the gap: the gap is mirrored within it.
        if !self.after.is_empty() {
            self.settle_from_after(&mut emit);
        }
        self.gap += 1;
        self.open += 1;
        // The next scored frame can be no nearer than the frame after this one. A waiting frame that is at least as
        // near to the run before the gap is decided without it.
        while !self.before.is_empty() && self.open > 0 && self.gap - self.open < self.open {
            self.settle_from_before(&mut emit);
        }
    }

    /// Settles the first waiting frame of the gap with a score of the run before the gap.
    fn settle_from_before(&mut self, emit: &mut impl FnMut(FrameScore)) {
        let last = self.before.len() - 1;
        let inward = reflect_into_run(self.gap - self.open, self.before.len());
        emit(self.before[last - inward].lend());
        self.open -= 1;
    }

    /// Settles the waiting frames of the gap with scores of the run after it, and then that run.
    fn settle_from_after(&mut self, mut emit: impl FnMut(FrameScore)) {
        // The first waiting frame is the farthest from the run. The scores of the run itself follow the gap,
        // so that the order of the frames is kept.
        for distance in (0..self.open).rev() {
            let (number, score) = &self.after[reflect_into_run(distance, self.after.len())];
            emit(
                Donor {
                    number: *number,
                    value: score.value,
                }
                .lend(),
            );
        }
        (self.gap, self.open) = (0, 0);
        self.before.clear();
        for (number, score) in std::mem::take(&mut self.after) {
            self.remember(Donor {
                number,
                value: score.value,
            });
            emit(score);
        }
    }

    /// Adds a score to the run that later frames can borrow from.
    fn remember(&mut self, donor: Donor) {
        if self.before.len() == self.reach {
            self.before.pop_front();
        }
        self.before.push_back(donor);
    }
}

/// The position in a run of `run` scored frames, counted from its edge, that mirrors a frame outside the run, with
/// `distance` frames between the frame and the edge.
///
/// ```text
/// distance   6 5 4 3 2 1 0 | a b c        run of 3: frames at the positions 0, 1, 2
/// position   0 0 1 2 2 1 0 | 0 1 2        back and forth, the ends repeated
/// ```
fn reflect_into_run(distance: usize, run: usize) -> usize {
    // One period of the mirror is the run inwards and outwards again.
    let step = distance % (2 * run);
    step.min(2 * run - 1 - step)
}

#[cfg(test)]
mod tests;
