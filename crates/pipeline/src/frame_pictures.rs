//! Pictures of test frames, which a run keeps for its report.
//!
//! While a video is scored, small copies of evenly spaced frames are made of the frames that are decoded anyway. When the
//! run is finished, the frames of its top moments are read once more and kept in a larger size.

mod encode;
mod thumbnail_source;
mod thumbnails;
mod top_frames;

pub(crate) use self::thumbnails::Thumbnails;
pub(crate) use self::top_frames::keep_top_frames;
