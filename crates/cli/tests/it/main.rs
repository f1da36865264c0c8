//! The command line, run as its users do.

mod bad_input;
mod book;
mod check;
mod common;
mod eval;
mod eval_conventions;
mod events;
mod golden;
mod help;
mod kill;
mod learn;
mod recordings;
mod repair;
mod run;
mod schema;
mod select;
