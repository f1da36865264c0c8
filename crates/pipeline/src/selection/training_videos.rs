use std::sync::Arc;

use oddframe_core::FrameSource;
use oddframe_frames::{BadFrameReplacer, BadFrames};

use crate::Recipe;
use crate::fitting::replaced_frames;

/// The training videos of a selection. Frames that cannot be read are replaced only where every recipe asks for it.
pub(super) struct TrainingVideos {
    videos: Vec<Arc<dyn FrameSource>>,
    /// The same videos, where frames are replaced.
    replaced: Vec<Arc<BadFrameReplacer<Arc<dyn FrameSource>>>>,
}

impl TrainingVideos {
    pub(super) fn new(videos: Vec<Arc<dyn FrameSource>>, recipes: &[Recipe]) -> Self {
        let replaces = |recipe: &Recipe| recipe.repair.mend == BadFrames::Nearest;
        if !recipes.iter().all(replaces) {
            return Self {
                videos,
                replaced: Vec::new(),
            };
        }
        let replaced: Vec<_> = videos
            .into_iter()
            .map(|video| Arc::new(BadFrameReplacer::new(video)))
            .collect();
        Self {
            videos: replaced
                .iter()
                .map(|video| Arc::clone(video) as Arc<dyn FrameSource>)
                .collect(),
            replaced,
        }
    }

    pub(super) fn shared(&self) -> Vec<Arc<dyn FrameSource>> {
        self.videos.clone()
    }

    /// A warning for each frame that was replaced by another one so far.
    pub(super) fn warnings(&self) -> Vec<String> {
        replaced_frames(self.replaced.iter().map(AsRef::as_ref))
    }
}
