//! Weights reordered for the inner loop.
//!
//! ```text
//! layer    [small channel][big channel][tap]                 as PyTorch and Burn keep them
//! panels   [panel][tap][input channel][output channel]       a panel is 1 to 4 vectors of output channels wide
//! ```
//!
//! The inner loop of a tile reads its panel front to back, one row of vectors for each tap and input channel.
#![allow(unsafe_code)]

use crate::aligned::Aligned;
use crate::geometry::{Direction, Geometry};
use crate::simd::Simd;
use crate::threads::run_parallel;
use crate::writer::Writer;

/// Packed weights: panels of output channels, each `[tap, input channel, width]`. The last panel is padded with zeros to
/// whole vectors.
#[derive(Debug, Clone, Default)]
pub(crate) struct Panels {
    values: Aligned,
    /// Output channels of every panel but the last.
    width: usize,
    lanes: usize,
    rows: usize,
    channels: usize,
}

/// Side of the squares in which weights are transposed: the values of a cache line.
const SQUARE: usize = 16;

/// One panel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panel<'a> {
    pub(crate) values: &'a [f32],
    /// First output channel.
    pub(crate) start: usize,
    /// Number of output channels without the padding.
    pub(crate) valid: usize,
    /// Vectors in a row of the panel.
    pub(crate) vectors: usize,
}

impl Panels {
    /// Sets the number of output channels and rows; the values are unspecified afterwards.
    pub(super) fn reset_size(&mut self, channels: usize, rows: usize, simd: Simd) -> &mut [f32] {
        let lanes = simd.lanes();
        self.width = simd.panel_width(channels);
        (self.lanes, self.rows, self.channels) = (lanes, rows, channels);
        self.values.resize(channels.div_ceil(lanes) * lanes * rows)
    }

    /// Sets the weights of one output channel, from row `first` on.
    pub(super) fn set_column<'a>(
        &mut self,
        channel: usize,
        first: usize,
        values: impl Iterator<Item = &'a f32>,
    ) {
        // Where the value of (row, channel) lies, with panels of 8 channels:
        //
        //   panel 0   row 0: c0 … c7 | row 1: c0 … c7 | … | panel 1   row 0: c8 … c15 | …
        let start = channel / self.width * self.width;
        let wide = (self.channels - start).min(self.width).div_ceil(self.lanes) * self.lanes;
        let at = start * self.rows + first * wide + channel - start;
        for (to, from) in self.values[at..].iter_mut().step_by(wide).zip(values) {
            *to = *from;
        }
    }

    /// The values of all panels.
    pub(super) fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// Number of panels.
    pub(crate) fn panel_count(&self) -> usize {
        self.channels.div_ceil(self.width)
    }

    /// The panel with this number.
    pub(crate) fn panel_at(&self, number: usize) -> Panel<'_> {
        let start = number * self.width;
        let valid = (self.channels - start).min(self.width);
        let vectors = valid.div_ceil(self.lanes);
        let first = start * self.rows;
        Panel {
            values: &self.values[first..first + vectors * self.lanes * self.rows],
            start,
            valid,
            vectors,
        }
    }
}

/// Packs weights `[small, big, taps]` for a direction into the memory of `panels`.
pub(super) fn pack_panels(
    geometry: &Geometry,
    direction: Direction,
    weights: &[f32],
    simd: Simd,
    mut panels: Panels,
) -> Panels {
    let (big, taps) = (geometry.big.channels(), geometry.window.taps());
    let (from, to) = direction.ends(geometry);
    let (inputs, outputs) = (from.channels(), to.channels());
    panels.reset_size(outputs, taps * inputs, simd);
    // Distances in memory between the weights of neighbouring output channels and input channels.
    let (output_stride, input_stride) = match direction {
        Direction::Gather => (big * taps, taps),
        Direction::Spread => (taps, big * taps),
    };
    let (width, lanes, rows) = (panels.width, panels.lanes, panels.rows);
    let count = panels.panel_count();
    let writer = Writer::new(&mut panels.values);
    run_parallel(count, &|number, _| {
        let start = number * width;
        let valid = (outputs - start).min(width);
        let wide = valid.div_ceil(lanes) * lanes;
        // SAFETY: panels do not overlap, and a panel is packed by one task.
        let panel = unsafe { writer.part(start * rows, wide * rows) };
        if valid < wide {
            panel.fill(0.0);
        }
        // In a gather the weights of one output channel are contiguous and those of the next one are far away, so a
        // cache line of each is read at a time. In a spread the weights of neighbouring output channels are close
        // together.
        let square = if direction == Direction::Gather {
            SQUARE
        } else {
            wide
        };
        for first in (0..valid).step_by(square) {
            for from in (0..inputs * taps).step_by(SQUARE) {
                for at in from..(from + SQUARE).min(inputs * taps) {
                    let (input, tap) = (at / taps, at % taps);
                    let source = (start + first) * output_stride + input * input_stride + tap;
                    let row = &mut panel[(tap * inputs + input) * wide + first..]
                        [..square.min(valid - first)];
                    for (value, weight) in row
                        .iter_mut()
                        .zip(weights[source..].iter().step_by(output_stride))
                    {
                        *value = *weight;
                    }
                }
            }
        }
    });
    panels
}
