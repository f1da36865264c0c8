use oddframe_core::{Error, Event, FrameNumber, Observer, RepairDecision, VideoId};

use crate::Substitute;

/// The repairs of one video.
#[derive(Debug, Clone, PartialEq)]
pub struct VideoRepairs {
    /// The position of the video among those of the pass.
    pub video: usize,
    /// The name of the video.
    pub id: VideoId,
    /// The frames that [`Self::decisions`] are about; none without a repairer.
    pub numbers: Vec<FrameNumber>,
    /// The frames that could not be read, each with the frame that replaced it.
    pub substitutes: Vec<Substitute>,
    /// What the repairer decided about each frame.
    pub decisions: Vec<RepairDecision>,
}

/// An event of a pass, for its observer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum PassEvent {
    /// A frame was taken from the reading threads, or could not be read.
    Advanced {
        /// The number of such frames since the pass began; frames of skipped videos do not count.
        done: u64,
    },
    /// All frames of a video were pushed to the sinks, which are finished next.
    Repaired(VideoRepairs),
}

impl PassEvent {
    /// Reports progress to an observer, and a warning for every frame that was replaced by another one.
    ///
    /// # Errors
    /// [`Error::Interrupted`] when the observer cancels.
    pub fn report_to(&self, observer: &mut dyn Observer) -> Result<(), Error> {
        match self {
            Self::Advanced { done } => observer.tell(Event::Advanced { done: *done }),
            Self::Repaired(repairs) => {
                for Substitute {
                    frame,
                    donor,
                    error,
                } in &repairs.substitutes
                {
                    let message = format!(
                        "video {}: frame {donor} stands in for frame {frame}: {error}",
                        repairs.id
                    );
                    observer.tell(Event::Warned { message: &message })?;
                }
                Ok(())
            }
        }
    }
}

/// Listens to a pass, and cancels it by returning an error such as [`Error::Interrupted`].
pub(super) type PassObserver<'o> = dyn FnMut(PassEvent) -> Result<(), Error> + 'o;
