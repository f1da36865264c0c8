use oddframe_kernels::{Activation, Conv, Packed, Volumes, Window, Workspace, transpose};

use super::arithmetic::{Arithmetic, RangeRecord};
use super::plans::Plans;
use super::stage::{Stage, item_size};
use crate::error::Error;

/// An inference chain on the native kernels.
///
/// The input is transposed to channels last once, the output is transposed back once, and everything between stays
/// channels last. Two buffers alternate as input and output of the layers:
///
/// ```text
/// input ─transpose─▶ buffer A ─layer 1─▶ buffer B ─layer 2─▶ buffer A ─ … ─transpose─▶ output
/// ```
#[derive(Debug)]
pub(super) struct KernelPath {
    layers: Vec<PackedLayer>,
    /// One plan for each batch size.
    plans: Plans<usize, Vec<Conv>>,
    here: Vec<f32>,
    there: Vec<f32>,
    workspace: Workspace,
    /// Where the ranges of the layers' inputs are recorded, if they are, and the place of the first layer there.
    record: Option<(RangeRecord, usize)>,
    /// Channels and positions of one item at the input and at the output.
    input: [usize; 2],
    output: [usize; 2],
}

#[derive(Debug)]
struct PackedLayer {
    packed: Packed,
    bias: Option<Vec<f32>>,
    activation: Activation,
    window: Window,
    /// The size that the kernel takes, and its input and output channels.
    size: [usize; 3],
    channels: [usize; 2],
}

impl KernelPath {
    /// A chain of these stages in floats. The weights of each are freed as soon as they are packed.
    pub(super) fn new(stages: Vec<Stage>, arithmetic: &Arithmetic) -> Result<Self, Error> {
        let input = stages
            .first()
            .map(|first| channels_and_positions(&first.from));
        let output = stages.last().map(|last| channels_and_positions(&last.to));
        let record = match arithmetic {
            Arithmetic::RecordRanges(record) => {
                Some((record.clone(), record.add_layers(stages.len())))
            }
            _ => None,
        };
        let layers = stages
            .into_iter()
            .map(|stage| PackedLayer::new(stage, arithmetic));
        Ok(Self {
            layers: layers.collect::<Result<_, _>>()?,
            plans: Plans::default(),
            here: Vec::new(),
            there: Vec::new(),
            workspace: Workspace::default(),
            record,
            input: input.unwrap_or_default(),
            output: output.unwrap_or_default(),
        })
    }

    pub(super) fn run(
        &mut self,
        input: &[f32],
        batch: usize,
        output: &mut [f32],
    ) -> Result<(), Error> {
        let Self {
            layers,
            plans,
            here,
            there,
            workspace,
            record,
            ..
        } = self;
        let plan = plans.get_or_make(batch, || {
            layers.iter().map(|layer| layer.plan_batch(batch)).collect()
        })?;
        // Two buffers take turns: each layer reads one and writes the other.
        //
        //   input ─transpose─▶ here ─layer 1─▶ there ─layer 2─▶ here ─ … ─transpose─▶ output
        let sizes = plan.iter().map(|layer| layer.output().len());
        let largest = sizes.fold(input.len(), usize::max);
        // The buffers hold the largest tensor of the chain, and keep their memory for the next call.
        for buffer in [&mut *here, &mut *there] {
            buffer.resize(buffer.len().max(largest), 0.0);
        }
        // With one channel or one position, both layouts are the same.
        let [channels, positions] = self.input;
        let first = &mut here[..input.len()];
        if channels == 1 || positions == 1 {
            first.copy_from_slice(input);
        } else {
            transpose(input, first, channels, positions)?;
        }
        let (mut from, mut to) = (here, there);
        for (at, (layer, weights)) in plan.iter().zip(layers).enumerate() {
            let PackedLayer {
                packed,
                bias,
                activation,
                ..
            } = weights;
            let (x, y) = (
                &from[..layer.input().len()],
                &mut to[..layer.output().len()],
            );
            if let Some((record, first)) = record {
                record.widen(*first + at, x);
            }
            layer.forward(x, packed, bias.as_deref(), *activation, y, workspace)?;
            std::mem::swap(&mut from, &mut to);
        }
        let [channels, positions] = self.output;
        let last = &from[..output.len()];
        if channels == 1 || positions == 1 {
            output.copy_from_slice(last);
        } else {
            transpose(last, output, positions, channels)?;
        }
        Ok(())
    }
}

impl PackedLayer {
    fn new(stage: Stage, arithmetic: &Arithmetic) -> Result<Self, Error> {
        let channels = [stage.input_channels(), stage.output_channels()];
        let activation = stage.activation;
        let (window, size, weight, bias) = if let Some(window) = stage.window {
            (window, item_size(&stage.from), stage.weight, stage.bias)
        } else {
            // A linear layer is a transposed convolution of one position: both have their weights as [in, out].
            let window = Window::point().with_transposed(true);
            let bias = stage
                .bias
                .as_ref()
                .map(|bias| to_memory_order(bias, &stage.to));
            (window, [1; 3], linear_weights(&stage), bias)
        };
        // Packing depends on channels and window only, so that a batch of one item serves for it.
        let volumes = Volumes::new(1, size, channels[0])?;
        let packed = Conv::new(volumes, channels[1], window)?.pack(&weight)?;
        Ok(Self {
            packed: arithmetic.store_weights(packed, Packed::into_bf16),
            bias,
            activation,
            window,
            size,
            channels,
        })
    }

    fn plan_batch(&self, batch: usize) -> Result<Conv, Error> {
        Ok(Conv::new(
            Volumes::new(batch, self.size, self.channels[0])?,
            self.channels[1],
            self.window,
        )?)
    }
}

/// The weights of a linear layer, with rows and columns reordered to channels last.
///
/// A flattened item lies channels first for the trained layer and channels last in the buffers here. Reordering the
/// weights once saves two transposes in each run.
fn linear_weights(stage: &Stage) -> Vec<f32> {
    let outputs = stage.weight_shape[1];
    // A linear layer next to a flattened or unflattened item has its weights in the order of features, channels first.
    // The values around it lie channels last: reordering the weights once replaces a transposition in every call.
    let rows: Vec<usize> = memory_order(&stage.from);
    let mut weight = Vec::with_capacity(stage.weight.len());
    for row in rows {
        weight.extend(to_memory_order(
            &stage.weight[row * outputs..][..outputs],
            &stage.to,
        ));
    }
    weight
}

/// The values of an item in channels-last order.
fn to_memory_order(values: &[f32], item: &[usize]) -> Vec<f32> {
    memory_order(item)
        .into_iter()
        .map(|at| values[at])
        .collect()
}

/// For each place in memory, channels last, the place of the same value in channels-first order.
fn memory_order(item: &[usize]) -> Vec<usize> {
    // Memory place `at` holds channel `at % channels` of position `at / channels`; in a row of features, which lists
    // channel after channel, that value has the index `channel * positions + position`.
    let (channels, positions) = (item[0], item[1..].iter().product::<usize>());
    (0..channels * positions)
        .map(|at| at % channels * positions + at / channels)
        .collect()
}

fn channels_and_positions(item: &[usize]) -> [usize; 2] {
    [item[0], item[1..].iter().product()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_order_puts_channels_last() {
        assert_eq!(memory_order(&[2, 1, 3]), [0, 3, 1, 4, 2, 5]);
        assert_eq!(memory_order(&[4]), [0, 1, 2, 3]);
    }
}
