//! The inner loop over channels.
//!
//! An output row is cut into blocks of up to six positions. A block first lists its taps: for each a pointer to the input
//! position of every output position, or to a run of neutral values where that lies in the padding. Taps in the padding
//! above or below the image are left out. Then the channels are walked vector by vector, with six results in registers:
//!
//! ```text
//!                     weights of a tap      loaded once for six positions
//! position 0   x  *   | vector |            each x is the vector of another input position
//!   ...                                     taps are added one after the other, in the order of the kernel
//! position 5   x  *   | vector |
//! ```
#![allow(unsafe_code)]
// Loops over positions have constant bounds and index several arrays at once.
#![allow(clippy::needless_range_loop)]

use super::geometry::PlaneWindow;
use crate::activation::Activation;
use crate::engine::{load_partial, store_partial};
use crate::error::{Error, check_length};
use crate::simd::{Portable, Simd, Vector, activate};
use crate::threads::run_parallel;
use crate::volumes::Volumes;
use crate::writer::Writer;

/// Output positions of a block: enough independent sums to hide the latency of a fused multiply-add.
const BLOCK: usize = 6;
/// Least number of products of a task, so that waking a thread is worth it. Under Miri small, so that small images have
/// several tasks.
const TASK_LEN: usize = if cfg!(miri) { 1 << 6 } else { 1 << 16 };

/// The shapes of a window that slides over images.
#[derive(Debug, Clone)]
pub(super) struct SlidingWindow {
    pub(super) input: Volumes,
    pub(super) output: Volumes,
    pub(super) window: PlaneWindow,
    simd: Simd,
}

/// What is computed from the values under a window.
#[derive(Clone, Copy)]
pub(super) enum Rule<'a> {
    /// The sum of products with weights `[taps, channels]`.
    Sum {
        weights: &'a [f32],
        bias: Option<&'a [f32]>,
        activation: Activation,
    },
    /// The largest value.
    Max,
}

impl SlidingWindow {
    pub(super) fn new(input: Volumes, window: PlaneWindow, simd: Simd) -> Result<Self, Error> {
        Ok(Self {
            input,
            output: window.output(input)?,
            window,
            simd,
        })
    }

    pub(super) fn with_simd(&self, simd: Simd) -> Result<Self, Error> {
        if !Simd::available().contains(&simd) {
            return Err(Error::Parameter {
                what: "the instruction set",
                value: format!("{simd:?}"),
                must: "one that this machine has: see Simd::available",
            });
        }
        Ok(Self {
            simd,
            ..self.clone()
        })
    }
}

/// A tap of a block: its input position for each output position, and the first of its weights.
struct Tap {
    rows: [*const f32; BLOCK],
    weights: usize,
}

/// A block of output positions with its taps.
struct Block<'a> {
    taps: &'a [Tap],
    weights: *const f32,
    bias: Option<*const f32>,
    activation: Activation,
    out: *mut f32,
    channels: usize,
}

