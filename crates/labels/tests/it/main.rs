//! Labels in folders and files as data sets have them.

mod folders;
mod shared_data;
