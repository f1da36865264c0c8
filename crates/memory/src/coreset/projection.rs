use oddframe_core::Random;
use rayon::prelude::*;

use crate::distance::products_with_row;

/// Key of the stream of random numbers, so that no other use of the same seed draws them.
const STREAM: u64 = 0x7072_6f6a;

/// A matrix of normally distributed numbers that maps rows to fewer dimensions and keeps their distances roughly.
pub(crate) struct Projection {
    /// `[outputs, inputs]`
    matrix: Vec<f32>,
    inputs: usize,
    outputs: usize,
}

impl Projection {
    /// The projection of a seed; the same whenever the seed and both sizes are.
    pub(crate) fn new(seed: u64, inputs: usize, outputs: usize) -> Self {
        let mut random = Random::stream(seed, &[STREAM]);
        // Each output is a sum of `inputs` products; with the variance 1 / outputs of a number, squared lengths are kept on
        // average.
        let scale = (1.0 / outputs as f64).sqrt();
        let mut matrix = Vec::with_capacity(outputs * inputs);
        for _ in 0..outputs * inputs {
            matrix.push((draw_normal(&mut random) * scale) as f32);
        }
        Self {
            matrix,
            inputs,
            outputs,
        }
    }

    /// Dimensions of the projected rows.
    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    /// The rows in fewer dimensions.
    pub(crate) fn project(&self, rows: &[f32]) -> Vec<f32> {
        let mut projected = vec![0.0; rows.len() / self.inputs * self.outputs];
        projected
            .par_chunks_mut(self.outputs)
            .zip(rows.par_chunks(self.inputs))
            .for_each(|(out, row)| {
                products_with_row(row, &self.matrix, out);
            });
        projected
    }
}

/// A standard normal number, by Box and Muller's method.
fn draw_normal(random: &mut Random) -> f64 {
    // The logarithm needs a number above 0; `unit` draws from [0, 1).
    let radius = (-2.0 * (1.0 - random.unit()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.unit()).cos()
}
