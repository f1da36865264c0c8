#![doc = include_str!("../README.md")]

mod bitmap;
mod bytes;
mod digest;
mod error;
mod first_number;
mod folder;
mod intervals;
mod label_file;
mod lists;
mod masks;
mod mat;
mod mat_labels;
mod npy;
mod npy_header;
mod number;
mod read;
mod rows;
mod stream;
mod table;
mod tracks;
mod ucsd_script;
mod videos;

pub use digest::{sha256_hex, sha256_of_file};
pub use error::Error;
pub use label_file::{LabelFile, LabelFormat};
pub use mat::{
    MAX_MAT_ARRAYS, MAX_MAT_DEPTH, MatLeaf, MatValue, MatVariable, read_mat, write_mat_masks,
};
pub use npy::{NpyArray, read_npy, write_npy, write_npy_labels};
pub use read::{read_labels, read_labels_counting_from, read_labels_from};
pub use table::read_flags;
pub use tracks::read_tracks;
pub use videos::VideoFrames;
