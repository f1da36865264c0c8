#![doc = include_str!("../README.md")]

mod bad_frame_replacer;
mod bad_frames;
mod converter;
mod corrupt;
mod dataset;
mod decode;
mod difference;
mod error;
mod folder;
mod layout;
#[cfg(feature = "ndarray")]
mod ndarray_views;
mod pass;
mod prepared;
mod read_ahead;
mod regions;
mod resize;
mod ring;
mod score_videos;
#[cfg(test)]
mod testing;

pub use bad_frame_replacer::{BadFrameReplacer, Substitute};
pub use bad_frames::BadFrames;
pub use corrupt::{
    Augment, Damage, DamageOptions, Damaged, FrameDamage, NoiseChannels, NoiseUnit, UniformNoise,
    VerticalFlip, VideoDamage, flip_vertically, video_key,
};
pub use dataset::Dataset;
pub use decode::{ImageError, decode_into, probe, rgb_to_gray};
pub use difference::Difference;
pub use error::Error;
pub use folder::FolderVideo;
pub use layout::{Contents, Layout};
#[cfg(feature = "ndarray")]
pub use ndarray_views::{frame_from_array, frame_view, frame_view_mut};
pub use oddframe_core::{Filter, FirstFrame, Scale};
pub use pass::{FramePass, PassEvent, VideoRepairs};
pub use prepared::{Prepare, Prepared, prepared};
pub use read_ahead::{Frames, ReadAhead, read_ahead, read_ahead_all};
pub use regions::{Masked, MaskedStream, Region, RegionUnit, Regions};
pub use resize::Resizer;
pub use score_videos::{ScoreSink, score_videos};
