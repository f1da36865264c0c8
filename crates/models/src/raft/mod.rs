//! RAFT-Large, a network for dense optical flow (Z. Teed and J. Deng, RAFT: Recurrent All-Pairs Field Transforms for Optical
//! Flow, 2020), with the layers and weights of torchvision's `raft_large`.
//!
//! [`parts`] lists the layers once, generic over the form of a convolution. Weights are read by torchvision's names, or made
//! at random, and everything linear is folded into the convolutions ([`fused`]). Two forms run them:
//!
//! ```text
//! WeightsSource ─────▶ Parts<FusedConv> ──┬─▶ kernel::KernelRaft     native kernels: packed weights, kept buffers
//!                      plain values       └─▶ generic::GenericRaft   Burn's operations, on any device
//! ```
//!
//! Both forms take the same steps: features of both frames, their correlations, the context of the first frame, then the
//! updates of the flow at an eighth of the size, and after the last one the mask that upsamples it.
//!
//! [`Raft`] takes batches of frame pairs; [`pairs`] checks their size. It keeps the features of the last frame, so that the
//! feature encoder runs once for each frame of a video. [`RaftFlow`] pads frames of other sizes and cuts the flow to their
//! size.

mod estimator;
mod fused;
mod generic;
mod kernel;
mod network;
mod options;
mod pairs;
#[cfg(test)]
mod parity_tests;
mod parts;
mod random;
mod spec;
mod weights;

pub use estimator::RaftFlow;
pub use network::Raft;
pub use options::RaftOptions;
