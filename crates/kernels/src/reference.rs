//! The reference implementation of convolutions: the definition, one position at a time.
//!
//! It runs the layers that the engine has no plan for (those with groups), in `f32`, and it is what the engine is tested
//! against, in `f64`.
#![allow(unsafe_code)]

use std::ops::{Add, AddAssign, Mul};

use crate::activation::Activation;
use crate::geometry::{Direction, Geometry};
use crate::threads::run_parallel;
use crate::writer::Writer;

/// A number that the reference implementation computes in.
pub(crate) trait Number:
    Copy + Default + Add<Output = Self> + Mul<Output = Self> + AddAssign + Send + Sync
{
}
impl Number for f32 {}
impl Number for f64 {}

/// A gather or a spread without bias. Weights are `[small, big / groups, taps]`.
pub(crate) fn convolve<T: Number>(
    geometry: &Geometry,
    direction: Direction,
    x: &[T],
    weights: &[T],
    y: &mut [T],
) {
    let (from, to) = direction.ends(geometry);
    let image = to.len() / to.batch();
    let writer = Writer::new(y);
    run_parallel(to.batch(), &|n, _| {
        // SAFETY: images do not overlap, and an image is written by one task.
        let y = unsafe { writer.part(n * image, image) };
        y.fill(T::default());
        for (at, out) in y.chunks_exact_mut(to.channels()).enumerate() {
            for tap in 0..geometry.window.taps() {
                if let Some(position) = input_position(geometry, direction, at, tap) {
                    let start = (n * from.positions() / from.batch() + position) * from.channels();
                    add_tap(
                        geometry,
                        direction,
                        tap,
                        &x[start..][..from.channels()],
                        weights,
                        out,
                    );
                }
            }
        }
    });
}

/// Adds one tap's products to the output channels of one position.
fn add_tap<T: Number>(
    geometry: &Geometry,
    direction: Direction,
    tap: usize,
    x: &[T],
    weights: &[T],
    out: &mut [T],
) {
    let (big_group, small_group) = (geometry.big_group(), geometry.small_group());
    let taps = geometry.window.taps();
    for group in 0..geometry.window.groups {
        for s in group * small_group..(group + 1) * small_group {
            for b in 0..big_group {
                let weight = weights[(s * big_group + b) * taps + tap];
                let big = group * big_group + b;
                match direction {
                    Direction::Gather => out[s] += x[big] * weight,
                    Direction::Spread => out[big] += x[s] * weight,
                }
            }
        }
    }
}

/// The position within an image that a tap reads for output position `at`; `None` where it lies in the padding or, for a
/// spread, between two positions of the small grid.
fn input_position(
    geometry: &Geometry,
    direction: Direction,
    at: usize,
    tap: usize,
) -> Option<usize> {
    let (from, to) = direction.ends(geometry);
    let window = &geometry.window;
    let at = unravel_position(at, to.size());
    let tap = unravel_position(tap, window.kernel);
    // Solves big = small * stride + tap * dilation - padding for the position that is read.
    let mut position = 0;
    for axis in 0..3 {
        let reach = tap[axis] * window.dilation[axis];
        let read = match direction {
            Direction::Gather => {
                (at[axis] * window.stride[axis] + reach).checked_sub(window.padding[axis])?
            }
            Direction::Spread => {
                let scaled = (at[axis] + window.padding[axis]).checked_sub(reach)?;
                if !scaled.is_multiple_of(window.stride[axis]) {
                    return None;
                }
                scaled / window.stride[axis]
            }
        };
        if read >= from.size()[axis] {
            return None;
        }
        position = position * from.size()[axis] + read;
    }
    Some(position)
}

/// Depth, height and width of a position number.
fn unravel_position(at: usize, [_, height, width]: [usize; 3]) -> [usize; 3] {
    [at / (height * width), at / width % height, at % width]
}

/// The gradient of the weights: every tap sums the products of the positions that it connects.
pub(crate) fn weight_gradient<T: Number>(
    geometry: &Geometry,
    big: &[T],
    small: &[T],
    dw: &mut [T],
) {
    let (big_group, small_group) = (geometry.big_group(), geometry.small_group());
    let (taps, per_small) = (geometry.window.taps(), big_group * geometry.window.taps());
    let (from, to) = (geometry.big, geometry.small);
    let image = to.positions() / to.batch();
    let writer = Writer::new(dw);
    run_parallel(to.channels(), &|s, _| {
        // SAFETY: a task has its own small channel.
        let dw = unsafe { writer.part(s * per_small, per_small) };
        dw.fill(T::default());
        for at in 0..to.positions() {
            for tap in 0..taps {
                let Some(position) = input_position(geometry, Direction::Gather, at % image, tap)
                else {
                    continue;
                };
                let start =
                    (at / image * (from.positions() / from.batch()) + position) * from.channels();
                let x = &big[start + s / small_group * big_group..][..big_group];
                let dy = small[at * to.channels() + s];
                for (b, x) in x.iter().enumerate() {
                    dw[b * taps + tap] += *x * dy;
                }
            }
        }
    });
}

/// Adds the bias and applies the activation.
pub(crate) fn add_bias_and_activate(y: &mut [f32], bias: Option<&[f32]>, activation: Activation) {
    if let Some(bias) = bias {
        for row in y.chunks_exact_mut(bias.len()) {
            for (value, bias) in row.iter_mut().zip(bias) {
                *value += bias;
            }
        }
    }
    activation.apply(y);
}
