//! Copies of labels and truth in the run folder, so that finishing and reporting need nothing else.

use std::fs;
use std::path::Path;

use oddframe_core::{Labels, ScoreTable, VideoLabels, remove_file_if_present};
use oddframe_labels::{VideoFrames, read_flags, read_labels};

use super::{LabelRecord, RunFolder, names};
use crate::files::write_csv;
use crate::truth::{FLIPPED, NOISY};
use crate::{Error, KnownLabels, Truth};

/// What is known about the test frames of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KnownTruth {
    /// Which frames are abnormal.
    pub labels: Option<Labels>,
    /// Which frames are noisy or upside down.
    pub truth: Truth,
}

const LABELS: &str = "labels.csv";
const LABEL: &str = "label";
const NOISE: &str = "noise.csv";
const FLIPS: &str = "flips.csv";

impl RunFolder {
    /// Copies labels and truth into the folder and replaces earlier ones.
    pub(crate) fn write_truth(
        &mut self,
        labels: Option<&KnownLabels>,
        truth: &Truth,
    ) -> Result<(), Error> {
        let folder = self.path().join(names::TRUTH);
        fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        // A file that is no longer known is removed. Otherwise a resumed run without labels would be
        // evaluated with those of an earlier session.
        write_or_remove(
            &folder.join(LABELS),
            LABEL,
            labels.map(|known| &known.labels),
        )?;
        write_or_remove(&folder.join(NOISE), NOISY, truth.noisy.as_ref())?;
        write_or_remove(&folder.join(FLIPS), FLIPPED, truth.flipped.as_ref())?;
        let record = labels.map(|known| LabelRecord {
            from: known.from.clone(),
            sha256: known.sha256.clone(),
        });
        self.record_mut().labels = record;
        self.write_record()
    }

    /// What is known about the frames of these scores.
    ///
    /// # Errors
    /// When a file is damaged, or a frame has no label.
    pub fn read_known_truth(&self, scores: &ScoreTable) -> Result<KnownTruth, Error> {
        let videos: Vec<VideoFrames> = scores.videos().iter().map(VideoFrames::from).collect();
        self.read_truth(&videos)
    }

    /// Reads what [`Self::write_truth`] wrote.
    pub(crate) fn read_truth(&self, videos: &[VideoFrames]) -> Result<KnownTruth, Error> {
        let folder = self.path().join(names::TRUTH);
        let labels = folder.join(LABELS);
        Ok(KnownTruth {
            labels: if labels.exists() {
                Some(read_labels(&labels, videos)?.labels)
            } else {
                None
            },
            truth: Truth {
                noisy: read_if_present(&folder.join(NOISE), NOISY)?,
                flipped: read_if_present(&folder.join(FLIPS), FLIPPED)?,
            },
        })
    }
}

fn read_if_present(path: &Path, column: &'static str) -> Result<Option<Labels>, Error> {
    if path.exists() {
        Ok(Some(read_flags(path, column)?))
    } else {
        Ok(None)
    }
}

fn write_or_remove(path: &Path, column: &str, labels: Option<&Labels>) -> Result<(), Error> {
    let Some(labels) = labels else {
        return remove_file_if_present(path).map_err(Error::io("remove", path));
    };
    // The copy has one row for each frame with its own number, whatever the format of the original: reading
    // it back needs no assumption about where counting starts.
    let rows = labels.videos().iter().flat_map(label_rows);
    write_csv(path, &["video", "frame", column], rows)
}

fn label_rows(video: &VideoLabels) -> impl Iterator<Item = Vec<String>> {
    let frames = video.numbers().iter().zip(video.abnormal());
    frames.map(|(number, abnormal)| {
        vec![
            video.id().name().to_owned(),
            number.to_string(),
            u8::from(*abnormal).to_string(),
        ]
    })
}
