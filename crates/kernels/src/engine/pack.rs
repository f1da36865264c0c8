#![allow(unsafe_code)]

use super::Direction;
use crate::aligned::Aligned;
use crate::geometry::Geometry;
use crate::simd::Simd;
use crate::threads::parallel;
use crate::writer::Writer;

/// Weights in the order the tiles read them: panels of output channels, each `[tap, input channel, width]`, the last
/// panel padded with zeros to whole vectors.
#[derive(Debug, Clone, Default)]
pub(crate) struct Panels {
    values: Aligned,
    /// Output channels of every panel but the last.
    width: usize,
    lanes: usize,
    rows: usize,
    channels: usize,
}

/// Values in a cache line.
const SQUARE: usize = 16;

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
    /// Panels of that many output channels and rows; the values are those of a former use.
    pub(super) fn reset(&mut self, channels: usize, rows: usize, simd: Simd) -> &mut [f32] {
        let lanes = simd.lanes();
        self.width = simd.panel_width(channels);
        (self.lanes, self.rows, self.channels) = (lanes, rows, channels);
        self.values.resize(channels.div_ceil(lanes) * lanes * rows)
    }

    /// Sets rows of one output channel, from row `first` on.
    pub(super) fn set_column<'a>(
        &mut self,
        channel: usize,
        first: usize,
        values: impl Iterator<Item = &'a f32>,
    ) {
        let start = channel / self.width * self.width;
        let wide = (self.channels - start).min(self.width).div_ceil(self.lanes) * self.lanes;
        let at = start * self.rows + first * wide + channel - start;
        for (to, from) in self.values[at..].iter_mut().step_by(wide).zip(values) {
            *to = *from;
        }
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

/// Packs `[small, big, taps]` for a direction, in memory that is reused.
pub(super) fn pack(
    geometry: &Geometry,
    direction: Direction,
    weights: &[f32],
    simd: Simd,
    mut panels: Panels,
) -> Panels {
    let (big, taps) = (geometry.big.channels(), geometry.window.taps());
    let (from, to) = direction.ends(geometry);
    let (inputs, outputs) = (from.channels(), to.channels());
    panels.reset(outputs, taps * inputs, simd);
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
        if valid < wide {
            panel.fill(0.0);
        }
        // The weights of an output channel lie together, those of the next far away, so a cache line of each is read at
        // a time; spread weights of neighbouring output channels lie together.
        let square = if direction == Direction::Gather { SQUARE } else { wide };
        for first in (0..valid).step_by(square) {
            for from in (0..inputs * taps).step_by(SQUARE) {
                for at in from..(from + SQUARE).min(inputs * taps) {
                    let (input, tap) = (at / taps, at % taps);
                    let source = (start + first) * output_stride + input * input_stride + tap;
                    let row =
                        &mut panel[(tap * inputs + input) * wide + first..][..square.min(valid - first)];
                    for (value, weight) in row.iter_mut().zip(weights[source..].iter().step_by(output_stride))
                    {
                        *value = *weight;
                    }
                }
            }
        }
    });
    panels
}
