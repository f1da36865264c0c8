use std::fmt;
use std::sync::Arc;

use oddframe_core::{self as core, PostStep, Scope, ScoreTable, Warning};

use crate::error::Error;
use crate::transform::{Outcome, Transform};

/// An operation and its scope: `gaussian(sigma=3) per video`, `minmax over all`.
///
/// If the text has no scope, smoothers run per video and the other operations over the whole set. `Display`
/// prints the text that the step was parsed from, blanks aside, so an omitted scope stays omitted. Two steps
/// are equal if their texts are.
///
/// ```
/// use oddframe_core::Scope;
/// use oddframe_post::{Gaussian, MinMax, Step};
///
/// let step: Step = "minmax".parse()?;
/// assert_eq!((step.scope(), step.to_string()), (Scope::WholeSet, "minmax".to_string()));
/// assert_eq!(Step::per_video(MinMax).to_string(), "minmax per video");
/// assert!(Step::over_all(Gaussian::new(3.0)?).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Step {
    op: Arc<dyn Transform>,
    /// The scope in the text, if it has one.
    written: Option<Scope>,
    /// The number of leading arguments that are printed without their names.
    positional: usize,
}

impl Step {
    /// A step that runs over each video by itself.
    pub fn per_video(op: impl Transform + 'static) -> Self {
        Self {
            op: Arc::new(op),
            written: Some(Scope::PerVideo),
            positional: 0,
        }
    }

    /// A step that runs over all videos together.
    ///
    /// # Errors
    /// When the operation is a smoother, which would mix the end of one video with the start of the next.
    pub fn over_all(op: impl Transform + 'static) -> Result<Self, Error> {
        Self::from_text(Arc::new(op), Some(Scope::WholeSet), 0)
    }

    /// A step as its text defines it.
    pub(crate) fn from_text(
        op: Arc<dyn Transform>,
        written: Option<Scope>,
        positional: usize,
    ) -> Result<Self, Error> {
        if op.signature().smooths && written == Some(Scope::WholeSet) {
            return Err(Error::AcrossVideos {
                step: op.signature().name,
            });
        }
        Ok(Self {
            op,
            written,
            positional,
        })
    }

    /// The operation.
    pub fn op(&self) -> &dyn Transform {
        &*self.op
    }

    /// The series that the operation runs over.
    pub fn scope(&self) -> Scope {
        let default = if self.op.signature().smooths {
            Scope::PerVideo
        } else {
            Scope::WholeSet
        };
        self.written.unwrap_or(default)
    }

    /// Whether the score of a frame depends on the other videos of the table: scores of two tables cannot be compared then.
    ///
    /// ```
    /// use oddframe_post::Step;
    ///
    /// assert!("minmax".parse::<Step>()?.depends_on_whole_set());
    /// assert!(!"minmax per video".parse::<Step>()?.depends_on_whole_set());
    /// assert!(!"round(3)".parse::<Step>()?.depends_on_whole_set());
    /// # Ok::<(), oddframe_core::ParseError>(())
    /// ```
    pub fn depends_on_whole_set(&self) -> bool {
        self.scope() == Scope::WholeSet && !self.op.is_pointwise()
    }

    /// Applies the operation to the scores of one video, in place, whatever the scope.
    ///
    /// # Errors
    /// When the series is too short, or a score stops being finite. The scores are then unspecified.
    pub fn apply_to_series(&self, series: &mut [f64]) -> Result<Option<Warning>, Error> {
        let (len, needed) = (series.len(), self.op.min_len());
        if len < needed && len > 0 {
            return Err(Error::TooShort {
                step: self.to_string(),
                len,
                needed,
            });
        }
        // Overflow is the only way to a score that is not finite: the input is finite.
        let outcome = self.op.transform_series(series);
        if let Some(index) = series.iter().position(|score| !score.is_finite()) {
            return Err(Error::NotFinite {
                step: self.to_string(),
                index,
                value: series[index],
            });
        }
        let constant = outcome == Outcome::Constant;
        Ok(constant.then(|| Warning::ConstantSeries {
            step: self.to_string(),
            video: None,
        }))
    }
}

impl PostStep for Step {
    fn apply(&self, scores: &mut ScoreTable) -> Result<Vec<Warning>, core::Error> {
        let (scope, needed) = (self.scope(), self.op.min_len());
        // A step over the whole set sees one long series, so only steps per video can meet a series that is
        // too short. The check comes first: an error must leave the table unchanged.
        let short = scores.videos().iter().find(|video| video.len() < needed);
        if let (Scope::PerVideo, Some(video)) = (scope, short) {
            return Err(core::Error::TooShort {
                video: video.id().clone(),
                first: video.numbers()[0],
                frames: video.len(),
                length: needed,
            });
        }
        // `update` calls the closure once per series, so the outcomes have the order of the videos.
        let mut outcomes = Vec::new();
        scores.update(scope, |series| {
            outcomes.push(self.op.transform_series(series));
        })?;
        let constant = outcomes
            .iter()
            .enumerate()
            .filter(|(_, outcome)| **outcome == Outcome::Constant);
        Ok(constant
            .map(|(place, _)| Warning::ConstantSeries {
                step: self.to_string(),
                video: (scope == Scope::PerVideo).then(|| scores.videos()[place].id().clone()),
            })
            .collect())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signature = self.op.signature();
        f.write_str(signature.name)?;
        let arguments: Vec<_> = signature
            .parameters
            .iter()
            .zip(self.op.parameter_values())
            .collect();
        // Trailing arguments that equal their defaults are omitted.
        let shown = arguments
            .iter()
            .rposition(|(p, v)| p.default != Some(*v))
            .map_or(0, |last| last + 1);
        for (place, (parameter, value)) in arguments[..shown].iter().enumerate() {
            f.write_str(if place == 0 { "(" } else { ", " })?;
            if place >= self.positional {
                write!(f, "{}=", parameter.name)?;
            }
            write!(f, "{value}")?;
        }
        f.write_str(if shown > 0 { ")" } else { "" })?;
        f.write_str(match self.written {
            None => "",
            Some(Scope::PerVideo) => " per video",
            Some(Scope::WholeSet) => " over all",
        })
    }
}

