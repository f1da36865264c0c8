//! Weights as bytes, in the order in which the products read them.

use super::grid::{BLOCK, GROUP, Phase};
use super::range::ByteRange;
use crate::window::Window;

/// The largest size of a weight's byte.
pub(super) const MOST: f32 = 127.0;

/// The weights of a layer as bytes, made by [`Int8Conv::pack`](crate::Int8Conv::pack).
#[derive(Debug, Clone)]
pub struct Int8Weights {
    /// Input and output channels.
    pub(super) channels: [usize; 2],
    /// One for each phase.
    pub(super) phases: Vec<PhaseWeights>,
}

/// The weights of a phase. Its lanes are the output channels of its first part, then those of the next one, padded to
/// whole blocks.
#[derive(Debug, Clone)]
pub(super) struct PhaseWeights {
    /// `[block of lanes][group of inputs][lane][input]`.
    pub(super) bytes: Vec<i8>,
    /// What the sums start from: minus the zero byte times the sum of the lane's weights.
    pub(super) starts: Vec<i32>,
    /// What turns the sum of a lane into a float, and its bias.
    pub(super) factors: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

/// Packs the weights of a layer with these phases.
pub(super) fn pack_weights(
    weights: &[f32],
    bias: Option<&[f32]>,
    range: ByteRange,
    window: &Window,
    [inputs, outputs]: [usize; 2],
    phases: &[Phase],
) -> Int8Weights {
    let taps = window.taps();
    let weight_at = |input: usize, output: usize, tap: usize| {
        let row = if window.transposed {
            input * outputs + output
        } else {
            output * inputs + input
        };
        weights[row * taps + tap]
    };
    // One scale for each output channel: channels differ widely, above all where batch normalisation is folded in.
    let scales: Vec<f32> = (0..outputs)
        .map(|output| {
            let all = (0..inputs).flat_map(|input| (0..taps).map(move |tap| (input, tap)));
            let largest = all.fold(0.0_f32, |most, (input, tap)| {
                most.max(weight_at(input, output, tap).abs())
            });
            if largest > 0.0 { largest / MOST } else { 1.0 }
        })
        .collect();
    let quantize = |input: usize, output: usize, tap: usize| {
        // Within ±127 by the choice of the scale; rounding up to 127.5 is cut.
        let value = (weight_at(input, output, tap) / scales[output]).round_ties_even();
        value.clamp(-MOST, MOST) as i8
    };
    let stride = inputs.next_multiple_of(GROUP);
    let packed = phases.iter().map(|phase| {
        let groups = phase.groups();
        let lanes = (phase.parts.len() * outputs).next_multiple_of(BLOCK);
        let mut packed = PhaseWeights {
            bytes: vec![0; lanes * groups * GROUP],
            starts: vec![0; lanes],
            factors: vec![0.0; lanes],
            bias: vec![0.0; lanes],
        };
        for lane in 0..phase.parts.len() * outputs {
            let (part, output) = (lane / outputs, lane % outputs);
            packed.factors[lane] = scales[output] * range.scale();
            packed.bias[lane] = bias.map_or(0.0, |bias| bias[output]);
            let block = &mut packed.bytes[lane / BLOCK * BLOCK * groups * GROUP..];
            for (position, tap) in phase.parts[part].iter().enumerate() {
                let Some(tap) = *tap else { continue };
                for input in 0..inputs {
                    let byte = quantize(input, output, tap);
                    let at = position * stride + input;
                    let (group, place) = (at / GROUP, at % GROUP);
                    block[(group * BLOCK + lane % BLOCK) * GROUP + place] = byte;
                    packed.starts[lane] -= i32::from(range.zero()) * i32::from(byte);
                }
            }
        }
        packed
    });
    Int8Weights {
        channels: [inputs, outputs],
        phases: packed.collect(),
    }
}
