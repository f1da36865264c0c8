//! From error maps to scores where the maps are, so that only the scores leave the device.

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};
use oddframe_score::{AnyPool, TopKPatches};

use crate::Error;
use crate::error::at_least_one;

/// The pooled value of each map: what `oddframe-score` gives, within a millionth, without the maps leaving the device.
///
/// The mean, MAX and the top K patches can be had here. Sums are added up pair by pair in the device's own numbers; one
/// past the end of 32-bit floats is infinite. A NaN in a map gives NaN.
///
/// # Shapes
/// `[batch, P, height, width]` to `[batch, P]`.
///
/// # Errors
/// When the pool is another one, or an axis has no length.
pub fn pool_on_device<B: Backend>(maps: Tensor<B, 4>, pool: &AnyPool) -> Result<Tensor<B, 2>, Error> {
    let [batch, frames, height, width] = maps.dims();
    let sizes = [("the batch", batch), ("the frames", frames), ("the height", height), ("the width", width)];
    at_least_one("pooling", &sizes)?;
    let pixels = height * width;
    let scores = match pool {
        AnyPool::Mean(_) => total(maps.reshape([batch, frames, pixels]), 2).div_scalar(pixels as f64),
        AnyPool::Max(_) => worst(maps.reshape([batch, frames, pixels]), 1),
        AnyPool::TopKPatches(pool) => top_patches(maps, *pool),
        AnyPool::Quantile(_) | AnyPool::L2(_) | AnyPool::L1(_) => {
            return Err(Error::PoolOnCpu { pool: *pool });
        }
    };
    Ok(scores.reshape([batch, frames]))
}

fn top_patches<B: Backend>(maps: Tensor<B, 4>, pool: TopKPatches) -> Tensor<B, 3> {
    let [batch, frames, height, width] = maps.dims();
    let (patch, stride) = (pool.patch(), pool.stride());
    let sums = run_sums(maps, 3, patch.width, stride.width);
    let sums = run_sums(sums, 2, patch.height, stride.height);
    let area = patch.width.min(width) * patch.height.min(height);
    let [_, _, rows, columns] = sums.dims();
    let patches = rows * columns;
    let means = sums.div_scalar(area as f64).reshape([batch, frames, patches]);
    worst(means, pool.k().of(patches))
}

/// The mean of the `k` largest values along the last axis; NaN where there is one.
fn worst<B: Backend>(values: Tensor<B, 3>, k: usize) -> Tensor<B, 3> {
    let nan = values.clone().is_nan();
    // Backends order NaN as they like, so none is left when they compare.
    let numbers = values.mask_fill(nan.clone(), 0.0);
    let mean = match k {
        1 => numbers.max_dim(2),
        // Burn's `topk` refuses to give all.
        _ if k == numbers.dims()[2] => total(numbers, 2).div_scalar(k as f64),
        _ => total(numbers.topk(k, 2), 2).div_scalar(k as f64),
    };
    mean.mask_fill(nan.any_dim(2), f32::NAN)
}

/// The sums along an axis of runs of `length` values, `stride` apart; the last one lies flush with the end.
fn run_sums<B: Backend>(values: Tensor<B, 4>, axis: usize, length: usize, stride: usize) -> Tensor<B, 4> {
    let len = values.dims()[axis];
    if length >= len {
        return total(values, axis);
    }
    // Runs of 1, 2, 4, ... values are made of each other; those in `length`'s binary form make up a run of `length`.
    let device = values.device();
    let (mut runs, mut run) = (values, 1);
    let mut joined: Option<Tensor<B, 4>> = None;
    let mut covered = 0;
    loop {
        if length & run != 0 {
            let count = len - covered - run + 1;
            let next = runs.clone().narrow(axis, covered, count);
            joined = Some(match joined {
                Some(sums) => sums.narrow(axis, 0, count) + next,
                None => next,
            });
            covered += run;
        }
        match joined {
            Some(sums) if covered == length => {
                return sums.select(axis, starts(len - length, stride, &device));
            }
            other => joined = other,
        }
        let count = len - 2 * run + 1;
        runs = runs.clone().narrow(axis, 0, count) + runs.narrow(axis, run, count);
        run *= 2;
    }
}

/// Where runs start, up to `last`.
fn starts<B: Backend>(last: usize, stride: usize, device: &B::Device) -> Tensor<B, 1, Int> {
    let mut starts: Vec<i32> = (0..last).step_by(stride).map(|start| start as i32).collect();
    starts.push(last as i32);
    let count = starts.len();
    Tensor::from_data(TensorData::new(starts, [count]), device)
}

/// The sum along an axis, which keeps length 1. Halves are added to each other, so that rounding grows with the
/// logarithm of the length only.
fn total<B: Backend, const D: usize>(mut values: Tensor<B, D>, axis: usize) -> Tensor<B, D> {
    loop {
        let len = values.dims()[axis];
        if len == 1 {
            return values;
        }
        let half = len / 2;
        let sums = values.clone().narrow(axis, 0, half) + values.clone().narrow(axis, len - half, half);
        values = if len.is_multiple_of(2) {
            sums
        } else {
            Tensor::cat(vec![sums, values.narrow(axis, half, 1)], axis)
        };
    }
}
