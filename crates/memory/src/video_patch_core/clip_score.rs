use oddframe_core::{Reason, ScoredBox};

use super::VideoPatchCoreSettings;
use super::banks::Banks;
use super::clip_features::ClipFeatures;
use crate::memory_distance::MemoryDistance;
use crate::{Bank, Error, Neighbour};

/// The score of a clip, which all its frames share.
#[derive(Debug, Clone, Default)]
pub(super) struct ClipScore {
    pub(super) value: f64,
    /// The people, each with its own score.
    pub(super) boxes: Vec<ScoredBox>,
    pub(super) reason: Option<Reason>,
}

/// Compares clips with the memories.
pub(super) struct ClipScorer {
    banks: Banks,
    top_patches: usize,
    power: f64,
    spatial_weight: f64,
    local_weight: f64,
    neighbours: Vec<Neighbour>,
}

impl ClipScorer {
    pub(super) fn new(settings: &VideoPatchCoreSettings, banks: Banks) -> Self {
        Self {
            banks,
            top_patches: settings.top_patches,
            power: settings.power,
            spatial_weight: settings.spatial_weight,
            local_weight: settings.local_weight,
            neighbours: Vec::new(),
        }
    }

    /// Scores a clip.
    ///
    /// The appearance and the motion of a clip are those of its most unusual people, which may be two; without people both
    /// are 0.
    pub(super) fn score_clip(&mut self, features: &ClipFeatures) -> Result<ClipScore, Error> {
        let scene = self.compare(&features.scene, |banks| &banks.global)?;
        let mut boxes = Vec::with_capacity(features.tubes.len());
        let (mut appearance, mut motion) = (None, None);
        for tube in &features.tubes {
            let own_appearance = self.compare(&tube.appearance, |banks| &banks.spatial)?;
            let own_motion = self.compare(&tube.motion.max, |banks| &banks.temporal)?;
            boxes.push(ScoredBox {
                area: tube.area,
                score: self.weigh_local(own_appearance.score, own_motion.score),
            });
            keep_higher(&mut appearance, own_appearance);
            keep_higher(&mut motion, own_motion);
        }
        let [appearance_score, motion_score] =
            [appearance, motion].map(|part| part.map_or(0.0, |part: MemoryDistance| part.score));
        let local = self.weigh_local(appearance_score, motion_score);
        let value = self.local_weight * local + (1.0 - self.local_weight) * scene.score;
        Ok(ClipScore {
            value,
            boxes,
            reason: self.explain(appearance, motion, scene),
        })
    }

    fn weigh_local(&self, appearance: f64, motion: f64) -> f64 {
        self.spatial_weight * appearance + (1.0 - self.spatial_weight) * motion
    }

    /// How far rows are from one of the memories.
    fn compare(
        &mut self,
        rows: &[f32],
        memory: impl Fn(&Banks) -> &Bank,
    ) -> Result<MemoryDistance, Error> {
        memory(&self.banks).nearest(rows, &mut self.neighbours)?;
        Ok(MemoryDistance::from_neighbours(
            &self.neighbours,
            self.top_patches,
            self.power,
        ))
    }

    /// Names the part that adds most to the score, and the normal clip that comes nearest to it.
    fn explain(
        &self,
        appearance: Option<MemoryDistance>,
        motion: Option<MemoryDistance>,
        scene: MemoryDistance,
    ) -> Option<Reason> {
        let local = self.local_weight;
        let Banks {
            spatial,
            temporal,
            global,
        } = &self.banks;
        let parts = [
            ("appearance", "a person's appearance", appearance, spatial),
            ("motion", "a person's motion", motion, temporal),
            ("scene", "the whole scene", Some(scene), global),
        ];
        // What each part adds to the score is its weight times its score. A part without people adds less than any other.
        let weights = [
            local * self.spatial_weight,
            local * (1.0 - self.spatial_weight),
            1.0 - local,
        ];
        let added = parts.into_iter().zip(weights).map(|(part, weight)| {
            let score = part.2.map_or(-1.0, |part| weight * part.score);
            (part, score)
        });
        let ((cue, what, part, bank), _) = added.max_by(|a, b| a.1.total_cmp(&b.1))?;
        let nearest = part?.describe_nearest(bank, "the clip from ");
        Some(Reason {
            cue: cue.into(),
            sentence: format!("{what}; {nearest}"),
        })
    }
}

/// Replaces a distance by another one with a higher score; of equal ones the first stays.
fn keep_higher(highest: &mut Option<MemoryDistance>, other: MemoryDistance) {
    if highest.is_none_or(|highest| highest.score < other.score) {
        *highest = Some(other);
    }
}
