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

#[cfg(feature = "serde")]
impl serde::Serialize for EdgePolicy {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for EdgePolicy {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A frame's score before it is known whether it has one.
pub(crate) type Partial = Option<f64>;

impl EdgePolicy {
    /// The scores that this policy makes up, frame by frame, each with the index it was borrowed from.
    ///
    /// Nothing where a frame has a score, the policy makes none up, or there is none to borrow.
    pub(crate) fn fill(self, scores: &[Partial]) -> Vec<Option<(f64, Option<usize>)>> {
        let donor: &dyn Fn(usize) -> Option<usize> = match self {
            Self::Error => return vec![None; scores.len()],
            Self::Constant(value) => {
                return scores.iter().map(|s| s.is_none().then_some((value, None))).collect();
            }
            Self::Nearest => &{
                let neighbours = Neighbours::of(scores);
                move |index| neighbours.nearest(index)
            },
            Self::Reflect => &{
                let neighbours = Neighbours::of(scores);
                move |index| neighbours.mirrored(index)
            },
        };
        let fill = |(index, score): (usize, &Partial)| {
            let donor = score.is_none().then(|| donor(index)).flatten()?;
            scores[donor].map(|value| (value, Some(donor)))
        };
        scores.iter().enumerate().map(fill).collect()
    }

    /// The origin of a score that [`Self::fill`] made.
    pub(crate) fn origin(donor: Option<crate::FrameNumber>) -> Origin {
        donor.map_or(Origin::Constant, |from| Origin::Borrowed { from })
    }
}

/// For every frame of a video, the scored frames around it.
struct Neighbours {
    /// The last scored frame up to here, and how many scored frames end there without a break.
    before: Vec<Option<(usize, usize)>>,
    /// The first scored frame from here on, and how many scored frames start there without a break.
    after: Vec<Option<(usize, usize)>>,
}

impl Neighbours {
    fn of(scores: &[Partial]) -> Self {
        let backwards = |i: usize| scores.len() - 1 - i;
        let scored = |i: usize| scores[i].is_some();
        let before = last_scored(scores.len(), scored);
        let mut after = last_scored(scores.len(), |i| scored(backwards(i)));
        after.reverse();
        let after = after.into_iter().map(|a| a.map(|(edge, run)| (backwards(edge), run))).collect();
        Self { before, after }
    }

    fn nearest(&self, index: usize) -> Option<usize> {
        self.edge(index).map(|(edge, _)| edge)
    }

    /// Mirrors at the nearest scored frame, back and forth within its unbroken run of scored frames.
    fn mirrored(&self, index: usize) -> Option<usize> {
        let (edge, run) = self.edge(index)?;
        let step = edge.abs_diff(index).saturating_sub(1) % (2 * run);
        let inward = step.min(2 * run - 1 - step);
        Some(if edge > index { edge + inward } else { edge - inward })
    }

    /// The nearest scored frame, the earlier of two, and how many follow it away from `index`.
    fn edge(&self, index: usize) -> Option<(usize, usize)> {
        match (self.before[index], self.after[index]) {
            (Some((b, _)), Some(a)) if a.0 - index < index - b => Some(a),
            (Some(before), _) => Some(before),
            (None, after) => after,
        }
    }
}

/// For each of `len` places, the last one scored up to there and the length of the run that ends with it.
fn last_scored(len: usize, scored: impl Fn(usize) -> bool) -> Vec<Option<(usize, usize)>> {
    let step = |last: &mut Option<(usize, usize)>, place: usize| {
        if scored(place) {
            let run = last.filter(|(edge, _)| edge + 1 == place).map_or(0, |(_, run)| run);
            *last = Some((place, run + 1));
        }
        Some(*last)
    };
    (0..len).scan(None, step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(policy: EdgePolicy, scores: &[Partial]) -> Vec<Option<f64>> {
        let fills = policy.fill(scores);
        scores.iter().zip(fills).map(|(score, fill)| score.or(fill.map(|f| f.0))).collect()
    }

    #[test]
    fn the_nearest_score_is_borrowed() {
        let scores = [None, None, Some(2.0), None, None, Some(5.0), None];
        assert_eq!(filled(EdgePolicy::Nearest, &scores), [2., 2., 2., 2., 5., 5., 5.].map(Some));
        let tie = [Some(1.0), None, Some(3.0)];
        assert_eq!(EdgePolicy::Nearest.fill(&tie), [None, Some((1.0, Some(0))), None]);
    }

    #[test]
    fn reflection_repeats_the_edge_and_turns_at_the_far_end() {
        let scores = [None, None, None, None, None, Some(1.0), Some(2.0), None, None, None];
        assert_eq!(filled(EdgePolicy::Reflect, &scores), [1., 1., 2., 2., 1., 1., 2., 2., 1., 1.].map(Some));
    }

    #[test]
    fn constants_and_errors() {
        let scores = [None, Some(2.0)];
        assert_eq!(EdgePolicy::Constant(0.5).fill(&scores), [Some((0.5, None)), None]);
        assert_eq!(EdgePolicy::Error.fill(&scores), [None, None]);
        assert_eq!(EdgePolicy::Nearest.fill(&[None, None]), [None, None]);
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
