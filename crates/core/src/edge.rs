use std::fmt;
use std::str::FromStr;

use crate::Origin;

/// What becomes of frames that a system cannot score: the first of a difference, the edges of a window.
///
/// Its text form is `nearest`, `reflect`, `constant(0)` or `error`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EdgePolicy {
    /// The score of the nearest scored frame, by position; of two equally near ones the earlier.
    Nearest,
    /// The score at the mirrored position, the nearest scored frame itself included (d c b a | a b c d).
    Reflect,
    /// This value, which must be finite.
    Constant(f64),
    /// No score is made up: a frame without one is an error.
    Error,
}

/// A policy's text that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no edge policy; known are nearest, reflect, constant(NUMBER) and error")]
pub struct EdgePolicyError {
    text: String,
}

impl FromStr for EdgePolicy {
    type Err = EdgePolicyError;

    fn from_str(text: &str) -> Result<Self, EdgePolicyError> {
        let value = || {
            let inner = text.trim().strip_prefix("constant(")?.strip_suffix(')')?;
            inner.trim().parse::<f64>().ok().filter(|v| v.is_finite())
        };
        match text.trim() {
            "nearest" => Ok(Self::Nearest),
            "reflect" => Ok(Self::Reflect),
            "error" => Ok(Self::Error),
            _ => value().map(Self::Constant).ok_or_else(|| EdgePolicyError { text: text.to_string() }),
        }
    }
}

impl fmt::Display for EdgePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nearest => f.write_str("nearest"),
            Self::Reflect => f.write_str("reflect"),
            Self::Constant(value) => write!(f, "constant({value})"),
            Self::Error => f.write_str("error"),
        }
    }
}

/// A frame's score before it is known whether it has one.
pub(crate) type Partial = Option<f64>;

impl EdgePolicy {
    /// The score for the frame at `index`, which has none, and the index it was borrowed from.
    ///
    /// Nothing when the policy makes no score up, or there is none to borrow.
    pub(crate) fn fill(self, scores: &[Partial], index: usize) -> Option<(f64, Option<usize>)> {
        let donor = match self {
            Self::Constant(value) => return Some((value, None)),
            Self::Error => return None,
            Self::Nearest => nearest(scores, index)?,
            Self::Reflect => reflect(scores, index)?,
        };
        scores[donor].map(|value| (value, Some(donor)))
    }

    /// The origin of a score that [`Self::fill`] made.
    pub(crate) fn origin(donor: Option<crate::FrameNumber>) -> Origin {
        donor.map_or(Origin::Constant, |from| Origin::Borrowed { from })
    }
}

fn nearest(scores: &[Partial], index: usize) -> Option<usize> {
    let before = scores[..index].iter().rposition(Option::is_some);
    let after = scores[index..].iter().position(Option::is_some).map(|i| index + i);
    match (before, after) {
        (Some(b), Some(a)) if a - index < index - b => Some(a),
        (Some(b), _) => Some(b),
        (None, after) => after,
    }
}

/// Mirrors at the nearest scored frame, back and forth within its unbroken run of scored frames.
fn reflect(scores: &[Partial], index: usize) -> Option<usize> {
    let edge = nearest(scores, index)?;
    let run = if edge > index {
        scores[edge..].iter().take_while(|s| s.is_some()).count()
    } else {
        scores[..=edge].iter().rev().take_while(|s| s.is_some()).count()
    };
    let step = (edge.abs_diff(index) - 1) % (2 * run);
    let inward = step.min(2 * run - 1 - step);
    Some(if edge > index { edge + inward } else { edge - inward })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(policy: EdgePolicy, scores: &[Partial]) -> Vec<Option<f64>> {
        (0..scores.len()).map(|i| scores[i].or_else(|| policy.fill(scores, i).map(|f| f.0))).collect()
    }

    #[test]
    fn the_nearest_score_is_borrowed() {
        let scores = [None, None, Some(2.0), None, None, Some(5.0), None];
        assert_eq!(filled(EdgePolicy::Nearest, &scores), [2., 2., 2., 2., 5., 5., 5.].map(Some));
        let tie = [Some(1.0), None, Some(3.0)];
        assert_eq!(EdgePolicy::Nearest.fill(&tie, 1), Some((1.0, Some(0))));
    }

    #[test]
    fn reflection_repeats_the_edge_and_turns_at_the_far_end() {
        let scores = [None, None, None, None, None, Some(1.0), Some(2.0), None, None, None];
        assert_eq!(filled(EdgePolicy::Reflect, &scores), [1., 1., 2., 2., 1., 1., 2., 2., 1., 1.].map(Some));
    }

    #[test]
    fn constants_and_errors() {
        let scores = [None, Some(2.0)];
        assert_eq!(EdgePolicy::Constant(0.5).fill(&scores, 0), Some((0.5, None)));
        assert_eq!(EdgePolicy::Error.fill(&scores, 0), None);
        assert_eq!(EdgePolicy::Nearest.fill(&[None, None], 0), None);
    }

    #[test]
    fn text_round_trips_and_nonsense_is_named() {
        for text in ["nearest", "reflect", "constant(0)", "constant(-1.5)", "error"] {
            assert_eq!(text.parse::<EdgePolicy>().unwrap().to_string(), text);
        }
        for text in ["", "near", "constant", "constant()", "constant(x)", "constant(NaN)", "constant(inf)"] {
            assert!(text.parse::<EdgePolicy>().unwrap_err().to_string().contains(&format!("`{text}`")));
        }
    }
}
