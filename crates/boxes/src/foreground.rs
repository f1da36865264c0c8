//! Boxes around whatever stands out from the background: a proposer without weights.
//!
//! ```text
//! frame ──▶ Smoother ──▶ Masker ───────────▶ Labeller ──────────▶ ForegroundBoxes ──▶ boxes
//!           gray,        differs from the    connected regions    too small: dropped
//!           5x5 blur     Background          of the mask          too large: split by the HeightProfile
//! ```
//!
//! Two parts can be learned from normal video and kept in a [`ForegroundModel`]: the background, as the median of frames
//! spread over all videos, and the height of people by the row of their feet. Without a model the background of a video is
//! that of its own past frames, and people are expected to have a sixth of the height of the frame.
//!
//! The threshold between object and noise follows the noise of each frame, and the change of the light since the background
//! was learned is removed first, so that neither a dark scene nor a cloud makes boxes.
//!
//! Each frame is first compared with the background as it was before that frame, and only then moves the background, so that
//! the boxes of a frame depend on this frame and the ones before it.
//!
//! Colours are converted to gray levels first, and everything after that works on the smoothed gray picture. Learning a
//! model takes the same steps as proposing boxes, so that the heights that it learns are those of the regions that are
//! found later.

mod components;
mod gray;
mod height_profile;
mod mask;
mod model;
mod proposer;
mod running_median;
mod settings;

pub use self::components::{Labeller, Region};
pub use self::height_profile::HeightProfile;
pub use self::model::ForegroundModel;
pub use self::proposer::ForegroundBoxes;
pub use self::running_median::RunningMedian;
pub use self::settings::ForegroundSettings;
