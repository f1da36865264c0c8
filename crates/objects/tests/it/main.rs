//! The system on drawn streets: what it finds and says, streams, model folders, bad input. On Ped2 where the data is there.

mod bad_input;
mod footage;
mod learning;
mod maps;
mod model_folder;
mod ped2;
mod pseudo;
mod scoring;
