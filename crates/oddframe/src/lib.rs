#![doc = include_str!("../README.md")]

pub use oddframe_core as core;

// The networks are generic over a Burn backend, so that programs name Burn's types too. Through this name they get the
// version that the networks are built with.
#[cfg(feature = "zoo")]
pub use burn;
#[cfg(feature = "baseline")]
pub use oddframe_baseline as baseline;
#[cfg(feature = "boxes")]
pub use oddframe_boxes as boxes;
#[cfg(feature = "clips")]
pub use oddframe_clips as clips;
#[cfg(feature = "zoo")]
pub use oddframe_flip as flip;
#[cfg(feature = "flow")]
pub use oddframe_flow as flow;
#[cfg(feature = "frames")]
pub use oddframe_frames as frames;
#[cfg(feature = "health")]
pub use oddframe_health as health;
#[cfg(feature = "kernels")]
pub use oddframe_kernels as kernels;
#[cfg(feature = "labels")]
pub use oddframe_labels as labels;
#[cfg(feature = "memory")]
pub use oddframe_memory as memory;
#[cfg(feature = "metrics")]
pub use oddframe_metrics as metrics;
#[cfg(feature = "zoo")]
pub use oddframe_models as models;
#[cfg(feature = "zoo")]
pub use oddframe_nn as nn;
#[cfg(feature = "objects")]
pub use oddframe_objects as objects;
#[cfg(feature = "zoo")]
pub use oddframe_pipeline as pipeline;
#[cfg(feature = "post")]
pub use oddframe_post as post;
#[cfg(feature = "report")]
pub use oddframe_report as report;
#[cfg(feature = "score")]
pub use oddframe_score as score;
#[cfg(feature = "submit")]
pub use oddframe_submit as submit;
#[cfg(feature = "synth")]
pub use oddframe_synth as synth;
#[cfg(feature = "zoo")]
pub use oddframe_train as train;
#[cfg(feature = "video")]
pub use oddframe_video as video;

/// The programs in the book, which are compiled and run as the examples of this crate are. The pages are links in `book`, which
/// packaging replaces by the files themselves.
#[cfg(all(doctest, feature = "flex"))]
mod book {
    #[doc = include_str!("../book/how-to/own-system.md")]
    struct OwnSystem;
    #[doc = include_str!("../book/how-to/pytorch-weights.md")]
    struct PytorchWeights;
}
