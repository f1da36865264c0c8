//! How unlike every training object an object looks.

use std::ops::Range;

use half::f16;
use oddframe_core::Random;
use rayon::prelude::*;

use crate::eigen::decompose_symmetric;
use crate::hog;
use crate::remembered::{bounds_of_folds, choose_remembered};

/// The directions of largest variance that are kept.
pub(crate) const COMPONENTS: usize = 64;

/// Components that are compared first; most rows differ enough in these alone.
const FIRST_COMPONENTS: usize = 16;

/// The appearance of the training objects, in their principal components.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Look {
    /// The mean of all training objects.
    pub(crate) mean: Vec<f32>,
    /// One component after the other, scaled such that the variances of all sum to 1.
    pub(crate) axes: Vec<f32>,
    /// The remembered objects, those of each fold together.
    pub(crate) rows: Vec<f32>,
}

impl Look {
    /// Learns from the objects of each fold. Also returns where the remembered objects of each fold lie.
    ///
    /// # Shapes
    /// `folds`: for each fold slices of whole objects, [`hog::LENGTH`] values each.
    pub(crate) fn learn(folds: &[Vec<&[f16]>], seed: u64) -> (Self, Vec<Range<usize>>) {
        let objects: Vec<(usize, &[f16])> = folds
            .iter()
            .enumerate()
            .flat_map(|(fold, slices)| {
                let objects = slices
                    .iter()
                    .flat_map(|slice| slice.chunks_exact(hog::LENGTH));
                objects.map(move |object| (fold, object))
            })
            .collect();
        let random = Random::stream(seed, &[u64::from_le_bytes(*b"look    ")]);
        let chosen = choose_remembered(objects.len(), random);
        let kept: Vec<(usize, &[f16])> = chosen.iter().map(|place| objects[*place]).collect();
        Self::from_chosen(&mean_of(&objects), &kept, folds.len())
    }

    /// Learns from objects that were chosen, each with its fold, in the order of the folds.
    fn from_chosen(
        mean: &[f32],
        chosen: &[(usize, &[f16])],
        folds: usize,
    ) -> (Self, Vec<Range<usize>>) {
        let mut look = Self {
            mean: mean.to_vec(),
            axes: principal_axes(mean, chosen),
            rows: Vec::new(),
        };
        let projected: Vec<[f32; COMPONENTS]> = chosen
            .par_iter()
            .map(|(_, object)| look.project(object))
            .collect();
        look.rows = projected.as_flattened().to_vec();
        let owners: Vec<usize> = chosen.iter().map(|(fold, _)| *fold).collect();
        (look, bounds_of_folds(&owners, folds))
    }

    /// The components of an object.
    pub(crate) fn project(&self, object: &[f16]) -> [f32; COMPONENTS] {
        let centred: Vec<f32> = object
            .iter()
            .zip(&self.mean)
            .map(|(value, mean)| value.to_f32() - mean)
            .collect();
        let mut components = [0.0; COMPONENTS];
        for (component, axis) in components
            .iter_mut()
            .zip(self.axes.chunks_exact(hog::LENGTH))
        {
            *component = dot(&centred, axis);
        }
        components
    }

    /// The distance of an object to the nearest remembered one, of which a range may not count. None when nothing is
    /// remembered.
    pub(crate) fn distance(&self, object: &[f16], without: Option<Range<usize>>) -> Option<f64> {
        let query = self.project(object);
        let (rows, _) = self.rows.as_chunks::<COMPONENTS>();
        let without = without.unwrap_or(0..0);
        let mut nearest = f32::INFINITY;
        for row in rows[..without.start].iter().chain(&rows[without.end..]) {
            // The components are ordered by variance: the first ones rule most rows out.
            let (first, rest) = row.split_at(FIRST_COMPONENTS);
            let (query_first, query_rest) = query.split_at(FIRST_COMPONENTS);
            let partial = squared_distance(first, query_first);
            if partial < nearest {
                nearest = nearest.min(partial + squared_distance(rest, query_rest));
            }
        }
        nearest.is_finite().then(|| f64::from(nearest).sqrt())
    }
}

fn mean_of(objects: &[(usize, &[f16])]) -> Vec<f32> {
    let mut sums = vec![0.0_f64; hog::LENGTH];
    for (_, object) in objects {
        for (sum, value) in sums.iter_mut().zip(*object) {
            *sum += f64::from(value.to_f32());
        }
    }
    let count = objects.len().max(1) as f64;
    sums.iter().map(|sum| (sum / count) as f32).collect()
}

