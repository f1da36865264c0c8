use oddframe_flip::FlipSettings;
use oddframe_frames::BadFrames;
use serde::{Deserialize, Serialize};

/// What is repaired before any system sees a frame.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RepairRecipe {
    /// What happens to frames that cannot be read: `error` ends the run and names the frame; `nearest` shows the nearest
    /// readable frame of the video instead and lists it in the report.
    pub mend: BadFrames,
    /// Flips test frames that are upside down; without it they stay as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flip: Option<FlipSettings>,
}
