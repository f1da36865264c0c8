use std::ops::Range;

use super::bytes::{write_bytes, write_floats};
use super::dot::{Dot, MOST_POSITIONS, Tile};
use super::grid::{BLOCK, BorderedImages, GROUP, MOST_BLOCKS, Phase, plan_layer};
use super::range::ByteRange;
use super::weights::{Int8Weights, pack_weights};
use crate::activation::Activation;
use crate::conv::{Conv, MOST_TAPS_AND_STRIDES};
use crate::error::{Error, check_length};
use crate::simd::Simd;
use crate::threads::run_parallel;
use crate::volumes::Volumes;
use crate::window::Window;
use crate::writer::Writer;

/// Sums of a task that are kept at once: in the first-level cache as integers, floats and bytes.
const SUMS: usize = MOST_BLOCKS * BLOCK * if cfg!(miri) { 24 } else { 48 };
/// The most windows of a task, where there is one block of lanes.
const MOST_TASK_WINDOWS: usize = SUMS / BLOCK;
/// The most products of a sum: `255 * 127` times this is below 2³¹.
const MOST_PRODUCTS: usize = 1 << 16;

/// A convolution, plain or transposed, in 8-bit integers: for inference on values whose range is known.
///
/// It takes images with channels first (planes) as bytes with channels last ([`Int8Conv::quantize`]) and writes the
/// bytes that the next layer takes, or planes of floats. Activations are computed in floats between the two.
///
/// ```
/// use oddframe_kernels::{Activation, ByteRange, Int8Conv, Int8Target, Volumes, Window};
///
/// // The mean of each window of 2 x 2 pixels of one image.
/// let conv = Int8Conv::new(Volumes::images(1, 4, 4, 1)?, 1, Window::square(2, 2, 0))?;
/// let range = ByteRange::new(-1.0, 1.0)?; // no value lies beyond it
/// let weights = conv.pack(&[0.25; 4], None, range)?;
///
/// let image = [0.1, 0.3, 0.0, 0.0, 0.5, 0.7, 0.0, 0.0, 1.0, 1.0, -1.0, 1.0, 1.0, 1.0, -1.0, 1.0];
/// let mut bytes = vec![0; conv.input_bytes()];
/// conv.quantize(&image, range, &mut bytes)?;
/// let mut means = [0.0; 4];
/// conv.forward(&bytes, &weights, Activation::Identity, Int8Target::Planes(&mut means))?;
/// for (mean, exact) in means.iter().zip([0.4, 0.0, 1.0, 0.0]) {
///     assert!((mean - exact).abs() < 0.01);
/// }
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
#[derive(Debug)]
pub struct Int8Conv {
    shape: Volumes,
    images: BorderedImages,
    output: Volumes,
    window: Window,
    phases: Vec<Phase>,
    simd: Simd,
}

/// Whether convolutions in 8-bit integers are faster than those in floats on this CPU: where it has AVX-512 VNNI. Elsewhere
/// they give the same values and take longer.
pub fn int8_is_fast() -> bool {
    Dot::fastest(Simd::detect()).is_fast()
}

/// Where an [`Int8Conv`] writes.
#[derive(Debug)]
pub enum Int8Target<'a> {
    /// The bytes that the next layer takes, [`Int8Conv::input_bytes`] of it, for its range.
    Bytes {
        /// The next layer.
        layer: &'a Int8Conv,
        /// The range that its weights were packed for.
        range: ByteRange,
        /// Its input.
        bytes: &'a mut [u8],
    },
    /// Floats with channels first.
    Planes(&'a mut [f32]),
}

