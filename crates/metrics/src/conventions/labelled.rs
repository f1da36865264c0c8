use oddframe_core::{Labels, ScoreTable, VideoScores};

use crate::auc::roc_auc;
use crate::error::Error;

/// A score table with the label of each score.
pub(crate) struct LabelledScores<'a> {
    pub(crate) table: &'a ScoreTable,
    /// The labels of each video of the table.
    pub(crate) labels: Vec<Vec<bool>>,
}

impl<'a> LabelledScores<'a> {
    pub(crate) fn new(table: &'a ScoreTable, labels: &Labels) -> Result<Self, Error> {
        Ok(Self {
            table,
            labels: labels.align(table)?.videos,
        })
    }

    /// Each video with its labels, in the order of the table.
    pub(crate) fn videos(&self) -> impl Iterator<Item = (&'a VideoScores, &[bool])> {
        let labels = self.labels.iter().map(Vec::as_slice);
        self.table.videos().iter().zip(labels)
    }

    /// The micro AUC of other scores of the same frames.
    pub(crate) fn micro_auc_of(&self, scores: &ScoreTable) -> Result<Option<f64>, Error> {
        let values: Vec<f64> = scores.values().collect();
        auc_if_defined(&self.labels.concat(), &values)
    }

    /// The number of frames that are kept, and their micro AUC. `keep` gets a video and the index of a frame in it.
    pub(crate) fn micro_auc_where(
        &self,
        keep: impl Fn(&VideoScores, usize) -> bool,
    ) -> Result<(usize, Option<f64>), Error> {
        let (mut kept_labels, mut kept_scores) = (Vec::new(), Vec::new());
        for (video, labels) in self.videos() {
            for index in (0..video.len()).filter(|index| keep(video, *index)) {
                kept_labels.push(labels[index]);
                kept_scores.push(video.values()[index]);
            }
        }
        let auc = auc_if_defined(&kept_labels, &kept_scores)?;
        Ok((kept_scores.len(), auc))
    }
}

/// The ROC AUC; `None` if there are no frames or only one class.
fn auc_if_defined(labels: &[bool], scores: &[f64]) -> Result<Option<f64>, Error> {
    match roc_auc(labels, scores) {
        Ok(auc) => Ok(Some(auc)),
        Err(Error::Empty | Error::OneClass { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
