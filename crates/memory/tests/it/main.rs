//! Coresets, nearest neighbours and banks against plain implementations and with bad input; the systems on small videos, with
//! a backbone of a few operations.

#[cfg(feature = "hnsw")]
mod approximate;
mod bank;
mod bank_files;
mod colour_blocks;
mod coreset;
mod data;
mod nearest;
mod patch_memory;
mod video_patch_core;
mod walkers;
