//! The fast path of ungrouped convolutions. Whatever a layer is called, it is one of three operations: positions of
//! one grid sum over taps of the other ([`sums`], forward and gradient of the input), or taps sum over positions
//! ([`outer`], gradient of the weights).

mod finish;
mod fold;
mod micro;
mod outer;
mod pack;
mod pass;
mod product;
mod source;
mod sums;
mod tables;
mod way;

pub(crate) use finish::Finish;
pub(crate) use pack::Panels;
pub(crate) use pass::Direction;
pub(crate) use tables::{Room, Tables};
pub(crate) use way::{Way, WeightsWay};
