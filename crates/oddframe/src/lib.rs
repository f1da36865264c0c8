#![doc = include_str!("../README.md")]

pub use oddframe_baseline as baseline;
pub use oddframe_core as core;
pub use oddframe_frames as frames;
pub use oddframe_kernels as kernels;
pub use oddframe_labels as labels;
pub use oddframe_metrics as metrics;
pub use oddframe_post as post;
pub use oddframe_score as score;
pub use oddframe_submit as submit;
pub use oddframe_synth as synth;
