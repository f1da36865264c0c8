#![allow(unsafe_code)]

use super::Direction;
use crate::aligned::Aligned;
use crate::geometry::Geometry;
use crate::simd::Simd;
use crate::threads::parallel;
use crate::writer::Writer;

/// Weights in the order the tiles read them: panels of output channels, each `[tap, input channel, width]`, the last
/// panel padded with zeros to whole vectors.
#[derive(Debug, Clone)]
pub(crate) struct Panels {
    values: Aligned,
    /// Output channels of every panel but the last.
    width: usize,
    lanes: usize,
    rows: usize,
    channels: usize,
}

/// One panel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panel<'a> {
    pub(crate) values: &'a [f32],
    /// First output channel.
    pub(crate) start: usize,
    /// Output channels that exist.
    pub(crate) valid: usize,
    /// Vectors in a row.
    pub(crate) vectors: usize,
}

impl Panels {
    fn new(channels: usize, rows: usize, simd: Simd) -> Self {
        let lanes = simd.lanes();
        let width = lanes * channels.div_ceil(lanes).min(simd.tile_vectors());
        let padded = channels.div_ceil(lanes) * lanes;
        Self { values: Aligned::zeros(padded * rows), width, lanes, rows, channels }
    }

    pub(crate) fn count(&self) -> usize {
        self.channels.div_ceil(self.width)
    }

    pub(crate) fn panel(&self, number: usize) -> Panel<'_> {
        let start = number * self.width;
        let valid = (self.channels - start).min(self.width);
        let vectors = valid.div_ceil(self.lanes);
        let first = start * self.rows;
        Panel { values: &self.values[first..first + vectors * self.lanes * self.rows], start, valid, vectors }
    }
}

/// Packs `[small, big, taps]` for a direction.
pub(crate) fn pack(geometry: &Geometry, direction: Direction, weights: &[f32], simd: Simd) -> Panels {
    let (big, taps) = (geometry.big.channels(), geometry.window.taps());
    let (from, to) = direction.ends(geometry);
    let (inputs, outputs) = (from.channels(), to.channels());
    let mut panels = Panels::new(outputs, taps * inputs, simd);
    // Where the weight of an output channel, an input channel and a tap lies.
    let (output_stride, input_stride) = match direction {
        Direction::Gather => (big * taps, taps),
        Direction::Spread => (taps, big * taps),
    };
    let (width, lanes, rows) = (panels.width, panels.lanes, panels.rows);
    let count = panels.count();
    let writer = Writer::new(&mut panels.values);
    parallel(count, &|number, _| {
        let start = number * width;
        let valid = (outputs - start).min(width);
        let wide = valid.div_ceil(lanes) * lanes;
        // SAFETY: panels do not overlap, and a panel is packed by one task.
        let panel = unsafe { writer.part(start * rows, wide * rows) };
        for input in 0..inputs {
            for tap in 0..taps {
                let row = &mut panel[(tap * inputs + input) * wide..][..valid];
                let first = start * output_stride + input * input_stride + tap;
                for (value, weight) in row.iter_mut().zip(weights[first..].iter().step_by(output_stride)) {
                    *value = *weight;
                }
            }
        }
    });
    panels
}
