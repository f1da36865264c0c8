//! `metrics.json`: everything that is known of a run's scores, for programs.

use oddframe_flip::FlipReport;
use oddframe_metrics::Evaluation;
use serde_json::{Value, json};

use crate::{Data, Outcome, Reaction, SystemOutcome};

pub(crate) fn metrics(outcome: &Outcome, data: &Data) -> Value {
    let labels = data.labels();
    json!({
        "recipe": outcome.recipe,
        "data": data.name(),
        "labels": labels.map(|known| &known.from),
        "labels_sha256": labels.and_then(|known| known.sha256.as_ref()),
        "flips": outcome.flips.as_ref().map(|flips| json!({
            "turned": flips.turned,
            "frames": flips.frames,
            "precision": flips.report.as_ref().and_then(FlipReport::precision),
            "recall": flips.report.as_ref().and_then(FlipReport::recall),
        })),
        "systems": outcome.systems.iter().map(system).collect::<Vec<_>>(),
        "warnings": outcome.warnings,
    })
}

fn system(system: &SystemOutcome) -> Value {
    json!({
        "name": system.name,
        "kind": system.kind.name(),
        "evaluation": system.evaluation.as_ref().map(evaluation),
        "reaction": system.reaction.as_ref().map(reaction),
        "training": system.training,
    })
}

/// The names are those that `oddframe eval --json` prints.
fn evaluation(found: &Evaluation) -> Value {
    json!({
        "frames": found.frames,
        "videos": found.videos,
        "positives": found.positives,
        "base_rate": found.base_rate,
        "micro_auc": found.micro_auc,
        "macro_auc": found.macro_auc,
        "macro_videos": found.macro_videos,
        "ap": found.ap,
        "pr_auc": found.pr_auc,
        "eer": found.eer,
        "eer_nearest": found.eer_nearest,
        "best_f1": found.best_f1,
        "best_f1_threshold": found.best_f1_threshold,
    })
}

fn reaction(found: &Reaction) -> Value {
    json!({
        "anomaly": found.anomaly,
        "noise": found.noise,
        "flip": found.flip,
        "intact": found.intact,
        "intact_frames": found.intact_frames,
    })
}
