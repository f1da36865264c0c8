use crate::error::{Error, check_length};
use crate::partition::for_each_part;
use crate::volumes::Volumes;

/// Neighbours that a fine value is a combination of: a square of three by three coarse positions.
const NEIGHBOURS: usize = 9;

/// Convex upsampling of flow, as RAFT does it (Z. Teed and J. Deng, 2020, appendix B).
///
/// Every coarse position becomes a square of `factor` by `factor` fine ones. The flow of a fine position is a weighted mean
/// of the flow at the nine coarse positions around, times `factor`, because its pixels are smaller. The mask holds the
/// logarithms of the weights, `[neighbour, row, column]` at each coarse position; beyond the edge the flow counts as zero.
///
/// ```
/// use oddframe_kernels::ConvexUpsampling;
///
/// // One coarse position: eight of its neighbours lie beyond the edge, and equal weights leave a ninth of its flow.
/// let upsampling = ConvexUpsampling::new([1, 1], 2)?;
/// let mut fine = [0.0; 2 * 4];
/// upsampling.run(&[9.0, -4.5], &[0.0; 9 * 4], &mut fine)?;
/// assert_eq!(fine, [2.0, 2.0, 2.0, 2.0, -1.0, -1.0, -1.0, -1.0]);
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ConvexUpsampling {
    height: usize,
    width: usize,
    factor: usize,
}

impl ConvexUpsampling {
    /// Upsampling of `[height, width]` coarse positions by this factor.
    ///
    /// # Errors
    /// A size of zero, or more values than can be addressed.
    pub fn new([height, width]: [usize; 2], factor: usize) -> Result<Self, Error> {
        let mask = factor.saturating_mul(factor).saturating_mul(NEIGHBOURS);
        Volumes::images(1, height, width, mask)?;
        Ok(Self {
            height,
            width,
            factor,
        })
    }

    /// Upsamples one flow.
    ///
    /// # Shapes
    /// - `flow`: `[height, width, 2]`
    /// - `mask`: `[height, width, 9 * factor * factor]`
    /// - `fine`: `[2, height * factor, width * factor]`
    ///
    /// # Errors
    /// A slice that is not as long as its shape says.
    pub fn run(&self, flow: &[f32], mask: &[f32], fine: &mut [f32]) -> Result<(), Error> {
        let Self {
            height,
            width,
            factor,
        } = *self;
        let (positions, square) = (height * width, factor * factor);
        check_length("the flow", flow.len(), 2 * positions)?;
        check_length("the mask", mask.len(), NEIGHBOURS * square * positions)?;
        check_length("the fine flow", fine.len(), 2 * positions * square)?;
        let (across, down) = fine.split_at_mut(positions * square);
        // A row of coarse positions becomes `factor` rows of both planes.
        let rows = across
            .chunks_mut(width * square)
            .zip(down.chunks_mut(width * square))
            .zip(mask.chunks(width * NEIGHBOURS * square))
            .enumerate();
        for_each_part(rows, |(y, ((across, down), mask))| {
            let mut weights = vec![0.0; NEIGHBOURS * square];
            let mut total = vec![0.0; square];
            for (x, mask) in mask.chunks_exact(NEIGHBOURS * square).enumerate() {
                softmax_of_neighbours(mask, &mut weights, &mut total);
                let around = self.neighbours(flow, y, x);
                for (at, total) in total.iter().enumerate() {
                    let (mut dx, mut dy) = (0.0, 0.0);
                    for (neighbour, flow) in around.iter().enumerate() {
                        let weight = weights[neighbour * square + at];
                        dx += weight * flow[0];
                        dy += weight * flow[1];
                    }
                    let place = at / factor * width * factor + x * factor + at % factor;
                    across[place] = dx / total;
                    down[place] = dy / total;
                }
            }
        });
        Ok(())
    }

    /// The flow at the nine positions around one, in fine pixels; zero beyond the edge.
    fn neighbours(&self, flow: &[f32], y: usize, x: usize) -> [[f32; 2]; NEIGHBOURS] {
        let mut around = [[0.0; 2]; NEIGHBOURS];
        for (neighbour, value) in around.iter_mut().enumerate() {
            // One more than the neighbour's place, so that none is negative.
            let (row, column) = (y + neighbour / 3, x + neighbour % 3);
            if (1..=self.height).contains(&row) && (1..=self.width).contains(&column) {
                let at = 2 * ((row - 1) * self.width + column - 1);
                *value = [flow[at], flow[at + 1]].map(|flow| flow * self.factor as f32);
            }
        }
        around
    }
}