impl Int8Conv {
    /// A layer that reads `input` and writes `outputs` channels.
    ///
    /// # Errors
    /// As [`Conv::new`]; more than one group; a transposed convolution with dilation; a window of more than 16,384 taps
    /// times strides; or a sum of more than 65,536 products, which might not fit 32 bits.
    pub fn new(input: Volumes, outputs: usize, window: Window) -> Result<Self, Error> {
        // The same checks of shapes and windows as for floats.
        let output = Conv::new(input, outputs, window)?.output();
        let parameter = |what, value: String, must| Error::Parameter { what, value, must };
        if window.groups != 1 {
            let (what, groups) = ("the groups of an 8-bit convolution", window.groups);
            return Err(parameter(what, groups.to_string(), "1"));
        }
        if window.transposed && window.dilation != [1; 3] {
            let what = "the dilation of a transposed 8-bit convolution";
            return Err(parameter(what, format!("{:?}", window.dilation), "1"));
        }
        // A plan lists every tap and stride.
        let sizes = window.kernel.into_iter().chain(window.stride);
        let listed = sizes.fold(1_usize, usize::saturating_mul);
        if listed > MOST_TAPS_AND_STRIDES {
            let what = "the product of taps and strides of an 8-bit convolution";
            return Err(parameter(what, listed.to_string(), "at most 16384"));
        }
        let (images, phases) = plan_layer(input, output, &window)?;
        let most = phases.iter().map(|phase| phase.groups() * GROUP).max();
        if let Some(most) = most.filter(|most| *most > MOST_PRODUCTS) {
            let what = "the products of a sum of an 8-bit convolution";
            return Err(parameter(what, most.to_string(), "at most 65536"));
        }
        Ok(Self {
            shape: input,
            images,
            output,
            window,
            phases,
            simd: Simd::detect(),
        })
    }

    #[cfg(test)]
    pub(crate) fn with_simd(self, simd: Simd) -> Self {
        Self { simd, ..self }
    }

    /// The shape of the input.
    pub fn input(&self) -> Volumes {
        self.shape
    }

    /// The shape of the output.
    pub fn output(&self) -> Volumes {
        self.output
    }

    /// Bytes of the input.
    pub fn input_bytes(&self) -> usize {
        self.images.len()
    }

    /// Packs weights, `[outputs, inputs, ...]` or for a transposed convolution `[inputs, outputs, ...]`, and a bias for
    /// inputs of this range.
    ///
    /// # Errors
    /// Weights that are not finite, or slices of other lengths.
    pub fn pack(
        &self,
        weights: &[f32],
        bias: Option<&[f32]>,
        range: ByteRange,
    ) -> Result<Int8Weights, Error> {
        let channels = [self.images.channels, self.output.channels()];
        let len = channels[0] * channels[1] * self.window.taps();
        check_length("the weights", weights.len(), len)?;
        if let Some(bias) = bias {
            check_length("the bias", bias.len(), channels[1])?;
        }
        let mut all = weights.iter().chain(bias.unwrap_or_default());
        if let Some(value) = all.find(|value| !value.is_finite()) {
            return Err(Error::Parameter {
                what: "a weight of an 8-bit convolution",
                value: value.to_string(),
                must: "finite",
            });
        }
        Ok(pack_weights(
            weights,
            bias,
            range,
            &self.window,
            channels,
            &self.phases,
        ))
    }

    /// Writes planes of floats, `[batch, channels, ...]`, as the bytes of the input.
    ///
    /// # Errors
    /// Slices of other lengths.
    pub fn quantize(
        &self,
        planes: &[f32],
        range: ByteRange,
        bytes: &mut [u8],
    ) -> Result<(), Error> {
        let images = &self.images;
        let [depth, height, width] = images.size;
        let positions = depth * height * width;
        check_length(
            "the input",
            planes.len(),
            images.batch * images.channels * positions,
        )?;
        check_length("the bytes of the input", bytes.len(), images.len())?;
        let simd = self.simd;
        bytes.fill(range.zero());
        let writer = Writer::new(bytes);
        run_parallel(images.batch * depth * height, &|task, _| {
            let (image, row) = (task / (depth * height), task % (depth * height));
            let place = images.offset_inside([row / height, row % height, 0]);
            let start = image * images.image_len() + place;
            // SAFETY: each task writes a row of its own, without the border.
            #[allow(unsafe_code)]
            let to = unsafe { writer.part(start, width * images.stride) };
            let mut line = vec![0; width];
            for channel in 0..images.channels {
                let plane = &planes[(image * images.channels + channel) * positions..];
                write_bytes(simd, &plane[row * width..][..width], range, &mut line);
                for (position, byte) in to.chunks_exact_mut(images.stride).zip(&line) {
                    position[channel] = *byte;
                }
            }
        });
        Ok(())
    }

