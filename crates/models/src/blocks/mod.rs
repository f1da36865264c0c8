//! What the networks share.

mod dropout;
mod image_autoencoder;
mod latent;
mod layer;

pub use dropout::ChannelDropout;
pub use image_autoencoder::{ImageAutoencoder, ImageAutoencoderConfig};
pub use latent::Latent;
pub use layer::{ConvBlock2d, ConvBlock3d, UpBlock2d, UpBlock3d};
