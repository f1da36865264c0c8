use oddframe_kernels::{CellState, ConvLstm, ConvLstmPacked, Volumes, Workspace, transpose};

use super::buffers::{grow_to, grow_zeroed};
use super::plans::Plans;
use crate::error::Error;

/// The native-kernel path of a convolutional LSTM.
///
/// Images arrive and leave with channels first; between the two transposes everything has its channels last.
#[derive(Debug)]
pub(super) struct KernelConvLstm {
    size: [usize; 2],
    channels: [usize; 2],
    kernel: usize,
    packed: ConvLstmPacked,
    /// One plan for each batch and number of steps.
    plans: Plans<[usize; 2], ConvLstm>,
    x: Vec<f32>,
    y: Vec<f32>,
    h: Vec<f32>,
    c: Vec<f32>,
    workspace: Workspace,
}

impl KernelConvLstm {
    pub(super) fn new(
        size: [usize; 2],
        channels: [usize; 2],
        kernel: usize,
        weight: &[f32],
        bias: Option<&[f32]>,
    ) -> Result<Self, Error> {
        // Packing depends on channels and kernel only, so that one step of one item serves for it.
        let packed = plan_layer(size, channels, kernel, [1, 1])?.pack(weight, bias)?;
        Ok(Self {
            size,
            channels,
            kernel,
            packed,
            plans: Plans::default(),
            x: Vec::new(),
            y: Vec::new(),
            h: Vec::new(),
            c: Vec::new(),
            workspace: Workspace::default(),
        })
    }

    pub(super) fn with_bf16_weights(self) -> Self {
        Self {
            packed: self.packed.into_bf16(),
            ..self
        }
    }

    pub(super) fn run(
        &mut self,
        input: &[f32],
        shape: [usize; 2],
        output: &mut [f32],
    ) -> Result<(), Error> {
        let Self {
            size,
            channels,
            kernel,
            packed,
            plans,
            workspace,
            ..
        } = self;
        let layer = plans.get_or_make(shape, || plan_layer(*size, *channels, *kernel, shape))?;
        let positions = size[0] * size[1];
        let x = grow_to(&mut self.x, layer.input_len());
        let y = grow_to(&mut self.y, layer.output_len());
        let h = grow_zeroed(&mut self.h, layer.state_len());
        let c = grow_zeroed(&mut self.c, layer.state_len());
        // Every image of every step is transposed alone: the order of steps and items stays `[batch, time]`.
        transpose(input, x, channels[0], positions)?;
        layer.forward(x, packed, CellState { h, c }, y, workspace)?;
        Ok(transpose(y, output, positions, channels[1])?)
    }
}

fn plan_layer(
    [height, width]: [usize; 2],
    [inputs, hidden]: [usize; 2],
    kernel: usize,
    [batch, steps]: [usize; 2],
) -> Result<ConvLstm, Error> {
    Ok(ConvLstm::new(
        Volumes::images(batch, height, width, inputs)?,
        steps,
        hidden,
        kernel,
    )?)
}
