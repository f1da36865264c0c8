use std::path::PathBuf;

use oddframe_core::{
    FrameInput, FrameSource, ModelFolder, ScoreTable, ScoredVideo, Silent, System,
};
use oddframe_frames::{Dataset, FolderVideo, FramePass, prepared, score_videos};
use oddframe_labels::{VideoFrames, read_labels};
use oddframe_metrics::{evaluate, padded_macro_auc, roc_auc};
use oddframe_objects::{ObjectSettings, Objects};
use oddframe_synth::{AnomalyKind, Scene};

use crate::Failure;
use crate::distorted::{Distorted, Distortion};
use crate::variants::Variant;

/// A data set to measure on.
pub(crate) struct Set {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    /// What is done to each frame, in order.
    pub(crate) distortions: Vec<Distortion>,
    /// The street that was written to the folder.
    pub(crate) street: Option<Scene>,
}

/// How well a variant finds the abnormal frames of a data set.
pub(crate) struct Figures {
    pub(crate) micro: f64,
    /// The macro AUC with one 0 and one 1 added to each video.
    pub(crate) padded_macro: f64,
    /// On a street the AUC of the frames of each kind of event against all normal frames.
    pub(crate) kinds: Vec<(AnomalyKind, f64)>,
}

/// Fits on the training videos of a data set and scores its test videos with every variant.
pub(crate) fn measure_variants(set: &Set, variants: &[Variant]) -> Result<Vec<Figures>, Failure> {
    let data = Dataset::open(&set.folder)?;
    let system = Objects::new(ObjectSettings::default())?;
    let train = read(data.train(), system.input(), &set.distortions)?;
    let test = read(data.test(), system.input(), &set.distortions)?;
    let train: Vec<&dyn FrameSource> = train.iter().map(AsRef::as_ref).collect();
    let test: Vec<&dyn FrameSource> = test.iter().map(AsRef::as_ref).collect();
    let folder = tempfile::tempdir()?;
    let model = ModelFolder::create(folder.path())?;
    system.fit(&train, &model, &mut Silent)?;
    let figures = variants.iter().map(|variant| {
        let mut scorers = [Objects::new(variant.settings)?.open(&model)?];
        let scored = score_videos(&test, &mut scorers, FramePass::new(), &mut Silent)?;
        let scores = scored.into_iter().flatten().map(ScoredVideo::into_scores);
        let table = ScoreTable::new(scores.collect())?;
        let frames: Vec<VideoFrames> = table.videos().iter().map(VideoFrames::from).collect();
        let labels = read_labels(&set.folder.join("labels.csv"), &frames)?.labels;
        Ok(Figures {
            micro: evaluate(&table, &labels)?.micro_auc,
            padded_macro: padded_macro_auc(&table, &labels)?,
            kinds: match &set.street {
                Some(street) => auc_of_kinds(street, &table)?,
                None => Vec::new(),
            },
        })
    });
    figures.collect()
}

/// The frames of some videos, as the system sees them.
fn read<'a>(
    videos: &'a [FolderVideo],
    input: FrameInput,
    distortions: &[Distortion],
) -> Result<Vec<Box<dyn FrameSource + 'a>>, Failure> {
    let videos = videos.iter().map(|video| {
        let mut frames = prepared(input, video)?;
        for distortion in distortions {
            frames = Box::new(Distorted::new(frames, *distortion));
        }
        Ok(frames)
    });
    videos.collect()
}

fn auc_of_kinds(street: &Scene, table: &ScoreTable) -> Result<Vec<(AnomalyKind, f64)>, Failure> {
    let mut frames: Vec<(Option<AnomalyKind>, f64)> = Vec::new();
    for (video, scores) in street.test().iter().zip(table.videos()) {
        let scores = scores.values().iter().enumerate();
        frames.extend(scores.map(|(index, score)| (video.event_at(index), *score)));
    }
    let mut aucs = Vec::new();
    for kind in AnomalyKind::ALL {
        let judged = frames
            .iter()
            .filter(|(event, _)| event.is_none_or(|event| event == kind));
        let (labels, scores): (Vec<bool>, Vec<f64>) = judged
            .map(|(event, score)| (event.is_some(), *score))
            .unzip();
        if labels.contains(&true) {
            aucs.push((kind, roc_auc(&labels, &scores)?));
        }
    }
    Ok(aucs)
}
