use oddframe_kernels::{
    Activation, Conv, ConvMethod, Error, Packed, Volumes, Window, WinogradTile, Workspace,
};

use crate::raft::fused::FusedConv;

/// Least number of channels on both sides for which the transforms of minimal filtering pay off.
const WINOGRAD_CHANNELS: usize = 32;

/// A convolution with packed weights, for images of any size.
#[derive(Debug)]
pub(super) struct PackedConv {
    packed: Packed,
    /// One method for images of every size: the weights are packed for it.
    method: ConvMethod,
    /// The plan of the images that ran last: videos do not change their size, so that it is made once.
    plan: Option<Conv>,
    bias: Option<Vec<f32>>,
    activation: Activation,
    window: Window,
    outputs: usize,
}

impl PackedConv {
    pub(super) fn new(conv: &FusedConv) -> Result<Self, Error> {
        let [outputs, inputs, height, width] = conv.shape;
        let wide = inputs.min(outputs) >= WINOGRAD_CHANNELS;
        let method = if wide && conv.window == Window::square(3, 1, 1) {
            ConvMethod::Winograd(WinogradTile::Two)
        } else {
            ConvMethod::Direct
        };
        // Packing depends on channels, window and method only: one window of an image serves for it.
        let smallest = Volumes::images(1, height, width, inputs)?;
        let plan = Conv::new(smallest, outputs, conv.window)?.with_method(method)?;
        Ok(Self {
            packed: plan.pack(&conv.weight)?,
            method,
            plan: None,
            bias: conv.bias.clone(),
            activation: conv.activation,
            window: conv.window,
            outputs,
        })
    }

    /// The same convolution with another activation.
    pub(super) fn with_activation(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    /// Writes the convolution of `x` to the beginning of `y`, which grows where it is too short, and returns its shape.
    pub(super) fn run(
        &mut self,
        images: Volumes,
        x: &[f32],
        y: &mut Vec<f32>,
        workspace: &mut Workspace,
    ) -> Result<Volumes, Error> {
        // A window that leaves nothing gives a size of zero, which is an error.
        let size = self.window.output_size(images.size()).unwrap_or_default();
        let output = Volumes::new(images.batch(), size, self.outputs)?;
        self.run_into(images, x, grow_to(y, output.len()), workspace)?;
        Ok(output)
    }

    /// Writes the convolution of `x` to `y`, which has its length.
    pub(super) fn run_into(
        &mut self,
        images: Volumes,
        x: &[f32],
        y: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let conv = match self.plan.take() {
            Some(conv) if conv.input() == images => conv,
            _ => Conv::new(images, self.outputs, self.window)?.with_method(self.method)?,
        };
        let conv = self.plan.insert(conv);
        let bias = self.bias.as_deref();
        conv.forward(x, &self.packed, bias, self.activation, y, workspace)
    }
}

/// The first `len` values of a buffer that only grows, so that layers of different sizes can share it.
pub(super) fn grow_to(buffer: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if buffer.len() < len {
        buffer.resize(len, 0.0);
    }
    &mut buffer[..len]
}

/// Writes the rows of two maps one behind the other: their channels joined.
pub(super) fn join_channels(first: (&[f32], usize), second: (&[f32], usize), joined: &mut [f32]) {
    let ((first, channels), (second, more)) = (first, second);
    let rows = first.chunks_exact(channels).zip(second.chunks_exact(more));
    for (joined, (first, second)) in joined.chunks_exact_mut(channels + more).zip(rows) {
        joined[..channels].copy_from_slice(first);
        joined[channels..].copy_from_slice(second);
    }
}
