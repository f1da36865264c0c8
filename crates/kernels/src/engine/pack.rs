//! Weights reordered for the inner loop.
//!
//! ```text
//! layer    [small channel][big channel][tap]                 as PyTorch and Burn keep them
//! panels   [panel][tap][input channel][output channel]       a panel is 1 to 4 vectors of output channels wide
//! ```
//!
//! The inner loop of a tile reads its panel front to back, one row of vectors for each tap and input channel.
#![allow(unsafe_code)]

use super::panels::Panels;
use crate::geometry::{Direction, Geometry};
use crate::simd::Simd;
use crate::threads::run_parallel;
use crate::writer::Writer;

/// Side of the squares in which weights are transposed: the values of a cache line.
const SQUARE: usize = 16;

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
    // Distances in memory between the weights of neighbouring output channels and input channels.
    let (output_stride, input_stride) = match direction {
        Direction::Gather => (big * taps, taps),
        Direction::Spread => (taps, big * taps),
    };
    let (lanes, rows) = (simd.lanes(), taps * inputs);
    let width = simd.panel_width(outputs);
    let count = outputs.div_ceil(width);
    let writer = Writer::new(panels.reset_size(outputs, rows, simd));
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
