//! The systems on UCSD Ped2, on the synthetic street, and on videos of flat gray frames.

mod flat;
mod flat_video;
mod model_folder;
mod ped2;
mod score;
mod street;
