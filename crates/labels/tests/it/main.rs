//! Labels in folders and files as data sets have them, MATLAB 5 files as other programs write them, and
//! damaged files.

mod folders;
mod hostile;
mod mat_builder;
mod matlab;
mod shared_data;
