use std::path::{Path, PathBuf};

use oddframe_core::VideoId;
use oddframe_objects::PseudoKind;
use serde::Serialize;

use super::separation::{Estimate, JudgedCandidate, JudgedKind};
use super::trial::{SelectionOptions, Trial};

/// The result of a selection: the candidates from the best to the worst. `selection.json` holds the same.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Selection {
    /// The folder it was written to.
    #[serde(skip)]
    pub folder: PathBuf,
    /// The version of this program.
    pub oddframe: String,
    /// The data.
    pub data: String,
    /// The pseudo-anomalies of each kind in each held-out video, as far as there was room.
    pub each: usize,
    /// The seed of the pseudo-anomalies.
    pub seed: u64,
    /// The names of the videos that the systems were fitted on.
    pub fit_videos: Vec<String>,
    /// The names of the videos that they were judged by.
    pub held_out_videos: Vec<String>,
    /// The candidates, the best first.
    pub candidates: Vec<CandidateFigures>,
    /// The kinds of pseudo-anomalies, the control first.
    pub kinds: Vec<KindSummary>,
}

/// How well one candidate tells pseudo-anomalies from normal frames.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CandidateFigures {
    /// The name: that of the system, after that of its recipe where there are several recipes.
    pub name: String,
    /// The name of the recipe, made unique.
    pub recipe: String,
    /// The name of the system, or `fused`.
    pub system: String,
    /// The mean AUC over the kinds, without the control.
    pub mean: f64,
    /// The 95% interval of the mean.
    pub mean_interval: [f64; 2],
    /// The 95% interval of the difference between the mean of the best candidate and this one.
    pub behind_best: [f64; 2],
    /// Whether that interval contains 0: the best candidate may not be better.
    pub tied_with_best: bool,
    /// The kinds that the candidate does not notice.
    pub blind_to: Vec<String>,
    /// Each kind of which there are pseudo-anomalies, the control included.
    pub kinds: Vec<KindFigures>,
}

/// How well one candidate tells one kind from normal frames.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KindFigures {
    /// The name of the kind.
    pub kind: String,
    /// The mean of the two AUCs below.
    pub auc: f64,
    /// Its 95% interval.
    pub interval: [f64; 2],
    /// The AUC against the same frames without what is odd.
    pub auc_same_frames: f64,
    /// Its 95% interval.
    pub interval_same_frames: [f64; 2],
    /// The AUC against all frames of the untouched held-out videos.
    pub auc_all_frames: f64,
    /// Whether the candidate does not notice this kind. Never true of the control, which is not odd.
    pub blind: bool,
}

/// What was made of one kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KindSummary {
    /// The name.
    pub kind: String,
    /// The pseudo-anomalies.
    pub stretches: usize,
    /// Their frames that count.
    pub frames: usize,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
}

/// Fewer pseudo-anomalies of a kind say little.
const FEW: usize = 4;

impl Selection {
    pub(super) fn new(
        judged: Vec<JudgedCandidate>,
        trial: &Trial,
        options: SelectionOptions,
        folder: &Path,
    ) -> Self {
        let kinds = trial.kinds.iter().map(|kind| KindSummary {
            kind: kind.kind.to_string(),
            stretches: kind.stretches.len(),
            frames: kind
                .stretches
                .iter()
                .map(|stretch| stretch.frames.len())
                .sum(),
            missing: kind.missing.clone(),
        });
        Self {
            folder: folder.to_path_buf(),
            oddframe: env!("CARGO_PKG_VERSION").to_owned(),
            data: trial.data.name().to_owned(),
            each: options.each,
            seed: options.seed,
            fit_videos: list_names(&trial.fit),
            held_out_videos: list_names(&trial.held_out),
            candidates: judged.into_iter().map(CandidateFigures::from).collect(),
            kinds: kinds.collect(),
        }
    }

    /// What a reader of the figures must know: kinds that are missing or rare.
    pub fn notes(&self) -> Vec<String> {
        let odd = self
            .kinds
            .iter()
            .filter(|kind| kind.kind != PseudoKind::Control.name());
        odd.filter_map(|kind| match (&kind.missing, kind.stretches) {
            (Some(why), _) => Some(format!("{} is left out: {why}", kind.kind)),
            (None, few) if few < FEW => Some(format!(
                "{} has few pseudo-anomalies ({few}), so its figures and intervals say little; more or longer videos, or a larger `each`, give more",
                kind.kind
            )),
            _ => None,
        })
        .collect()
    }

    /// The rows of `selection.csv`: for each candidate the mean and every kind.
    pub(super) fn rows(&self) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        for candidate in &self.candidates {
            let mut mean = vec![candidate.name.clone(), "mean".to_owned()];
            let [low, high] = candidate.mean_interval;
            mean.extend([candidate.mean, low, high].map(|value| format!("{value:?}")));
            mean.extend(vec![String::new(); 5]);
            rows.push(mean);
            for kind in &candidate.kinds {
                let mut row = vec![candidate.name.clone(), kind.kind.clone()];
                let ([low, high], [low_same, high_same]) =
                    (kind.interval, kind.interval_same_frames);
                let figures = [
                    kind.auc,
                    low,
                    high,
                    kind.auc_same_frames,
                    low_same,
                    high_same,
                    kind.auc_all_frames,
                ];
                row.extend(figures.map(|value| format!("{value:?}")));
                row.push(u8::from(kind.blind).to_string());
                rows.push(row);
            }
        }
        rows
    }
}

impl From<JudgedCandidate> for CandidateFigures {
    fn from(judged: JudgedCandidate) -> Self {
        let kinds: Vec<KindFigures> = judged.kinds.iter().map(KindFigures::from).collect();
        let blind = kinds.iter().filter(|kind| kind.blind);
        Self {
            name: judged.name,
            recipe: judged.recipe,
            system: judged.system,
            mean: judged.mean.value,
            mean_interval: ends(judged.mean),
            behind_best: ends(judged.behind),
            tied_with_best: judged.behind.low <= 0.0,
            blind_to: blind.map(|kind| kind.kind.clone()).collect(),
            kinds,
        }
    }
}

impl From<&JudgedKind> for KindFigures {
    fn from(judged: &JudgedKind) -> Self {
        Self {
            kind: judged.kind.to_string(),
            auc: judged.auc.value,
            interval: ends(judged.auc),
            auc_same_frames: judged.own.value,
            interval_same_frames: ends(judged.own),
            auc_all_frames: judged.all,
            blind: judged.kind != PseudoKind::Control && judged.is_blind(),
        }
    }
}

fn list_names(videos: &[VideoId]) -> Vec<String> {
    videos.iter().map(VideoId::to_string).collect()
}

fn ends(estimate: Estimate) -> [f64; 2] {
    [estimate.low, estimate.high]
}
