#![doc = include_str!("../README.md")]

mod bitmap;
mod bytes;
mod digest;
mod error;
mod first_number;
mod folder;
mod format;
mod intervals;
mod lists;
mod masks;
mod mat;
mod mat_labels;
mod npy;
mod npy_header;
mod number;
mod read;
mod rows;
mod table;
mod tracks;
mod videos;

pub use error::Error;
pub use format::LabelFormat;
pub use mat::{
    MAX_MAT_ARRAYS, MAX_MAT_BYTES, MAX_MAT_DEPTH, MAX_MAT_LEAF_BYTES, MatLeaf, MatValue, MatVariable,
    read_mat, write_mat_masks,
};
pub use npy::{MAX_NPY_VALUES, NpyArray, read_npy, write_npy};
pub use number::{ByteOrder, NumberType};
pub use read::{LabelFile, read_labels, read_labels_counting_from, read_labels_from};
pub use table::read_flags;
pub use tracks::read_tracks;
pub use videos::VideoFrames;
