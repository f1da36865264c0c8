//! RBDC and TBDC of the boxes of a file or of a run.

use std::path::Path;

use anyhow::{Result, bail};
use oddframe::boxes::{FrameBox, read_scored_boxes};
use oddframe::core::ScoreTable;
use oddframe::labels::LabelFile;
use oddframe::metrics::{
    Detection, Localisation, LocalisationOptions, localisation_truth, rbdc_tbdc,
};
use serde_json::{Value, json};

use super::source::Source;
use crate::progress::during;
use crate::report;

/// How well the boxes of a system lie on the ground truth.
pub(super) struct LocalisedSystem {
    /// The system, or the file of the boxes.
    pub(super) name: String,
    /// The number of boxes.
    boxes: usize,
    /// What the ground truth was made of: tracks or masks.
    truth: &'static str,
    found: Localisation,
}

impl LocalisedSystem {
    /// Each figure with its label.
    pub(super) fn figures(&self) -> [(String, f64); 2] {
        let label = |metric: &str| format!("{metric} of {} against {}", self.name, self.truth);
        [
            (label("RBDC"), self.found.rbdc),
            (label("TBDC"), self.found.tbdc),
        ]
    }

    pub(super) fn to_lines(&self) -> String {
        format!(
            "RBDC        {:.4}  (TBDC {:.4}; {} boxes of {} against {})\n",
            self.found.rbdc, self.found.tbdc, self.boxes, self.name, self.truth
        )
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "system": self.name,
            "boxes": self.boxes,
            "truth": self.truth,
            "rbdc": self.found.rbdc,
            "tbdc": self.found.tbdc,
        })
    }
}

/// Measures the boxes of a file, or those of the run folder; nothing where there are no boxes.
pub(super) fn measure_localisation(
    file: Option<&Path>,
    source: &Source,
    labels: &LabelFile,
) -> Result<Vec<LocalisedSystem>> {
    let systems = match (file, &source.run) {
        (Some(path), _) => {
            let boxes = during(&format!("reading {}", path.display()), || {
                read_scored_boxes(path)
            })?;
            let boxes = boxes.into_iter().map(as_detection).collect();
            vec![(path.display().to_string(), boxes)]
        }
        (None, Some(run)) => run
            .read_boxes()?
            .into_iter()
            .map(|found| (format!("{}.{}", found.system, found.member), found.boxes))
            .collect(),
        (None, None) => Vec::new(),
    };
    if systems.is_empty() {
        return Ok(Vec::new());
    }
    let tracks = localisation_truth(&labels.labels, &source.scores);
    if tracks.is_empty() {
        let message = format!(
            "{} has no tracks or masks of the scored frames, which RBDC and TBDC need; use a folder with labels.csv and \
             tracks.csv, or with masks",
            labels.path.display()
        );
        if file.is_some() {
            bail!(message);
        }
        // The boxes of a run are there whether or not anybody asked for these figures.
        report::note(&message);
        return Ok(Vec::new());
    }
    let truth = if labels.labels.tracks().is_empty() {
        "masks"
    } else {
        "tracks"
    };
    let mut measured = Vec::new();
    for (name, boxes) in systems {
        check_frames(&name, &boxes, &source.scores)?;
        let options = LocalisationOptions::default();
        let found = rbdc_tbdc(&boxes, &tracks, source.scores.len(), options)?;
        measured.push(LocalisedSystem {
            name,
            boxes: boxes.len(),
            truth,
            found,
        });
    }
    Ok(measured)
}

fn as_detection(found: FrameBox) -> Detection {
    Detection {
        video: found.video,
        frame: found.frame,
        rect: found.found.area,
        score: found.found.score,
    }
}

/// Refuses boxes of frames without a score: they would count as false positives of frames that are not evaluated.
fn check_frames(name: &str, boxes: &[Detection], scores: &ScoreTable) -> Result<()> {
    let is_scored = |found: &&Detection| {
        let video = scores.video(&found.video);
        video.is_some_and(|video| video.numbers().binary_search(&found.frame).is_ok())
    };
    let Some(unknown) = boxes.iter().find(|found| !is_scored(found)) else {
        return Ok(());
    };
    let count = boxes.len() - boxes.iter().filter(is_scored).count();
    bail!(
        "{name}: {count} boxes lie in frames without a score; the first is in frame {} of video {}; use the boxes and the \
         scores of the same videos, with the same names and frame numbers",
        unknown.frame,
        unknown.video
    );
}
