//! Normal video stays in order, damaged video is found, and what is learned survives being odd.

mod common;
mod damage;
mod learning;
mod normal;
mod problems;
