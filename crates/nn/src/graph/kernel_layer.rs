use oddframe_kernels::{
    Activation, Conv, Depthwise, InvertedResidual, InvertedResidualPacked, InvertedResidualWeights,
    MaxPool, Packed, PlaneWindow, Volumes, Window, Workspace,
};

use super::fusion::{Block, KernelNode, Work};
use super::kernel_attention::KernelAttention;
use super::node::{ConvWeights, Operation};
use crate::error::Error;

/// A node with its weights in the order of the kernels.
#[derive(Debug)]
pub(super) struct Layer {
    kind: LayerKind,
    /// Height, width and channels of its input and of its output.
    pub(super) from: [usize; 3],
    pub(super) to: [usize; 3],
}

#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // a network has some dozens
enum LayerKind {
    Input,
    Conv {
        packed: Packed,
        bias: Vec<f32>,
        window: PlaneWindow,
        activation: Activation,
        adds: bool,
    },
    Depthwise {
        weights: Vec<f32>,
        bias: Option<Vec<f32>>,
        window: PlaneWindow,
        activation: Activation,
    },
    /// Three layers in bands of rows.
    InvertedResidual {
        packed: InvertedResidualPacked,
        /// Channels in the middle, where they differ from those of the input.
        expanded: Option<usize>,
        window: PlaneWindow,
        activation: Activation,
        adds: bool,
    },
    MaxPool(PlaneWindow),
    Attention(Box<KernelAttention>),
}

/// A layer for a batch of some size.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // a network has some dozens
pub(super) enum Planned {
    Nothing,
    Conv(Conv),
    Depthwise(Depthwise),
    InvertedResidual(InvertedResidual),
    MaxPool(MaxPool),
}

impl LayerKind {
    fn new(
        operation: Operation,
        from: [usize; 3],
        to: [usize; 3],
        adds: bool,
    ) -> Result<Self, Error> {
        Ok(match operation {
            Operation::Input => Self::Input,
            Operation::Conv {
                weights: ConvWeights { weight, bias },
                window,
                activation,
                ..
            } => {
                // Packed weights serve every batch: a plan for one image packs them.
                let packed = plan_conv(window, 1, from, to)?.pack(&weight)?;
                Self::Conv {
                    packed,
                    bias,
                    window,
                    activation,
                    adds,
                }
            }
            Operation::Depthwise {
                weights: ConvWeights { weight, bias },
                window,
                activation,
            } => {
                let layer = Depthwise::new(images_of(1, from)?, window)?;
                Self::Depthwise {
                    weights: layer.order_weights(&weight)?,
                    bias: Some(bias),
                    window,
                    activation,
                }
            }
            // The mean of a window is a sum with equal weights.
            Operation::AveragePool(window) => {
                let taps = window.kernel[0] * window.kernel[1];
                Self::Depthwise {
                    weights: vec![1.0 / taps as f32; taps * from[2]],
                    bias: None,
                    window,
                    activation: Activation::Identity,
                }
            }
            Operation::MaxPool(window) => Self::MaxPool(window),
            Operation::AttentionPool(weights) => {
                Self::Attention(Box::new(KernelAttention::new(*weights, from)?))
            }
        })
    }

    fn of_block(
        block: &Block,
        from: [usize; 3],
        to: [usize; 3],
        adds: bool,
    ) -> Result<Self, Error> {
        let expand = block.expand.as_ref();
        let expanded = expand.map(|expand| expand.bias.len());
        let layer = InvertedResidual::new(images_of(1, from)?, expanded, block.window, to[2])?;
        let packed = layer.pack(InvertedResidualWeights {
            expand: expand.map(as_pair),
            depthwise: as_pair(&block.depthwise),
            project: as_pair(&block.project),
        })?;
        Ok(Self::InvertedResidual {
            packed,
            expanded,
            window: block.window,
            activation: block.activation,
            adds,
        })
    }
}

impl Layer {
    pub(super) fn new(node: KernelNode) -> Result<Self, Error> {
        let KernelNode {
            work,
            links,
            from,
            to,
        } = node;
        let adds = links.residual.is_some();
        let kind = match work {
            Work::Operation(operation) => LayerKind::new(operation, from, to, adds)?,
            Work::InvertedResidual(block) => LayerKind::of_block(&block, from, to, adds)?,
        };
        Ok(Self { kind, from, to })
    }

