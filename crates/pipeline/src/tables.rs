//! A run's results as rows of text, for people: the report and the command line show the same.

use crate::{Outcome, SystemOutcome, Training};

/// A table: a heading for each column, then rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextTable {
    /// What it shows.
    pub title: &'static str,
    /// The headings.
    pub head: Vec<&'static str>,
    /// The rows, as long as the headings each.
    pub rows: Vec<Vec<String>>,
}

impl std::fmt::Display for TextTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let wide = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or(0).max(self.head[column].chars().count())
        };
        let widths: Vec<usize> = (0..self.head.len()).map(wide).collect();
        writeln!(f, "{}", self.title)?;
        let head = self.head.iter().map(|cell| (*cell).to_owned()).collect();
        for row in std::iter::once(&head).chain(&self.rows) {
            let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| match column {
                0 => format!("{cell:width$}"),
                _ => format!("{cell:>width$}"),
            });
            writeln!(f, "  {}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
        }
        Ok(())
    }
}

/// A figure that may not be known.
fn figure(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"))
}

/// A figure of any size, four digits of it.
fn small(value: f64) -> String {
    format!("{value:.3e}")
}

impl Outcome {
    /// How good each system's scores are, what they react to, and how far each network got: the tables for which
    /// something is known.
    pub fn tables(&self) -> Vec<TextTable> {
        let all = [self.scores_table(), self.reaction_table(), self.training_table()];
        all.into_iter().filter(|table| !table.rows.is_empty()).collect()
    }

    fn scores_table(&self) -> TextTable {
        let row = |system: &SystemOutcome| {
            let found = system.evaluation.as_ref()?;
            let figures = [Some(found.micro_auc), found.macro_auc, Some(found.ap), Some(found.base_rate)];
            let figures = figures.into_iter().chain([Some(found.eer), Some(found.best_f1)]).map(figure);
            Some([system.name.clone(), system.kind.name().to_owned()].into_iter().chain(figures).collect())
        };
        TextTable {
            title: "Scores against the labels",
            head: vec!["system", "kind", "micro AUC", "macro AUC", "AP", "blind AP", "EER", "best F1"],
            rows: self.systems.iter().filter_map(row).collect(),
        }
    }

    fn reaction_table(&self) -> TextTable {
        let known = |system: &&SystemOutcome| {
            system.reaction.is_some_and(|found| found.noise.is_some() || found.flip.is_some())
        };
        let row = |system: &SystemOutcome| {
            let found = system.reaction?;
            let figures = [found.anomaly, found.noise, found.flip, found.intact].map(figure);
            let frames = [found.intact_frames.to_string()];
            Some([system.name.clone()].into_iter().chain(figures).chain(frames).collect())
        };
        TextTable {
            title: "What the scores react to (AUC)",
            head: vec!["system", "anomaly", "noise", "flip", "anomaly, intact frames", "intact frames"],
            rows: self.systems.iter().filter(known).filter_map(row).collect(),
        }
    }

    fn training_table(&self) -> TextTable {
        let row = |system: &SystemOutcome, training: &Training| {
            let beside = training.beside;
            let verdict = if beside.passed() { "yes" } else { "no" };
            vec![
                system.name.clone(),
                training.seed.to_string(),
                training.parameters.to_string(),
                training.epochs.len().to_string(),
                small(beside.network),
                small(beside.zero),
                small(beside.mean_frame),
                verdict.to_owned(),
            ]
        };
        let rows = self.systems.iter().flat_map(|system| system.training.iter().map(move |t| row(system, t)));
        TextTable {
            title: "Error of the networks beside what learned nothing (mean squared error on training frames)",
            head: vec!["system", "seed", "parameters", "epochs", "network", "zero", "mean frame", "better"],
            rows: rows.collect(),
        }
    }
}
