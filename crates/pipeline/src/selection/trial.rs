use std::sync::Arc;

use oddframe_core::{FrameSource, VideoId};
use oddframe_frames::{Masked, Regions};
use oddframe_objects::{PastedVideo, PseudoKind, PseudoSet};

use super::held_out::Shares;
use crate::{Data, Error};

/// How many pseudo-anomalies a selection makes.
///
/// ```
/// use oddframe_pipeline::SelectionOptions;
/// let options = SelectionOptions { each: 4, ..SelectionOptions::default() };
/// assert_eq!((options.each, options.seed), (4, 0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SelectionOptions {
    /// The pseudo-anomalies of each kind in each held-out video. Short videos have room for fewer.
    pub each: usize,
    /// The seed of the pseudo-anomalies. The systems have the seeds of their recipes.
    pub seed: u64,
}

impl Default for SelectionOptions {
    fn default() -> Self {
        Self { each: 3, seed: 0 }
    }
}

/// What the candidates are judged by: the held-out videos, untouched and with pseudo-anomalies.
pub(super) struct Trial {
    /// The fit share as training videos; the held-out videos and all pasted videos as test videos.
    pub(super) data: Data,
    pub(super) fit: Vec<VideoId>,
    pub(super) held_out: Vec<VideoId>,
    /// Each kind, the control first. Kinds of which nothing could be made have no stretches.
    pub(super) kinds: Vec<TrialKind>,
}

/// The pseudo-anomalies of one kind.
pub(super) struct TrialKind {
    pub(super) kind: PseudoKind,
    pub(super) stretches: Vec<TrialStretch>,
    /// Why there are none.
    pub(super) missing: Option<String>,
}

/// One pseudo-anomaly.
pub(super) struct TrialStretch {
    /// The video with it, the untouched video, and the video with the control where there is one.
    pub(super) pasted: VideoId,
    pub(super) normal: VideoId,
    pub(super) control: Option<VideoId>,
    /// The positions of the frames that count.
    pub(super) frames: Vec<usize>,
    /// The numbers of the first and the last frame that was pasted into.
    pub(super) numbers: (u64, u64),
    pub(super) detail: String,
}

impl Trial {
    pub(super) fn new(
        data: &Data,
        shares: Shares,
        sets: Vec<PseudoSet>,
        options: SelectionOptions,
        regions: &Regions,
    ) -> Result<Self, Error> {
        if sets
            .iter()
            .all(|set| set.kind == PseudoKind::Control || set.is_empty())
        {
            // Every kind says why; the reasons are mostly the same.
            let mut reasons: Vec<String> = sets.into_iter().filter_map(|set| set.missing).collect();
            reasons.sort();
            reasons.dedup();
            return Err(Error::NoPseudoAnomalies {
                data: data.name().to_owned(),
                reasons: reasons.join("; "),
            });
        }
        let controls: Vec<(usize, VideoId)> = sets
            .iter()
            .filter(|set| set.kind == PseudoKind::Control)
            .flat_map(|set| &set.videos)
            .map(|video| (video.source(), video.id().clone()))
            .collect();
        let kinds = sets.iter().map(|set| TrialKind {
            kind: set.kind,
            stretches: set
                .videos
                .iter()
                .flat_map(|video| list_stretches(video, &shares, &controls))
                .collect(),
            missing: set.missing.clone(),
        });
        let kinds: Vec<TrialKind> = kinds.collect();
        let (fit, held_out) = (list_names(&shares.fit), list_names(&shares.held_out));
        let mut test = shares.held_out.clone();
        for video in sets.into_iter().flat_map(|set| set.videos) {
            // Nothing is pasted into what is ignored. A pasted video has the regions of the video it was made from.
            let original = shares.held_out[video.source() - shares.fit.len()].id();
            test.push(Arc::new(Masked::in_place_of(video, original, regions)?));
        }
        let SelectionOptions { each, seed } = options;
        let how = format!("pseudo-anomalies of seed {seed}, {each} of each kind in a video");
        Ok(Self {
            data: data.changed(shares.fit, test, &how),
            fit,
            held_out,
            kinds,
        })
    }
}

impl Trial {
    /// The names of the pasted videos.
    pub(super) fn pasted(&self) -> Vec<VideoId> {
        let stretches = self.kinds.iter().flat_map(|kind| &kind.stretches);
        let mut names: Vec<VideoId> = stretches.map(|stretch| stretch.pasted.clone()).collect();
        names.dedup();
        names
    }
}

fn list_names(videos: &[Arc<dyn FrameSource>]) -> Vec<VideoId> {
    videos.iter().map(|video| video.id().clone()).collect()
}

fn list_stretches(
    video: &PastedVideo,
    shares: &Shares,
    controls: &[(usize, VideoId)],
) -> Vec<TrialStretch> {
    let normal = shares.held_out[video.source() - shares.fit.len()].id();
    let control = controls
        .iter()
        .find(|(source, _)| *source == video.source());
    let control = control.filter(|_| video.kind().has_control());
    let numbers = video.numbers();
    video
        .stretches()
        .iter()
        .map(|stretch| TrialStretch {
            pasted: video.id().clone(),
            normal: normal.clone(),
            control: control.map(|(_, id)| id.clone()),
            frames: stretch.counted_frames().collect(),
            numbers: (
                numbers[stretch.frames().start].0,
                numbers[stretch.frames().end - 1].0,
            ),
            detail: stretch.detail().to_owned(),
        })
        .collect()
}
