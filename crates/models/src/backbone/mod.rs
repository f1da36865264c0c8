//! Pretrained image networks that are cut off where their features are read.
//!
//! ```text
//! file of weights ── Tensors ──▶ Assembler ── one file per network ──▶ graph ── into_features(device) ──▶ BackboneFeatures
//! or a seed          by name     folds batch norms                             keeps what the layers need
//! ```
//!
//! Each network is one function that adds its layers, by their names in the weights' file, to a graph of `oddframe-nn`.
//! That function also says which tensors the file must hold, so that names and shapes are written down once.
//!
//! All take RGB images of 224x224 pixels, whose bytes are normalised as the weights of each network expect.
//!
//! # Adding a network
//! 1. A variant of [`BackboneKind`] has its name, the origin of its weights and the normalisation of pixels.
//! 2. A file of its own has three items: `EPSILON`, what batch normalisation adds to the variance; `adapt_names`, which
//!    leaves out the parts of a published file that are not used, such as the classifier, and renames what has several
//!    names; and `assemble`, which adds the layers and returns the values of [`BackboneLayer::ALL`].
//! 3. `network.rs` calls both functions for the variant.
//!
//! Random weights follow from the same calls: they are drawn so that values keep their size from layer to layer, and
//! every tensor has its own stream of random numbers, named after it. Tests can therefore run a network without its file.

mod assembler;
mod clip_rn101;
mod efficient_net_lite0;
mod features;
mod kind;
mod mobile_net_v2;
mod network;
mod resnet18;
mod tensors;

pub use features::BackboneFeatures;
pub use kind::{BackboneKind, BackboneLayer};
pub use network::Backbone;
