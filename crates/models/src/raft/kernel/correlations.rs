use oddframe_kernels::{Correlation, Error, Workspace};

use super::conv::grow_to;
use crate::raft::parts::FEATURES;

/// The correlations of all pairs of a batch: kept, or computed on demand where they would exceed the limit.
#[derive(Debug)]
pub(super) struct Correlations {
    /// In bytes.
    limit: Option<usize>,
    plan: Option<Correlation>,
    on_demand: bool,
    /// The volume of every pair, or the pooled features of its second frame.
    memory: Vec<f32>,
}

impl Correlations {
    pub(super) fn new(limit: Option<usize>) -> Self {
        Self {
            limit,
            plan: None,
            on_demand: false,
            memory: Vec::new(),
        }
    }

    /// Prepares lookups from the features of all frames, `[first frames, second frames]`.
    pub(super) fn fill(
        &mut self,
        pairs: usize,
        size: [usize; 2],
        features: &[f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let plan = Correlation::new(size, FEATURES)?;
        let bytes = plan
            .volume_len()
            .saturating_mul(pairs)
            .saturating_mul(size_of::<f32>());
        self.on_demand = self.limit.is_some_and(|limit| bytes > limit);
        let each = if self.on_demand {
            plan.pooled_len()
        } else {
            plan.volume_len()
        };
        let memory = grow_to(&mut self.memory, each * pairs);
        let map = size[0] * size[1] * FEATURES;
        let (first, second) = features[..2 * pairs * map].split_at(pairs * map);
        let maps = first.chunks_exact(map).zip(second.chunks_exact(map));
        for ((first, second), memory) in maps.zip(memory.chunks_exact_mut(each)) {
            if self.on_demand {
                plan.pool_features(second, memory)?;
            } else {
                plan.fill_volume(first, second, memory, workspace)?;
            }
        }
        self.plan = Some(plan);
        Ok(())
    }

    /// Looks up around the places of all positions, into the beginning of `values`.
    pub(super) fn look_up(
        &self,
        pairs: usize,
        features: &[f32],
        places: &[f32],
        values: &mut Vec<f32>,
    ) -> Result<(), Error> {
        // `fill` has run: there is a plan.
        let Some(plan) = &self.plan else {
            return Ok(());
        };
        let positions = places.len() / (2 * pairs);
        let values = grow_to(values, pairs * positions * Correlation::VALUES);
        let each = if self.on_demand {
            plan.pooled_len()
        } else {
            plan.volume_len()
        };
        let of_pair = places
            .chunks_exact(2 * positions)
            .zip(values.chunks_exact_mut(positions * Correlation::VALUES))
            .zip(self.memory.chunks_exact(each))
            .zip(features.chunks_exact(positions * FEATURES))
            .take(pairs);
        for (((places, values), memory), first) in of_pair {
            if self.on_demand {
                plan.look_up_on_demand(first, memory, places, values)?;
            } else {
                plan.look_up(memory, places, values)?;
            }
        }
        Ok(())
    }
}
