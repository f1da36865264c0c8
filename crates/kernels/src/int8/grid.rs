//! Where a convolution reads and writes.

use crate::error::Error;
use crate::volumes::Volumes;
use crate::window::Window;

/// Channels that one instruction sums: the bytes of an image have whole groups of them.
pub(super) const GROUP: usize = 4;
/// Output channels that are packed together: as many as a vector of 512 bits has 32-bit lanes.
pub(super) const BLOCK: usize = 16;
/// The most blocks that are summed at once.
pub(super) const MOST_BLOCKS: usize = 4;

/// Images of bytes with a border, channels last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BorderedImages {
    pub(super) batch: usize,
    /// Depth, height and width without the border.
    pub(super) size: [usize; 3],
    /// Depth, height and width with it.
    pub(super) bordered: [usize; 3],
    /// The border before the first position of each axis.
    pub(super) before: [usize; 3],
    /// Channels that hold values.
    pub(super) channels: usize,
    /// Bytes of a position: the channels, rounded up to whole groups.
    pub(super) stride: usize,
}

impl BorderedImages {
    pub(super) fn image_len(&self) -> usize {
        self.bordered.iter().product::<usize>() * self.stride
    }

    pub(super) fn len(&self) -> usize {
        self.batch * self.image_len()
    }

    /// The first byte of a position within its image, where position 0 is the first one of the border.
    pub(super) fn offset_of(&self, [depth, row, column]: [usize; 3]) -> usize {
        ((depth * self.bordered[1] + row) * self.bordered[2] + column) * self.stride
    }

    /// The first byte of a position within its image, where position 0 is the first one after the border.
    pub(super) fn offset_inside(&self, position: [usize; 3]) -> usize {
        let [depth, row, column] = [0, 1, 2].map(|axis| position[axis] + self.before[axis]);
        self.offset_of([depth, row, column])
    }
}

/// One of the plain convolutions that a layer consists of. Each of its windows gives one output position or, as the parts
/// of the window, several.
#[derive(Debug)]
pub(super) struct Phase {
    /// The byte of an image where each window begins.
    pub(super) starts: Vec<usize>,
    /// The output position of every part of each window; `None` outside the output.
    pub(super) outputs: Vec<Option<usize>>,
    /// The runs of bytes that a window reads, from where it begins.
    pub(super) runs: Vec<usize>,
    /// Groups of bytes in each run.
    pub(super) run_groups: usize,
    /// For every part, the tap of the kernel that meets each position of the window, in the order of the runs; `None`
    /// where the part does not read it.
    pub(super) parts: Vec<Vec<Option<usize>>>,
}

impl Phase {
    /// Groups of bytes that a window reads.
    pub(super) fn groups(&self) -> usize {
        self.runs.len() * self.run_groups
    }
}

/// The windows of one axis that belong to a phase.
struct AxisPhase {
    /// The bordered input position where each window begins, and the output position of each part.
    windows: Vec<(usize, Vec<Option<usize>>)>,
    /// The distances from there that a window reads.
    offsets: Vec<usize>,
    /// For every part, the tap that meets each of them.
    parts: Vec<Vec<Option<usize>>>,
}

/// The bordered images that a layer reads, and its phases.
pub(super) fn plan_layer(
    input: Volumes,
    output: Volumes,
    window: &Window,
) -> Result<(BorderedImages, Vec<Phase>), Error> {
    let size = input.size();
    // A few output channels would leave most of a block empty: then the phases are parts of one window.
    let lanes = window.stride.iter().product::<usize>() * output.channels();
    let joined = window.transposed && lanes <= MOST_BLOCKS * BLOCK;
    let output = output.size();
    let borders = [0, 1, 2].map(|axis| border_of([size[axis], output[axis]], window, axis));
    let images = BorderedImages {
        batch: input.batch(),
        size,
        bordered: [0, 1, 2].map(|axis| borders[axis][0] + size[axis] + borders[axis][1]),
        before: borders.map(|[before, _]| before),
        channels: input.channels(),
        stride: input.channels().next_multiple_of(GROUP),
    };
    let mut sizes = [images.batch, images.stride]
        .into_iter()
        .chain(images.bordered);
    let bytes = sizes.try_fold(1, usize::checked_mul);
    if bytes.is_none_or(|bytes| isize::try_from(bytes).is_err()) {
        let what = "the bytes of a padded input";
        return Err(Error::TooLarge { what });
    }
    let axes =
        [0, 1, 2].map(|axis| plan_axis(output[axis], images.before[axis], window, axis, joined));
    let mut phases = Vec::new();
    for depth in &axes[0] {
        for height in &axes[1] {
            for width in &axes[2] {
                let phase = join_axes([depth, height, width], &images, output, window);
                phases.extend((!phase.starts.is_empty()).then_some(phase));
            }
        }
    }
    Ok((images, phases))
}

