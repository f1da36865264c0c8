use oddframe_kernels::{Packed, Volumes, Workspace, transpose};

use super::plans::Plans;
use super::stage::{Stage, size};
use crate::flex::{Layer, either, kernel_activation};
use crate::{Error, Window};

/// The chain on our kernels: channels last from the first layer to the last, in two buffers.
#[derive(Debug)]
pub(super) struct Plain {
    layers: Vec<Weights>,
    /// For each size of a batch.
    plans: Plans<usize, Vec<Layer>>,
    here: Vec<f32>,
    there: Vec<f32>,
    workspace: Workspace,
    /// Channels and positions of one item, at both ends.
    input: [usize; 2],
    output: [usize; 2],
}

#[derive(Debug)]
struct Weights {
    packed: Packed,
    bias: Option<Vec<f32>>,
    activation: oddframe_kernels::Activation,
    window: Window,
    /// Size and channels of what the kernel takes and gives.
    size: [usize; 3],
    channels: [usize; 2],
}

impl Plain {
    pub(super) fn new(stages: &[Stage]) -> Result<Self, Error> {
        let ends = |item: &[usize]| [item[0], item[1..].iter().product()];
        Ok(Self {
            layers: stages.iter().map(Weights::new).collect::<Result<_, _>>()?,
            plans: Plans::default(),
            here: Vec::new(),
            there: Vec::new(),
            workspace: Workspace::default(),
            input: stages.first().map_or([0, 0], |first| ends(&first.from)),
            output: stages.last().map_or([0, 0], |last| ends(&last.to)),
        })
    }

    pub(super) fn run(&mut self, input: &[f32], batch: usize, output: &mut [f32]) -> Result<(), Error> {
        let Self { layers, plans, here, there, workspace, .. } = self;
        let plan = plans.of(batch, || layers.iter().map(|weights| weights.layer(batch)).collect())?;
        let sizes = plan.iter().map(|layer| layer.output().len());
        let largest = sizes.fold(input.len(), usize::max);
        for buffer in [&mut *here, &mut *there] {
            buffer.resize(buffer.len().max(largest), 0.0);
        }
        let [channels, positions] = self.input;
        let first = &mut here[..input.len()];
        if channels == 1 || positions == 1 {
            first.copy_from_slice(input);
        } else {
            transpose(input, first, channels, positions)?;
        }
        let (mut from, mut to) = (here, there);
        for (layer, weights) in plan.iter().zip(layers) {
            let Weights { packed, bias, activation, .. } = weights;
            either!(layer, layer => {
                let (x, y) = (&from[..layer.input().len()], &mut to[..layer.output().len()]);
                layer.forward(x, packed, bias.as_deref(), *activation, y, workspace)?;
            });
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

impl Weights {
    fn new(stage: &Stage) -> Result<Self, Error> {
        let channels = [stage.inputs(), stage.outputs()];
        let (window, size, weight, bias) = if let Some(window) = stage.window {
            (window, size(&stage.from), stage.weight.clone(), stage.bias.clone())
        } else {
            // A linear layer's weights are those of a transposed convolution of one position.
            let window = Window { transposed: true, ..Window::volume([1; 3]) };
            let bias = stage.bias.as_ref().map(|bias| reorder(bias, &stage.to));
            (window, [1; 3], in_memory_order(stage), bias)
        };
        let volumes = Volumes::new(1, size, channels[0])?;
        let packed = either!(Layer::new(volumes, channels[1], &window)?, layer => layer.pack(&weight)?);
        let activation = kernel_activation(stage.activation);
        Ok(Self { packed, bias, activation, window, size, channels })
    }

    fn layer(&self, batch: usize) -> Result<Layer, Error> {
        Ok(Layer::new(Volumes::new(batch, self.size, self.channels[0])?, self.channels[1], &self.window)?)
    }
}

/// The weights of a linear layer for rows and columns whose channels lie last.
fn in_memory_order(stage: &Stage) -> Vec<f32> {
    let outputs = stage.weight_shape[1];
    let rows: Vec<usize> = memory_order(&stage.from);
    let mut weight = Vec::with_capacity(stage.weight.len());
    for row in rows {
        weight.extend(reorder(&stage.weight[row * outputs..][..outputs], &stage.to));
    }
    weight
}

fn reorder(values: &[f32], item: &[usize]) -> Vec<f32> {
    memory_order(item).into_iter().map(|at| values[at]).collect()
}

/// Where each value of an item in memory, channels last, is in the order of its axes, channels first.
fn memory_order(item: &[usize]) -> Vec<usize> {
    let (channels, positions) = (item[0], item[1..].iter().product::<usize>());
    (0..channels * positions).map(|at| at % channels * positions + at / channels).collect()
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