    /// Runs the layer.
    ///
    /// # Errors
    /// Slices of other lengths, weights that were packed for another layer, or a next layer that takes another shape.
    pub fn forward(
        &self,
        bytes: &[u8],
        weights: &Int8Weights,
        activation: Activation,
        target: Int8Target<'_>,
    ) -> Result<(), Error> {
        check_length("the bytes of the input", bytes.len(), self.images.len())?;
        self.check_weights(weights)?;
        let store = match target {
            Int8Target::Planes(planes) => {
                check_length("the output", planes.len(), self.output.len())?;
                Store::Planes(Writer::new(planes))
            }
            Int8Target::Bytes {
                layer,
                range,
                bytes,
            } => {
                if layer.shape != self.output {
                    return Err(layer.other_layer());
                }
                let next = &layer.images;
                check_length("the bytes of the output", bytes.len(), next.len())?;
                bytes.fill(range.zero());
                Store::Bytes {
                    images: next,
                    range,
                    bytes: Writer::new(bytes),
                }
            }
        };
        let layer = RunningLayer {
            conv: self,
            bytes,
            weights,
            activation,
            store,
            dot: Dot::fastest(self.simd),
        };
        // All phases of all images are one list of tasks.
        let tasks_of = |phase: &Phase| {
            let windows = self.images.batch * phase.starts.len();
            windows.div_ceil(self.task_windows(phase))
        };
        let ends: Vec<usize> = self
            .phases
            .iter()
            .scan(0, |end, phase| {
                *end += tasks_of(phase);
                Some(*end)
            })
            .collect();
        run_parallel(ends.last().copied().unwrap_or(0), &|task, _| {
            let phase = ends.partition_point(|end| *end <= task);
            let first = if phase == 0 { 0 } else { ends[phase - 1] };
            let size = self.task_windows(&self.phases[phase]);
            layer.run_task(phase, (task - first) * size, size);
        });
        Ok(())
    }

    /// Windows of a task: whole tiles of every size, whose 4, 6 or 8 positions divide 24.
    fn task_windows(&self, phase: &Phase) -> usize {
        let lanes = phase.parts.len() * self.output.channels();
        MOST_TASK_WINDOWS / lanes.div_ceil(BLOCK).min(MOST_BLOCKS) / 24 * 24
    }

    fn check_weights(&self, weights: &Int8Weights) -> Result<(), Error> {
        let fits = weights.channels == [self.images.channels, self.output.channels()]
            && weights.phases.len() == self.phases.len()
            && weights
                .phases
                .iter()
                .zip(&self.phases)
                .all(|(packed, phase)| {
                    packed.bytes.len() == packed.starts.len() * phase.groups() * GROUP
                });
        if fits {
            return Ok(());
        }
        Err(self.other_layer())
    }

    fn other_layer(&self) -> Error {
        Error::OtherLayer {
            input: self.shape.to_string(),
            output: self.output.to_string(),
        }
    }
}

enum Store<'a> {
    Bytes {
        images: &'a BorderedImages,
        range: ByteRange,
        bytes: Writer<'a, u8>,
    },
    Planes(Writer<'a>),
}

struct RunningLayer<'a> {
    conv: &'a Int8Conv,
    bytes: &'a [u8],
    weights: &'a Int8Weights,
    activation: Activation,
    store: Store<'a>,
    dot: Dot,
}