/// The border that the windows need before and after the input along one axis.
fn border_of([size, output]: [usize; 2], window: &Window, axis: usize) -> [usize; 2] {
    let (kernel, stride) = (window.kernel[axis], window.stride[axis]);
    let padding = window.padding[axis];
    if !window.transposed {
        let covered = (output - 1) * stride + (kernel - 1) * window.dilation[axis] + 1;
        return [padding, covered.saturating_sub(padding + size)];
    }
    let (first, last) = (padding / stride, (output - 1 + padding) / stride);
    let before = (kernel.div_ceil(stride) - 1).saturating_sub(first);
    [before, (last + 1).saturating_sub(size)]
}

/// The phases of one axis.
fn plan_axis(
    output: usize,
    before: usize,
    window: &Window,
    axis: usize,
    joined: bool,
) -> Vec<AxisPhase> {
    let (kernel, stride) = (window.kernel[axis], window.stride[axis]);
    let (padding, dilation) = (window.padding[axis], window.dilation[axis]);
    if !window.transposed {
        return vec![AxisPhase {
            windows: (0..output)
                .map(|at| (at * stride, vec![Some(at)]))
                .collect(),
            offsets: (0..kernel).map(|tap| tap * dilation).collect(),
            parts: vec![(0..kernel).map(Some).collect()],
        }];
    }
    // Input i meets output q = i stride + tap - padding. So output q reads, for the taps that leave no remainder,
    // i = (q + padding - tap) / stride: with r the remainder of q + padding, the taps r, r + stride, … of the inputs
    // m, m - 1, … where m = (q + padding) / stride. All outputs of one m end their windows at the same input.
    let most = kernel.div_ceil(stride);
    let (first, last) = (padding / stride, (output - 1 + padding) / stride);
    let output_of = |end: usize, remainder: usize| {
        let at = (end * stride + remainder).checked_sub(padding)?;
        (at < output).then_some(at)
    };
    // The taps of a remainder in the order of the inputs, the last tap first.
    let taps_of = |remainder: usize, count: usize| -> Vec<Option<usize>> {
        (0..count)
            .map(|at| Some(remainder + (count - 1 - at) * stride).filter(|tap| *tap < kernel))
            .collect()
    };
    if joined {
        return vec![AxisPhase {
            windows: (first..=last)
                .map(|end| {
                    let outputs = (0..stride).map(|remainder| output_of(end, remainder));
                    (end + before + 1 - most, outputs.collect())
                })
                .collect(),
            offsets: (0..most).collect(),
            parts: (0..stride)
                .map(|remainder| taps_of(remainder, most))
                .collect(),
        }];
    }
    let phases = (0..stride).map(|remainder| {
        let count = kernel.saturating_sub(remainder).div_ceil(stride);
        let windows = (first..=last).filter_map(|end| {
            // Without taps the window is empty, and begins anywhere.
            let start = end + before + 1 - count.max(1);
            Some((start, vec![Some(output_of(end, remainder)?)]))
        });
        AxisPhase {
            windows: windows.collect(),
            offsets: (0..count).collect(),
            parts: vec![taps_of(remainder, count)],
        }
    });
    phases.collect()
}

/// The product of one phase of each axis.
fn join_axes(
    [depth, height, width]: [&AxisPhase; 3],
    images: &BorderedImages,
    output: [usize; 3],
    window: &Window,
) -> Phase {
    let (mut starts, mut outputs) = (Vec::new(), Vec::new());
    for (from_depth, to_depth) in &depth.windows {
        for (from_row, to_row) in &height.windows {
            for (from_column, to_column) in &width.windows {
                starts.push(images.offset_of([*from_depth, *from_row, *from_column]));
                let places = combine_axes([to_depth, to_row, to_column], |[depth, row, column]| {
                    Some(((*depth)? * output[1] + (*row)?) * output[2] + (*column)?)
                });
                outputs.extend(places);
            }
        }
    }
    // Neighbouring positions of a row are one run of bytes.
    let dense = width.offsets.windows(2).all(|pair| pair[1] == pair[0] + 1);
    let run_positions = if dense { width.offsets.len() } else { 1 };
    let mut runs = Vec::new();
    for from_depth in &depth.offsets {
        for from_row in &height.offsets {
            for from in width.offsets.iter().step_by(run_positions.max(1)) {
                runs.push(images.offset_of([*from_depth, *from_row, *from]));
            }
        }
    }
    let parts = combine_axes([&depth.parts, &height.parts, &width.parts], |taps| {
        combine_axes(taps.map(Vec::as_slice), |[depth, row, column]| {
            Some(((*depth)? * window.kernel[1] + (*row)?) * window.kernel[2] + (*column)?)
        })
    });
    Phase {
        starts,
        outputs,
        runs,
        run_groups: run_positions * images.stride / GROUP,
        parts,
    }
}

/// Combines the values of three axes, the last axis running fastest.
fn combine_axes<'a, T, R>(
    [depth, height, width]: [&'a [T]; 3],
    combine: impl Fn([&'a T; 3]) -> R,
) -> Vec<R> {
    let mut combined = Vec::with_capacity(depth.len() * height.len() * width.len());
    for depth in depth {
        for height in height {
            for width in width {
                combined.push(combine([depth, height, width]));
            }
        }
    }
    combined
}
