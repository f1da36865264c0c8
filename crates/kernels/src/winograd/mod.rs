//! Convolutions of 3 by 3 with fewer products.

mod plan;
mod strip;
#[cfg(test)]
mod tests;
mod tile;
mod transform;

use std::sync::{Mutex, PoisonError};

use crate::activation::Activation;
use crate::conv::{Conv, Packed};
use crate::engine::{Epilogue, Panels};
use crate::error::{Error, check_length};
use crate::partition::part_range;
use crate::simd::Simd;
use crate::threads::{all_threads, run_parallel};
use crate::volumes::Volumes;
use crate::window::Window;
use crate::workspace::{StripScratch, Workspace};
use crate::writer::Writer;
use plan::StripPlan;
use strip::StripJob;
use transform::{Filter, FourOutputs, TwoOutputs, transform_kernel};

/// Tasks that each step of a shared strip is cut into.
const TASKS: usize = 16;
/// Least number of channels on both sides for which the transforms take less time than they save.
const LEAST_CHANNELS: usize = 32;
/// Least height and width of images: the tiles of smaller ones lie beside the image for the most part.
const LEAST_SIDE: usize = 7;

/// Outputs of a tile of a [`WinogradConv`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WinogradTile {
    /// 2 by 2 outputs with 16 products instead of 36.
    Two,
    /// 4 by 4 outputs with 36 products instead of 144. The packed weights take more than twice the memory of those of
    /// [`Two`](Self::Two), and the transforms more time, so that it pays off from more channels on.
    Four,
}

impl WinogradTile {
    /// The tile that is fastest for images of this height and width, and this number of input and output channels; `None`
    /// where a [`Conv`] is faster.
    ///
    /// It does not depend on the batch, so that an image gives the same results alone and in a batch. `cargo bench -p
    /// oddframe-kernels --bench winograd` measures what this rule is taken from.
    ///
    /// ```
    /// use oddframe_kernels::WinogradTile;
    ///
    /// assert_eq!(WinogradTile::fastest([56, 56], [64, 64]), Some(WinogradTile::Four));
    /// assert_eq!(WinogradTile::fastest([56, 56], [3, 64]), None);
    /// ```
    pub fn fastest(image: [usize; 2], channels: [usize; 2]) -> Option<Self> {
        let large = image.iter().all(|&side| side >= LEAST_SIDE);
        let many = channels.iter().all(|&count| count >= LEAST_CHANNELS);
        (large && many).then_some(Self::Four)
    }

    /// Pixels along a side of a tile's output.
    fn side(self) -> usize {
        match self {
            Self::Two => 2,
            Self::Four => 4,
        }
    }
}

/// A convolution of 3 by 3 with stride 1 and padding 1 over images, by the minimal filtering of S. Winograd (A. Lavin and S.
/// Gray, Fast Algorithms for Convolutional Neural Networks, 2016).
///
/// It gives the results of [`Conv`] up to rounding with fewer products: see [`WinogradTile`]. It pays off from some tens of
/// channels on.
///
/// ```text
///                                       Two    Four
/// pixels ──sums and differences──▶      4x4    6x6     values ─┐
///                                                              ├─ × ─▶ summed over the channels ──▶ 2x2 or 4x4 pixels
/// 3 x 3 taps ────once, in `pack`───▶    4x4    6x6     values ─┘       (16 or 36 matrix products)
/// ```
///
/// ```
/// use oddframe_kernels::{Activation, Volumes, WinogradConv, WinogradTile, Workspace};
///
/// let conv = WinogradConv::new(Volumes::images(1, 6, 6, 8)?, 16, WinogradTile::Two)?;
/// let packed = conv.pack(&vec![0.5; 16 * 8 * 9])?;
/// let (x, mut y) = (vec![1.0; conv.input().len()], vec![0.0; conv.output().len()]);
/// conv.forward(&x, &packed, None, Activation::Identity, &mut y, &mut Workspace::new())?;
/// assert!((y[0] - 0.5 * 8.0 * 4.0).abs() < 1e-4); // in the corner, four of the nine taps lie on the image
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct WinogradConv {
    tile: WinogradTile,
    plan: StripPlan,
    /// A convolution with a tap for each frequency, for the order of its packed weights.
    packer: Conv,
}

