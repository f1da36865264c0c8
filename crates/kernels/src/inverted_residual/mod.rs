//! Blocks of three layers that run band by band.
#![allow(unsafe_code)]

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use crate::activation::Activation;
use crate::conv::{Conv, Packed};
use crate::error::{Error, check_length};
use crate::partition::part_range;
use crate::plane::{Depthwise, PlaneWindow};
use crate::threads::{all_threads, run_parallel};
use crate::volumes::Volumes;
use crate::window::Window;
use crate::workspace::{BandScratch, Workspace};
use crate::writer::Writer;

/// Values that a band reads of the expanded images: 512 KiB, half of a second-level cache. Under Miri few, so that small
/// images have several bands.
const BAND_LEN: usize = if cfg!(miri) { 1 << 6 } else { 1 << 17 };

/// The block of `MobileNetV2` (Sandler and others, "`MobileNetV2`: inverted residuals and linear bottlenecks"): a
/// convolution of single pixels to more channels, a depthwise convolution, and a convolution of single pixels to few
/// channels. The first one may be missing.
///
/// The images between the layers are the largest of such a network. Here they are never in memory as a whole: a band of
/// output rows goes through all three layers before the next one begins.
///
/// ```text
/// input        expanded      filtered      output
/// row 0 ─┐     row 0 ─┐
/// row 1 ─┼──▶  row 1 ─┼──▶   row 0 ──┐
/// row 2 ─┤     row 2 ─┤                ├──▶  row 0    a band of two rows, 3 x 3 taps with stride 1
/// row 3 ─┘     row 3 ─┴──▶   row 1 ──┘     row 1
/// ```
///
/// The rows that two bands read are expanded twice. Results are those of [`Conv`] and [`Depthwise`], to the last bit.
///
/// ```
/// use oddframe_kernels::{
///     Activation, InvertedResidual, InvertedResidualWeights, PlaneWindow, Volumes, Workspace,
/// };
///
/// let images = Volumes::images(1, 4, 4, 1)?;
/// let block = InvertedResidual::new(images, Some(2), PlaneWindow::square(3, 1, 1), 1)?;
/// let packed = block.pack(InvertedResidualWeights {
///     expand: Some((&[1.0, 2.0], &[0.0, 0.0])),
///     depthwise: (&[1.0; 18], &[0.0, 0.0]),
///     project: (&[1.0, 1.0], &[0.5]),
/// })?;
/// let mut y = [0.0; 16];
/// block.forward(&[1.0; 16], &packed, Activation::Relu, &mut y, &mut Workspace::new())?;
/// assert_eq!(y[0], 4.0 * (1.0 + 2.0) + 0.5); // in the corner, four of the nine taps lie on the image
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct InvertedResidual {
    input: Volumes,
    output: Volumes,
    /// Channels of the depthwise convolution.
    expanded: usize,
    window: PlaneWindow,
    /// The bands of an image.
    bands: Vec<Band>,
    /// Values of the largest band of the expanded and of the filtered image.
    band_len: [usize; 2],
}

/// The layers of a band of output rows.
#[derive(Debug, Clone)]
struct Band {
    /// Rows of the input that it reads, and rows of the output that it writes.
    from: Range<usize>,
    to: Range<usize>,
    expand: Option<Conv>,
    depthwise: Depthwise,
    project: Conv,
}

/// The weights of an [`InvertedResidual`] and the bias of each layer, as PyTorch and Burn keep them.
#[derive(Debug, Clone, Copy)]
pub struct InvertedResidualWeights<'a> {
    /// `[expanded, inputs]`; `None` where the block begins with the depthwise convolution.
    pub expand: Option<(&'a [f32], &'a [f32])>,
    /// `[expanded, 1, height, width]`.
    pub depthwise: (&'a [f32], &'a [f32]),
    /// `[outputs, expanded]`.
    pub project: (&'a [f32], &'a [f32]),
}

/// Weights for [`InvertedResidual::forward`], made by [`InvertedResidual::pack`].
#[derive(Debug, Clone)]
pub struct InvertedResidualPacked {
    expand: Option<(Packed, Vec<f32>)>,
    taps: Vec<f32>,
    taps_bias: Vec<f32>,
    project: Packed,
    project_bias: Vec<f32>,
}

