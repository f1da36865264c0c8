//! Inference of networks that are not a chain: residual sums, several outputs, pools and attention.
//!
//! ```text
//! weights as plain values ── GraphBuilder ──▶ Graph ── into_inference(device) ──┬─▶ KernelGraph    native kernels
//!                            checks shapes    nodes, outputs                    └─▶ BackendGraph   Burn's operations
//! ```
//!
//! Nodes are numbered in the order in which they are added, and a node reads only nodes before it, so running them in that
//! order is always possible. Nodes that no output depends on are dropped. Images lie channels last at the border of a
//! graph, as the pixels of a decoded frame do.
//!
//! A kernel graph runs in stages. The first ones take a few images at a time, so that what one layer writes is still in the
//! cache when the next layer reads it; the last ones, whose images are small and whose weights are large, take many. The
//! schedule of a stage assigns the values of all nodes to few buffers, and sums a residual in place where it can. Blocks
//! with a large image in the middle become one node, which never has that image in memory. A backend graph keeps each value
//! as a tensor until the last node that reads it has run.
//!
//! Weights are plain values with everything linear folded in already: a graph has no batch normalisation, and it is not
//! trained.
//!
//! Convolutions may pad one side more than the other, as networks that were trained with TensorFlow do; pools may not.

mod attention;
mod backend_graph;
mod builder;
#[cfg(feature = "flex")]
mod fusion;
mod inference;
#[cfg(feature = "flex")]
mod kernel_attention;
#[cfg(feature = "flex")]
mod kernel_graph;
#[cfg(feature = "flex")]
mod kernel_layer;
mod node;
#[cfg(feature = "flex")]
mod schedule;
#[cfg(feature = "flex")]
mod stage;

pub use attention::{AttentionPool, DenseWeights};
pub use builder::{GraphBuilder, GraphValue};
pub use inference::GraphInference;
pub use node::{ConvWeights, Graph};
