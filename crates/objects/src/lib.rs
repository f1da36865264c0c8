#![doc = include_str!("../README.md")]

mod analysis;
mod calibration;
mod camera;
mod dwell;
mod eigen;
mod error;
mod file;
mod fit;
mod found;
mod frame_gaps;
mod hog;
mod image;
mod judge;
mod live_view;
mod local_tail;
mod look;
mod masks;
mod model;
mod motion;
mod objects;
mod reading;
mod samples;
mod scorer;
mod settings;
mod smoothing;
mod statistics;
mod switch;
mod system;
mod timeline;
mod training;
mod windows;

pub use error::Error;
pub use local_tail::Switch;
pub use settings::ObjectSettings;
pub(crate) use system::NAME;
pub use system::Objects;
