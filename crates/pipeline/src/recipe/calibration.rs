use serde::{Deserialize, Serialize};

/// Calibrated scores and events: the section `[calibration]`.
///
/// A part of the training videos is kept from fitting and scored by the fitted systems. These normal scores say how rare a
/// score is: with this section, all scores of a run are −log10 of the share of normal frames that score as high. They can be
/// compared between systems, runs and calls, and a threshold follows from the number of false alarms that is acceptable.
///
/// ```
/// use oddframe_pipeline::{CalibrationRecipe, Recipe, Registry};
///
/// let text = "calibration = { false_alarms_per_hour = 0.5 }\n[[system]]\nname = \"a\"\nkind = \"frame_difference\"";
/// let recipe = Recipe::parse(text, &Registry::default())?;
/// let expected = CalibrationRecipe { false_alarms_per_hour: 0.5, ..CalibrationRecipe::default() };
/// assert_eq!(recipe.calibration, Some(expected));
/// # Ok::<(), oddframe_pipeline::RecipeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CalibrationRecipe {
    /// The share of the training videos that is held out, spread evenly over them; of fewer than five videos, the last share of
    /// the frames of each.
    pub held_out: f64,
    /// The frame rate of videos that do not know theirs, such as folders of images.
    pub frames_per_second: f64,
    /// The number of false alarms in an hour of normal video that the threshold of events is chosen for.
    pub false_alarms_per_hour: f64,
    /// What the threshold is chosen by.
    pub threshold_from: ThresholdFrom,
    /// An event ends when the score falls this far below the threshold: with 1, to scores that are ten times as frequent.
    pub drop: f64,
    /// Events with fewer frame numbers between them are one.
    pub join: u64,
    /// Events that span fewer frame numbers are dropped.
    pub min_frames: u64,
}

impl Default for CalibrationRecipe {
    fn default() -> Self {
        Self {
            held_out: 0.2,
            frames_per_second: 25.0,
            false_alarms_per_hour: 1.0,
            threshold_from: ThresholdFrom::NormalScores,
            drop: 1.0,
            join: 25,
            min_frames: 1,
        }
    }
}

/// What the threshold of events is chosen by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ThresholdFrom {
    /// The scores of held-out normal frames: the number of false alarms to expect is the one that was asked for.
    #[serde(rename = "normal scores")]
    NormalScores,
    /// The labels of the test frames: the threshold with the highest F1 of frames. Figures of such events are optimistic,
    /// because they are measured on the labels that chose the threshold.
    #[serde(rename = "test labels")]
    TestLabels,
}

impl ThresholdFrom {
    /// The name in recipes and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::NormalScores => "normal scores",
            Self::TestLabels => "test labels",
        }
    }
}
