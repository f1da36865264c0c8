#![doc = include_str!("../README.md")]

mod any_pool;
mod channels;
mod distance;
mod error;
mod error_map;
mod kernel;
mod l1;
mod l2;
mod max;
mod mean;
mod merge;
#[cfg(feature = "ndarray")]
mod ndarray_views;
mod overlap;
mod pair;
mod pair_pool;
mod parse;
mod patches;
mod quantile;
#[cfg(test)]
mod reference;
mod root_sum;
#[cfg(feature = "serde")]
mod serde_text;
mod topk;

pub use any_pool::AnyPool;
pub use channels::Channels;
pub use distance::Distance;
pub use error::Error;
pub use error_map::{error_map, error_map_into};
pub use l1::L1;
pub use l2::L2;
pub use max::Max;
pub use mean::Mean;
pub use merge::{WindowMerger, merge_windows};
#[cfg(feature = "ndarray")]
pub use ndarray_views::{error_map_array, map_from_view, view_of_map};
pub use overlap::Overlap;
pub use pair::Pair;
pub use pair_pool::PairPool;
pub use patches::PatchSize;
pub use quantile::Quantile;
pub use root_sum::RootSum;
pub use topk::{TopK, TopKPatches};