/// Weights for [`WinogradConv::forward`], made by [`WinogradConv::pack`].
#[derive(Debug, Clone)]
pub struct WinogradPacked {
    packed: Packed,
}

impl WinogradConv {
    /// A convolution of `input` to `outputs` channels.
    ///
    /// # Errors
    /// An input with a depth, no outputs, or sizes that cannot be addressed.
    pub fn new(input: Volumes, outputs: usize, tile: WinogradTile) -> Result<Self, Error> {
        Self::with_instructions(input, outputs, tile, Simd::detect())
    }

    fn with_instructions(
        input: Volumes,
        outputs: usize,
        tile: WinogradTile,
        simd: Simd,
    ) -> Result<Self, Error> {
        let plan = StripPlan::new(input, outputs, tile.side(), simd)?;
        let side = tile.side() + 2;
        let frequencies = Volumes::images(1, side, side, input.channels())?;
        let packer = Conv::new(frequencies, outputs, Window::image([side; 2]))?;
        Ok(Self {
            tile,
            plan,
            packer: packer.with_simd(simd)?,
        })
    }

    /// Shape of the input.
    pub fn input(&self) -> Volumes {
        self.plan.input
    }

    /// Shape of the output.
    pub fn output(&self) -> Volumes {
        self.plan.output
    }

    /// Transforms and packs weights `[outputs, inputs, 3, 3]`. They serve every layer with these numbers of channels and the
    /// same tile.
    ///
    /// # Errors
    /// Weights of another length.
    pub fn pack(&self, weights: &[f32]) -> Result<WinogradPacked, Error> {
        let matrix = self.input().channels() * self.output().channels();
        check_length("the weights", weights.len(), 9 * matrix)?;
        // Nine taps of each pair of channels become a tap for each frequency.
        let taps = weights.as_chunks::<9>().0;
        let frequencies = self.packer.weights_len() / matrix.max(1);
        let mut transformed = vec![0.0; frequencies * matrix];
        let pairs = transformed.chunks_exact_mut(frequencies).zip(taps);
        match self.tile {
            WinogradTile::Two => {
                pairs.for_each(|(to, taps)| transform_kernel::<TwoOutputs, 4, 2>(taps, to));
            }
            WinogradTile::Four => {
                pairs.for_each(|(to, taps)| transform_kernel::<FourOutputs, 6, 4>(taps, to));
            }
        }
        Ok(WinogradPacked {
            packed: self.packer.pack(&transformed)?,
        })
    }

    /// Writes `activation(convolution(x) + bias)` to `y`.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says, or weights packed for another layer.
    pub fn forward(
        &self,
        x: &[f32],
        packed: &WinogradPacked,
        bias: Option<&[f32]>,
        activation: Activation,
        y: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let epilogue = Epilogue {
            bias,
            activation,
            adds: false,
        };
        self.run_packed(x, packed, epilogue, y, workspace)
    }

