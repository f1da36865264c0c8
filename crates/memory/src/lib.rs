#![doc = include_str!("../README.md")]

mod bank;
mod coreset;
mod distance;
mod error;
mod feature_rows;
mod features;
mod maps;
mod memory_distance;
mod nearest;
mod origin;
mod patch_memory;
mod stored_rows;
mod video_patch_core;

#[cfg(feature = "hnsw")]
pub use bank::{ApproximateBank, ApproximateOptions};
pub use bank::{Bank, BankBuilder, BankOptions};
pub use coreset::{Coreset, CoresetOptions, select_coreset};
pub use error::Error;
pub use feature_rows::Features;
pub use features::{ExtractFeatures, ExtractorFactory, MapShape};
pub use nearest::Neighbour;
pub use origin::RowOrigin;
pub use patch_memory::{PatchMemory, PatchMemorySettings};
pub use stored_rows::Storage;
pub use video_patch_core::{
    BoxSource, MotionPooling, Quirks, VideoPatchCore, VideoPatchCoreSettings,
};
