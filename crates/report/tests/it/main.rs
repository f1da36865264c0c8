//! Tests of the report: a run is made, and its page is read, looked at in a browser and measured.

mod browser;
mod common;
mod heat;
mod overlay;
mod page;
mod webdriver;
