//! Video files that ffmpeg makes on the spot, and an ffmpeg that misbehaves.

mod common;
mod damaged;
mod formats;
mod pixels;
#[cfg(unix)]
mod programs;
mod random_access;
mod set;
mod times;
mod writing;