/// The exponentials of the mask less its maximum over the neighbours, and their sums over the neighbours: the largest
/// exponent is zero, so that nothing overflows.
fn softmax_of_neighbours(mask: &[f32], weights: &mut [f32], total: &mut [f32]) {
    let square = total.len();
    total.fill(f32::NEG_INFINITY);
    for logits in mask.chunks_exact(square) {
        for (largest, logit) in total.iter_mut().zip(logits) {
            *largest = largest.max(*logit);
        }
    }
    for (weights, logits) in weights
        .chunks_exact_mut(square)
        .zip(mask.chunks_exact(square))
    {
        for (at, weight) in weights.iter_mut().enumerate() {
            *weight = (logits[at] - total[at]).exp();
        }
    }
    total.fill(0.0);
    for weights in weights.chunks_exact(square) {
        for (total, weight) in total.iter_mut().zip(weights) {
            *total += weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_length_error, noise, run_guarded};

    #[test]
    fn every_shape_agrees_with_the_definition_in_double_precision() {
        let mut sizes = vec![[1, 1, 1], [2, 3, 2]];
        if !cfg!(miri) {
            sizes.extend([[5, 4, 8], [3, 7, 3]]);
        }
        for [height, width, factor] in sizes {
            let square = factor * factor;
            let flow = noise(height * width * 2, 1);
            let mask: Vec<f32> = noise(height * width * 9 * square, 2)
                .iter()
                .map(|value| value * 20.0)
                .collect();
            let upsampling = ConvexUpsampling::new([height, width], factor).unwrap();
            let (fine, done) = run_guarded(&vec![f32::NAN; 2 * height * width * square], |fine| {
                upsampling.run(&flow, &mask, fine)
            });
            done.unwrap();
            for (at, found) in fine.iter().enumerate() {
                let (plane, rest) = (
                    at / (height * width * square),
                    at % (height * width * square),
                );
                let (row, column) = (rest / (width * factor), rest % (width * factor));
                let (y, x) = (row / factor, column / factor);
                let inside = row % factor * factor + column % factor;
                let (mut sum, mut total) = (0.0, 0.0);
                for neighbour in 0..9 {
                    let logit = mask[((y * width + x) * 9 + neighbour) * square + inside];
                    let weight = f64::from(logit).exp();
                    total += weight;
                    let (ny, nx) = (y + neighbour / 3, x + neighbour % 3);
                    if ny > 0 && ny <= height && nx > 0 && nx <= width {
                        let value = flow[((ny - 1) * width + nx - 1) * 2 + plane];
                        sum += weight * f64::from(value) * factor as f64;
                    }
                }
                assert!(
                    (f64::from(*found) - sum / total).abs() < 1e-5,
                    "{found} should be {}",
                    sum / total
                );
            }
        }
    }

    #[test]
    fn large_logits_do_not_overflow_and_nan_stays_nan() {
        let upsampling = ConvexUpsampling::new([1, 1], 1).unwrap();
        let mut mask = [-1000.0; 9];
        mask[4] = 1000.0;
        let mut fine = [0.0; 2];
        upsampling.run(&[3.0, -2.0], &mask, &mut fine).unwrap();
        assert_eq!(fine, [3.0, -2.0]);
        mask[0] = f32::NAN;
        upsampling.run(&[3.0, -2.0], &mask, &mut fine).unwrap();
        assert!(fine.iter().all(|value| value.is_nan()));
    }

    #[test]
    fn wrong_lengths_are_refused() {
        let upsampling = ConvexUpsampling::new([2, 2], 2).unwrap();
        let (flow, mask, mut fine) = ([0.0; 8], [0.0; 144], [0.0; 32]);
        assert_length_error(upsampling.run(&flow[1..], &mask, &mut fine), "the flow");
        assert_length_error(upsampling.run(&flow, &mask[1..], &mut fine), "the mask");
        assert_length_error(
            upsampling.run(&flow, &mask, &mut fine[1..]),
            "the fine flow",
        );
        assert!(ConvexUpsampling::new([2, 2], 0).is_err());
    }
}
