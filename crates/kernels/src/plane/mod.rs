//! Layers that treat every channel of an image by itself: depthwise convolutions and maximum pooling.
//!
//! Channels lie last, so a vector holds one position of several channels and no value is ever rearranged. [`tile`] does the
//! work: for each block of output positions it lists the taps that lie on the image, then walks over the channels.

mod depthwise;
mod geometry;
mod max_pool;
#[cfg(test)]
mod tests;
mod tile;

pub use depthwise::Depthwise;
pub use geometry::PlaneWindow;
pub use max_pool::MaxPool;
