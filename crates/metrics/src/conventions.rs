//! The same scores under the conventions that published figures follow, and what inflates those figures.

mod borders;
mod compare;
mod convention;
mod finding;
mod labelled;
mod lint;
mod options;
mod shift;
mod ties;

pub use compare::{ConventionFigure, ConventionReport, compare_conventions};
pub use convention::Convention;
pub use finding::Finding;
pub use options::{ConventionOptions, Normalisation};
pub use shift::ShiftedAuc;

#[cfg(test)]
mod tests;