impl InvertedResidual {
    /// A block of images, with so many channels in the middle, or those of the input without an expansion.
    ///
    /// # Errors
    /// A window that does not fit the images, padding as large as the kernel, a zero size, or volumes of several layers.
    pub fn new(
        input: Volumes,
        expanded: Option<usize>,
        window: PlaneWindow,
        outputs: usize,
    ) -> Result<Self, Error> {
        let [_, height, width] = input.size();
        let expands = expanded.is_some();
        let expanded = expanded.unwrap_or(input.channels());
        // Checks everything that the bands rely on.
        let middle = Volumes::images(input.batch(), height, width, expanded)?;
        let filtered = window.output(Volumes::new(input.batch(), input.size(), expanded)?)?;
        let [_, rows, columns] = filtered.size();
        let output = Volumes::images(input.batch(), rows, columns, outputs)?;
        let row_len = middle.channels() * width;
        let most = (BAND_LEN / row_len.max(1)).saturating_sub(window.kernel[0] - 1);
        let count = rows.div_ceil((most / window.stride[0]).max(1));
        let mut block = Self {
            input,
            output,
            expanded,
            window,
            bands: Vec::with_capacity(count),
            band_len: [0; 2],
        };
        // Nearly even bands. They depend on the shape alone, so that results do not depend on the number of threads.
        for number in 0..count {
            let band = block.plan_band(part_range(rows, count, number), expands)?;
            let len = [
                band.from.len() * row_len,
                band.to.len() * columns * expanded,
            ];
            block.band_len = [0, 1].map(|at| block.band_len[at].max(len[at]));
            block.bands.push(band);
        }
        Ok(block)
    }

