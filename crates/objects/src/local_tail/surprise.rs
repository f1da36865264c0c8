use std::sync::LazyLock;

use rayon::prelude::*;

use super::counts::TailCounts;
use super::scale::{DIRECTIONS, SPEEDS};

/// The weight of the whole picture beside a cell, in windows.
const PRIOR: f64 = 50.0;

/// Added to the counts of the whole picture, so that none is empty.
const FLOOR: f64 = 1e-3;

/// Added to shares before their logarithm is taken.
const LEAST: f64 = 1e-9;

/// Speeds on each side over which the counts of a speed are spread, with sigma 1.
const REACH: usize = 4;

/// The weights of the speeds up to [`REACH`] away.
static WEIGHTS: LazyLock<[f64; REACH + 1]> = LazyLock::new(|| {
    let half: [f64; REACH + 1] =
        std::array::from_fn(|distance| (-0.5 * (distance * distance) as f64).exp());
    let sum = 2.0 * half.iter().sum::<f64>() - half[0];
    half.map(|weight| weight / sum)
});

/// The surprise of each speed and direction in each cell.
#[derive(Debug, Clone)]
pub(crate) struct SurpriseMap {
    values: Vec<f32>,
}

impl SurpriseMap {
    /// The surprise from counts, of which a part may not count.
    pub(super) fn new(total: &TailCounts, without: Option<&TailCounts>, undirected: usize) -> Self {
        let len = total.overall.len();
        let mut overall: Vec<f64> = total.overall.iter().map(|count| count + FLOOR).collect();
        if let Some(part) = without {
            overall
                .iter_mut()
                .zip(&part.overall)
                .for_each(|(sum, part)| *sum -= part);
        }
        let sum: f64 = overall.iter().sum();
        for count in &mut overall {
            *count /= sum;
        }
        // A cell with few windows says little, so the whole picture's distribution is mixed in as a prior.
        let prior = tail_of(&overall, undirected);
        let mut values = vec![0.0; total.cells.len()];
        values
            .par_chunks_exact_mut(len)
            .enumerate()
            .for_each(|(number, out)| {
                let mut cell: Vec<f64> = total
                    .cell(number)
                    .iter()
                    .map(|count| f64::from(*count))
                    .collect();
                if let Some(part) = without {
                    // Rounding may leave less than nothing.
                    for (count, part) in cell.iter_mut().zip(part.cell(number)) {
                        *count = (*count - f64::from(*part)).max(0.0);
                    }
                }
                let seen: f64 = cell.iter().sum::<f64>() + PRIOR;
                let tail = tail_of(&cell, undirected);
                for ((out, tail), prior) in out.iter_mut().zip(&tail).zip(&prior) {
                    *out = -((tail + PRIOR * prior) / seen + LEAST).ln() as f32;
                }
            });
        Self { values }
    }

    /// The surprise in a cell, interpolated between two speeds.
    pub(super) fn at(&self, cell: usize, speed: f64, direction: usize) -> f64 {
        let lower = (speed as usize).min(SPEEDS - 2);
        let part = speed - lower as f64;
        self.value(cell, lower, direction) * (1.0 - part)
            + self.value(cell, lower + 1, direction) * part
    }

    fn value(&self, cell: usize, speed: usize, direction: usize) -> f64 {
        f64::from(self.values[(cell * SPEEDS + speed) * DIRECTIONS + direction])
    }
}

/// For each speed and direction the counts at least as fast and about in this direction.
///
/// Half of a count belongs to its direction and a quarter to each neighbour; a count is spread over neighbouring speeds. The
/// slowest `undirected` speeds count all directions.
pub(super) fn tail_of(counts: &[f64], undirected: usize) -> Vec<f64> {
    let mut turned = counts.to_vec();
    for (out, speed) in turned
        .chunks_exact_mut(DIRECTIONS)
        .zip(counts.chunks_exact(DIRECTIONS))
    {
        for (direction, out) in out.iter_mut().enumerate() {
            let before = speed[(direction + DIRECTIONS - 1) % DIRECTIONS];
            let after = speed[(direction + 1) % DIRECTIONS];
            *out = 0.5 * speed[direction] + 0.25 * before + 0.25 * after;
        }
    }
    let mut tail = vec![0.0; counts.len()];
    for speed in 0..SPEEDS {
        let nearest = speed.saturating_sub(REACH)..(speed + REACH + 1).min(SPEEDS);
        for other in nearest {
            let weight = WEIGHTS[speed.abs_diff(other)];
            for direction in 0..DIRECTIONS {
                tail[speed * DIRECTIONS + direction] +=
                    weight * turned[other * DIRECTIONS + direction];
            }
        }
    }
    for at in (0..tail.len() - DIRECTIONS).rev() {
        tail[at] += tail[at + DIRECTIONS];
    }
    for speed in tail.chunks_exact_mut(DIRECTIONS).take(undirected) {
        let sum: f64 = speed.iter().sum();
        speed.fill(sum);
    }
    tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_counts_what_is_at_least_as_fast() {
        let mut counts = vec![0.0; SPEEDS * 8];
        counts[10 * 8 + 2] = 4.0;
        let tail = tail_of(&counts, 0);
        assert!((tail[2] - 2.0).abs() < 1e-9 && (tail[1] - 1.0).abs() < 1e-9);
        assert_eq!((tail[0], tail[16 * 8 + 2]), (0.0, 0.0));
        // Half of the weight of the same speed lies above its middle.
        assert!((tail[10 * 8 + 2] - 2.0 * (0.5 + WEIGHTS[0] / 2.0)).abs() < 1e-9);
        let tail = tail_of(&counts, 3);
        assert!((tail[2 * 8 + 7] - 4.0).abs() < 1e-9 && tail[3 * 8 + 7] == 0.0);
    }
}