    /// Writes `activation(y + convolution(x) + bias)` to `y`: the end of a residual block, without a pass of its own for
    /// the addition.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn forward_add(
        &self,
        x: &[f32],
        packed: &WinogradPacked,
        bias: Option<&[f32]>,
        activation: Activation,
        y: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let epilogue = Epilogue {
            bias,
            activation,
            adds: true,
        };
        self.run_packed(x, packed, epilogue, y, workspace)
    }

    fn run_packed(
        &self,
        x: &[f32],
        packed: &WinogradPacked,
        epilogue: Epilogue<'_>,
        y: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        check_length("the input", x.len(), self.input().len())?;
        check_length("the output", y.len(), self.output().len())?;
        if let Some(bias) = epilogue.bias {
            check_length("the bias", bias.len(), self.output().channels())?;
        }
        let Some(panels) = packed.packed.panels_for(&self.packer) else {
            return Err(Error::OtherLayer {
                input: self.input().to_string(),
                output: self.output().to_string(),
            });
        };
        match self.tile {
            WinogradTile::Two => {
                self.run_strips::<TwoOutputs, 4, 2>(x, panels, epilogue, y, workspace);
            }
            WinogradTile::Four => {
                self.run_strips::<FourOutputs, 6, 4>(x, panels, epilogue, y, workspace);
            }
        }
        Ok(())
    }

    fn run_strips<F: Filter<IN, OUT>, const IN: usize, const OUT: usize>(
        &self,
        x: &[f32],
        panels: &Panels,
        epilogue: Epilogue<'_>,
        y: &mut [f32],
        workspace: &mut Workspace,
    ) {
        let plan = &self.plan;
        let scratch = &mut workspace.winograd;
        let zeros = scratch.zeros.resize(plan.input.channels());
        zeros.fill(0.0);
        let padded_bias = scratch.bias.resize(plan.output_wide);
        padded_bias.fill(0.0);
        if let Some(bias) = epilogue.bias {
            padded_bias[..bias.len()].copy_from_slice(bias);
        }
        let (load, store) = tile::kernels::<F, IN, OUT>(plan.simd);
        let job = StripJob::<IN> {
            plan,
            load,
            store,
            panels,
            x,
            zeros,
            bias: padded_bias,
            epilogue,
            y: Writer::new(y),
        };
        // Every thread gets its memory now: which thread takes which strip differs from call to call.
        let slots = if plan.shared { 1 } else { all_threads() };
        if scratch.strips.len() < slots {
            scratch.strips.resize_with(slots, Mutex::default);
        }
        for slot in &mut scratch.strips[..slots] {
            let slot = slot.get_mut().unwrap_or_else(PoisonError::into_inner);
            slot.values.resize(IN * IN * plan.input_plane);
            slot.sums.resize(IN * IN * plan.output_plane);
        }
        let slots = &scratch.strips;
        let strips = plan.tile_count().div_ceil(plan.strip);
        if plan.shared {
            let mut slot = slots[0].lock().unwrap_or_else(PoisonError::into_inner);
            (0..strips).for_each(|strip| self.run_shared_strip(&job, strip, &mut slot));
        } else {
            // A strip goes through all three steps before the next one begins, so that each step finds what it reads in
            // the cache.
            run_parallel(strips, &|strip, thread| {
                // A thread locks its own slot only.
                let mut slot = slots[thread].lock().unwrap_or_else(PoisonError::into_inner);
                self.run_strip(&job, strip, &mut slot);
            });
        }
    }

    /// Runs a strip on this thread.
    fn run_strip<const IN: usize>(
        &self,
        job: &StripJob<'_, IN>,
        strip: usize,
        slot: &mut StripScratch,
    ) {
        let first = strip * self.plan.strip;
        let tiles = first..(first + self.plan.strip).min(self.plan.tile_count());
        job.load_tiles(tiles.clone(), first, &Writer::new(&mut slot.values));
        let sums = Writer::new(&mut slot.sums);
        job.multiply(0..job.product_count(), tiles.len(), &slot.values, &sums);
        job.store_tiles(tiles, first, &slot.sums);
    }

    /// Runs a strip on all threads, step by step. Small images have too few tiles for strips of their own for each thread,
    /// and here the weights are read once for all of them.
    fn run_shared_strip<const IN: usize>(
        &self,
        job: &StripJob<'_, IN>,
        strip: usize,
        slot: &mut StripScratch,
    ) {
        let first = strip * self.plan.strip;
        let count = self.plan.strip.min(self.plan.tile_count() - first);
        let tasks = TASKS.min(count);
        let values = Writer::new(&mut slot.values);
        run_parallel(tasks, &|task, _| {
            let tiles = part_range(count, tasks, task);
            job.load_tiles(first + tiles.start..first + tiles.end, first, &values);
        });
        let sums = Writer::new(&mut slot.sums);
        let products = job.product_count();
        run_parallel(products, &|product, _| {
            job.multiply(product..product + 1, count, &slot.values, &sums);
        });
        let sums = &slot.sums;
        run_parallel(tasks, &|task, _| {
            let tiles = part_range(count, tasks, task);
            job.store_tiles(first + tiles.start..first + tiles.end, first, sums);
        });
    }
}
