//! Where a convolution reads and writes.

use crate::volumes::Volumes;
use crate::window::Window;

/// Channels that one instruction sums: the bytes of an image have whole groups of them.
pub(super) const GROUP: usize = 4;

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

    /// The place of a position's first byte within its image; the position is counted with the border.
    pub(super) fn offset_of(&self, [depth, row, column]: [usize; 3]) -> usize {
        ((depth * self.bordered[1] + row) * self.bordered[2] + column) * self.stride
    }

    /// The place of a position's first byte within its image; the position is counted without the border.
    pub(super) fn offset_inside(&self, position: [usize; 3]) -> usize {
        let [depth, row, column] = [0, 1, 2].map(|axis| position[axis] + self.before[axis]);
        self.offset_of([depth, row, column])
    }
}

/// One of the plain convolutions that a layer consists of.
#[derive(Debug)]
pub(super) struct Phase {
    /// For each output position of an image, in order: the byte where its window begins, and the output position.
    pub(super) places: Vec<(usize, usize)>,
    /// The runs of bytes that a window reads, from where it begins.
    pub(super) runs: Vec<usize>,
    /// Groups of bytes in each run.
    pub(super) run_groups: usize,
    /// The tap of the kernel for each position that a window reads, in the order of the runs.
    pub(super) taps: Vec<usize>,
}

impl Phase {
    /// Groups of bytes that a window reads.
    pub(super) fn groups(&self) -> usize {
        self.runs.len() * self.run_groups
    }
}

/// The positions of one axis that belong to a phase.
struct AxisPhase {
    /// Output positions, and for each the bordered input position where its window begins.
    outputs: Vec<(usize, usize)>,
    /// The taps that the phase has, each with its distance from where the window begins.
    taps: Vec<(usize, usize)>,
}

/// The bordered images that a layer reads, and its phases.
pub(super) fn plan_layer(
    input: Volumes,
    output: [usize; 3],
    window: &Window,
) -> (BorderedImages, Vec<Phase>) {
    let size = input.size();
    let axes = [0, 1, 2].map(|axis| plan_axis(size[axis], output[axis], window, axis));
    let images = BorderedImages {
        batch: input.batch(),
        size,
        bordered: [0, 1, 2].map(|axis| axes[axis].1[0] + size[axis] + axes[axis].1[1]),
        before: [0, 1, 2].map(|axis| axes[axis].1[0]),
        channels: input.channels(),
        stride: input.channels().next_multiple_of(GROUP),
    };
    let mut phases = Vec::new();
    for depth in &axes[0].0 {
        for height in &axes[1].0 {
            for width in &axes[2].0 {
                let phase = join_axes([depth, height, width], &images, output, window);
                phases.extend((!phase.places.is_empty()).then_some(phase));
            }
        }
    }
    (images, phases)
}

/// The phases of one axis, and the border that they need before and after the input.
fn plan_axis(
    size: usize,
    output: usize,
    window: &Window,
    axis: usize,
) -> (Vec<AxisPhase>, [usize; 2]) {
    let (kernel, stride) = (window.kernel[axis], window.stride[axis]);
    let (padding, dilation) = (window.padding[axis], window.dilation[axis]);
    if !window.transposed {
        let covered = (output - 1) * stride + (kernel - 1) * dilation + 1;
        let phase = AxisPhase {
            outputs: (0..output).map(|at| (at, at * stride)).collect(),
            taps: (0..kernel).map(|tap| (tap, tap * dilation)).collect(),
        };
        return (
            vec![phase],
            [padding, covered.saturating_sub(padding + size)],
        );
    }
    // Input i meets output q = i stride + tap - padding. So output q reads, for the taps that leave no remainder,
    // i = (q + padding - tap) / stride: with r the remainder of q + padding, the taps r, r + stride, …, the last tap
    // first in the order of the inputs.
    let before = (kernel.div_ceil(stride) - 1).saturating_sub(padding / stride);
    let last = (output - 1 + padding) / stride;
    let after = (last + 1).saturating_sub(size);
    let phases = (0..stride).map(|remainder| {
        let count = kernel.saturating_sub(remainder).div_ceil(stride);
        let outputs = (0..output).filter(|at| (at + padding) % stride == remainder);
        AxisPhase {
            outputs: outputs
                // Without taps the window is empty, and begins anywhere.
                .map(|at| (at, (at + padding) / stride + before + 1 - count.max(1)))
                .collect(),
            taps: (0..count)
                .map(|at| (remainder + (count - 1 - at) * stride, at))
                .collect(),
        }
    });
    (phases.collect(), [before, after])
}

/// The product of one phase of each axis.
fn join_axes(
    [depth, height, width]: [&AxisPhase; 3],
    images: &BorderedImages,
    output: [usize; 3],
    window: &Window,
) -> Phase {
    let mut places = Vec::new();
    for &(to_depth, from_depth) in &depth.outputs {
        for &(to_row, from_row) in &height.outputs {
            for &(to_column, from_column) in &width.outputs {
                let from = images.offset_of([from_depth, from_row, from_column]);
                let to = (to_depth * output[1] + to_row) * output[2] + to_column;
                places.push((from, to));
            }
        }
    }
    // Neighbouring taps of a row are one run of bytes.
    let dense = width.taps.windows(2).all(|pair| pair[1].1 == pair[0].1 + 1);
    let run_taps = if dense { width.taps.len() } else { 1 };
    let (mut runs, mut taps) = (Vec::new(), Vec::new());
    for &(depth_tap, from_depth) in &depth.taps {
        for &(row_tap, from_row) in &height.taps {
            for (at, &(tap, from)) in width.taps.iter().enumerate() {
                if at % run_taps == 0 {
                    runs.push(images.offset_of([from_depth, from_row, from]));
                }
                taps.push((depth_tap * window.kernel[1] + row_tap) * window.kernel[2] + tap);
            }
        }
    }
    Phase {
        places,
        runs,
        run_groups: run_taps * images.stride / GROUP,
        taps,
    }
}
