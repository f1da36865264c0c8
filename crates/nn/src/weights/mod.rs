//! Weights in files.

mod compare;
mod format;
mod load;
mod names;
mod problem;
mod save;

pub use load::load_weights;
pub use names::WeightNames;
pub use problem::WeightProblem;
pub(crate) use problem::lines;
pub use save::save_weights;
