use oddframe_core::{
    Align, EdgePolicy, FirstFrame, FrameInput, FrameNumber, FrameShape, Gaps, ShortVideo,
    StreamInfo, Video, WindowSpec,
};
use oddframe_score::Overlap;

use crate::{Error, FlowInput, Measure};

/// How a window that scores a single frame joins the scores of the frames that its network predicts.
///
/// ```
/// use oddframe_clips::ClipReduction;
/// assert_eq!(ClipReduction::Mean.reduce(&[1.0, 3.0]), 2.0);
/// assert_eq!(ClipReduction::Max.reduce(&[1.0, 3.0]), 3.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ClipReduction {
    /// The mean of the scores.
    #[default]
    Mean,
    /// The largest score.
    Max,
}

impl ClipReduction {
    /// Joins the scores of one window; NaN when there is none, or when one is NaN.
    pub fn reduce(self, scores: &[f64]) -> f64 {
        match self {
            Self::Mean => scores.iter().sum::<f64>() / scores.len() as f64,
            // `total_cmp` orders NaN above all numbers, so that a NaN shows; `f64::max` would hide it.
            Self::Max => scores
                .iter()
                .copied()
                .max_by(f64::total_cmp)
                .unwrap_or(f64::NAN),
        }
    }
}

/// How the frames of a video become scores: what the network sees, the windows, the measure, and the treatment of frames
/// that no window scores.
///
/// ```
/// use oddframe_clips::{Measure, ScoreOptions};
/// use oddframe_core::{Align, EdgePolicy, FrameInput, PixelFormat, StreamInfo, WindowSpec};
/// use oddframe_score::Max;
/// let input = FrameInput::new(64, 64, PixelFormat::Gray)?;
/// let windows = WindowSpec::new(16, 1)?.with_align(Align::Last);
/// let options = ScoreOptions::new(input, windows, Measure::new(Max));
///
/// // The last frame of a window gets its score, so the first 15 frames of a video borrow from the 16th ...
/// let video = StreamInfo::new("01".into()).with_frames(100);
/// assert!(options.check_video(&video).is_ok());
/// // ... which an edge policy can forbid.
/// let error = options.with_edge(EdgePolicy::Error).check_video(&video).unwrap_err();
/// assert!(error.to_string().starts_with("video 01: 15 of its 100 frames get no score"));
/// # Ok::<(), oddframe_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreOptions {
    pub(crate) input: FrameInput,
    /// What the network sees of the motion between frames, when it sees motion instead of frames.
    pub(crate) flow: Option<FlowInput>,
    pub(crate) windows: WindowSpec,
    pub(crate) measure: Measure,
    pub(crate) reduction: ClipReduction,
    pub(crate) overlap: Overlap,
    pub(crate) edge: EdgePolicy,
    pub(crate) batch: usize,
}

impl ScoreOptions {
    /// Default number of clips in a batch: enough work for every core, and small enough to stay in the cache.
    const BATCH: usize = 8;

    /// Overlapping windows are merged by the mean, frames at the edges borrow the nearest score, and a batch has eight
    /// clips.
    pub const fn new(input: FrameInput, windows: WindowSpec, measure: Measure) -> Self {
        let (reduction, overlap, edge) = (ClipReduction::Mean, Overlap::Mean, EdgePolicy::Nearest);
        Self {
            input,
            flow: None,
            windows,
            measure,
            reduction,
            overlap,
            edge,
            batch: Self::BATCH,
        }
    }

    /// The same for a network that sees optical flow instead of frames; a [`FlowScorer`](crate::FlowScorer) uses them.
    ///
    /// A window is then a number of flows. The flow from one frame to the next belongs to the second of them, so the first
    /// frame of a video has none. Under [`Gaps::Break`] the first frame after a gap has none either; under
    /// [`Gaps::Span`] its flow is that across the gap.
    pub const fn of_flow(flow: FlowInput, windows: WindowSpec, measure: Measure) -> Self {
        Self {
            flow: Some(flow),
            ..Self::new(flow.frames(), windows, measure)
        }
    }

    /// Sets how a window that scores one frame joins the scores of its predicted frames.
    #[must_use]
    pub const fn with_reduction(self, reduction: ClipReduction) -> Self {
        Self { reduction, ..self }
    }

    /// Sets how the scores that several windows give to one frame are merged.
    #[must_use]
    pub const fn with_overlap(self, overlap: Overlap) -> Self {
        Self { overlap, ..self }
    }

