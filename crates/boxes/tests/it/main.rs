//! Files of detections, and the foreground proposer on small scenes and on the synthetic street.

mod bad_files;
mod scenes;
mod shared_data;
mod street;
mod table;