type Kernel = unsafe fn(&Block<'_>);

/// Slides the window over all images.
pub(super) fn run_window(
    sliding: &SlidingWindow,
    x: &[f32],
    rule: Rule<'_>,
    y: &mut [f32],
) -> Result<(), Error> {
    // The blocks read and write through pointers; the lengths that they rely on are checked here, once. Those of weights
    // and bias have been checked by the layer.
    check_length("the input", x.len(), sliding.input.len())?;
    check_length("the output", y.len(), sliding.output.len())?;
    let channels = sliding.input.channels();
    let (kernels, neutral, weights, bias, activation) = match rule {
        Rule::Sum {
            weights,
            bias,
            activation,
        } => (
            kernels::<false>(sliding.simd),
            0.0,
            weights.as_ptr(),
            bias.map(<[f32]>::as_ptr),
            activation,
        ),
        // Nothing is below minus infinity, so that a position in the padding never wins.
        Rule::Max => (
            kernels::<true>(sliding.simd),
            f32::NEG_INFINITY,
            std::ptr::null(),
            None,
            Activation::Identity,
        ),
    };
    let pointers = Pointers { weights, bias };
    let neutral = vec![neutral; channels];
    let [_, rows, columns] = sliding.output.size();
    let lines = sliding.output.batch() * rows;
    // Tasks are whole rows, as many as the work of a task needs; they depend on the shape alone.
    let per_task = TASK_LEN.div_ceil(columns * channels * sliding.window.taps());
    let writer = Writer::new(y);
    run_parallel(lines.div_ceil(per_task), &|task, _| {
        let pointers = &pointers;
        let mut taps = Vec::with_capacity(sliding.window.taps());
        for line in task * per_task..((task + 1) * per_task).min(lines) {
            for start in (0..columns).step_by(BLOCK) {
                let count = BLOCK.min(columns - start);
                list_taps(sliding, x, &neutral, line, start..start + count, &mut taps);
                let len = count * channels;
                let out = writer.pointer((line * columns + start) * channels, len);
                let block = Block {
                    taps: &taps,
                    weights: pointers.weights,
                    bias: pointers.bias,
                    activation,
                    out,
                    channels,
                };
                // SAFETY: the machine has `simd`; every tap points to `channels` values for each of `count` positions,
                // the weights have as many for each tap, and `out` has `count * channels` values of this task alone.
                unsafe { kernels[count - 1](&block) };
            }
        }
    });
    Ok(())
}

/// Pointers that all tasks read.
struct Pointers {
    weights: *const f32,
    bias: Option<*const f32>,
}

// SAFETY: they point into slices that stay borrowed while the tasks run, and are only read.
unsafe impl Sync for Pointers {}

/// Lists the taps of the output positions `columns` of a line.
fn list_taps(
    sliding: &SlidingWindow,
    x: &[f32],
    neutral: &[f32],
    line: usize,
    columns: std::ops::Range<usize>,
    taps: &mut Vec<Tap>,
) {
    taps.clear();
    let [_, height, width] = sliding.input.size();
    let (channels, out_rows) = (sliding.input.channels(), sliding.output.size()[1]);
    let (image, row) = (line / out_rows, line % out_rows);
    let PlaneWindow {
        kernel,
        stride,
        padding: [[top, _], [left, _]],
    } = sliding.window;
    for ky in 0..kernel[0] {
        let Some(iy) = (row * stride[0] + ky)
            .checked_sub(top)
            .filter(|&iy| iy < height)
        else {
            continue;
        };
        let values = &x[(image * height + iy) * width * channels..][..width * channels];
        for kx in 0..kernel[1] {
            let mut rows = [neutral.as_ptr(); BLOCK];
            for (pointer, column) in rows.iter_mut().zip(columns.clone()) {
                let ix = (column * stride[1] + kx).checked_sub(left);
                if let Some(ix) = ix.filter(|&ix| ix < width) {
                    *pointer = values[ix * channels..].as_ptr();
                }
            }
            taps.push(Tap {
                rows,
                weights: (ky * kernel[1] + kx) * channels,
            });
        }
    }
}

/// Computes a block of `M` positions, all channels.
#[inline(always)]
unsafe fn run_block<V: Vector, const M: usize, const MAX: bool>(block: &Block<'_>) {
    let mut channel = 0;
    while channel < block.channels {
        let valid = V::LANES.min(block.channels - channel);
        // SAFETY: guaranteed by the caller; `valid` channels remain. The branch is the same for all vectors but the last.
        unsafe {
            if valid == V::LANES {
                run_channels::<V, M, MAX, true>(block, channel, valid);
            } else {
                run_channels::<V, M, MAX, false>(block, channel, valid);
            }
        }
        channel += V::LANES;
    }
}

#[inline(always)]
unsafe fn run_channels<V: Vector, const M: usize, const MAX: bool, const WHOLE: bool>(
    block: &Block<'_>,
    channel: usize,
    valid: usize,
) {
    // SAFETY: the machine has the instruction set of V, and the caller guarantees `valid` values at every pointer.
    unsafe {
        let start = match block.bias {
            _ if MAX => V::splat(f32::NEG_INFINITY),
            Some(bias) => load::<V, WHOLE>(bias.add(channel), valid),
            None => V::splat(0.0),
        };
        // Each weight is loaded once for all positions of the block, and the sums of the block are independent of each
        // other, so that their multiply-adds overlap.
        let mut results = [start; M];
        for tap in block.taps {
            if MAX {
                for m in 0..M {
                    let value = load::<V, WHOLE>(tap.rows[m].add(channel), valid);
                    results[m] = value.max(results[m]);
                }
            } else {
                let weight = load::<V, WHOLE>(block.weights.add(tap.weights + channel), valid);
                for m in 0..M {
                    let value = load::<V, WHOLE>(tap.rows[m].add(channel), valid);
                    results[m] = value.mul_add(weight, results[m]);
                }
            }
        }
        // A copy, so that the loop above keeps its results in registers.
        let done = results;
        for (m, result) in done.into_iter().enumerate() {
            let result = activate(result, block.activation);
            let out = block.out.add(m * block.channels + channel);
            if WHOLE {
                result.store(out);
            } else {
                store_partial(result, out, valid);
            }
        }
    }
}

#[inline(always)]
unsafe fn load<V: Vector, const WHOLE: bool>(from: *const f32, valid: usize) -> V {
    // SAFETY: the caller guarantees `valid` values, which are a whole vector where WHOLE says so.
    unsafe {
        if WHOLE {
            V::load(from)
        } else {
            load_partial(from, valid)
        }
    }
}

macro_rules! kernels_for {
    ($run:ident, $max:ident) => {
        [
            $run::<1, $max>,
            $run::<2, $max>,
            $run::<3, $max>,
            $run::<4, $max>,
            $run::<5, $max>,
            $run::<6, $max>,
        ]
    };
}
/// The kernels of an instruction set, for blocks of 1 to 6 positions.
fn kernels<const MAX: bool>(simd: Simd) -> [Kernel; BLOCK] {
    match simd {
        #[cfg(target_arch = "x86_64")]
        Simd::Avx512 => kernels_for!(run_avx512, MAX),
        #[cfg(target_arch = "x86_64")]
        Simd::Avx2 => kernels_for!(run_avx2, MAX),
        #[cfg(target_arch = "aarch64")]
        Simd::Neon => kernels_for!(run_neon, MAX),
        _ => kernels_for!(run_portable, MAX),
    }
}

macro_rules! compiled_for {
    ($name:ident, $vector:ty $(, $feature:literal)?) => {
        $(#[target_feature(enable = $feature)])?
        unsafe fn $name<const M: usize, const MAX: bool>(block: &Block<'_>) {
            // SAFETY: this function is only called where the machine has the instruction set; the caller guarantees
            // the rest.
            unsafe { run_block::<$vector, M, MAX>(block) }
        }
    };
}

compiled_for!(run_portable, Portable);
#[cfg(target_arch = "x86_64")]
compiled_for!(run_avx2, crate::simd::Avx2, "avx2,fma");
#[cfg(target_arch = "x86_64")]
compiled_for!(run_avx512, crate::simd::Avx512, "avx512f,avx512dq");
#[cfg(target_arch = "aarch64")]
compiled_for!(run_neon, crate::simd::Neon, "neon");
