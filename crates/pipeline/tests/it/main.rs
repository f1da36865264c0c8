//! Recipes, runs from end to end, and the run folder.

mod backbones;
mod boxes;
mod common;
mod data;
mod flow;
mod learning;
mod own_kind;
mod pictures;
mod recipes;
mod run_folder;
mod running;
mod selection;
mod sharing;
mod video_files;
