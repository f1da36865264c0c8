//! The results of a run: scores and, where labels are known, how good they are.

use std::path::PathBuf;

use oddframe_core::{Labels, ScoreTable};
use oddframe_flip::FlipReport;
use oddframe_metrics::{Error as MetricsError, Evaluation, EventEvaluation, evaluate};
use oddframe_submit::read_scores;
use serde::{Deserialize, Serialize};

use crate::files::read_json;
use crate::run_folder::KnownTruth;
use crate::{Error, EventRecord, EventsFile, FrameStates, Reaction, RunFolder, TrainingRecord};

/// The results of a run.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Outcome {
    /// The run folder.
    pub folder: PathBuf,
    /// The systems, in the order of the recipe.
    pub systems: Vec<SystemOutcome>,
    /// The fused scores: those of the run.
    pub fused: SystemOutcome,
    /// What the flip repair did, where the recipe has one.
    pub flips: Option<FlipOutcome>,
    /// The frames that are suspended or could not be decoded, where the recipe watches the camera.
    pub states: Option<FrameStates>,
    /// The events, where the recipe has a section `[calibration]`.
    pub events: Option<EventOutcome>,
    /// The warnings of all steps.
    pub warnings: Vec<String>,
}

/// The results of one system.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemOutcome {
    /// The figures.
    pub figures: SystemFigures,
    /// A score for every test frame, after all steps.
    pub scores: ScoreTable,
}

/// The figures of one system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SystemFigures {
    /// The name of the system.
    pub name: String,
    /// Its kind; `fused` for the fused scores.
    pub kind: String,
    /// How well the scores agree with the labels; none without labels, or when all frames are of one class.
    pub evaluation: Option<Evaluation>,
    /// What the scores react to; none when nothing is known about the frames.
    pub reaction: Option<Reaction>,
    /// How the networks of the system were trained.
    pub training: Vec<TrainingRecord>,
}

/// What the flip repair did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlipOutcome {
    /// Test frames that were flipped back.
    pub flipped: usize,
    /// All test frames.
    pub frames: usize,
    /// How many of the decisions are right, where that is known.
    pub report: Option<FlipReport>,
}

/// The events of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct EventOutcome {
    /// The threshold, and how good the events are.
    pub figures: EventFigures,
    /// The events, in the order of the videos and frames.
    pub events: Vec<EventRecord>,
}

/// The threshold of the events of a run, and how good they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventFigures {
    /// The score at which an event starts.
    pub threshold: f64,
    /// What the threshold was chosen by: `normal scores` or `test labels`.
    pub threshold_from: String,
    /// The false alarms to expect in an hour of normal video at this threshold.
    pub false_alarms_per_hour: f64,
    /// A 95 % interval of that number; none where the normal footage is too short for one.
    pub interval: Option<[f64; 2]>,
    /// How many hours of normal video the threshold was learned from.
    pub normal_hours: f64,
    /// How well the events agree with the labels, where there are abnormal frames.
    pub evaluation: Option<EventEvaluation>,
    /// The average precision of the events, in which a detection one second late counts half.
    pub latency_ap: Option<f64>,
}

impl EventOutcome {
    /// What `events.json` holds.
    pub(crate) fn as_file(&self) -> EventsFile {
        EventsFile {
            threshold: self.figures.threshold,
            threshold_from: self.figures.threshold_from.clone(),
            false_alarms_per_hour: self.figures.false_alarms_per_hour,
            interval: self.figures.interval,
            events: self.events.clone(),
        }
    }
}

/// All figures of a run: `metrics.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunFigures {
    /// The version of the format.
    pub(crate) schema: u32,
    pub(crate) recipe: String,
    pub(crate) data: String,
    /// Where the labels come from.
    pub(crate) labels: Option<String>,
    pub(crate) labels_sha256: Option<String>,
    pub(crate) flips: Option<FlipOutcome>,
    pub(crate) systems: Vec<SystemFigures>,
    pub(crate) fused: SystemFigures,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) events: Option<EventFigures>,
    pub(crate) warnings: Vec<String>,
}

