//! MATLAB 5 files as other programs write them, and damaged files of every format.

mod hostile;
mod mat_builder;
mod matlab;
