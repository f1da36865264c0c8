use std::fmt;
use std::sync::Arc;

use crate::error::Error;
use crate::parameters::Parameter;

/// An operation on one series of scores: those of one video in the order of its frames, or those of all
/// videos.
///
/// An implementation of your own works in a [`Step`](crate::Step) like the built-in ones, but texts of chains
/// cannot name it.
///
/// ```
/// use std::sync::Arc;
/// use oddframe_post::{Outcome, Signature, Step, Transform};
///
/// #[derive(Debug)]
/// struct Negate;
///
/// static NEGATE: Signature =
///     Signature { name: "negate", smooths: false, parameters: &[], build: |_| Ok(Arc::new(Negate)) };
///
/// impl Transform for Negate {
///     fn signature(&self) -> &'static Signature {
///         &NEGATE
///     }
///
///     fn parameter_values(&self) -> Vec<f64> {
///         vec![]
///     }
///
///     fn transform_series(&self, series: &mut [f64]) -> Outcome {
///         series.iter_mut().for_each(|score| *score = -*score);
///         Outcome::Done
///     }
/// }
///
/// let mut scores = [0.25, 1.0];
/// Step::per_video(Negate).apply_to_series(&mut scores)?;
/// assert_eq!(scores, [-0.25, -1.0]);
/// # Ok::<(), oddframe_post::Error>(())
/// ```
pub trait Transform: fmt::Debug + Send + Sync {
    /// The name and the parameters of the operation.
    fn signature(&self) -> &'static Signature;

    /// The value of each parameter of the signature.
    fn parameter_values(&self) -> Vec<f64>;

    /// Changes the scores in place. A series shorter than [`Self::min_len`] stays unchanged.
    fn transform_series(&self, series: &mut [f64]) -> Outcome;

    /// Whether the step computes each new score from the old score of the same frame alone.
    fn is_pointwise(&self) -> bool {
        false
    }

    /// The length of the shortest series that the operation is defined for.
    fn min_len(&self) -> usize {
        1
    }
}

/// The result of a [`Transform`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
pub enum Outcome {
    /// The series was transformed as documented.
    Done,
    /// The series has no range to normalise by; its scores became 0.
    Constant,
}

/// The textual form of an operation: its name, its parameters and its constructor.
#[derive(Debug)]
pub struct Signature {
    /// The name in the text of a chain.
    pub name: &'static str,
    /// Whether the operation mixes the score of a frame with those of its neighbours. Such an operation must
    /// stop at the borders of videos, so it runs per video by default; the others run over the whole set.
    pub smooths: bool,
    /// The parameters, in order.
    pub parameters: &'static [Parameter],
    /// Constructs the operation. The parser passes exactly one value for each parameter, in order; the
    /// function may panic for any other number of values.
    #[expect(
        clippy::type_complexity,
        reason = "an alias would hide that any shared operation will do"
    )]
    pub build: fn(&[f64]) -> Result<Arc<dyn Transform>, Error>,
}
