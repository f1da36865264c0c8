//! The examples and the recipes beside them.
#![cfg(feature = "flex")]

mod quickstart;
mod recipes;
mod tutorials;
