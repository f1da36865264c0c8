//! The results of a run as tables of text: the report and the command line show the same ones.

use crate::{EventRecord, Outcome, SystemFigures, TrainingRecord};

/// A table: a heading for each column, then rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextTable {
    /// The title.
    pub title: &'static str,
    /// The headings.
    pub head: Vec<&'static str>,
    /// The rows, as long as the headings each.
    pub rows: Vec<Vec<String>>,
}

impl std::fmt::Display for TextTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let widths: Vec<usize> = (0..self.head.len())
            .map(|column| self.column_width(column))
            .collect();
        writeln!(f, "{}", self.title)?;
        let head = self.head.iter().map(|cell| (*cell).to_owned()).collect();
        for row in std::iter::once(&head).chain(&self.rows) {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                // Names are aligned left, figures right.
                let cell = if column == 0 {
                    format!("{cell:width$}")
                } else {
                    format!("{cell:>width$}")
                };
                line.push_str("  ");
                line.push_str(&cell);
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

impl TextTable {
    fn column_width(&self, column: usize) -> usize {
        let cells = self.rows.iter().map(|row| row[column].chars().count());
        cells
            .max()
            .unwrap_or(0)
            .max(self.head[column].chars().count())
    }
}

/// How many events are listed.
const LISTED_EVENTS: usize = 10;

/// A figure that may not be known.
fn format_figure(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"))
}

impl Outcome {
    /// The tables of a run, ready to print: how good the scores of each system are, what they react to, how far each network was
    /// trained, and the events with the highest scores. A table is left out when nothing is known for it.
    pub fn tables(&self) -> Vec<String> {
        self.text_tables()
            .iter()
            .map(TextTable::to_string)
            .collect()
    }

    /// The same tables, cell by cell: [`Self::tables`] prints them.
    pub fn text_tables(&self) -> Vec<TextTable> {
        let all = [
            self.scores_table(),
            self.reaction_table(),
            self.training_table(),
            self.event_figures_table(),
            self.events_table(),
        ];
        all.into_iter()
            .filter(|table| !table.rows.is_empty())
            .collect()
    }

    fn scores_table(&self) -> TextTable {
        TextTable {
            title: "Scores against the labels",
            head: vec![
                "system",
                "kind",
                "micro AUC",
                "macro AUC",
                "AP",
                "base rate",
                "EER",
                "best F1",
            ],
            rows: self.all_figures().filter_map(scores_row).collect(),
        }
    }

    fn reaction_table(&self) -> TextTable {
        TextTable {
            title: "What the scores react to (AUC)",
            head: vec![
                "system",
                "anomaly",
                "noise",
                "flip",
                "anomaly, intact frames",
                "intact frames",
            ],
            rows: self.all_figures().filter_map(reaction_row).collect(),
        }
    }

    fn event_figures_table(&self) -> TextTable {
        let rows = self.events.iter().map(|events| {
            let figures = &events.figures;
            let interval = figures.interval.map_or_else(
                || "-".to_owned(),
                |[low, high]| format!("{low:.3}-{high:.3}"),
            );
            let found = figures.evaluation.as_ref();
            let count = |part: usize, whole: usize| format!("{part} of {whole}");
            vec![
                format!("{:.3} from {}", figures.threshold, figures.threshold_from),
                format!("{:.3}", figures.false_alarms_per_hour),
                interval,
                events.events.len().to_string(),
                found.map_or_else(|| "-".to_owned(), |found| count(found.found, found.events)),
                found.map_or_else(
                    || "-".to_owned(),
                    |found| count(found.correct, found.predicted),
                ),
                format_figure(figures.latency_ap),
            ]
        });
        TextTable {
            title: "Events: scores are -log10 of the share of normal frames that score as high",
            head: vec![
                "threshold",
                "false alarms/hour",
                "95 % interval",
                "events",
                "labelled ones found",
                "correct",
                "AP with latency",
            ],
            rows: rows.collect(),
        }
    }

    fn events_table(&self) -> TextTable {
        let mut highest: Vec<&EventRecord> = self
            .events
            .iter()
            .flat_map(|events| &events.events)
            .collect();
        // Stable: of equal scores, the first event.
        highest.sort_by(|a, b| b.peak_score.total_cmp(&a.peak_score));
        highest.truncate(LISTED_EVENTS);
        TextTable {
            title: "The events with the highest scores (all are in events.csv)",
            head: vec![
                "video", "frames", "from s", "to s", "score", "severity", "system", "reason",
            ],
            rows: highest.into_iter().map(event_row).collect(),
        }
    }

    fn training_table(&self) -> TextTable {
        let rows = self.all_figures().flat_map(|system| {
            system
                .training
                .iter()
                .map(|training| training_row(&system.name, training))
        });
        TextTable {
            title: "Error of the networks and two trivial errors (mean squared error on training frames)",
            head: vec![
                "system",
                "seed",
                "parameters",
                "epochs",
                "network",
                "zeros",
                "mean frame",
                "better",
            ],
            rows: rows.collect(),
        }
    }
}

fn event_row(event: &EventRecord) -> Vec<String> {
    let seconds = |seconds: Option<f64>| {
        seconds.map_or_else(|| "-".to_owned(), |seconds| format!("{seconds:.1}"))
    };
    let unknown = || "-".to_owned();
    vec![
        event.video.clone(),
        format!("{}-{}", event.start, event.end),
        seconds(event.start_seconds),
        seconds(event.end_seconds),
        format!("{:.2}", event.peak_score),
        format!("{:.1}", event.severity),
        event.system.clone().unwrap_or_else(unknown),
        event.reason.clone().unwrap_or_else(unknown),
    ]
}

fn scores_row(system: &SystemFigures) -> Option<Vec<String>> {
    let found = system.evaluation.as_ref()?;
    let figures = [
        Some(found.micro_auc),
        found.macro_auc,
        Some(found.ap),
        Some(found.base_rate),
        Some(found.eer),
    ];
    let mut row = vec![system.name.clone(), system.kind.clone()];
    row.extend(
        figures
            .into_iter()
            .chain([Some(found.best_f1)])
            .map(format_figure),
    );
    Some(row)
}

/// A row of reactions; none when nothing is known about noise and flips.
fn reaction_row(system: &SystemFigures) -> Option<Vec<String>> {
    let found = system
        .reaction
        .filter(|found| found.noise.is_some() || found.flip.is_some())?;
    let mut row = vec![system.name.clone()];
    row.extend([found.anomaly, found.noise, found.flip, found.intact].map(format_figure));
    row.push(found.intact_frames.to_string());
    Some(row)
}

fn training_row(system: &str, training: &TrainingRecord) -> Vec<String> {
    let errors = training.errors;
    let better = if errors.is_beaten() { "yes" } else { "no" };
    let mut row = vec![
        system.to_owned(),
        training.seed.to_string(),
        training.parameters.to_string(),
        training.epochs.len().to_string(),
    ];
    row.extend(
        [errors.network, errors.zero, errors.mean_frame].map(|error| format!("{error:.3e}")),
    );
    row.push(better.to_owned());
    row
}
