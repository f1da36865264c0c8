use oddframe_core::{Reason, ScoredBox};

use super::VideoPatchCoreSettings;
use super::banks::Banks;
use super::clip_features::ClipFeatures;
use crate::distance::mean_of_largest;
use crate::{Bank, Error, Neighbour};

/// The score of a clip, which all its frames share.
#[derive(Debug, Clone, Default)]
pub(super) struct ClipScore {
    pub(super) value: f64,
    /// The people, each with its own score.
    pub(super) boxes: Vec<ScoredBox>,
    pub(super) reason: Option<Reason>,
}

/// How unusual something is against one memory.
#[derive(Debug, Clone, Copy)]
struct Strangeness {
    /// The distance, raised to the power of the settings.
    score: f64,
    /// The most unusual patch.
    farthest: Neighbour,
}

/// Compares clips with the memories.
pub(super) struct ClipScorer {
    pub(super) banks: Banks,
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
        let global = self.compare(&features.scene, |banks| &banks.global)?;
        let mut boxes = Vec::with_capacity(features.tubes.len());
        let (mut spatial, mut temporal) = (None, None);
        for tube in &features.tubes {
            let appearance = self.compare(&tube.appearance, |banks| &banks.spatial)?;
            let motion = self.compare(&tube.motion.max, |banks| &banks.temporal)?;
            boxes.push(ScoredBox {
                area: tube.area,
                score: self.weigh_local(appearance.score, motion.score),
            });
            spatial = Some(stranger(spatial, appearance));
            temporal = Some(stranger(temporal, motion));
        }
        let [appearance, motion] =
            [spatial, temporal].map(|part| part.map_or(0.0, |part: Strangeness| part.score));
        let local = self.weigh_local(appearance, motion);
        let value = self.local_weight * local + (1.0 - self.local_weight) * global.score;
        Ok(ClipScore {
            value,
            boxes,
            reason: self.explain(spatial, temporal, global),
        })
    }

    fn weigh_local(&self, spatial: f64, temporal: f64) -> f64 {
        self.spatial_weight * spatial + (1.0 - self.spatial_weight) * temporal
    }

    /// How far rows are from a memory: the distance of the most unusual ones, raised to the power.
    fn compare(
        &mut self,
        rows: &[f32],
        memory: impl Fn(&Banks) -> &Bank,
    ) -> Result<Strangeness, Error> {
        memory(&self.banks).nearest(rows, &mut self.neighbours)?;
        let farthest = self
            .neighbours
            .iter()
            .max_by(|a, b| a.distance.total_cmp(&b.distance));
        let farthest = farthest.copied().unwrap_or_default();
        let mut distances: Vec<f32> = self.neighbours.iter().map(|n| n.distance).collect();
        let distance = mean_of_largest(&mut distances, self.top_patches);
        Ok(Strangeness {
            score: distance.powf(self.power),
            farthest,
        })
    }

    /// Names the part that adds most to the score, and the normal clip that comes nearest to it.
    fn explain(
        &self,
        spatial: Option<Strangeness>,
        temporal: Option<Strangeness>,
        global: Strangeness,
    ) -> Option<Reason> {
        let local = self.local_weight;
        let Banks {
            spatial: looks,
            temporal: moves,
            global: scenes,
        } = &self.banks;
        let parts = [
            ("appearance", "a person's appearance", spatial, looks),
            ("motion", "a person's motion", temporal, moves),
            ("scene", "the whole scene", Some(global), scenes),
        ];
        // What each part adds to the score is its weight times its score.
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
        let part = part?;
        let nearest = bank.origin(part.farthest.row);
        let times = bank.typical_distance().map_or_else(String::new, |typical| {
            format!(
                ", distance {:.1} times the usual",
                part.farthest.distance / typical
            )
        });
        Some(Reason {
            cue: cue.into(),
            sentence: format!("{what}; nearest normal: the clip from {nearest}{times}"),
        })
    }
}

/// The part with the higher score; of equal ones the first.
fn stranger(known: Option<Strangeness>, other: Strangeness) -> Strangeness {
    match known {
        Some(known) if known.score >= other.score => known,
        _ => other,
    }
}
