use std::sync::Arc;

use oddframe_core::{Error as CoreError, Frame, FrameSource, Observer, Video};
use oddframe_frames::flip_vertically;

use crate::{Decisions, Error, FlipClassifier, UprightOptions, detect_flips};

/// A frame source that flips the upside-down frames of another source back.
///
/// The decisions are made once, in the constructor; reading a frame only flips it where that was decided. Frame numbers
/// do not change, nor does the mark of a frame that shows another frame's pixels.
#[derive(Debug, Clone)]
pub struct Upright<S> {
    source: S,
    decisions: Arc<Decisions>,
}

impl<S: FrameSource> Upright<S> {
    /// Classifies every frame of the source and decides. For several videos, [`detect_flips`] does so in one stream.
    ///
    /// # Errors
    /// As [`detect_flips`].
    pub fn new(
        source: S,
        classifier: &mut dyn FlipClassifier,
        options: UprightOptions,
        watch: &mut dyn Observer,
    ) -> Result<Self, Error> {
        // The source is read once to decide and again when its frames are asked for: no frame is kept in memory.
        let decisions = detect_flips(&[&source], classifier, options, watch)?;
        match decisions.into_iter().next() {
            Some(decisions) => Self::with_decisions(source, decisions),
            None => Err(CoreError::Nothing { what: "decision" }.into()),
        }
    }

    /// Repairs with decisions that were made earlier.
    ///
    /// # Errors
    /// When the decisions belong to another video or to other frames.
    pub fn with_decisions(source: S, decisions: impl Into<Arc<Decisions>>) -> Result<Self, Error> {
        let decisions = decisions.into();
        decisions.check(&source)?;
        Ok(Self { source, decisions })
    }

    /// The decision for each frame.
    pub fn decisions(&self) -> &Decisions {
        &self.decisions
    }

    /// The source of the frames.
    pub fn source(&self) -> &S {
        &self.source
    }
}

impl<S: FrameSource> FrameSource for Upright<S> {
    fn video(&self) -> &Video {
        self.source.video()
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), CoreError> {
        self.source.read_into(index, out)?;
        if self
            .decisions
            .frames()
            .get(index)
            .is_some_and(|decision| decision.flipped)
        {
            flip_vertically(out);
        }
        Ok(())
    }
}
