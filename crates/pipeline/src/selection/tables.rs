use oddframe_objects::PseudoKind;

use super::figures::{CandidateFigures, KindFigures, Selection};
use crate::tables::TextTable;

/// Marks a kind that a candidate does not notice.
const BLIND: &str = "*";

impl Selection {
    /// The tables of a selection, ready to print: the ranking, and the AUC of each kind.
    pub fn tables(&self) -> Vec<String> {
        [self.ranking_table(), self.kinds_table()]
            .iter()
            .map(TextTable::to_string)
            .collect()
    }

    fn ranking_table(&self) -> TextTable {
        TextTable {
            title: "Candidates by their mean AUC over the kinds of pseudo-anomalies",
            head: vec!["candidate", "mean AUC", "95% interval", "best?", "blind to"],
            rows: self.candidates.iter().map(ranking_row).collect(),
        }
    }

    fn kinds_table(&self) -> TextTable {
        let mut head = vec!["candidate"];
        head.extend(PseudoKind::ALL.map(PseudoKind::name));
        let rows = self.candidates.iter().map(|candidate| {
            let mut row = vec![candidate.name.clone()];
            row.extend(head[1..].iter().map(|kind| kind_cell(candidate, kind)));
            row
        });
        TextTable {
            title: "AUC of each kind (* not noticed, - not made; control: a normal object more)",
            rows: rows.collect(),
            head,
        }
    }
}

fn ranking_row(candidate: &CandidateFigures) -> Vec<String> {
    let [low, high] = candidate.mean_interval;
    let blind = if candidate.blind_to.is_empty() {
        "nothing".to_owned()
    } else {
        candidate.blind_to.join(", ")
    };
    vec![
        candidate.name.clone(),
        format!("{:.3}", candidate.mean),
        format!("{low:.3} to {high:.3}"),
        if candidate.tied_with_best {
            "maybe"
        } else {
            "no"
        }
        .to_owned(),
        blind,
    ]
}

fn kind_cell(candidate: &CandidateFigures, kind: &str) -> String {
    let found: Option<&KindFigures> = candidate.kinds.iter().find(|figures| figures.kind == kind);
    found.map_or_else(
        || "-".to_owned(),
        |figures| {
            let mark = if figures.blind { BLIND } else { "" };
            format!("{mark}{:.3}", figures.auc)
        },
    )
}