impl RunningLayer<'_> {
    /// Computes up to `size` windows of a phase. They are counted through all images, so that a tile of small images reaches
    /// into the next one.
    fn run_task(&self, phase: usize, first: usize, size: usize) {
        let conv = self.conv;
        let (plan, weights) = (&conv.phases[phase], &self.weights.phases[phase]);
        let count = size.min(conv.images.batch * plan.starts.len() - first);
        let mut windows = [TaskWindow::default(); MOST_TASK_WINDOWS];
        for (at, window) in windows[..count.next_multiple_of(24)].iter_mut().enumerate() {
            // The last tile may have too few windows. The last window takes the free places, and its copies are not stored.
            let place = first + at.min(count - 1);
            let (image, within) = (place / plan.starts.len(), place % plan.starts.len());
            *window = TaskWindow {
                image,
                start: image * conv.images.image_len() + plan.starts[within],
                outputs: within * plan.parts.len(),
            };
        }
        let lanes = plan.parts.len() * conv.output.channels();
        let mut sums = [0; SUMS];
        let mut floats = [0.0; SUMS];
        let (mut block, blocks) = (0, lanes.div_ceil(BLOCK));
        // The weights of a few blocks stay in the cache while all windows of the task meet them.
        while block < blocks {
            let tile = self.dot.tile(blocks - block);
            let (lane, width) = (block * BLOCK, tile[1] * BLOCK);
            for at in (0..count).step_by(tile[0]) {
                let mut starts = [0; MOST_POSITIONS];
                for (start, window) in starts.iter_mut().zip(&windows[at..][..tile[0]]) {
                    *start = window.start;
                }
                let reads = Tile {
                    bytes: self.bytes,
                    starts,
                    runs: &plan.runs,
                    run_groups: plan.run_groups,
                    weights,
                    block,
                };
                reads.sum(self.dot, tile, &mut sums[at * width..]);
            }
            let len = count * width;
            let (sums, floats) = (&sums[..len], &mut floats[..len]);
            let (factors, bias) = (
                &weights.factors[lane..][..width],
                &weights.bias[lane..][..width],
            );
            write_floats(conv.simd, sums, factors, bias, floats);
            self.activation.apply_with_simd(conv.simd, floats);
            let lanes = lane..lanes.min(lane + width);
            self.store_rows(plan, floats, width, lanes, &windows[..count]);
            block += tile[1];
        }
    }

    /// Writes the lanes of some windows; a row of `floats` has `width` values, of which the first are those lanes.
    fn store_rows(
        &self,
        plan: &Phase,
        floats: &[f32],
        width: usize,
        lanes: Range<usize>,
        windows: &[TaskWindow],
    ) {
        let outputs = self.conv.output.channels();
        let parts = lanes.start / outputs..lanes.end.div_ceil(outputs);
        let parts = parts.map(|part| {
            // The lanes of this part, and the channels that they are.
            let from = lanes.start.max(part * outputs);
            PartLanes {
                part,
                column: from - lanes.start,
                channel: from - part * outputs,
                count: lanes.end.min((part + 1) * outputs) - from,
            }
        });
        match &self.store {
            Store::Bytes {
                images,
                range,
                bytes,
            } => {
                let mut rows = [0; SUMS];
                write_bytes(self.conv.simd, floats, *range, &mut rows);
                for lanes in parts {
                    let rows = rows.chunks_exact(width);
                    self.store_bytes(plan, rows.zip(windows), lanes, images, bytes);
                }
            }
            Store::Planes(planes) => {
                for lanes in parts {
                    self.store_planes(plan, floats, width, lanes, windows, planes);
                }
            }
        }
    }

    #[allow(unsafe_code)]
    fn store_bytes<'a>(
        &self,
        plan: &Phase,
        rows: impl Iterator<Item = (&'a [u8], &'a TaskWindow)>,
        lanes: PartLanes,
        images: &BorderedImages,
        bytes: &Writer<'_, u8>,
    ) {
        let [_, height, across] = self.conv.output.size();
        for (row, window) in rows {
            let Some(to) = plan.outputs[window.outputs + lanes.part] else {
                continue;
            };
            let (line, column) = (to / across, to % across);
            let place = images.offset_inside([line / height, line % height, column]);
            let start = window.image * images.image_len() + place + lanes.channel;
            // SAFETY: each output position belongs to one task, and these channels are its own.
            let to = unsafe { bytes.part(start, lanes.count) };
            to.copy_from_slice(&row[lanes.column..][..lanes.count]);
        }
    }

    #[allow(unsafe_code)]
    fn store_planes(
        &self,
        plan: &Phase,
        floats: &[f32],
        width: usize,
        lanes: PartLanes,
        windows: &[TaskWindow],
        planes: &Writer<'_>,
    ) {
        let output = self.conv.output;
        let positions = output.positions() / output.batch();
        // One plane after the other: planes lie so far apart that writing to all of them by turns would miss the cache.
        for at in 0..lanes.count {
            for (row, window) in floats.chunks_exact(width).zip(windows) {
                let Some(to) = plan.outputs[window.outputs + lanes.part] else {
                    continue;
                };
                let plane = window.image * output.channels() + lanes.channel + at;
                let to = planes.pointer(plane * positions + to, 1);
                // SAFETY: each output position belongs to one task, and this channel is its own.
                unsafe { *to = row[lanes.column + at] };
            }
        }
    }
}

/// The lanes of a tile that belong to one part of its windows.
#[derive(Debug, Clone, Copy)]
struct PartLanes {
    part: usize,
    /// The first of them in a row of the tile.
    column: usize,
    /// The output channel of the first.
    channel: usize,
    count: usize,
}

/// A window of a task.
#[derive(Debug, Clone, Copy, Default)]
struct TaskWindow {
    image: usize,
    /// Its first byte.
    start: usize,
    /// The place of its first part in [`Phase::outputs`].
    outputs: usize,
}
