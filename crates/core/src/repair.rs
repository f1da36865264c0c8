use crate::{
    Delay, Error, FrameInput, FrameSource, ModelFolder, Observer, PreparedFrame, StreamInfo,
};

/// A way of finding frames that must be repaired before any system sees them, learned from normal video.
///
/// The counterpart of [`System`](crate::System): it learns into a [`ModelFolder`] and opens a [`Repairer`].
pub trait Repair: Send + Sync {
    /// What the repair looks at, in training and when it decides.
    fn input(&self) -> FrameInput;

    /// Learns from normal video, prepared as [`Self::input`] asks. Called again on an unfinished folder, it continues.
    ///
    /// # Errors
    /// As [`System::fit`](crate::System::fit).
    fn fit(
        &self,
        normal: &[&dyn FrameSource],
        model: &ModelFolder,
        observer: &mut dyn Observer,
    ) -> Result<(), Error>;

    /// Opens what [`Self::fit`] left.
    ///
    /// # Errors
    /// When a file is missing, damaged, or the repair would do harm.
    fn open(&self, model: &ModelFolder) -> Result<Box<dyn Repairer>, Error>;
}

/// Decides frame by frame what has to be repaired.
pub trait Repairer: Send {
    /// What it looks at.
    fn input(&self) -> FrameInput;

    /// Begins a video.
    ///
    /// # Errors
    /// When the video cannot be judged.
    fn start(&mut self, info: &StreamInfo) -> Result<(), Error>;

    /// Takes the next frame, and appends the decisions that are now made, in the order of the frames.
    ///
    /// # Errors
    /// When the frame cannot be judged.
    fn push(
        &mut self,
        frame: &PreparedFrame<'_>,
        decisions: &mut Vec<RepairDecision>,
    ) -> Result<(), Error>;

    /// Ends the video and decides about all remaining frames.
    ///
    /// # Errors
    /// When a frame cannot be judged.
    fn finish(&mut self, decisions: &mut Vec<RepairDecision>) -> Result<(), Error>;

    /// How many frames may be pushed after a frame before the decision about it.
    fn delay(&self) -> Delay;
}

/// What is done to a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RepairAction {
    /// The frame stays as it is.
    Keep,
    /// The frame is upside down and is flipped back.
    FlipVertically,
}

/// The decision about one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RepairDecision {
    /// What is done.
    pub action: RepairAction,
    /// How likely it is that the frame needs a repair, judged by itself.
    pub probability: f64,
}
