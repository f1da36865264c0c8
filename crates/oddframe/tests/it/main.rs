//! The examples and the recipes beside them.
#![cfg(feature = "flex")]

#[path = "../common/mod.rs"]
mod common;
mod quickstart;
mod recipes;
mod tutorials;
