#![doc = include_str!("../README.md")]

// From a path or a stream to labels: which files, which format, which frames.
mod error;
mod first_number;
mod folder;
mod label_file;
mod read;
mod stream;
mod videos;

// The formats.
mod bitmap;
mod intervals;
mod lists;
mod masks;
mod mat;
mod mat_labels;
mod npy;
mod npy_header;
mod rows;
mod table;
mod tracks;
mod ucsd_script;

// What several formats share.
mod bytes;
mod digest;
mod number;

#[cfg(test)]
mod hostile;

pub use error::Error;
pub use label_file::{LabelFile, LabelFormat};
pub use mat::write_mat_masks;
pub use npy::{NpyArray, read_npy, write_npy, write_npy_labels};
pub use read::{read_labels, read_labels_counting_from, read_labels_from};
pub use table::read_flags;
pub use videos::VideoFrames;
