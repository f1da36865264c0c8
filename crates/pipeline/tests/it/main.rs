//! Recipes, runs from end to end, and the run folder.

mod backbones;
mod boxes;
mod calibration;
mod common;
mod data;
mod flow;
mod health;
mod learning;
mod live;
mod maps;
mod own_kind;
mod pictures;
mod precision;
mod recipes;
mod regions;
mod run_folder;
mod running;
mod selection;
mod sharing;
mod video_files;
mod video_results;
