//! The same scores under the conventions that published figures follow, and what inflates those figures.
//!
//! ```text
//! scores ─┬─▶ compare   a figure for each Convention, with its interval ──────┐
//! labels ─┘   shift     the AUC when labels are off by a frame or two         ├─▶ ConventionReport
//!             lint      Findings, from borders, ties, shift and the options ──┘
//! ```
//!
//! A figure is computed from the same scores in every row, so that a difference between two rows is the convention alone.
//! A finding is a test of the scores themselves: it needs no knowledge of how they were made, except for the
//! normalisations that [`ConventionOptions`] names.

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
