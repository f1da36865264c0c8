//! Where the results of a pass go: to a run folder, file by file as videos end, or to the memory of a caller that scores videos
//! with a model. The sinks of a pass share them: those of the systems and that of the camera's health.

use std::cell::RefCell;

use oddframe_core::ScoredVideo;
use oddframe_frames::VideoRepairs;

use crate::Error;
use crate::run_folder::HealthRecord;

/// Where the results of a pass go.
pub(crate) trait ScoringResults {
    /// Whether a member, given by its position, still has to score a video, given by its position.
    fn is_missing(&self, member: usize, video: usize) -> bool;

    /// Receives the repairs of a video, before its scores.
    fn take_repairs(&mut self, repairs: &VideoRepairs) -> Result<(), Error>;

    /// Whether the camera still has to be watched through a video, given by its position.
    fn is_unwatched(&self, video: usize) -> bool;

    /// Receives what was found wrong with the camera in a video, before its scores.
    fn take_health(&mut self, record: HealthRecord) -> Result<(), Error>;

    /// Receives the scores of a video by a member.
    fn take_scores(
        &mut self,
        member: usize,
        video: usize,
        scored: ScoredVideo,
    ) -> Result<(), Error>;
}

/// The results, shared by the sinks of a pass, which run on one thread.
pub(crate) type SharedResults<'r> = RefCell<&'r mut (dyn ScoringResults + 'r)>;
