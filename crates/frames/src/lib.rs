#![doc = include_str!("../README.md")]

mod corrupt;
mod dataset;
mod decode;
mod difference;
mod error;
mod folder;
mod layout;
mod mended;
mod prepared;
mod read_ahead;
mod resize;
#[cfg(test)]
mod testing;

pub use corrupt::{
    Augment, Damage, DamageOptions, Damaged, Each, FrameDamage, NoiseChannels, UniformNoise, VerticalFlip,
    VideoDamage, flip_vertically, video_key,
};
pub use dataset::Dataset;
pub use decode::{ImageError, decode_into, probe};
pub use difference::Difference;
pub use error::Error;
pub use folder::FolderVideo;
pub use layout::{Contents, Layout};
pub use mended::{Mended, Substitute};
pub use oddframe_core::{Filter, FirstFrame, Scale};
pub use prepared::{Prepare, Prepared};
pub use read_ahead::{
    FramePlace, Frames, LentFrame, ReadAhead, read_ahead, read_ahead_all, read_ahead_places,
};
pub use resize::Resizer;
