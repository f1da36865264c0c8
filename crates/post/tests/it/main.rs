//! Real submissions reproduced exactly, and properties of every operation.

mod golden;
mod properties;
