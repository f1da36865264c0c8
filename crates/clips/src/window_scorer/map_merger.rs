use std::collections::VecDeque;

use oddframe_core::{FrameNumber, ScoreMap};
use oddframe_score::{Channels, Distance, Pair, error_map};

use crate::Measure;

/// Averages the error maps that several windows give to one frame.
///
/// The maps are added up in the order of the windows, so the sums do not depend on how windows are batched.
#[derive(Debug)]
pub(super) struct MapMerger {
    distance: Distance,
    channels: Channels,
    /// The sums of the frames that later windows may cover.
    sums: VecDeque<MapSum>,
    /// The index of the first of them.
    first: usize,
}

/// The sum of the error maps of one frame.
#[derive(Debug, Default)]
struct MapSum {
    number: FrameNumber,
    width: usize,
    values: Vec<f32>,
    count: u16,
}

impl MapMerger {
    pub(super) fn new(measure: &Measure) -> Self {
        Self {
            distance: measure.distance,
            channels: measure.channels,
            sums: VecDeque::new(),
            first: 0,
        }
    }

    /// Adds the error map of a frame in one window.
    pub(super) fn push_map(&mut self, index: usize, number: FrameNumber, pair: Pair<'_>) {
        let map = error_map(pair, self.distance, self.channels);
        let place = index - self.first;
        // Frames between two windows that lie apart get empty sums.
        self.sums
            .resize_with(self.sums.len().max(place + 1), MapSum::default);
        let sum = &mut self.sums[place];
        (sum.number, sum.width) = (number, pair.width());
        sum.values.resize(map.len(), 0.0);
        for (sum, value) in sum.values.iter_mut().zip(map) {
            *sum += value;
        }
        sum.count += 1;
    }

    /// Passes the maps of the frames before `end`, which no later window covers, to `emit`.
    pub(super) fn settle_before(&mut self, end: usize, mut emit: impl FnMut(ScoreMap)) {
        while self.first < end {
            self.first += 1;
            // No sum: no window predicted the frame, because windows lie apart or predict only their last frames.
            let Some(sum) = self.sums.pop_front().filter(|sum| sum.count > 0) else {
                continue;
            };
            let count = f32::from(sum.count);
            let values = sum.values.iter().map(|value| value / count).collect();
            emit(ScoreMap {
                number: sum.number,
                width: sum.width,
                values,
            });
        }
    }
}
