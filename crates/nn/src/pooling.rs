//! Pools error maps to scores on the device where the maps are, so that only the scores leave it.

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};
use oddframe_score::{AnyPool, TopKPatches};

use crate::error::{Error, at_least_one};

/// Pools each error map on its device, to the value that `oddframe-score` computes within a relative error of 1e-6.
///
/// Supported are the mean, the maximum and the top K patches. Sums are pairwise, in the device's own floats; a sum beyond
/// the range of 32-bit floats is infinite. A NaN in a map makes its score NaN.
///
/// # Shapes
/// `[batch, P, height, width]` to `[batch, P]`.
///
/// # Errors
/// When the pool is another one, or an axis has length zero.
///
/// ```
/// use burn::backend::Flex;
/// use burn::tensor::Tensor;
/// use oddframe_nn::pool_on_device;
/// use oddframe_score::Max;
///
/// // Two maps of one clip; the second has a bright pixel.
/// let maps = Tensor::<Flex, 4>::from_data([[[[0.0, 0.1]], [[0.0, 0.9]]]], &Default::default());
/// let scores = pool_on_device(maps, &Max.into())?;
/// assert_eq!(scores.into_data().to_vec::<f32>().unwrap(), [0.1, 0.9]);
/// # Ok::<(), oddframe_nn::Error>(())
/// ```
pub fn pool_on_device<B: Backend>(
    maps: Tensor<B, 4>,
    pool: &AnyPool,
) -> Result<Tensor<B, 2>, Error> {
    let [batch, frames, height, width] = maps.dims();
    let sizes = [
        ("the batch", batch),
        ("the frames", frames),
        ("the height", height),
        ("the width", width),
    ];
    at_least_one("pooling", &sizes)?;
    let pixels = height * width;
    let scores = match pool {
        AnyPool::Mean(_) => {
            sum_pairwise(maps.reshape([batch, frames, pixels]), 2).div_scalar(pixels as f64)
        }
        AnyPool::Max(_) => mean_of_largest(maps.reshape([batch, frames, pixels]), 1),
        AnyPool::TopKPatches(pool) => pool_top_patches(maps, *pool),
        AnyPool::Quantile(_) | AnyPool::L2(_) | AnyPool::L1(_) | AnyPool::RootSum(_) => {
            return Err(Error::PoolOnCpu { pool: *pool });
        }
    };
    Ok(scores.reshape([batch, frames]))
}

fn pool_top_patches<B: Backend>(maps: Tensor<B, 4>, pool: TopKPatches) -> Tensor<B, 3> {
    let [batch, frames, height, width] = maps.dims();
    let (patch, stride) = (pool.patch(), pool.stride());
    // A patch is separable: the sums of rows of windows, then those of columns.
    let sums = window_sums(maps, 3, patch.width, stride.width);
    let sums = window_sums(sums, 2, patch.height, stride.height);
    let area = patch.width.min(width) * patch.height.min(height);
    let [_, _, rows, columns] = sums.dims();
    let patches = rows * columns;
    let means = sums
        .div_scalar(area as f64)
        .reshape([batch, frames, patches]);
    mean_of_largest(means, pool.k().of(patches))
}

/// The mean of the `k` largest values along the last axis; NaN if any value is.
fn mean_of_largest<B: Backend>(values: Tensor<B, 3>, k: usize) -> Tensor<B, 3> {
    // Backends differ in how they order NaN: it is taken out for the comparison and put back into the result.
    let nan = values.clone().is_nan();
    let numbers = values.mask_fill(nan.clone(), 0.0);
    let mean = match k {
        1 => numbers.max_dim(2),
        // Burn's `topk` does not accept all values.
        _ if k == numbers.dims()[2] => sum_pairwise(numbers, 2).div_scalar(k as f64),
        _ => sum_pairwise(numbers.topk(k, 2), 2).div_scalar(k as f64),
    };
    mean.mask_fill(nan.any_dim(2), f32::NAN)
}

/// The sums along an axis of windows of `length` values, `stride` apart; the last window is flush with the end.
///
/// Sums of 1, 2, 4, ... neighbours are built from each other, and those in the binary form of `length` add up to a
/// window: O(log length) tensor operations whatever the length, and rounding that grows with log length.
///
/// ```text
/// length 6 = 2 + 4:   |a b|c d e f|   window at a = sum2(a) + sum4(c)
/// ```
fn window_sums<B: Backend>(
    values: Tensor<B, 4>,
    axis: usize,
    length: usize,
    stride: usize,
) -> Tensor<B, 4> {
    let len = values.dims()[axis];
    // A window larger than the map covers all of it.
    if length >= len {
        return sum_pairwise(values, axis);
    }
    let device = values.device();
    // Sums of runs of 1, 2, 4, 8, … values are each computed from those of half the length. A window is the sum of the
    // runs that its length in binary names, for example 11 = 1 + 2 + 8: about 2 log2(length) additions for all windows
    // together.
    let (mut sums_of_run, mut run) = (values, 1);
    let mut joined: Option<Tensor<B, 4>> = None;
    let mut covered = 0;
    loop {
        // The parts of a window follow each other: this one starts where the last one ended.
        if length & run != 0 {
            let count = len - covered - run + 1;
            let next = sums_of_run.clone().narrow(axis, covered, count);
            joined = Some(match joined {
                Some(sums) => sums.narrow(axis, 0, count) + next,
                None => next,
            });
            covered += run;
        }
        match joined {
            Some(sums) if covered == length => {
                return sums.select(axis, window_starts(len - length, stride, &device));
            }
            other => joined = other,
        }
        let count = len - 2 * run + 1;
        sums_of_run =
            sums_of_run.clone().narrow(axis, 0, count) + sums_of_run.narrow(axis, run, count);
        run *= 2;
    }
}

/// Where windows start, up to `last`.
fn window_starts<B: Backend>(last: usize, stride: usize, device: &B::Device) -> Tensor<B, 1, Int> {
    let mut starts: Vec<i32> = (0..last)
        .step_by(stride)
        .map(|start| start as i32)
        .collect();
    // The last window touches the border even where the stride would step over it, so that every pixel is covered.
    starts.push(last as i32);
    let count = starts.len();
    Tensor::from_data(TensorData::new(starts, [count]), device)
}

/// The sum along an axis, which keeps length 1. The halves of the axis are added to each other again and again, so that
/// rounding errors grow with the logarithm of the length only.
fn sum_pairwise<B: Backend, const D: usize>(mut values: Tensor<B, D>, axis: usize) -> Tensor<B, D> {
    loop {
        let len = values.dims()[axis];
        if len == 1 {
            return values;
        }
        // Halves are added to each other until one value is left: rounding errors grow with log2(len) and not with len,
        // and the order of the additions is the same on every backend.
        let half = len / 2;
        let sums =
            values.clone().narrow(axis, 0, half) + values.clone().narrow(axis, len - half, half);
        values = if len.is_multiple_of(2) {
            sums
        } else {
            Tensor::cat(vec![sums, values.narrow(axis, half, 1)], axis)
        };
    }
}
