#![doc = include_str!("../README.md")]

#[cfg(feature = "zoo")]
pub use burn;
pub use oddframe_baseline as baseline;
pub use oddframe_clips as clips;
pub use oddframe_core as core;
#[cfg(feature = "zoo")]
pub use oddframe_flip as flip;
pub use oddframe_frames as frames;
pub use oddframe_kernels as kernels;
pub use oddframe_labels as labels;
pub use oddframe_metrics as metrics;
#[cfg(feature = "zoo")]
pub use oddframe_models as models;
#[cfg(feature = "zoo")]
pub use oddframe_nn as nn;
#[cfg(feature = "zoo")]
pub use oddframe_pipeline as pipeline;
pub use oddframe_post as post;
pub use oddframe_score as score;
pub use oddframe_submit as submit;
pub use oddframe_synth as synth;
#[cfg(feature = "zoo")]
pub use oddframe_train as train;
