use std::fmt;
use std::sync::Arc;

use crate::Signature;

/// An operation on one series: the scores of one video in the order of its frames, or those of all videos.
///
/// Your own implementation works in a [`Step`](crate::Step) as the ones here do; only the text of a chain does
/// not know it.
pub trait Transform: fmt::Debug + Send + Sync {
    /// Its name and parameters.
    fn signature(&self) -> &'static Signature;

    /// The value of each parameter of the signature.
    fn values(&self) -> Vec<f64>;

    /// Changes the scores in place. A series shorter than [`Self::min_len`] stays as it is.
    fn transform(&self, series: &mut [f64]) -> Outcome;

    /// The fewest scores the operation is defined for.
    fn min_len(&self) -> usize {
        1
    }
}

/// An operation as steps hold it.
pub type SharedTransform = Arc<dyn Transform>;

/// How a [`Transform`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
pub enum Outcome {
    /// As documented.
    Done,
    /// The series has no range to normalise by; its scores became 0.
    Constant,
}
