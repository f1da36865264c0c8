//! Score files and submissions: properties, the files of a real competition, and large files.

mod many;
mod properties;
mod real;
mod repair;
