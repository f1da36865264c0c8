//! Recipes, runs from end to end, and the run folder.

mod common;
mod data;
mod own_kind;
mod recipes;
mod run_folder;
mod running;
mod sharing;