    /// Sets how frames that no window scores get a score.
    #[must_use]
    pub const fn with_edge(self, edge: EdgePolicy) -> Self {
        Self { edge, ..self }
    }

    /// Sets the number of clips in a batch. Scores do not depend on it beyond rounding.
    #[must_use]
    pub const fn with_batch(self, batch: usize) -> Self {
        Self { batch, ..self }
    }

    /// Sets how the difference between a frame and its prediction becomes one number.
    #[must_use]
    pub const fn with_measure(self, measure: Measure) -> Self {
        Self { measure, ..self }
    }

    /// What the network sees of a frame.
    pub const fn input(&self) -> FrameInput {
        self.input
    }

    /// What the network sees of the motion between frames, when it sees motion instead of frames.
    pub const fn flow(&self) -> Option<FlowInput> {
        self.flow
    }

    /// How clips are cut from a video.
    pub const fn windows(&self) -> WindowSpec {
        self.windows
    }

    /// How the difference between a frame and its prediction becomes one number.
    pub const fn measure(&self) -> Measure {
        self.measure
    }

    /// Checks whether every frame of a video gets a score, as far as this is known before the video is read. A video whose
    /// number of frames is unknown passes.
    ///
    /// # Errors
    /// When the video is too short for its windows, or frames are left without a score. The error says what to change.
    pub fn check_video(&self, info: &StreamInfo) -> Result<(), Error> {
        let Some(frames) = info.frames() else {
            return Ok(());
        };
        let (video, length, short) = (
            info.id().clone(),
            self.windows.length(),
            self.windows.short(),
        );
        let runs = self.shown_runs(info, frames);
        let shown: usize = runs.iter().sum();
        let too_short = runs.iter().find(|run| (1..length).contains(*run));
        if let Some(&frames) = too_short.filter(|_| short == ShortVideo::Error) {
            return Err(if runs.len() == 1 {
                Error::VideoTooShort {
                    video,
                    frames,
                    length,
                }
            } else {
                Error::RunTooShort {
                    video,
                    frames,
                    length,
                }
            });
        }
        // Without any window the policies that borrow find no donor.
        let no_window = runs
            .iter()
            .all(|run| *run == 0 || (*run < length && short == ShortVideo::Skip));
        match self.edge {
            EdgePolicy::Nearest | EdgePolicy::Reflect if no_window && frames > 0 => {
                Err(Error::NothingToBorrow {
                    video,
                    frames: shown,
                    length,
                })
            }
            EdgePolicy::Error => {
                // Windows that end at gaps may score any frame of a video whose gaps are unknown.
                let scored = if no_window {
                    0
                } else if self.windows.gaps() == Gaps::Break && info.runs().is_none() {
                    shown
                } else {
                    runs.iter().map(|run| self.count_scored(*run)).sum()
                };
                match frames - scored {
                    0 => Ok(()),
                    missing => Err(Error::UnscoredFrames {
                        video,
                        missing,
                        frames,
                    }),
                }
            }
            EdgePolicy::Nearest | EdgePolicy::Reflect | EdgePolicy::Constant(_) => Ok(()),
        }
    }

    /// The runs of frames that windows may not leave, each as its number of frames with an image in the input. Without
    /// known gaps, and where windows span them, all frames are one run.
    fn shown_runs(&self, info: &StreamInfo, frames: usize) -> Vec<usize> {
        let mut runs = match (self.windows.gaps(), info.runs()) {
            (Gaps::Break, Some(runs)) => runs.to_vec(),
            _ => vec![frames],
        };
        if self.flow.is_some() && self.windows.gaps() == Gaps::Break {
            // The first frame of every run has no flow.
            for run in &mut runs {
                *run = run.saturating_sub(1);
            }
            return runs;
        }
        // A difference needs two frames, so the first frame of a video may have none.
        let lost = match self.input.difference() {
            _ if self.flow.is_some() => 1,
            Some(FirstFrame::Drop) => 1,
            Some(FirstFrame::Next) if frames == 1 => 1,
            Some(FirstFrame::Next | FirstFrame::Zero) | None => 0,
        };
        if let Some(first) = runs.first_mut() {
            *first = first.saturating_sub(lost);
        }
        runs
    }

