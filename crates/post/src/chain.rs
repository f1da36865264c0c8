use std::fmt;

use oddframe_core::{self as core, PostStep, ScoreTable, Warning};

use crate::error::Error;
use crate::step::Step;

/// Steps that run one after the other: `gaussian(sigma=3) per video | minmax over all`.
///
/// The empty chain changes nothing; its text is `none`.
///
/// ```
/// use oddframe_post::{Chain, Gaussian, MinMax, Step};
///
/// let parsed: Chain = "gaussian(sigma=3) per video | minmax over all".parse()?;
/// let built = Chain::new().then(Step::per_video(Gaussian::new(3.0)?)).then(Step::over_all(MinMax)?);
/// assert_eq!(parsed, built);
/// assert_eq!(built.to_string(), "gaussian(sigma=3) per video | minmax over all");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chain {
    steps: Vec<Step>,
}

impl Chain {
    /// The text of the empty chain.
    pub(crate) const EMPTY: &'static str = "none";

    /// The empty chain.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a step.
    #[must_use]
    pub fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// The steps, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The first step that makes the score of a frame depend on the other videos of the table.
    pub fn find_whole_set_step(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.depends_on_whole_set())
    }

    /// Applies every step to the scores of one video, in place.
    ///
    /// The series is both a video and the whole set, so the scopes of the steps do not matter.
    ///
    /// ```
    /// let mut scores = [1.0, 3.0, 2.0];
    /// let chain: oddframe_post::Chain = "minmax | round(1)".parse()?;
    /// assert!(chain.apply_to_series(&mut scores)?.is_empty());
    /// assert_eq!(scores, [0.0, 1.0, 0.5]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the series is too short for a step, or a score stops being finite. The scores are then unchanged.
    pub fn apply_to_series(&self, series: &mut [f64]) -> Result<Vec<Warning>, Error> {
        let before = series.to_vec();
        let mut warnings = Vec::new();
        for step in &self.steps {
            match step.apply_to_series(series) {
                Ok(warning) => warnings.extend(warning),
                Err(error) => {
                    series.copy_from_slice(&before);
                    return Err(error);
                }
            }
        }
        Ok(warnings)
    }
}

impl PostStep for Chain {
    fn apply(&self, scores: &mut ScoreTable) -> Result<Vec<Warning>, core::Error> {
        // Steps change the table in place, so its values are kept for the case that a later step fails.
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

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            return f.write_str(Self::EMPTY);
        }
        // The bar separates steps; it never ends a chain.
        for (place, step) in self.steps.iter().enumerate() {
            write!(f, "{}{step}", if place == 0 { "" } else { " | " })?;
        }
        Ok(())
    }
}

impl FromIterator<Step> for Chain {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Self {
            steps: steps.into_iter().collect(),
        }
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
        let chain = Chain::new()
            .then(Step::over_all(MinMax).unwrap())
            .then(Step::per_video(Round::new(1).unwrap()));
        assert_eq!(
            chain.to_string(),
            "minmax over all | round(digits=1) per video"
        );
        chain.apply(&mut scores).unwrap();
        assert_eq!(values(&scores), [0.0, 1.0, 0.3]);
        assert_eq!(chain.steps().iter().cloned().collect::<Chain>(), chain);
    }

    #[test]
    fn none_is_the_empty_chain() {
        assert_eq!(" none ".parse::<Chain>().unwrap(), Chain::new());
        assert_eq!(Chain::new().to_string(), "none");
        let mut scores = table(&[("1", &[1.0, 4.0])]);
        let before = scores.clone();
        assert!(Chain::new().apply(&mut scores).unwrap().is_empty());
        assert_eq!(scores, before);
    }

    #[test]
    fn a_failing_step_leaves_the_scores_unchanged() {
        let mut scores = table(&[("1", &[1.0, 4.0])]);
        let before = scores.clone();
        let chain: Chain = "minmax | savgol(5, 2)".parse().unwrap();
        assert!(chain.apply(&mut scores).is_err());
        assert_eq!(scores, before);
    }

    #[test]
    fn warnings_of_all_steps_are_kept() {
        let mut scores = table(&[("1", &[4.0, 4.0])]);
        let warnings = "minmax | gaussian(3) | zscore"
            .parse::<Chain>()
            .unwrap()
            .apply(&mut scores)
            .unwrap();
        assert_eq!(warnings.len(), 2);
    }

    #[test]
    fn a_series_is_changed_like_a_table_of_one_video() {
        let mut scores = table(&[("1", &[0.3, 0.1, 0.4, 0.1, 0.5])]);
        let mut series = [0.3, 0.1, 0.4, 0.1, 0.5];
        let chain: Chain = "gaussian(1) | percentile_clip(5, 95) per video | rank"
            .parse()
            .unwrap();
        chain.apply(&mut scores).unwrap();
        chain.apply_to_series(&mut series).unwrap();
        assert_eq!(values(&scores), series);
        let warnings = "minmax | zscore"
            .parse::<Chain>()
            .unwrap()
            .apply_to_series(&mut [4.0; 3])
            .unwrap();
        assert_eq!(warnings.len(), 2);
    }

    #[test]
    fn a_failing_step_leaves_a_series_unchanged() {
        for (text, says) in [
            (
                "minmax | savgol(5, 2)",
                "savgol(5, 2) needs at least 5 scores, but the series has 2",
            ),
            ("round(0) | zscore", "zscore makes the score at index 0"),
        ] {
            let mut series = [-1.2e200, 1e200];
            let error = text
                .parse::<Chain>()
                .unwrap()
                .apply_to_series(&mut series)
                .unwrap_err()
                .to_string();
            assert!(error.starts_with(says), "{error}");
            assert_eq!(series, [-1.2e200, 1e200]);
        }
    }
}
