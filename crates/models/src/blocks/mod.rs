//! The building blocks that several networks share.
//!
//! A block is a convolution, optional batch normalisation and an activation, in this order. If there is a normalisation,
//! the activation is fused into it, otherwise into the convolution. For inference the normalisation is folded into the
//! convolution, so that each block is one kernel call:
//!
//! ```text
//! training    conv ─▶ batch norm + activation
//! inference   conv with folded weights + activation
//! ```

mod latent;
mod layer;

pub(crate) use latent::Latent;
pub(crate) use layer::{ConvBlock2d, ConvBlock3d, UpBlock2d, UpBlock3d};