    fn plan_band(&self, to: Range<usize>, expands: bool) -> Result<Band, Error> {
        let [_, height, width] = self.input.size();
        let [_, _, columns] = self.output.size();
        let PlaneWindow {
            kernel: [taps, _],
            stride: [stride, _],
            padding: [[top, _], sides],
        } = self.window;
        // The rows under the windows of the band; those beside the image become padding.
        let (first, end) = (to.start * stride, (to.end - 1) * stride + taps);
        let from = first.saturating_sub(top)..(end.saturating_sub(top)).min(height);
        let before = top.saturating_sub(first);
        let after = (end - first) - before - from.len();
        let window = PlaneWindow {
            padding: [[before, after], sides],
            ..self.window
        };
        let inputs = self.input.channels();
        let expand = if expands {
            let rows = Volumes::rows(from.len() * width, inputs)?;
            Some(Conv::new(rows, self.expanded, Window::point())?)
        } else {
            None
        };
        let images = Volumes::images(1, from.len(), width, self.expanded)?;
        let rows = Volumes::rows(to.len() * columns, self.expanded)?;
        Ok(Band {
            expand,
            depthwise: Depthwise::new(images, window)?,
            project: Conv::new(rows, self.output.channels(), Window::point())?,
            from,
            to,
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

    /// Packs the weights. They serve every block with the same window and channels, whatever its batch and size.
    ///
    /// # Errors
    /// Weights or a bias of another length, or an expansion that the block does not have.
    pub fn pack(
        &self,
        weights: InvertedResidualWeights<'_>,
    ) -> Result<InvertedResidualPacked, Error> {
        // Packing depends on channels and window only, so that one band serves for it.
        let Some(band) = self.bands.first() else {
            return Err(Error::Zero { what: "the rows" });
        };
        let expand = match (&band.expand, weights.expand) {
            (Some(layer), Some((weight, bias))) => {
                check_length("the expansion's bias", bias.len(), self.expanded)?;
                Some((layer.pack(weight)?, bias.to_vec()))
            }
            (None, None) => None,
            _ => return Err(self.other_block()),
        };
        let (taps, taps_bias) = weights.depthwise;
        let (project, project_bias) = weights.project;
        check_length("the filter's bias", taps_bias.len(), self.expanded)?;
        check_length(
            "the projection's bias",
            project_bias.len(),
            self.output.channels(),
        )?;
        Ok(InvertedResidualPacked {
            expand,
            taps: band.depthwise.order_weights(taps)?,
            taps_bias: taps_bias.to_vec(),
            project: band.project.pack(project)?,
            project_bias: project_bias.to_vec(),
        })
    }

    /// Writes the block of `x` to `y`. The activation follows the first two layers; none follows the last.
    ///
    /// # Errors
    /// A slice that is not as long as its shape says, or weights packed for another block.
    pub fn forward(
        &self,
        x: &[f32],
        packed: &InvertedResidualPacked,
        activation: Activation,
        y: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        self.run_bands(x, packed, (activation, false), y, workspace)
    }

    /// Adds the block of `x` to `y`.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn forward_add(
        &self,
        x: &[f32],
        packed: &InvertedResidualPacked,
        activation: Activation,
        y: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        self.run_bands(x, packed, (activation, true), y, workspace)
    }

    fn run_bands(
        &self,
        x: &[f32],
        packed: &InvertedResidualPacked,
        rule: (Activation, bool),
        y: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        check_length("the input", x.len(), self.input.len())?;
        check_length("the output", y.len(), self.output.len())?;
        let [_, rows, columns] = self.output.size();
        let row = columns * self.output.channels();
        let slots = &mut workspace.bands;
        if slots.len() < all_threads() {
            slots.resize_with(all_threads(), Mutex::default);
        }
        // Every thread gets its memory now: which thread takes which band differs from call to call.
        for slot in slots.iter_mut() {
            let slot = slot.get_mut().unwrap_or_else(PoisonError::into_inner);
            slot.expanded.resize(self.band_len[0]);
            slot.filtered.resize(self.band_len[1]);
        }
        let slots = &*slots;
        let failed = Mutex::new(None);
        let writer = Writer::new(y);
        run_parallel(self.input.batch() * self.bands.len(), &|task, thread| {
            let (image, band) = (task / self.bands.len(), task % self.bands.len());
            let band = &self.bands[band];
            let start = (image * rows + band.to.start) * row;
            // SAFETY: a task has its own rows of the output.
            let y = unsafe { writer.part(start, band.to.len() * row) };
            // A thread locks its own slot only.
            let mut slot = slots[thread].lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = self.run_band(
                band,
                self.band_input(x, image, band),
                packed,
                rule,
                y,
                &mut slot,
            ) {
                *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            }
        });
        let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
        failed.map_or(Ok(()), Err)
    }

    /// The rows of an image that a band reads.
    fn band_input<'a>(&self, x: &'a [f32], image: usize, band: &Band) -> &'a [f32] {
        let [_, height, width] = self.input.size();
        let row = width * self.input.channels();
        &x[(image * height + band.from.start) * row..][..band.from.len() * row]
    }

    fn run_band(
        &self,
        band: &Band,
        x: &[f32],
        packed: &InvertedResidualPacked,
        (activation, adds): (Activation, bool),
        y: &mut [f32],
        slot: &mut BandScratch,
    ) -> Result<(), Error> {
        let BandScratch {
            expanded,
            filtered,
            workspace,
        } = slot;
        let middle = match (&band.expand, &packed.expand) {
            (Some(layer), Some((weights, bias))) => {
                let expanded = &mut expanded[..layer.output().len()];
                layer.forward(x, weights, Some(bias), activation, expanded, workspace)?;
                &*expanded
            }
            (None, None) => x,
            _ => return Err(self.other_block()),
        };
        let filtered = &mut filtered[..band.depthwise.output().len()];
        let bias = Some(&packed.taps_bias[..]);
        band.depthwise
            .forward(middle, &packed.taps, bias, activation, filtered)?;
        let bias = Some(&packed.project_bias[..]);
        let identity = Activation::Identity;
        if adds {
            band.project
                .forward_add(filtered, &packed.project, bias, identity, y, workspace)
        } else {
            band.project
                .forward(filtered, &packed.project, bias, identity, y, workspace)
        }
    }

    fn other_block(&self) -> Error {
        Error::OtherLayer {
            input: self.input.to_string(),
            output: self.output.to_string(),
        }
    }
}