    /// How many of the shown frames of a run get a score from a window.
    fn count_scored(&self, shown: usize) -> usize {
        let numbers = (0..shown as u64).map(FrameNumber).collect();
        let video = Video::new("".into(), FrameShape::SMALLEST, numbers);
        let plan = video.and_then(|video| self.windows.plan(&video));
        plan.map_or(0, |plan| shown - plan.uncovered().len())
    }

    /// The most frames that may follow a frame before its score is settled; none when only the end of the video settles
    /// scores. See [`NetworkScorer`](crate::NetworkScorer) for the formula.
    pub(crate) fn longest_delay(&self) -> Option<usize> {
        let (length, stride) = (self.windows.length(), self.windows.stride());
        let place = self.windows.align().scored_place(length).unwrap_or(0);
        // The last window that scores a frame begins `place` frames before it and ends `length - 1 - place` after it. With
        // a stride above 1, the run may also end right there, with a tail window that scores the frame: one more frame
        // rules that out.
        let window = length - 1 - place + usize::from(stride > 1);
        // A short run scores its last frame in place of a later one that does not exist: one more frame rules that out.
        let repeats = self.windows.short() == ShortVideo::RepeatLast && length > 1;
        let window = window.max(usize::from(repeats));
        // A window waits for the further windows that fill its batch.
        let batch = match self.batch.saturating_sub(1) {
            0 => 0,
            others => others * self.longest_interval()?,
        };
        let edge = match self.edge {
            EdgePolicy::Nearest | EdgePolicy::Reflect => self.edge.delay(self.longest_gap()?),
            EdgePolicy::Constant(_) | EdgePolicy::Error => 0,
        };
        Some(window + batch + edge)
    }

    /// The most frames between two windows that are complete; none when there may be any number.
    fn longest_interval(&self) -> Option<usize> {
        let (length, stride) = (self.windows.length(), self.windows.stride());
        match self.windows.gaps() {
            _ if self.skips_runs() => None,
            Gaps::Span => Some(stride),
            // After the last window of a run, the first window of the next run needs all its frames.
            Gaps::Break => Some(stride.max(length)),
        }
    }

    /// The most frames in a row that no window scores; none when there may be any number.
    ///
    /// Windows that score all their frames leave frames out only between windows that lie apart. Windows that score the
    /// frame at one place leave out the frames before that place at the start of a run, those after it at the end of a
    /// run, and those between the scored frames of two windows.
    fn longest_gap(&self) -> Option<usize> {
        let (length, stride) = (self.windows.length(), self.windows.stride());
        // The first frame of a video of differences or of flow has no image.
        let lost = self.flow.is_some() || self.input.difference() == Some(FirstFrame::Drop);
        let first = usize::from(lost);
        match (
            self.windows.align().scored_place(length),
            self.windows.gaps(),
        ) {
            _ if self.skips_runs() => None,
            (None, _) => Some(first.max(stride.saturating_sub(length))),
            (Some(place), Gaps::Span) => Some((place + first).max(stride - 1)),
            // The end of one run and the start of the next lie next to each other.
            (Some(place), Gaps::Break) => Some((place + first).max(stride - 1).max(length - 1)),
        }
    }

    /// Whether any number of runs without a window may follow each other.
    fn skips_runs(&self) -> bool {
        let skips_short = self.windows.short() == ShortVideo::Skip && self.windows.length() > 1;
        // A run of a single frame has no flow at all.
        self.windows.gaps() == Gaps::Break && (skips_short || self.flow.is_some())
    }

    /// Whether a window gives a score to each of its frames.
    pub(crate) fn scores_every_frame(&self) -> bool {
        self.windows.align() == Align::Every
    }
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use super::*;
    use crate::Target;

    #[test]
    fn the_words_of_recipes_round_trip() {
        for (reduction, text) in [
            (ClipReduction::Mean, "\"mean\""),
            (ClipReduction::Max, "\"max\""),
        ] {
            assert_eq!(serde_json::to_string(&reduction).unwrap(), text);
            assert_eq!(
                serde_json::from_str::<ClipReduction>(text).unwrap(),
                reduction
            );
        }
        for (target, text) in [(Target::Same, "\"same\""), (Target::Clean, "\"clean\"")] {
            assert_eq!(serde_json::to_string(&target).unwrap(), text);
            assert_eq!(serde_json::from_str::<Target>(text).unwrap(), target);
        }
        assert!(serde_json::from_str::<Target>("\"other\"").is_err());
    }
}
