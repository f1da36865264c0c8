//! Pseudo-anomalies for any system: normal videos in which something odd was pasted.
//!
//! ```text
//! normal videos ─▶ background, heights, objects ─▶ tracks, free places ─┐
//!                                                                       ▼
//! held-out videos ─▶ slots: stretches of frames, well apart ─▶ what is pasted into each ─▶ pasted videos
//! ```
//!
//! Everything is drawn in advance; a pasted frame is rendered when it is read. Nothing is kept but the plan.

mod cut_out;
mod drawn;
mod insert;
mod kind;
mod layout;
mod look_change;
mod normal_videos;
mod pasted_video;
mod planner;
mod pseudo_anomalies;
mod slots;

pub use self::kind::PseudoKind;
pub use self::pasted_video::{PastedVideo, Stretch};
pub use self::pseudo_anomalies::{PseudoAnomalies, PseudoSet};
