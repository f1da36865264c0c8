//! The command line, run as its users do.

mod bad_input;
mod check;
mod common;
mod eval;
mod events;
mod golden;
mod help;
mod kill;
mod learn;
mod run;
mod select;
