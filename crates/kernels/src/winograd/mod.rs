//! Convolutions of 3 by 3 with fewer products.

#[cfg(test)]
mod tests;
mod transform;

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use crate::activation::Activation;
use crate::conv::{Conv, Packed};
use crate::error::{Error, check_length};
use crate::simd::{Simd, map_slices};
use crate::threads::{all_threads, run_parallel};
use crate::volumes::Volumes;
use crate::window::Window;
use crate::workspace::{StripScratch, Workspace};
use crate::writer::Writer;
use transform::{FREQUENCIES, SumsToPixels, ToFrequencies, transform_taps};

/// Tiles that are multiplied together: sixteen times six rows of the engine. Their values stay in the second-level cache,
/// and the weights are read once for all of them.
const STRIP: usize = if cfg!(miri) { 3 } else { 96 };
/// Pixels along a side of a tile's output; its input has two more.
const OUTPUT_SIDE: usize = 2;
/// Pixels along a side of a tile's input.
const INPUT_SIDE: usize = 4;

/// A convolution of 3 by 3 with stride 1 and padding 1 over images, by the minimal filtering of S. Winograd (A. Lavin and S.
/// Gray, Fast Algorithms for Convolutional Neural Networks, 2016).
///
/// It computes 2 by 2 outputs of a channel with 16 products where [`Conv`] needs 36, and gives the same results up to
/// rounding, with an error about three times as large. It pays off from some tens of channels on.
///
/// ```text
/// 4 x 4 pixels ──sums and differences──▶ 16 values ─┐
///                                                   ├─ × ─▶ summed over the channels ──▶ 2 x 2 pixels
/// 3 x 3 taps ────once, in `pack`───────▶ 16 values ─┘       (16 matrix products)
/// ```
///
/// ```
/// use oddframe_kernels::{Activation, Volumes, WinogradConv, Workspace};
///
/// let conv = WinogradConv::new(Volumes::images(1, 6, 6, 8)?, 16)?;
/// let packed = conv.pack(&vec![0.5; 16 * 8 * 9])?;
/// let (x, mut y) = (vec![1.0; conv.input().len()], vec![0.0; conv.output().len()]);
/// conv.forward(&x, &packed, None, Activation::Identity, &mut y, &mut Workspace::new())?;
/// assert!((y[0] - 0.5 * 8.0 * 4.0).abs() < 1e-4); // in the corner, four of the nine taps lie on the image
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct WinogradConv {
    input: Volumes,
    output: Volumes,
    /// Tiles along the height and the width of an image.
    tiles: [usize; 2],
    /// Tiles of a strip.
    strip: usize,
    /// The product of a strip's values at one frequency with the weights there.
    product: Conv,
    simd: Simd,
}

/// Weights for [`WinogradConv::forward`], made by [`WinogradConv::pack`].
#[derive(Debug, Clone)]
pub struct WinogradPacked {
    /// One matrix for each frequency.
    frequencies: Vec<Packed>,
}

impl WinogradConv {
    /// A convolution of `input` to `outputs` channels.
    ///
    /// # Errors
    /// An input with a depth, no outputs, or sizes that cannot be addressed.
    pub fn new(input: Volumes, outputs: usize) -> Result<Self, Error> {
        let [depth, height, width] = input.size();
        if depth != 1 {
            return Err(Error::Parameter {
                what: "the depth of images",
                value: depth.to_string(),
                must: "1",
            });
        }
        let output = Volumes::images(input.batch(), height, width, outputs)?;
        let tiles = [height, width].map(|side| side.div_ceil(OUTPUT_SIDE));
        let count = input.batch() * tiles[0] * tiles[1];
        // Nearly even strips. They depend on the shape alone, so that results do not depend on the number of threads.
        let strip = count.div_ceil(count.div_ceil(STRIP));
        let rows = Volumes::rows(strip, input.channels())?;
        Ok(Self {
            input,
            output,
            tiles,
            strip,
            product: Conv::new(rows, outputs, Window::point())?,
            simd: Simd::detect(),
        })
    }

    #[cfg(test)]
    fn with_simd(self, simd: Simd) -> Result<Self, Error> {
        Ok(Self {
            product: self.product.with_simd(simd)?,
            simd,
            ..self
        })
    }

    /// Shape of the input.
    pub fn input(&self) -> Volumes {
        self.input
    }

    /// Shape of the output.
    pub fn output(&self) -> Volumes {
        self.output
    }