impl PartialEq for Step {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{table, values};
    use crate::{Gaussian, MinMax, Rank, Savgol};

    #[test]
    fn the_scope_decides_what_a_series_is() {
        let raw = table(&[("1", &[0.0, 1.0]), ("2", &[1.0, 3.0, 5.0])]);
        let mut each = raw.clone();
        Step::per_video(MinMax).apply(&mut each).unwrap();
        assert_eq!(values(&each), [0.0, 1.0, 0.0, 0.5, 1.0]);
        let mut all = raw.clone();
        Step::over_all(MinMax).unwrap().apply(&mut all).unwrap();
        assert_eq!(values(&all), [0.0, 0.2, 0.2, 0.6, 1.0]);
        let mut ranks = raw;
        "rank".parse::<Step>().unwrap().apply(&mut ranks).unwrap();
        assert_eq!(values(&ranks), [0.2, 0.5, 0.5, 0.8, 1.0]);
    }

    #[test]
    fn smoothers_run_per_video_by_default_and_others_over_all() {
        for signature in crate::registry::KNOWN {
            let arguments =
                ["", "(1)", "(7, 2)", "(2, 70)"].map(|a| format!("{}{a}", signature.name));
            let step = arguments
                .iter()
                .find_map(|text| text.parse::<Step>().ok())
                .unwrap();
            let expected = if signature.smooths {
                Scope::PerVideo
            } else {
                Scope::WholeSet
            };
            assert_eq!(step.scope(), expected, "{step}");
        }
    }

    #[test]
    fn smoothing_across_videos_is_an_error() {
        let refused = Step::over_all(Gaussian::new(3.0).unwrap()).unwrap_err();
        assert!(matches!(refused, Error::AcrossVideos { step: "gaussian" }));
        let error = "gaussian(3) over all".parse::<Step>().unwrap_err();
        assert_eq!(error.offset(), 12);
    }

    #[test]
    fn constant_videos_are_named() {
        let mut scores = table(&[("1", &[0.0, 1.0]), ("2", &[3.0, 3.0])]);
        let warnings = Step::per_video(MinMax).apply(&mut scores).unwrap();
        assert_eq!(values(&scores), [0.0, 1.0, 0.0, 0.0]);
        let expected = Warning::ConstantSeries {
            step: "minmax per video".to_string(),
            video: Some("2".into()),
        };
        assert_eq!(warnings, [expected]);
        let mut scores = table(&[("1", &[3.0]), ("2", &[3.0, 3.0])]);
        let warnings = "zscore"
            .parse::<Step>()
            .unwrap()
            .apply(&mut scores)
            .unwrap();
        assert_eq!(
            warnings,
            [Warning::ConstantSeries {
                step: "zscore".to_string(),
                video: None
            }]
        );
    }

    #[test]
    fn a_video_too_short_for_the_step_is_an_error() {
        let mut scores = table(&[("1", &[0.0; 9]), ("2", &[1.0; 6])]);
        let before = scores.clone();
        let error = Step::per_video(Savgol::new(7, 2).unwrap())
            .apply(&mut scores)
            .unwrap_err();
        assert!(
            matches!(
                &error,
                core::Error::TooShort {
                    frames: 6,
                    length: 7,
                    ..
                }
            ),
            "{error}"
        );
        assert_eq!(scores, before);
    }

    #[test]
    fn scores_that_overflow_are_an_error() {
        for step in [
            "minmax",
            "zscore",
            "round(6)",
            "uniform(2)",
            "percentile_clip(0, 100)",
        ] {
            let mut scores = table(&[("1", &[-1.7e308, -1.7e308, 1.7e308])]);
            let before = scores.clone();
            let error = step
                .parse::<Step>()
                .unwrap()
                .apply(&mut scores)
                .unwrap_err();
            assert!(
                matches!(error, core::Error::NotFinite { .. }),
                "{step}: {error}"
            );
            assert_eq!(scores, before);
        }
    }

    #[test]
    fn steps_are_equal_if_their_texts_are() {
        let step = |text: &str| text.parse::<Step>().unwrap();
        assert_eq!(step("rank over all"), Step::over_all(Rank).unwrap());
        assert_ne!(step("rank over all"), step("rank"));
        assert_ne!(step("uniform(3)"), step("uniform(window=3)"));
    }
}
