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
#[path = "../../../report/tests/it/webdriver.rs"]
#[expect(dead_code, reason = "the tests of the report use all of it")]
mod webdriver;
mod whole_way;
