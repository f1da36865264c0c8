//! What a run gives.

use std::path::PathBuf;

use oddframe_core::{Labels, ScoreTable, Warning};
use oddframe_metrics::{Error as MetricsError, Evaluation, evaluate};

use crate::{Data, Error, Reaction, Training};

/// What a run gave: every system's scores, and how good they are where that is known.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Outcome {
    /// The recipe's name.
    pub recipe: String,
    /// The folder with everything in it.
    pub folder: PathBuf,
    /// The two systems with no network, those of the recipe, and what they are fused to, in this order.
    pub systems: Vec<SystemOutcome>,
    /// What the flip repair did, where the recipe has one.
    pub flips: Option<FlipOutcome>,
    /// What deserves attention.
    pub warnings: Vec<String>,
}

/// What one system gave.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SystemOutcome {
    /// Its name.
    pub name: String,
    /// What made it.
    pub kind: SystemKind,
    /// A score for every test frame, after all its steps.
    pub scores: ScoreTable,
    /// How well they agree with the labels; none without labels, or where all are of one class.
    pub evaluation: Option<Evaluation>,
    /// What they react to; none where nothing is known of the frames.
    pub reaction: Option<Reaction>,
    /// How its networks were trained.
    pub training: Vec<Training>,
}

/// Where scores come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemKind {
    /// A score without learning, or of a mean: what every network has to beat.
    NoNetwork,
    /// Trained networks.
    Networks,
    /// All systems of the recipe together.
    Fused,
}

impl SystemKind {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoNetwork => "no network",
            Self::Networks => "networks",
            Self::Fused => "fused",
        }
    }
}

/// What the flip repair did.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FlipOutcome {
    /// Test frames that were turned back.
    pub turned: usize,
    /// Test frames.
    pub frames: usize,
    /// How many of them rightly, where that is known.
    pub report: Option<oddframe_flip::FlipReport>,
}

impl SystemOutcome {
    pub(crate) fn new(
        name: &str,
        kind: SystemKind,
        scores: ScoreTable,
        data: &Data,
        training: Vec<Training>,
    ) -> Result<Self, Error> {
        let labels = data.labels().map(|known| &known.labels);
        let evaluation = labels.map(|labels| evaluated(&scores, labels)).transpose()?.flatten();
        let known = labels.is_some() || !data.truth().is_empty();
        let reaction = known.then(|| Reaction::of(&scores, labels, data.truth())).transpose()?;
        Ok(Self { name: name.to_owned(), kind, scores, evaluation, reaction, training })
    }
}

fn evaluated(scores: &ScoreTable, labels: &Labels) -> Result<Option<Evaluation>, Error> {
    match evaluate(scores, labels) {
        Ok(evaluation) => Ok(Some(evaluation)),
        Err(MetricsError::OneClass { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A step's warning, with the scores that it is about.
pub(crate) fn about(name: &str, warning: &Warning) -> String {
    format!("{name}: {warning}")
}

impl Outcome {
    /// The run's own scores.
    pub fn fused(&self) -> Option<&SystemOutcome> {
        self.systems.iter().find(|system| system.kind == SystemKind::Fused)
    }
}