/// The kind of the fused scores.
const FUSED: &str = "fused";

impl SystemOutcome {
    /// Evaluates the scores of a system as far as something is known about the frames.
    pub(crate) fn evaluate(
        name: &str,
        kind: &str,
        scores: ScoreTable,
        known: &KnownTruth,
        training: Vec<TrainingRecord>,
    ) -> Result<Self, Error> {
        let labels = known.labels.as_ref();
        let evaluation = labels
            .map(|labels| evaluate_if_possible(&scores, labels))
            .transpose()?
            .flatten();
        let something_known = labels.is_some() || !known.truth.is_empty();
        let reaction = something_known
            .then(|| Reaction::of(&scores, labels, &known.truth))
            .transpose()?;
        let (name, kind) = (name.to_owned(), kind.to_owned());
        Ok(Self {
            figures: SystemFigures {
                name,
                kind,
                evaluation,
                reaction,
                training,
            },
            scores,
        })
    }

    /// Evaluates the fused scores.
    pub(crate) fn evaluate_fused(scores: ScoreTable, known: &KnownTruth) -> Result<Self, Error> {
        Self::evaluate(FUSED, FUSED, scores, known, Vec::new())
    }
}

fn evaluate_if_possible(scores: &ScoreTable, labels: &Labels) -> Result<Option<Evaluation>, Error> {
    match evaluate(scores, labels) {
        Ok(evaluation) => Ok(Some(evaluation)),
        // Ranking figures need frames of both classes. A test set without any anomaly is no error: its scores are
        // still written.
        Err(MetricsError::OneClass { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl Outcome {
    /// Reads the outcome of a finished run from its folder.
    ///
    /// # Errors
    /// When the run is not finished, or a file is missing or damaged.
    pub fn read(folder: &RunFolder) -> Result<Self, Error> {
        // `metrics.json` is written after all scores that it describes, so its presence means that they are there.
        let file = folder.metrics_file();
        if !file.exists() {
            return Err(Error::NotFinished {
                path: folder.path().to_path_buf(),
            });
        }
        let RunFigures {
            flips,
            systems,
            fused,
            events,
            warnings,
            ..
        } = read_json(&file)?;
        let mut outcomes = Vec::new();
        for figures in systems {
            let scores = read_scores(&folder.system_scores_file(&figures.name))?.table;
            outcomes.push(SystemOutcome { figures, scores });
        }
        let fused = SystemOutcome {
            figures: fused,
            scores: read_scores(&folder.scores_file())?.table,
        };
        let states = match folder.recipe().health {
            Some(_) => Some(folder.read_states()?),
            None => None,
        };
        let events = events.map(|figures| {
            folder
                .read_events()
                .map(|events| EventOutcome { figures, events })
        });
        Ok(Self {
            folder: folder.path().to_path_buf(),
            systems: outcomes,
            fused,
            flips,
            states,
            events: events.transpose()?,
            warnings,
        })
    }

    /// The figures for `metrics.json`.
    pub(crate) fn figures(&self, folder: &RunFolder) -> RunFigures {
        let labels = folder.record().labels.as_ref();
        RunFigures {
            schema: crate::RunRecord::SCHEMA,
            recipe: folder.recipe().name.clone(),
            data: folder.record().data.name.clone(),
            labels: labels.map(|labels| labels.from.clone()),
            labels_sha256: labels.and_then(|labels| labels.sha256.clone()),
            flips: self.flips.clone(),
            systems: self
                .systems
                .iter()
                .map(|system| system.figures.clone())
                .collect(),
            fused: self.fused.figures.clone(),
            events: self.events.as_ref().map(|events| events.figures.clone()),
            warnings: self.warnings.clone(),
        }
    }

    /// The figures of all systems, the fused scores last.
    pub fn all_figures(&self) -> impl Iterator<Item = &SystemFigures> {
        self.systems
            .iter()
            .chain([&self.fused])
            .map(|system| &system.figures)
    }
}
