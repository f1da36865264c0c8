use std::fmt;
use std::str::FromStr;

use oddframe_core::{self as core, PostStep, ScoreTable, Warning};

use crate::parser::Parser;
use crate::{ParseError, Step};

/// Steps that run one after the other: `gaussian(sigma=3) per video | minmax over all`.
///
/// The chain without a step changes nothing; its text is `none`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chain {
    steps: Vec<Step>,
}

impl Chain {
    /// The word for a chain without a step.
    pub(crate) const EMPTY: &'static str = "none";

    /// A chain without a step.
    pub fn new() -> Self {
        Self::default()
    }

    /// The chain with one more step at its end.
    #[must_use]
    pub fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// The steps, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl PostStep for Chain {
    fn apply(&self, scores: &mut ScoreTable) -> Result<Vec<Warning>, core::Error> {
        let before: Vec<f64> = scores.values().collect();
        let mut warnings = Vec::new();
        for step in &self.steps {
            match step.apply(scores) {
                Ok(more) => warnings.extend(more),
                Err(error) => {
                    scores.set_values(&before)?;
                    return Err(error);
                }
            }
        }
        Ok(warnings)
    }
}

impl FromStr for Chain {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut parser = Parser::new(text);
        let chain = parser.chain()?;
        parser.end()?;
        Ok(chain)
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            return f.write_str(Self::EMPTY);
        }
        for (place, step) in self.steps.iter().enumerate() {
            write!(f, "{}{step}", if place == 0 { "" } else { " | " })?;
        }
        Ok(())
    }
}

impl FromIterator<Step> for Chain {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Self { steps: steps.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{table, values};
    use crate::{MinMax, Round};

    #[test]
    fn steps_run_in_order() {
        let mut scores = table(&[("1", &[1.0, 4.0, 2.0])]);
        let chain =
            Chain::new().then(Step::over_all(MinMax).unwrap()).then(Step::per_video(Round::new(1).unwrap()));
        assert_eq!(chain.to_string(), "minmax over all | round(digits=1) per video");
        chain.apply(&mut scores).unwrap();
        assert_eq!(values(&scores), [0.0, 1.0, 0.3]);
        assert_eq!(chain.steps().iter().cloned().collect::<Chain>(), chain);
    }

    #[test]
    fn none_is_the_chain_without_steps() {
        assert_eq!(" none ".parse::<Chain>().unwrap(), Chain::new());
        assert_eq!(Chain::new().to_string(), "none");
        let mut scores = table(&[("1", &[1.0, 4.0])]);
        let before = scores.clone();
        assert!(Chain::new().apply(&mut scores).unwrap().is_empty());
        assert_eq!(scores, before);
    }

    #[test]
    fn a_failing_step_leaves_the_scores_as_they_were() {
        let mut scores = table(&[("1", &[1.0, 4.0])]);
        let before = scores.clone();
        let chain: Chain = "minmax | savgol(5, 2)".parse().unwrap();
        assert!(chain.apply(&mut scores).is_err());
        assert_eq!(scores, before);
    }

    #[test]
    fn warnings_of_all_steps_are_kept() {
        let mut scores = table(&[("1", &[4.0, 4.0])]);
        let warnings = "minmax | gaussian(3) | zscore".parse::<Chain>().unwrap().apply(&mut scores).unwrap();
        assert_eq!(warnings.len(), 2);
    }
}
