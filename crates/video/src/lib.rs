#![doc = include_str!("../README.md")]

mod cursor;
mod damage;
mod decoder;
mod disk_store;
mod error;
mod ffmpeg;
mod file;
mod log;
mod nut;
mod pixels;
mod probe;
mod set;
mod source;
mod stream;
mod tool;
mod writer;

pub use damage::FileDamage;
pub use disk_store::DiskStore;
pub use error::Error;
pub use ffmpeg::Ffmpeg;
pub use file::VideoFile;
pub use probe::VideoInfo;
pub use set::VideoSet;
pub use source::VideoSource;
pub use stream::VideoStream;
pub use writer::VideoWriter;
