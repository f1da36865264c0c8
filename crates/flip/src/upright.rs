use std::sync::Arc;

use oddframe_core::{Error as CoreError, Frame, FrameSource, Observer, Video};
use oddframe_frames::flip_vertically;

use crate::{Decisions, Error, FlipClassifier, UprightOptions, detect_flips};

/// A source whose frames that are upside down are put right.
///
/// Which frames those are is decided when it is made; reading a frame then costs nothing but turning it over where
/// it must be. Numbers stay, and so does the mark of a frame that shows another one's pixels.
#[derive(Debug, Clone)]
pub struct Upright<S> {
    source: S,
    decisions: Arc<Decisions>,
}

impl<S: FrameSource> Upright<S> {
    /// Looks at every frame of the source and decides; several videos are decided about in one stream by [`detect_flips`].
    ///
    /// # Errors
    /// As [`detect_flips`].
    pub fn new(
        source: S,
        judge: &mut dyn FlipClassifier,
        options: UprightOptions,
        watch: &mut dyn Observer,
    ) -> Result<Self, Error> {
        let decisions = detect_flips(&[&source], judge, options, watch)?;
        match decisions.into_iter().next() {
            Some(decisions) => Self::with_decisions(source, decisions),
            None => Err(CoreError::Nothing { what: "decision" }.into()),
        }
    }

    /// Repairs by decisions that were made before.
    ///
    /// # Errors
    /// When they are about another video, or about other frames.
    pub fn with_decisions(source: S, decisions: impl Into<Arc<Decisions>>) -> Result<Self, Error> {
        let decisions = decisions.into();
        decisions.check(&source)?;
        Ok(Self { source, decisions })
    }

    /// What was decided about each frame.
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