/// The axes of largest variance of objects, divided by the square root of the sum of their variances.
fn principal_axes(mean: &[f32], objects: &[(usize, &[f16])]) -> Vec<f32> {
    let covariance = covariance_of(mean, objects);
    let (values, vectors) = decompose_symmetric(&covariance, hog::LENGTH);
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
    order.truncate(COMPONENTS);
    let variance: f64 = order.iter().map(|place| values[*place].max(0.0)).sum();
    // Objects that are all equal have no axes; any will do.
    let scale = if variance > 1e-12 {
        variance.sqrt().recip()
    } else {
        1.0
    };
    let axes = order.iter().flat_map(|place| {
        let vector = &vectors[place * hog::LENGTH..][..hog::LENGTH];
        vector.iter().map(|value| (value * scale) as f32)
    });
    axes.collect()
}

/// Objects that are centred at a time.
const BLOCK: usize = 512;

/// The covariance matrix of objects; zeros for fewer than two.
fn covariance_of(mean: &[f32], objects: &[(usize, &[f16])]) -> Vec<f64> {
    let size = hog::LENGTH;
    let mut sums = vec![0.0_f64; size * size];
    let mut own_sums = vec![0.0_f64; size];
    for block in objects.chunks(BLOCK) {
        // One line for each value, so that products are sums over neighbouring numbers.
        let mut lines = vec![0.0_f32; size * block.len()];
        for (at, (_, object)) in block.iter().enumerate() {
            for (line, (value, mean)) in object.iter().zip(mean).enumerate() {
                lines[line * block.len() + at] = value.to_f32() - mean;
            }
        }
        let lines = lines.chunks_exact(block.len()).collect::<Vec<_>>();
        own_sums.iter_mut().zip(&lines).for_each(|(sum, line)| {
            *sum += line.iter().copied().map(f64::from).sum::<f64>();
        });
        sums.par_chunks_exact_mut(size)
            .enumerate()
            .for_each(|(row, out)| {
                for (out, line) in out.iter_mut().zip(&lines).take(row + 1) {
                    *out += f64::from(dot(lines[row], line));
                }
            });
    }
    let count = objects.len() as f64;
    let divisor = (count - 1.0).max(1.0);
    let mut covariance = vec![0.0; size * size];
    for row in 0..size {
        for column in 0..=row {
            let product = own_sums[row] * own_sums[column] / count.max(1.0);
            let value = (sums[row * size + column] - product) / divisor;
            covariance[row * size + column] = value;
            covariance[column * size + row] = value;
        }
    }
    covariance
}

/// Independent sums, so that additions do not wait for each other.
const LANES: usize = 16;

fn dot(a: &[f32], b: &[f32]) -> f32 {
    sum_pairs(a, b, |a, b| a * b)
}

fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    sum_pairs(a, b, |a, b| (a - b) * (a - b))
}

#[inline]
fn sum_pairs(a: &[f32], b: &[f32], term: impl Fn(f32, f32) -> f32) -> f32 {
    let mut sums = [0.0; LANES];
    let (a_blocks, a_rest) = a.as_chunks::<LANES>();
    let (b_blocks, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..LANES {
            sums[lane] += term(a[lane], b[lane]);
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| term(*a, *b)).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Objects near one of two patterns.
    fn objects(count: usize, seed: u64) -> Vec<f16> {
        let mut random = Random::new(seed);
        let mut values = Vec::new();
        for object in 0..count {
            for place in 0..hog::LENGTH {
                let pattern = if place % 2 == object % 2 { 0.6 } else { 0.2 };
                values.push(f16::from_f64(pattern + random.between(-0.02, 0.02)));
            }
        }
        values
    }

    #[test]
    fn a_remembered_object_is_near_and_another_pattern_far() {
        let (first, second) = (objects(30, 1), objects(31, 2));
        let (look, bounds) = Look::learn(&[vec![&first], vec![&second]], 1);
        assert_eq!(bounds, [0..30, 30..61]);
        let known = &first[..hog::LENGTH];
        assert!(look.distance(known, None).unwrap() < 1e-3);
        let left_out = look.distance(known, Some(bounds[0].clone())).unwrap();
        let foreign = vec![f16::from_f32(0.4); hog::LENGTH];
        let far = look.distance(&foreign, None).unwrap();
        assert!(left_out > 1e-3 && far > 2.0 * left_out, "{left_out} {far}");
    }

    #[test]
    fn equal_objects_and_no_objects_are_defined() {
        let equal = vec![f16::from_f32(0.5); 3 * hog::LENGTH];
        let (look, _) = Look::learn(&[vec![&equal]], 1);
        assert_eq!(look.distance(&equal[..hog::LENGTH], None), Some(0.0));
        let (empty, bounds) = Look::learn(&[Vec::new()], 1);
        assert_eq!(empty.distance(&equal[..hog::LENGTH], None), None);
        assert!(bounds.len() == 1 && bounds[0].is_empty());
    }
}