    /// Transforms and packs weights `[outputs, inputs, 3, 3]`. They serve every layer with these numbers of channels.
    ///
    /// # Errors
    /// Weights of another length.
    pub fn pack(&self, weights: &[f32]) -> Result<WinogradPacked, Error> {
        let matrix = self.input.channels() * self.output.channels();
        check_length("the weights", weights.len(), 9 * matrix)?;
        let taps = weights.as_chunks::<9>().0;
        let transformed: Vec<[f32; FREQUENCIES]> = taps.iter().map(transform_taps).collect();
        // From 16 values for each pair of channels to 16 matrices: at one frequency, the tiles of a strip are the rows of
        // a matrix product over the input channels.
        let frequencies = (0..FREQUENCIES).map(|frequency| {
            let weights: Vec<f32> = transformed.iter().map(|all| all[frequency]).collect();
            self.product.pack(&weights)
        });
        Ok(WinogradPacked {
            frequencies: frequencies.collect::<Result<_, _>>()?,
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
        check_length("the input", x.len(), self.input.len())?;
        check_length("the output", y.len(), self.output.len())?;
        let zeros = vec![0.0; self.input.channels().max(self.output.channels())];
        let bias = bias.unwrap_or(&zeros[..self.output.channels()]);
        check_length("the bias", bias.len(), self.output.channels())?;
        if workspace.strips.is_empty() {
            let threads = all_threads();
            workspace.strips.resize_with(threads, Mutex::default);
        }
        let slots = &workspace.strips;
        let tiles = self.input.batch() * self.tiles[0] * self.tiles[1];
        let writer = Writer::new(y);
        let failed = Mutex::new(None);
        // A strip goes through all three steps before the next one begins, so that each step finds what it reads in the
        // cache.
        run_parallel(tiles.div_ceil(self.strip), &|strip, thread| {
            // A thread locks its own slot only.
            let mut slot = slots[thread].lock().unwrap_or_else(PoisonError::into_inner);
            let first = strip * self.strip;
            let range = first..(first + self.strip).min(tiles);
            self.load_tiles(range.clone(), x, &zeros, &mut slot);
            match self.multiply(packed, &mut slot) {
                Ok(()) => self.store_tiles(range, bias, activation, &writer, &mut slot),
                Err(error) => {
                    *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                }
            }
        });
        let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
        failed.map_or(Ok(()), Err)
    }

    /// The values of a strip's tiles at all frequencies.
    fn load_tiles(&self, tiles: Range<usize>, x: &[f32], zeros: &[f32], slot: &mut StripScratch) {
        let channels = self.input.channels();
        let plane = self.strip * channels;
        let values = slot.values.resize(FREQUENCIES * plane);
        for (at, tile) in tiles.enumerate() {
            let read: [&[f32]; FREQUENCIES] = std::array::from_fn(|place| {
                // The input of a tile begins one pixel before its output.
                let pixel = self.pixel(tile, place / INPUT_SIDE, place % INPUT_SIDE, 1);
                pixel.map_or(&zeros[..channels], |pixel| {
                    &x[pixel * channels..][..channels]
                })
            });
            let mut planes = values.chunks_exact_mut(plane);
            let write: [&mut [f32]; FREQUENCIES] = std::array::from_fn(|_| {
                let plane = planes.next().unwrap_or_default();
                &mut plane[at * channels..][..channels]
            });
            map_slices(self.simd, &ToFrequencies, channels, read, [], write);
        }
    }

    /// The product at each frequency. The rows of a last, shorter strip hold earlier values, and their products are not read.
    fn multiply(&self, packed: &WinogradPacked, slot: &mut StripScratch) -> Result<(), Error> {
        let StripScratch {
            values,
            sums,
            workspace,
            ..
        } = slot;
        let (from, to) = (self.product.input().len(), self.product.output().len());
        let planes = values
            .chunks_exact(from)
            .zip(sums.resize(FREQUENCIES * to).chunks_exact_mut(to));
        for ((values, sums), packed) in planes.zip(&packed.frequencies) {
            let identity = Activation::Identity;
            self.product
                .forward(values, packed, None, identity, sums, workspace)?;
        }
        Ok(())
    }

    /// The pixels of a strip's tiles.
    #[allow(unsafe_code)]
    fn store_tiles(
        &self,
        tiles: Range<usize>,
        bias: &[f32],
        activation: Activation,
        writer: &Writer<'_>,
        slot: &mut StripScratch,
    ) {
        let channels = self.output.channels();
        let plane = self.strip * channels;
        let squares = OUTPUT_SIDE * OUTPUT_SIDE;
        slot.beyond.resize(squares * channels, 0.0);
        for (at, tile) in tiles.enumerate() {
            let read: [&[f32]; FREQUENCIES] = std::array::from_fn(|frequency| {
                &slot.sums[frequency * plane + at * channels..][..channels]
            });
            let mut beyond = slot.beyond.chunks_exact_mut(channels);
            let write: [&mut [f32]; OUTPUT_SIDE * OUTPUT_SIDE] = std::array::from_fn(|place| {
                let beyond = beyond.next().unwrap_or_default();
                match self.pixel(tile, place / OUTPUT_SIDE, place % OUTPUT_SIDE, 0) {
                    // SAFETY: every pixel belongs to one tile, every tile to one strip, and a strip is one task.
                    Some(pixel) => unsafe { writer.part(pixel * channels, channels) },
                    None => beyond,
                }
            });
            let step = SumsToPixels(activation);
            map_slices(self.simd, &step, channels, read, [bias], write);
        }
    }

    /// The number of a pixel of a tile, which begins `before` pixels before its output; `None` beyond the edge.
    fn pixel(&self, tile: usize, row: usize, column: usize, before: usize) -> Option<usize> {
        let [_, height, width] = self.input.size();
        let [_, across] = self.tiles;
        let (image, place) = (
            tile / (self.tiles[0] * across),
            tile % (self.tiles[0] * across),
        );
        let y = (place / across * OUTPUT_SIDE + row).checked_sub(before)?;
        let x = (place % across * OUTPUT_SIDE + column).checked_sub(before)?;
        (y < height && x < width).then_some((image * height + y) * width + x)
    }
}