    pub(super) fn plan_batch(&self, batch: usize) -> Result<Planned, Error> {
        Ok(match &self.kind {
            LayerKind::Input | LayerKind::Attention(_) => Planned::Nothing,
            LayerKind::Conv { window, .. } => {
                Planned::Conv(plan_conv(*window, batch, self.from, self.to)?)
            }
            LayerKind::Depthwise { window, .. } => {
                Planned::Depthwise(Depthwise::new(images_of(batch, self.from)?, *window)?)
            }
            LayerKind::InvertedResidual {
                expanded, window, ..
            } => Planned::InvertedResidual(InvertedResidual::new(
                images_of(batch, self.from)?,
                *expanded,
                *window,
                self.to[2],
            )?),
            LayerKind::MaxPool(window) => {
                Planned::MaxPool(MaxPool::new(images_of(batch, self.from)?, *window)?)
            }
        })
    }

    pub(super) fn run(
        &self,
        planned: &Planned,
        x: &[f32],
        batch: usize,
        y: &mut [f32],
        padded: &mut Vec<f32>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        match (&self.kind, planned) {
            (
                LayerKind::Conv {
                    packed,
                    bias,
                    window,
                    activation,
                    adds,
                },
                Planned::Conv(conv),
            ) => {
                let x = if is_symmetric(window) {
                    x
                } else {
                    pad_images(x, self.from, window, padded);
                    padded.as_slice()
                };
                let bias = Some(&bias[..]);
                if *adds {
                    conv.forward_add(x, packed, bias, *activation, y, workspace)?;
                } else {
                    conv.forward(x, packed, bias, *activation, y, workspace)?;
                }
            }
            (
                LayerKind::Depthwise {
                    weights,
                    bias,
                    activation,
                    ..
                },
                Planned::Depthwise(layer),
            ) => layer.forward(x, weights, bias.as_deref(), *activation, y)?,
            (
                LayerKind::InvertedResidual {
                    packed,
                    activation,
                    adds,
                    ..
                },
                Planned::InvertedResidual(layer),
            ) => {
                if *adds {
                    layer.forward_add(x, packed, *activation, y, workspace)?;
                } else {
                    layer.forward(x, packed, *activation, y, workspace)?;
                }
            }
            (LayerKind::MaxPool(_), Planned::MaxPool(layer)) => layer.forward(x, y)?,
            (LayerKind::Attention(attention), _) => attention.run(x, batch, y, workspace)?,
            // The input is read where it is; a plan is always made from its own layer.
            _ => {}
        }
        Ok(())
    }
}

/// The weights and the bias.
fn as_pair(weights: &ConvWeights) -> (&[f32], &[f32]) {
    (&weights.weight, &weights.bias)
}

fn images_of(batch: usize, [height, width, channels]: [usize; 3]) -> Result<Volumes, Error> {
    Ok(Volumes::images(batch, height, width, channels)?)
}

fn is_symmetric(window: &PlaneWindow) -> bool {
    window.padding.iter().all(|[before, after]| before == after)
}

/// The convolution of a batch. Where padding is not symmetric, its input is padded beforehand.
fn plan_conv(
    window: PlaneWindow,
    batch: usize,
    from: [usize; 3],
    to: [usize; 3],
) -> Result<Conv, Error> {
    let [height, width, channels] = from;
    let PlaneWindow {
        kernel,
        stride,
        padding: [[top, bottom], [left, right]],
    } = window;
    if kernel == [1; 2] && stride == [1; 2] && window.padding == [[0; 2]; 2] {
        // All positions form one long row, which fills the tiles of the kernel better than the rows of an image.
        let rows = Volumes::images(1, 1, batch * height * width, channels)?;
        return Ok(Conv::new(rows, to[2], Window::point())?);
    }
    let stride = [1, stride[0], stride[1]];
    let planned = Window::image(kernel).with_stride(stride);
    if is_symmetric(&window) {
        let planned = planned.with_padding([0, top, left]);
        return Ok(Conv::new(images_of(batch, from)?, to[2], planned)?);
    }
    let padded = [height + top + bottom, width + left + right, channels];
    Ok(Conv::new(images_of(batch, padded)?, to[2], planned)?)
}

/// Copies images into larger ones with zeros around them.
fn pad_images(x: &[f32], from: [usize; 3], window: &PlaneWindow, padded: &mut Vec<f32>) {
    let [height, width, channels] = from;
    let [[top, bottom], [left, right]] = window.padding;
    let wide = (left + width + right) * channels;
    padded.clear();
    for image in x.chunks_exact(height * width * channels) {
        padded.resize(padded.len() + top * wide, 0.0);
        for row in image.chunks_exact(width * channels) {
            padded.resize(padded.len() + left * channels, 0.0);
            padded.extend_from_slice(row);
            padded.resize(padded.len() + right * channels, 0.0);
        }
        padded.resize(padded.len() + bottom * wide, 0.0);
    }
}
